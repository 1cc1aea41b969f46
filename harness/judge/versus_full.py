"""Does an arm forget less than full fine-tuning at equal gain? Paired, per target, never across unequal gains.

Forgetting grows with how far a model was trained, so an arm that learned less also forgot less: that says nothing about
the method. Nor does it where two gains merely lie close together, for the curve of forgetting over gain is steep near
its end. So a claim is made at matched gain, along training (`matched_gain`), or where one arm is better at both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.judge.matched_gain import CEILING
from harness.judge.p_values import holm_of_known
from harness.judge.pairing import Bench, beside_reference, choices, same_seeds, sign_of
from harness.judge.stats import UNKNOWN, Interval, mean_interval
from harness.schema.comparisons import MatchedGain, VersusFull, relation
from harness.schema.measured import GENERAL, TARGET, Measured

EQUAL_GAIN_MARGIN = 0.05
"""Two gains are equal when the 95 % interval of their difference lies within this, in the metric's own unit."""


def compare_with_full(bench: Bench, matched: Sequence[MatchedGain] = ()) -> list[VersusFull]:
    """Every trained arm against full fine-tuning on the same target and seeds.

    What is called more or less is so after Holm's correction over all differences of a target, in gain and forgetting.
    """
    pairs = beside_reference(group for group in bench.groups() if not group[0].trial.is_base)
    found = [one for group, reference in pairs if (one := _differences(bench, group, reference))]
    by_arm = {(row.target_task, row.arm): row for row in matched}
    rows = []
    for target in dict.fromkeys(one.target for one in found):
        own = [one for one in found if one.target == target]
        tests = [test for one in own for test in (one.gain, one.forgetting)]
        adjusted = iter(holm_of_known([None if test is UNKNOWN else test.p for test in tests]))
        rows += [_row(one, next(adjusted), next(adjusted), by_arm.get((target, one.arm[0].trial.arm))) for one in own]
    return rows


@dataclass(frozen=True)
class _Differences:
    """Of an arm and full fine-tuning, the arm's minus the other's."""

    arm: Sequence[Measured]
    full: Sequence[Measured]
    gain: Interval
    forgetting: Interval

    @property
    def target(self) -> str:
        return self.arm[0].trial.target.name


def _differences(bench: Bench, group: list[Measured], reference: list[Measured]) -> _Differences | None:
    arm, full = same_seeds(group, reference)
    score = arm[0].record.target if arm else None
    if score is None:
        return None
    gain = _difference(bench, arm, full, TARGET, [score.task], sign_of(score))
    forgetting = _difference(bench, arm, full, GENERAL, choices(arm[0]), -1.0)
    return None if gain is UNKNOWN else _Differences(arm, full, gain, forgetting)


def _row(
    found: _Differences, p_gain: float | None, p_forgetting: float | None, matched: MatchedGain | None
) -> VersusFull:
    """With p-values after Holm."""
    gain, forgetting = found.gain, found.forgetting
    gains = _gain_relation(found, p_gain)
    forgets = relation(forgetting.value, p_forgetting)
    at_matched = None if matched is None else matched.relation
    return VersusFull(
        target_task=found.target,
        arm=found.arm[0].trial.arm,
        reference=found.full[0].trial.arm,
        seeds=tuple(one.trial.seed for one in found.full),
        gain_difference=gain.value,
        gain_ci95=gain.bounds,
        gain_detectable=gain.detectable,
        forgetting_difference=forgetting.value,
        forgetting_ci95=forgetting.bounds,
        forgetting_detectable=forgetting.detectable,
        equal_gain_margin=EQUAL_GAIN_MARGIN,
        gain=gains,
        forgets=forgets,
        forgets_at_matched_gain=at_matched,
        gain_equal_within=gain.equal_within,
        forgetting_equal_within=forgetting.equal_within,
        verdict=_verdict(gains, forgets, at_matched),
    )


def _difference(
    bench: Bench, arm: Sequence[Measured], full: Sequence[Measured], role: str, tasks: Sequence[str], sign: float
) -> Interval:
    """Difference of two changes from the base as it is: what is delivered, storing in fewer bits included."""
    changes = (bench.changes(side, role, tasks) for side in (arm, full))
    # Not strict: a side that was not scored has no changes at all.
    signed = [own.minus(other).times(sign) for own, other in zip(*changes, strict=False)]
    one = bench.seed_noise(arm[0].trial.target.name, role, tasks, "score")
    return mean_interval(signed, others=one and one.of_difference) if signed else UNKNOWN


def _gain_relation(found: _Differences, p: float | None) -> str:
    """`ceiling` or `equal` within the margin; `undecided` where the figures allow several."""
    gain = found.gain
    if _at_ceiling(found.arm) and _at_ceiling(found.full):
        return "ceiling"
    within = gain.low >= -EQUAL_GAIN_MARGIN and gain.high <= EQUAL_GAIN_MARGIN
    return "equal" if within else relation(gain.value, p) or "undecided"


def _at_ceiling(side: Sequence[Measured]) -> bool:
    """Whether next to all answers are right; only a metric of 1 at most has a ceiling."""
    scores = [one.record.target for one in side if one.record.target is not None]
    high = [score.value >= CEILING for score in scores if score.higher_is_better]
    return len(high) == len(scores) and all(high)


_GAINS = {
    "equal": "equal gain",
    "ceiling": "both gain all there is",
    "more": "gains more",
    "less": "gains less",
    "undecided": "gain cannot be told apart",
}


def _verdict(gains: str, forgets: str | None, at_matched: str | None) -> str:
    """What may be said of the arm against full fine-tuning.

    An arm that gains more and forgets less (or the reverse) is better (worse) on both axes: that needs no matched gain.
    Where more gain goes with more forgetting it is a trade-off, not a ranking.
    """
    if forgets is None:
        return "forgetting not measured"
    if {gains, forgets} == {"more", "less"}:
        return f"gains {gains} and forgets {'less' if gains == 'more' else 'more'}"
    if at_matched is not None:
        told = "cannot be told apart" if at_matched == "undecided" else f"is {at_matched}"
        return f"{_GAINS[gains]}; forgetting at matched gain {told}"
    if gains == forgets:
        return f"gains {gains}, forgets {forgets}: a trade-off" if gains != "undecided" else _GAINS[gains]
    return f"{_GAINS[gains]}; forgetting at matched gain not known"
