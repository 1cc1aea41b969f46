"""What does guessing score on the target, and which arms have learned more than that?"""

from harness.report.model.arms import gain_above_floor, measured_arms
from harness.report.words.numbers import absolute
from harness.report.words.phrases import Sentence, joined
from harness.schema.results import Results
from harness.schema.trial import MAJORITY, SHUFFLED

HOW = {
    MAJORITY: "always giving the commonest training answer to questions of the same kind",
    SHUFFLED: "after training on shuffled answers",
}


def sentence(results: Results, target: str) -> Sentence | None:
    """The floor, and whose gain above it is not certain."""
    arms = measured_arms(results, target)
    if not arms:
        return None
    topic, scored = (
        f"Guessing on {target}",
        next((arm.target for arm in arms if arm.target and arm.target.floor_by), None),
    )
    if scored is None:
        said = "Not measured: a gain may be no more than what the commonest answers bring."
        return Sentence(topic, said)
    how = HOW.get(scored.floor_by or "", scored.floor_by or "")
    text = f"Guessing scores {absolute(scored.floor, scored.metric)}, {how}"
    above = [(arm.arm, gain_above_floor(arm)) for arm in arms]
    unsure = [name for name, found in above if found is None or not found[1] > 0]
    if not unsure:
        return Sentence(topic, f"{text}; {'the arm' if len(arms) == 1 else 'every arm'} is above that for certain.")
    if len(unsure) == len(arms):
        return Sentence(topic, f"{text}; {'the arm is not' if len(arms) == 1 else 'no arm is'} above that for certain.")
    verb = "is" if len(unsure) == 1 else "are"
    return Sentence(topic, f"{text}; {joined(unsure)} {verb} not above that for certain, whatever the gain.")
