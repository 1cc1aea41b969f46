"""What was kept: arms that learned and are not shown to have forgotten anything, and how much they lost at most.

Of an arm that learned nothing it says nothing that it forgot nothing.
"""

from harness.report.model.arms import forgetting, learned, lost_at_most, trained_arms
from harness.report.words.numbers import POINTS
from harness.report.words.phrases import Sentence, between, some
from harness.schema.results import ArmResult, Results


def sentence(results: Results, target: str) -> Sentence | None:
    """Trained arms with a certain gain and no certain loss; None where there are none."""
    learners = filter(learned, trained_arms(results, target))
    found = [(arm.arm, bound) for arm in learners if (bound := _not_shown(arm)) is not None]
    if not found:
        return None
    arms, bounds = zip(*found, strict=True)
    each = "95 %" if len(arms) == 1 else "95 %, each arm alone"
    are = "is" if len(arms) == 1 else "are"
    least = between([max(0.0, bound) for bound in bounds], POINTS)
    text = f"{some(list(arms))} {are} not shown to have forgotten anything: no more than {least} of accuracy ({each})."
    return Sentence(f"Kept on {target}", text)


def _not_shown(arm: ArmResult) -> float | None:
    """How much an arm may have lost at most whose loss is not certain."""
    lost = forgetting(arm)
    return lost_at_most(arm) if lost is not None and lost[1] <= 0 else None
