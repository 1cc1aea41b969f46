"""The lookups that pair what was measured: same items, same base, before and after."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from harness.judge.stats import UNKNOWN, Clusters, Floats, Interval, Paired, SeedNoise, mean_interval, pooled_noise
from harness.schema.measured import TARGET, Measured
from harness.schema.record import RIGHT_OR_WRONG, Score
from harness.schema.trial import Trial

REFERENCE = "full"

DELIVERED, TRAINED = "none", None
"""Where a change begins: at the base as it is, which is what a user has, or at the base stored as the arm stores it,
which leaves out what storing it in fewer bits cost. Levels of quantization, as `Bench.before` takes them.
"""


def score_of(one: Measured | None, role: str, task: str) -> Score | None:
    """What a trial scored on a task; None where it was not scored on it."""
    record = None if one is None else one.record
    scores = () if record is None else (record.target,) if role == TARGET else record.general
    return next((score for score in scores if score is not None and score.task == task), None)


def sign_of(score: Score | None) -> float:
    """-1 where less is better."""
    return 1.0 if score is None or score.higher_is_better else -1.0


def choices(one: Measured) -> list[str]:
    """General tasks that have right answers: those that forgetting is measured on."""
    return [score.task for score in one.record.general if score.kind in RIGHT_OR_WRONG]


def beside_reference(groups: Iterable[list[Measured]]) -> list[tuple[list[Measured], list[Measured]]]:
    """Every arm with full fine-tuning on the same target, target by target."""
    by_target: dict[str, list[list[Measured]]] = {}
    for group in groups:
        by_target.setdefault(group[0].trial.target.name, []).append(group)
    found = []
    for own in by_target.values():
        reference = next((group for group in own if group[0].trial.method == REFERENCE), None)
        found += [(group, reference) for group in own if reference is not None and group is not reference]
    return found


def same_seeds(first: Sequence[Measured], second: Sequence[Measured]) -> tuple[list[Measured], list[Measured]]:
    """Completed trials of two arms: one of each per seed that both have, in the first arm's order."""
    sides = tuple([one for one in side if one.completed] for side in (first, second))
    places = same_places(*([one.trial.seed for one in side] for side in sides))
    return [sides[0][own] for own, _ in places], [sides[1][other] for _, other in places]


def same_places(first: Sequence[int | None], second: Sequence[int | None]) -> list[tuple[int, int]]:
    """Where the same seed stands in two lists; None is that of an arm without seeds (retrieval), which serves all."""
    return [
        (own, other)
        for own, one in enumerate(first)
        for other, two in enumerate(second)
        if one == two or one is None or two is None
    ]


