"""Budgets: bounds on what a trial may cost, each with its reason. Only counts, never seconds."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from harness.schema.errors import UserError, one_of
from harness.schema.paths import FIXTURES
from harness.schema.record import Cost
from harness.schema.trial import Trial

SHIPPED = FIXTURES / "budgets.toml"


@dataclass(frozen=True)
class Budget:
    """`measure` (a field of `Cost`) of one base model's trials is at most `limit`.

    Attributes:
        method, max_rank, targets: the trials that it holds for; all where None.
    """

    base_model: str
    measure: str
    limit: float
    reason: str
    method: str | None = None
    max_rank: int | None = None
    targets: tuple[str, ...] | None = None

    @property
    def id(self) -> str:
        return "-".join(filter(None, (self.base_model, self.method, self.measure)))

    def applies_to(self, trial: Trial) -> bool:
        within = self.max_rank is None or (trial.rank is not None and trial.rank <= self.max_rank)
        there = self.targets is None or trial.target.name in self.targets
        return trial.base.name == self.base_model and self.method in (None, trial.method) and within and there


def load_budgets(path: Path = SHIPPED) -> list[Budget]:
    """The budgets in a file.

    Raises:
        UserError: an unknown key or measure, or one without a reason.
    """
    names = [field.name for field in fields(Budget)]
    measures = [field.name for field in fields(Cost) if not field.name.endswith("_s")]
    budgets = []
    for row in tomllib.loads(path.read_text())["budgets"]:
        for key in row:
            if key not in names:
                raise one_of(f"{path}: key", key, names)
        if row.get("measure") not in measures:
            raise one_of(f"{path}: measure", row.get("measure"), measures)
        if not row.get("reason"):
            raise UserError(f"{path}: the budget for {row['measure']} has no reason. Say why it is what it is.")
        targets = row.get("targets")
        budgets.append(Budget(**{**row, "targets": None if targets is None else tuple(targets)}))
    return budgets
