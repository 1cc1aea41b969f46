"""Does an arm forget less than full fine-tuning at equal gain? Paired, per target, never across unequal gains.

Forgetting grows with how far a model was trained, so an arm that learned less also forgot less: that
says nothing about the method. A claim is made only where the gains are equal within a margin.
"""

from collections.abc import Sequence

from harness.judge.pairing import Bench, beside_reference, choices, sign_of
from harness.judge.stats import UNKNOWN, Interval, Paired, SeedNoise, bootstrap_mean
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.results import VersusFull

EQUAL_GAIN_MARGIN = 0.05
"""Two gains are equal when the 95 % interval of their difference lies within this, in the metric's own unit."""


def compare_with_full(bench: Bench) -> list[VersusFull]:
    """Every trained arm against full fine-tuning on the same target and seeds."""
    pairs = beside_reference(group for group in bench.groups() if not group[0].trial.is_base)
    return [row for group, reference in pairs if (row := _compare(bench, group, reference))]


def _compare(bench: Bench, group: list[Measured], reference: list[Measured]) -> VersusFull | None:
    pairs = _same_seeds(group, reference)
    score = pairs[0][0].record.target if pairs else None
    if score is None:
        return None
    arm, full = [one for one, _ in pairs], [one for _, one in pairs]
    gain = _difference(bench, arm, full, TARGET, [score.task], sign_of(score))
    forgetting = _difference(bench, arm, full, GENERAL, choices(arm[0]), -1.0)
    if gain is UNKNOWN:
        return None
    gains, forgets = _gain_relation(gain), None if forgetting is UNKNOWN else _relation(forgetting)
    return VersusFull(
        target_task=arm[0].trial.target.name,
        arm=arm[0].trial.arm,
        reference=full[0].trial.arm,
        seeds=tuple(one.trial.seed for one in full),
        gain_difference=gain.value,
        gain_ci95=gain.bounds,
        gain_detectable=gain.detectable,
        forgetting_difference=forgetting.value,
        forgetting_ci95=forgetting.bounds,
        forgetting_detectable=forgetting.detectable,
        equal_gain_margin=EQUAL_GAIN_MARGIN,
        gain=gains,
        forgets=forgets,
        verdict=_verdict(gains, forgets),
    )


def _same_seeds(group: list[Measured], reference: list[Measured]) -> list[tuple[Measured, Measured]]:
    """Pairs of one seed; an arm without a seed (retrieval) is the same for all, and stands against each."""
    by_seed = {one.trial.seed: one for one in reference if one.completed}
    if group[0].trial.seed is None:
        return [(group[0], one) for one in by_seed.values() if group[0].completed]
    return [(one, by_seed[one.trial.seed]) for one in group if one.completed and one.trial.seed in by_seed]


def _difference(
    bench: Bench, arm: Sequence[Measured], full: Sequence[Measured], role: str, tasks: Sequence[str], sign: float
) -> Interval:
    """Difference of two changes from the base as it is: what is delivered, storing in fewer bits included."""
    changes = (bench.changes(side, role, tasks) for side in (arm, full))
    # Not strict: a side that was not scored has no changes at all.
    both = zip(*changes, strict=False)
    signed = [Paired(sign * (own.differences - other.differences), own.draws) for own, other in both]
    # A difference of two trained models varies twice as much as one.
    one = bench.seed_noise(arm[0].trial.target.name, role, tasks, "score")
    others = None if one is None else SeedNoise(2 * one.variance, one.df)
    return bootstrap_mean(signed, Bench.rng(f"difference {role}"), others=others) if signed else UNKNOWN


def _gain_relation(gain: Interval) -> str:
    """`equal` within the margin; `undecided` when the interval allows several."""
    within = gain.low >= -EQUAL_GAIN_MARGIN and gain.high <= EQUAL_GAIN_MARGIN
    return "equal" if within else _relation(gain)


def _relation(difference: Interval) -> str:
    """`more` or `less` where the interval excludes zero."""
    return "more" if difference.low > 0 else "less" if difference.high < 0 else "undecided"


def _verdict(gains: str, forgets: str | None) -> str:
    """What may be said of the arm against full fine-tuning.

    An arm that gains at least as much and forgets less (or the reverse) is better (worse) on both axes:
    that needs no equal gain. Where more gain goes with more forgetting it is a trade-off, not a ranking.
    """
    if forgets is None:
        return "forgetting not measured"
    said = "" if forgets == "undecided" else f"forgets {forgets}"
    if gains == "equal":
        return f"{said} at equal gain" if said else "equal gain; difference in forgetting not shown"
    if gains == "undecided":
        return f"gain cannot be told apart{said and '; '}{said}"
    if not said:
        return f"gains {gains}; difference in forgetting not shown"
    return f"gains {gains}, {said}: a trade-off" if gains == forgets else f"gains {gains} and {said}"
