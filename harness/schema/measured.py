"""A record with its scores per item: what an engine returns, the store keeps and judges read."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from harness.schema.record import Record, Status
from harness.schema.trial import Trial

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
    lists = {column: [text if isinstance(text, str) else None for text in whole[column]] for column in TEXT_COLUMNS}
    texts = {column: pd.Series(found, index=whole.index, dtype=object) for column, found in lists.items()}
    return whole.assign(**texts)[list(ITEM_COLUMNS)]


def at_scale(scale: float) -> str:
    """Suffix of the roles of items that were scored with this part of the update."""
    return f"at {scale:g}"


def at_step(step: int) -> str:
    """Suffix of the roles of items that were scored after this many optimizer steps."""
    return f"at step {step}"