class Bench:
    """All that one run measured (or several stored runs), indexed for pairing."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self.measured = list(measured)
        self._by_digest = {one.trial.digest: one for one in self.measured}
        self._noise: dict[tuple[str, str, tuple[str, ...], str], SeedNoise | None] = {}
        self._clusters: dict[tuple[str, ...], Clusters] = {}

    def before(self, trial: Trial, quantization: str | None = None) -> Measured | None:
        """The completed base arm of `trial`, at the trial's own or another quantization."""
        found = self._by_digest.get(trial.base_arm(quantization).digest)
        return found if found is not None and found.completed else None

    def groups(self) -> list[list[Measured]]:
        """Trials that differ in nothing but the seed, in the order of the run; floors are no arms."""
        return [list(group) for group in self._groups]

    @cached_property
    def _groups(self) -> list[list[Measured]]:
        groups: dict[str, list[Measured]] = {}
        for one in (known for known in self.measured if known.trial.floor is None):
            groups.setdefault(replace(one.trial, seed=None).digest, []).append(one)
        return list(groups.values())

    def paired(
        self, after: Sequence[Measured], before: Sequence[Measured], role: str, task: str, column: str, suffix: str = ""
    ) -> Paired | None:
        """Differences after minus before, item by item and seed by seed.

        Args:
            after: one entry per seed.
            before: one entry per seed, or a single one that serves all (a base arm has no seed).
            column: `score` or `nll`.
            suffix: of the role on the later side, where that is part of the way to it.

        Returns:
            None where either side was not scored on the task.

        Raises:
            ValueError: the two sides did not see the same items: they cannot be compared.
        """
        sides = [tables_of(after, f"{role} {suffix}".rstrip(), task), tables_of(before, role, task)]
        if not all(sides):
            return None
        first = sides[1][0]
        names = tuple(first["cluster"])
        clusters = self._clusters.setdefault(names, Clusters(names))
        new, old = (_matrix(side, first.index, column, task) for side in sides)
        likely = (_matrix(side, first.index, "nll", task) for side in sides)
        same = bool((new == old).all()) and _alike(*likely)
        return Paired(new - old, clusters, column == "score" and right_or_wrong(new, old), same)

    def changes(
        self,
        group: Sequence[Measured],
        role: str,
        tasks: Sequence[str],
        column: str = "score",
        suffix: str = "",
        since: str | None = DELIVERED,
    ) -> list[Paired]:
        """After minus before, task by task; empty where a task was not scored on both sides.

        Args:
            since: `DELIVERED`, from the base as it is; `TRAINED`, from the base stored as the arm stores it.
        """
        before = self.before(group[0].trial, since)
        starts = [] if before is None else [before]
        known = [pair for task in tasks if (pair := self.paired(group, starts, role, task, column, suffix)) is not None]
        return known if len(known) == len(tasks) else []

    def mean_change(
        self,
        group: Sequence[Measured],
        role: str,
        tasks: Sequence[str],
        sign: float,
        column: str = "score",
        suffix: str = "",
        since: str | None = DELIVERED,
        confidence: float = 0.95,
    ) -> Interval:
        """Mean of `changes` times `sign`, with its interval; `UNKNOWN` where there are none.

        Args:
            group: trials that differ in nothing but the seed.
        """
        pairs = [pair.times(sign) for pair in self.changes(group, role, tasks, column, suffix, since)]
        others = self.seed_noise(group[0].trial.target.name, f"{role} {suffix}".rstrip(), tasks, column)
        return mean_interval(pairs, confidence, others) if pairs else UNKNOWN

    def seed_noise(self, target: str, role: str, tasks: Sequence[str], column: str) -> SeedNoise | None:
        """How the mean over tasks varies between the seeds of a trained arm, pooled over all arms on a target.

        Args:
            role: of the items, with its suffix where it has one.

        Returns:
            None where fewer than two arms have two seeds: the noise of an arm does not steady itself.
        """
        key = (target, role, tuple(tasks), column)
        if key not in self._noise:
            several = [means for means in self._means(*key) if len(means) > 1]
            self._noise[key] = pooled_noise(several) if len(several) > 1 else None
        return self._noise[key]

    def _means(self, target: str, role: str, tasks: Sequence[str], column: str) -> Iterator[list[float]]:
        """Means over the tasks, one per seed, of every trained arm where all are known."""
        for group in self.groups():
            if group[0].trial.target.name == target and group[0].trial.trains:
                sides = [[tables_of([one], role, task) for task in tasks] for one in group if one.completed]
                known = [side for side in sides if side and all(side)]
                means = [float(np.mean([own[0][column].mean() for own in side])) for side in known]
                if np.isfinite(means).all():
                    yield means


def tables_of(side: Sequence[Measured], role: str, task: str) -> list[pd.DataFrame]:
    """One per trial; none at all where one was not scored."""
    tables = [table for one in side if (table := one.table(role, task)) is not None]
    return tables if len(tables) == len(side) else []


def _matrix(tables: Sequence[pd.DataFrame], order: pd.Index, column: str, task: str) -> Floats:
    return np.stack([_ordered(table, order, task)[column].to_numpy(dtype=np.float64) for table in tables])


def _ordered(table: pd.DataFrame, order: pd.Index, task: str) -> pd.DataFrame:
    if table.index.equals(order):
        return table
    if len(table) != len(order) or not table.index.isin(order).all():
        raise ValueError(f"task {task!r}: {len(table)} items on one side, {len(order)} on the other, or other ids")
    return table.reindex(order)


def right_or_wrong(*sides: Floats) -> bool:
    """Whether every score is 0 or 1."""
    return all(bool(np.isin(side, (0.0, 1.0)).all()) for side in sides)


ROUNDED = 1e-3
"""Nats: baselines keep likelihoods to three decimals."""


def _alike(new: Floats, old: Floats) -> bool:
    """Whether every answer is as likely on both sides: then they are one model, and no chance is left in it."""
    return bool((np.abs(new - old) <= ROUNDED).all())
