"""Does an arm forget less than full fine-tuning at equal gain? Paired, per target, never across unequal gains.

Forgetting grows with how far a model was trained, so an arm that learned less also forgot less: that
says nothing about the method. A claim is made only where the gains are equal within a margin.
"""

from collections.abc import Sequence

from harness.judge.pairing import Bench
from harness.judge.stats import Interval, Paired, SeedNoise, bootstrap_mean
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.results import VersusFull

REFERENCE = "full"

EQUAL_GAIN_MARGIN = 0.05
"""Two gains are equal when the 95 % interval of their difference lies within this, in the metric's own unit."""


def compare_with_full(bench: Bench) -> list[VersusFull]:
    """Every trained arm against full fine-tuning on the same target and seeds."""
    rows = []
    for target in bench.targets():
        groups = [
            group for group in bench.groups() if group[0].trial.target.name == target and not group[0].trial.is_base
        ]
        reference = next((group for group in groups if group[0].trial.method == REFERENCE), None)
        if reference is None:
            continue
        rows += [row for group in groups if group is not reference and (row := _compare(bench, group, reference))]
    return rows


def _compare(bench: Bench, group: list[Measured], reference: list[Measured]) -> VersusFull | None:
    pairs = _same_seeds(group, reference)
    if not pairs or pairs[0][0].record.target is None:
        return None
    arm, full = [one for one, _ in pairs], [one for _, one in pairs]
    score = pairs[0][0].record.target
    sign = 1.0 if score.higher_is_better else -1.0
    gain = _difference(bench, arm, full, TARGET, [score.task], sign)
    tasks = [one.task for one in arm[0].record.general if one.kind == "choice"]
    forgetting = _difference(bench, arm, full, GENERAL, tasks, -1.0) if tasks else None
    if gain is None:
        return None
    return VersusFull(
        target_task=arm[0].trial.target.name,
        arm=arm[0].trial.arm,
        reference=full[0].trial.arm,
        seeds=tuple(one.trial.seed for one in full),
        gain_difference=gain.value,
        gain_ci95=(gain.low, gain.high),
        gain_detectable=gain.detectable,
        forgetting_difference=forgetting.value if forgetting else None,
        forgetting_ci95=(forgetting.low, forgetting.high) if forgetting else None,
        forgetting_detectable=forgetting.detectable if forgetting else None,
        equal_gain_margin=EQUAL_GAIN_MARGIN,
        gain=_gain_relation(gain),
        forgets=None if forgetting is None else _forgetting_relation(forgetting),
        verdict=_verdict(gain, forgetting),
    )


def _same_seeds(group: list[Measured], reference: list[Measured]) -> list[tuple[Measured, Measured]]:
    """Pairs of one seed; an arm without a seed (retrieval) is the same for all, and stands against each."""
    by_seed = {one.trial.seed: one for one in reference if one.completed}
    if group[0].trial.seed is None:
        return [(group[0], one) for one in by_seed.values() if group[0].completed]
    return [(one, by_seed[one.trial.seed]) for one in group if one.completed and one.trial.seed in by_seed]


def _difference(
    bench: Bench, arm: Sequence[Measured], full: Sequence[Measured], role: str, tasks: Sequence[str], sign: float
) -> Interval | None:
    """Difference of two changes, each from its own base arm: quantization loss is not counted as forgetting."""
    signed = []
    for task in tasks:
        changes = [_change(bench, side, role, task) for side in (arm, full)]
        if changes[0] is not None and changes[1] is not None:
            signed.append(Paired(sign * (changes[0].differences - changes[1].differences), changes[0].draws))
    if not signed:
        return None
    one = bench.seed_noise(arm[0].trial.target.name, role, tasks, "score")
    # A difference of two trained models varies twice as much as one.
    others = None if one is None else SeedNoise(2 * one.variance, one.df)
    return bootstrap_mean(signed, Bench.rng(f"difference {role}"), others=others)


def _change(bench: Bench, group: Sequence[Measured], role: str, task: str) -> Paired | None:
    before = bench.before(group[0].trial)
    return None if before is None else bench.paired(group, [before], role, task, "score")


def _gain_relation(gain: Interval) -> str:
    """`equal` within the margin, `more`, `less`, or `undecided` when the interval allows several of them."""
    if gain.low >= -EQUAL_GAIN_MARGIN and gain.high <= EQUAL_GAIN_MARGIN:
        return "equal"
    return "more" if gain.low > 0 else "less" if gain.high < 0 else "undecided"


def _forgetting_relation(forgetting: Interval) -> str:
    """`less` or `more` where the interval excludes zero."""
    return "less" if forgetting.high < 0 else "more" if forgetting.low > 0 else "undecided"


def _verdict(gain: Interval, forgetting: Interval | None) -> str:
    """What may be said of the arm against full fine-tuning.

    An arm that gains at least as much and forgets less (or the reverse) is better (worse) on both axes:
    that needs no equal gain. Where more gain goes with more forgetting it is a trade-off, not a ranking.
    """
    if forgetting is None:
        return "forgetting not measured"
    gains, forgets = _gain_relation(gain), _forgetting_relation(forgetting)
    if gains == "equal":
        return {"less": "forgets less at equal gain", "more": "forgets more at equal gain"}.get(
            forgets, "equal gain; difference in forgetting not shown"
        )
    if (gains, forgets) == ("more", "less"):
        return "gains more and forgets less"
    if (gains, forgets) == ("less", "more"):
        return "gains less and forgets more"
    if gains == "undecided":
        return "gain cannot be told apart" + {"less": "; forgets less", "more": "; forgets more"}.get(forgets, "")
    suffix = {"less": ", forgets less: a trade-off", "more": ", forgets more: a trade-off"}
    return f"gains {gains}" + suffix.get(forgets, "; difference in forgetting not shown")
