"""What scoring a task yields: a score, and a table of its items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from harness.run.scoring.excerpts import Excerpts, with_excerpts
from harness.schema.measured import ITEM_COLUMNS, without_texts
from harness.schema.record import Score


class Item(Protocol):
    """What can be scored: it has a name, and a cluster that it shares with items like it."""

    @property
    def id(self) -> str: ...

    @property
    def cluster(self) -> str: ...


@dataclass(frozen=True)
class Evaluated:
    """A score and its items, a table of `ITEM_COLUMNS`."""

    score: Score
    items: pd.DataFrame


def item_table(
    role: str,
    task: str,
    items: Sequence[Item],
    scores: list[float],
    nll: list[float],
    excerpts: Sequence[Excerpts] | None,
) -> pd.DataFrame:
    """Rows of `ITEM_COLUMNS`, one per item; without texts where there are no excerpts."""
    table = pd.DataFrame([(role, task, item.id, item.cluster) for item in items], columns=list(ITEM_COLUMNS[:4]))
    table = table.assign(score=np.asarray(scores, dtype=np.float64), nll=np.asarray(nll, dtype=np.float64))
    return without_texts(table) if excerpts is None else with_excerpts(table, excerpts)


def means(table: pd.DataFrame) -> tuple[float, float]:
    """Of the metric and of the nats, over items."""
    return float(table["score"].mean()), float(table["nll"].mean())
