"""Curves of gain against forgetting from one trial: its update scaled back towards the base, and its training."""

from collections.abc import Sequence

from harness.judge.pairing import Bench, choices, sign_of
from harness.schema.measured import GENERAL, TARGET, Measured, at_scale, at_step
from harness.schema.results import Point, ScaledBack, WhileTraining


def scaled_back(bench: Bench, group: Sequence[Measured]) -> list[ScaledBack]:
    """One point per scale, from small to large; empty where nothing between base and trained model was scored.

    Args:
        group: trials that differ in nothing but the seed.
    """
    scales = [one.scale for first in group[:1] for one in first.record.interpolation]
    return [ScaledBack(scale=scale, **dict(_point(bench, group, at_scale(scale)))) for scale in scales]


def while_training(bench: Bench, group: Sequence[Measured]) -> list[WhileTraining]:
    """One point per traced step, and the trained model as the last; empty where training was not traced."""
    steps = [one.step for first in group[:1] for one in first.record.trace]
    points = [WhileTraining(step=step, **dict(_point(bench, group, at_step(step)))) for step in steps]
    last = [WhileTraining(step=group[0].trial.recipe.steps, **dict(_point(bench, group)))] if points else []
    return points + last


def _point(bench: Bench, group: Sequence[Measured], suffix: str = "") -> Point:
    """Gain and drop in general accuracy; None where they were not measured."""
    target = group[0].record.target
    tasks = [] if target is None else [target.task]
    gain = bench.mean_change(group, TARGET, tasks, sign_of(target), suffix=suffix)
    drop = bench.mean_change(group, GENERAL, choices(group[0]), -1.0, suffix=suffix)
    return Point(gain=gain.value, ci95=gain.bounds, accuracy_drop=drop.value, accuracy_drop_ci95=drop.bounds)
