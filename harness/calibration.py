"""How often does the judge cry wolf, and how small a drop does it see? Simulated from real scores per item.

A/A: an arm that was trained under many seeds is split at random into two sides of as many seeds as a run
has; items are drawn again, whole clusters at a time. The sides differ by chance alone, so a judge that
sees a difference is wrong. Power: the same, after some right answers of one side were made wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.measured import GENERAL, Measured
from harness.stats import ClusterDraws, Floats, Interval, Paired, SeedNoise, bootstrap_mean

DROPS = (0.01, 0.02, 0.03, 0.05, 0.10)
"""Planted drops of the mean general accuracy, as shares of items."""
RESAMPLES = 400
"""Of the bootstrap inside each simulation."""


@dataclass(frozen=True)
class Task:
    """Scores of one general task, `(seeds, items)` of 0 or 1, and the items' clusters."""

    name: str
    scores: Floats
    clusters: tuple[str, ...]


@dataclass(frozen=True)
class Calibration:
    """What the simulation found for one arm.

    Attributes:
        false_alarms: share of A/A comparisons whose 95 % interval excludes 0.
        power: planted drop, and the share of comparisons whose interval lies below 0.
    """

    arm: str
    target: str
    seeds_available: int
    seeds: int
    items: int
    tasks: int
    simulations: int
    false_alarms: float
    power: tuple[tuple[float, float], ...]


def calibrate(
    group: Sequence[Measured],
    seeds: int,
    simulations: int,
    rng: np.random.Generator,
    others: SeedNoise | None = None,
) -> Calibration:
    """Simulates comparisons of two runs of one arm, `seeds` seeds each.

    Args:
        group: completed trials of the arm that differ in the seed alone.
        others: seed noise of the mean general accuracy in comparable arms, as the judge would know it.

    Raises:
        ValueError: fewer than twice as many trials as seeds, or no general task with right answers.
    """
    tasks = general_scores(group)
    if len(group) < 2 * seeds or not tasks:
        raise ValueError(f"{len(group)} trials and {len(tasks)} tasks do not make two sides of {seeds} seeds")
    alarms = 0
    seen = dict.fromkeys(DROPS, 0)
    for _ in range(simulations):
        order = rng.permutation(len(group))
        drawn = [draw_items(task, rng) for task in tasks]
        sides = [[task.scores[order[at : at + seeds]] for task in drawn] for at in (0, seeds)]
        draws = [ClusterDraws(task.clusters, rng, RESAMPLES) for task in drawn]
        alarms += _judge(sides[0], sides[1], draws, rng, others).excludes_zero
        for drop in DROPS:
            worse = [plant(scores, drop, rng) for scores in sides[1]]
            seen[drop] += _judge(sides[0], worse, draws, rng, others).high < 0
    first = group[0].trial
    return Calibration(
        arm=first.arm,
        target=first.target.name,
        seeds_available=len(group),
        seeds=seeds,
        items=sum(task.scores.shape[1] for task in tasks),
        tasks=len(tasks),
        simulations=simulations,
        false_alarms=alarms / simulations,
        power=tuple((drop, count / simulations) for drop, count in seen.items()),
    )


def general_scores(group: Sequence[Measured]) -> list[Task]:
    """Every general task with right answers, over the same items in every trial."""
    tasks = []
    for name in [score.task for score in group[0].record.general if score.kind == "choice"]:
        tables = [one.table(GENERAL, name) for one in group]
        present = [table for table in tables if isinstance(table, pd.DataFrame)]
        if len(present) < len(group):
            continue
        order = present[0].index
        scores = np.stack([table["score"].reindex(order).to_numpy(dtype=np.float64) for table in present])
        if np.isfinite(scores).all():
            tasks.append(Task(name, scores, tuple(present[0]["cluster"])))
    return tasks


def draw_items(task: Task, rng: np.random.Generator) -> Task:
    """As many clusters as the task has, drawn with replacement; each drawing is a cluster of its own."""
    names, index = np.unique(np.asarray(task.clusters, str), return_inverse=True)
    members = [np.flatnonzero(index == number) for number in range(len(names))]
    chosen = rng.integers(len(names), size=len(names))
    columns = np.concatenate([members[number] for number in chosen])
    clusters = tuple(str(place) for place, number in enumerate(chosen) for _ in members[number])
    return Task(task.name, task.scores[:, columns], clusters)


def plant(scores: Floats, drop: float, rng: np.random.Generator) -> Floats:
    """Right answers made wrong at random, so that the mean falls by `drop` on average."""
    right = float(scores.mean())
    share = min(1.0, drop / right) if right > 0 else 0.0
    return np.where(rng.random(scores.shape) < share, 0.0, scores)


def _judge(
    before: Sequence[Floats],
    after: Sequence[Floats],
    draws: Sequence[ClusterDraws],
    rng: np.random.Generator,
    others: SeedNoise | None,
) -> Interval:
    pairs = [Paired(new - old, draw) for old, new, draw in zip(before, after, draws, strict=True)]
    both = None if others is None else SeedNoise(2 * others.variance, others.df)
    return bootstrap_mean(pairs, rng, others=both)
