"""Budgets: bounds on what a trial may cost, each with its reason. Only counts, never seconds."""

import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le

from harness.schema.codec import read_toml
from harness.schema.paths import FIXTURES
from harness.schema.record import Cost
from harness.schema.trial import Real, Trial
from harness.schema.typed import Many, Reason, Table, Whole, among, otherwise

SHIPPED = FIXTURES / "budgets.toml"
MEASURES = [field.name for field in fields(Cost) if not field.name.endswith("_s")]


class Budget(Table):
    """`measure` of one base model's trials is at most `limit`, for the methods, ranks and targets named, if any."""

    base_model: str
    measure: Annotated[str, among(MEASURES)]
    """A field of `Cost`."""
    limit: Annotated[Real, Ge(0), Le(sys.float_info.max), otherwise("Give a number from 0 up.")]
    reason: Reason
    method: str | None = None
    max_rank: Annotated[int, Whole(1, 65_536)] | None = None
    targets: Many[str] | None = None

    @property
    def id(self) -> str:
        return "-".join(filter(None, (self.base_model, self.method, self.measure)))

    def applies_to(self, trial: Trial) -> bool:
        within = self.max_rank is None or (trial.rank is not None and trial.rank <= self.max_rank)
        there = self.targets is None or trial.target.name in self.targets
        return trial.base.name == self.base_model and self.method in (None, trial.method) and within and there


class _File(Table):
    budgets: Many[Budget]


def load_budgets(path: Path = SHIPPED) -> tuple[Budget, ...]:
    """The budgets in a file.

    Raises:
        UserError: an unknown key or measure, or one without a reason.
    """
    return read_toml(path, _File).budgets
