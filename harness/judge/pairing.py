"""The lookups that pair what was measured: same items, same base, before and after."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from harness.judge.stats import ClusterDraws, Floats, Paired, SeedNoise
from harness.schema.measured import Measured
from harness.schema.trial import Trial


class Bench:
    """All that one run measured (or several stored runs), indexed for pairing."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self.measured = list(measured)
        self._by_digest = {one.trial.digest: one for one in self.measured}
        self._noise: dict[tuple[str, str, tuple[str, ...], str], SeedNoise | None] = {}
        self._draws: dict[tuple[str, str, tuple[str, ...]], ClusterDraws] = {}

    def before(self, trial: Trial, quantization: str | None = None) -> Measured | None:
        """The completed base arm of `trial`, at the trial's own or another quantization."""
        found = self._by_digest.get(trial.base_arm(quantization).digest)
        return found if found is not None and found.completed else None

    def groups(self) -> list[list[Measured]]:
        """Trials that differ in nothing but the seed, in the order of the run."""
        groups: dict[str, list[Measured]] = {}
        for one in self.measured:
            groups.setdefault(replace(one.trial, seed=None).digest, []).append(one)
        return list(groups.values())

    def targets(self) -> list[str]:
        return list(dict.fromkeys(one.trial.target.name for one in self.measured))

    def paired(
        self,
        after: Sequence[Measured],
        before: Sequence[Measured],
        role: str,
        task: str,
        column: str,
        after_role: str | None = None,
    ) -> Paired | None:
        """Differences after minus before, item by item and seed by seed.

        Args:
            after: one entry per seed.
            before: one entry per seed, or a single one that serves all (a base arm has no seed).
            column: `score` or `nll`.
            after_role: the role on the later side, where it is another one: part of the way to it, say.

        Returns:
            None where either side was not scored on the task.

        Raises:
            ValueError: the two sides did not see the same items: they cannot be compared.
        """
        tables_after = [one.table(after_role or role, task) for one in after]
        tables_before = [one.table(role, task) for one in before]
        present_after = [table for table in tables_after if table is not None]
        present_before = [table for table in tables_before if table is not None]
        if not present_after or len(present_after) < len(after) or len(present_before) < len(before) or not before:
            return None
        order = present_before[0].index
        differences = _matrix(present_after, order, column, task) - _matrix(present_before, order, column, task)
        return Paired(differences, self._cluster_draws(role, task, present_before[0]))

    def seed_noise(self, target: str, role: str, tasks: Sequence[str], column: str) -> SeedNoise | None:
        """How the mean over tasks varies between the seeds of a trained arm, pooled over all arms on a target.

        Args:
            role: of the items, with its suffix where it has one.

        Returns:
            None where no arm has two seeds.
        """
        key = (target, role, tuple(tasks), column)
        if key not in self._noise:
            self._noise[key] = self._pooled(*key)
        return self._noise[key]

    def _pooled(self, target: str, role: str, tasks: Sequence[str], column: str) -> SeedNoise | None:
        squares = df = 0.0
        for group in self.groups():
            if group[0].trial.target.name != target or not group[0].trial.trains:
                continue
            tables = [[one.table(role, task) for task in tasks] for one in group if one.completed]
            means = [
                float(np.mean([table[column].mean() for table in own if table is not None]))
                for own in tables
                if own and all(table is not None for table in own)
            ]
            if len(means) > 1 and np.isfinite(means).all():
                squares += float(np.var(means, ddof=1)) * (len(means) - 1)
                df += len(means) - 1
        return SeedNoise(squares / df, df) if df else None

    def _cluster_draws(self, role: str, task: str, table: pd.DataFrame) -> ClusterDraws:
        clusters = tuple(table["cluster"])
        if (role, task, clusters) not in self._draws:
            self._draws[role, task, clusters] = ClusterDraws(clusters, self.rng(f"{role} {task}"))
        return self._draws[role, task, clusters]

    @staticmethod
    def rng(purpose: str) -> np.random.Generator:
        """The same resamples on every machine and in every order of calls."""
        return np.random.default_rng(zlib.crc32(purpose.encode()))


def _matrix(tables: Sequence[pd.DataFrame], order: pd.Index, column: str, task: str) -> Floats:
    rows = []
    for table in tables:
        if table.index.equals(order):  # the usual case, and the fast one
            rows.append(table[column].to_numpy(dtype=np.float64))
            continue
        if len(table) != len(order) or not table.index.isin(order).all():
            raise ValueError(f"task {task!r}: {len(table)} items on one side, {len(order)} on the other, or other ids")
        rows.append(table[column].reindex(order).to_numpy(dtype=np.float64))
    return np.stack(rows)
