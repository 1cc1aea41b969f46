"""Records with their scores per item, and the lookups that pair them: same items, same base, before and after."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from harness.record import Record, Status
from harness.stats import ClusterDraws, Floats, Paired, SeedNoise
from harness.trial import Trial

TARGET, VALIDATION, GENERAL = "target", "validation", "general"

TEXT_COLUMNS = ("question", "expected", "answer")
ITEM_COLUMNS = ("role", "task", "item", "cluster", "score", "nll", *TEXT_COLUMNS)
"""One row per item: role of the task, its name, the item's id, its cluster, metric value, nats (see `Score.nll`),
and for people: what was asked, what is right and what the model said. A text that is not known is None."""


@dataclass(frozen=True)
class Measured:
    """A record and its table of `ITEM_COLUMNS`; the table is empty where the trial did not complete."""

    record: Record
    items: pd.DataFrame

    @property
    def trial(self) -> Trial:
        return self.record.trial

    @property
    def completed(self) -> bool:
        return self.record.status is Status.COMPLETED

    @cached_property
    def _tables(self) -> dict[tuple[str, str], pd.DataFrame]:
        groups = self.items.groupby(["role", "task"], sort=False)
        return {(str(role), str(task)): table.set_index("item") for (role, task), table in groups}

    def table(self, role: str, task: str) -> pd.DataFrame | None:
        """Rows of one task, indexed by item id; None where the task was not scored."""
        return self._tables.get((role, task))


def without_scores(trial: Trial, status: Status, reason: str) -> Measured:
    """A trial that did not complete, and why."""
    return Measured(Record(trial, status, reason), pd.DataFrame(columns=list(ITEM_COLUMNS)))


def with_role(items: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """The same table under roles of their own: `target` becomes `target at 0.5`, say. Texts are left behind."""
    return without_texts(items).assign(role=[f"{role} {suffix}" for role in items["role"]])


def without_texts(items: pd.DataFrame) -> pd.DataFrame:
    """The same scores, with no text beside them; tables that never had the columns get them."""
    nothing = pd.Series([None] * len(items), index=items.index, dtype=object)
    return items.assign(**dict.fromkeys(TEXT_COLUMNS, nothing))


def with_none(items: pd.DataFrame) -> pd.DataFrame:
    """The table with all of `ITEM_COLUMNS`, and None wherever a text is missing, however that was stored."""
    whole = items if set(TEXT_COLUMNS) <= set(items.columns) else without_texts(items)
    texts = {column: whole[column].astype(object).where(whole[column].notna(), None) for column in TEXT_COLUMNS}
    return whole.assign(**texts)[list(ITEM_COLUMNS)]


def at_scale(scale: float) -> str:
    """Suffix of the roles of items that were scored with this part of the update."""
    return f"at {scale:g}"


def at_step(step: int) -> str:
    """Suffix of the roles of items that were scored after this many optimizer steps."""
    return f"at step {step}"


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
