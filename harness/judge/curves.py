"""Curves of gain against forgetting from one trial: its update scaled back towards the base, and its training."""

from collections.abc import Sequence

from harness.judge.pairing import Bench
from harness.judge.stats import Interval, Paired, bootstrap_mean
from harness.schema.measured import GENERAL, TARGET, Measured, at_scale, at_step
from harness.schema.results import Point, ScaledBack, WhileTraining


def scaled_back(bench: Bench, group: Sequence[Measured], before: Measured | None) -> list[ScaledBack]:
    """One point per scale, from small to large; empty where nothing between base and trained model was scored.

    Args:
        group: trials that differ in nothing but the seed.
    """
    if not group:
        return []
    scales = [one.scale for one in group[0].record.interpolation]
    return [ScaledBack(scale=scale, **dict(_point(bench, group, before, at_scale(scale)))) for scale in scales]


def while_training(bench: Bench, group: Sequence[Measured], before: Measured | None) -> list[WhileTraining]:
    """One point per traced step, and the trained model as the last; empty where training was not traced."""
    if not group or not group[0].record.trace:
        return []
    steps = [one.step for one in group[0].record.trace]
    points = [WhileTraining(step=step, **dict(_point(bench, group, before, at_step(step)))) for step in steps]
    return [*points, WhileTraining(step=group[0].trial.recipe.steps, **dict(_point(bench, group, before, None)))]


def _point(bench: Bench, group: Sequence[Measured], before: Measured | None, suffix: str | None) -> Point:
    """Gain and drop in general accuracy; None where they were not measured."""
    first = group[0].record
    gain = drop = None
    if before is not None and first.target is not None:
        tasks = [score.task for score in first.general if score.kind == "choice"]
        sign = 1.0 if first.target.higher_is_better else -1.0
        gain = _change(bench, group, before, TARGET, [first.target.task], sign, suffix)
        drop = _change(bench, group, before, GENERAL, tasks, -1.0, suffix)
    return Point(
        gain=gain.value if gain else None,
        ci95=(gain.low, gain.high) if gain else None,
        accuracy_drop=drop.value if drop else None,
        accuracy_drop_ci95=(drop.low, drop.high) if drop else None,
    )


def _change(
    bench: Bench,
    group: Sequence[Measured],
    before: Measured,
    role: str,
    tasks: Sequence[str],
    sign: float,
    suffix: str | None,
) -> Interval | None:
    after_role = role if suffix is None else f"{role} {suffix}"
    pairs = [bench.paired(group, [before], role, task, "score", after_role) for task in tasks]
    known = [Paired(sign * pair.differences, pair.draws) for pair in pairs if pair is not None]
    if not known or len(known) < len(pairs):
        return None
    others = bench.seed_noise(group[0].trial.target.name, after_role, tasks, "score")
    return bootstrap_mean(known, Bench.rng(f"between {role}"), others=others)
