"""Has what was accepted above guessing been lost, though the gain's margin allows the loss?

An arm that gained two points above guessing and collapses to guessing has lost two points: less than a margin of five,
and all that it knew. So a gain passes only where it stays above the floor for certain, unless the accepted one was
hardly above it either: then there was nothing to lose.
"""

from collections.abc import Sequence

from harness.judge.floors import above, without_learning
from harness.judge.pairing import Bench
from harness.judge.stats import mean_interval
from harness.schema.gate import GateResult, Verdict
from harness.schema.measured import Measured

LIKELY = 1.0
"""Standard errors above the floor from which an accepted gain counts as something to lose. Certain ones alone would let
four seeds of an arm that gained two points above guessing fall back unseen in two of five cases."""
KEPT = 0.5
"""Of the accepted gain above the floor: an arm that has less for certain has lost it."""


def still_learned(
    judged: GateResult, bench: Bench, before: Sequence[Measured], after: Sequence[Measured], alpha: float
) -> GateResult:
    """The same verdict on a gain, unless it passed and what was learned is gone, or may be.

    Both sides are counted above one floor, the present one's, which was scored on the same items.

    Args:
        alpha: one-sided error of each bound.
    """
    floor = without_learning(bench, after[0].trial) if judged.verdict is Verdict.PASS else None
    if floor is None or floor.trial.floor is None:
        return judged
    accepted, present = above(bench, before, floor), above(bench, after, floor)
    if accepted is None or present is None:
        return judged
    was, now = (mean_interval([pair], confidence=1 - 2 * alpha) for pair in (accepted, present))
    lost = present.minus(accepted)
    if not was.value > LIKELY * was.error or now.low > 0 or not lost.differences.any():
        return judged
    said = f"what guessing scores ({floor.trial.floor}), which the accepted arm lay above"
    if mean_interval([lost], confidence=1 - 2 * alpha).high < -(1 - KEPT) * was.value:
        return judged.with_(verdict=Verdict.FAIL, reason=f"inside the margin, and yet fallen back to {said}")
    return judged.with_(verdict=Verdict.INCONCLUSIVE, reason=f"inside the margin, and perhaps no better than {said}")
