"""Is training needed for the gain, or do examples before the question bring as much?"""

from harness.judge.versus_full import EQUAL_GAIN_MARGIN
from harness.report.model.arms import FORGETS_NOTHING, REFERENCE, base_arms, comparison, gain, measured_arms
from harness.report.words.phrases import Sentence, amount, certain, margin_of, some, value
from harness.schema.results import ArmResult, Results
from harness.schema.wording import counted

_AGAINST = {
    "more": "{arm} gained more than {best}, the trained arm that gained most: {gained}. No training is needed for that",
    "equal": "{arm} gained {gained}, as much as {best}, the trained arm that gained most ({margin}). "
    "No training is needed for that",
    "ceiling": "{arm} gained {gained}, all there is to gain, as {best} did. No training is needed for that",
    "undecided": "{arm} gained {gained}, and cannot be told apart from {best}, the trained arm that gained most",
    "less": "{arm} gained {gained}, less than {best}, the trained arm that gained most",
    "alone": "{arm} gained {gained}; no trained arm was measured beside it",
}


def sentence(results: Results, target: str) -> Sentence | None:
    """The arm without training that gained most, against the trained arm that did. None where there is none.

    An arm that only asks the bare question is the base itself: nothing is said of its gain of zero.
    """
    topic = f"Without training on {target}"
    measured = measured_arms(results, target)
    arms = [arm for arm in measured if not arm.trains and value(gain(arm)) != 0.0]
    if not arms:
        return None
    winners = [arm for arm in arms if certain(gain(arm))[1] > 0]
    if not winners:
        whose = "its interval allows" if len(arms) == 1 else "their intervals allow"
        return Sentence(topic, f"{some([arm.arm for arm in arms])} gained no more than {whose} for chance.")
    arm = max(winners, key=lambda one: value(gain(one)))
    best = max((one for one in measured if one.trains), key=lambda one: value(gain(one)), default=None)
    relation, other = ("alone", "") if best is None else (_relation(results, arm, best), best.arm)
    gained, margin = amount(gain(arm), arm.metric, plus=True), margin_of(EQUAL_GAIN_MARGIN, arm.metric)
    said = _AGAINST[relation].format(arm=arm.arm, best=other, gained=gained, margin=margin)
    return Sentence(topic, f"{said}. It {FORGETS_NOTHING}.{_prompts(results, arm)}")


def _relation(results: Results, arm: ArmResult, best: ArmResult) -> str:
    """The paired comparison where there is one; else what the two intervals allow whatever their dependence."""
    row = comparison(results, arm) if best.arm == REFERENCE else None
    if row is not None:
        return row.gain
    (_, low, high), (_, best_low, best_high) = certain(gain(arm)), certain(gain(best))
    if low - best_high >= -EQUAL_GAIN_MARGIN and high - best_low <= EQUAL_GAIN_MARGIN:
        return "equal"
    return "more" if low > best_high else "less" if high < best_low else "undecided"


def _prompts(results: Results, arm: ArmResult) -> str:
    """What the arm costs instead of training."""
    read, base = arm.cost.prompt_tokens, next(iter(base_arms(results, arm.target_task)), None)
    bare = base.cost.prompt_tokens if base else None
    if read is None or bare is None or round(read) <= round(bare):
        return ""
    return f" It reads {counted(round(read), 'token')} before each answer, where the base reads {round(bare):,}."
