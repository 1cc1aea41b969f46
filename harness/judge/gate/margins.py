"""How much worse is still accepted: `fixtures/gates.toml`, or a user's own file. Each margin with its reason."""

import math
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness.schema.errors import UserError, one_of
from harness.schema.paths import FIXTURES

SHIPPED = FIXTURES / "gates.toml"

BASELINE, BASE = "baseline", "base"
"""What a gate compares with: accepted records, or the bare base of the same run."""

GAIN, LEARNED = "gain", "learned"
FORGETTING, FORGETTING_TASK, TEXT = "forgetting", "forgetting_task", "text"
STEP_TIME = "step_time"

SCORES = (GAIN, LEARNED, FORGETTING, FORGETTING_TASK, TEXT)
"""Measures with a `margin`, in the unit of the score: 0.03 is 3 points of accuracy, or 0.03 nats."""

COUNTS = {
    "peak_memory": "peak_memory_bytes",
    "flops": "flops_per_token",
    "serving_flops": "forward_flops_per_token",
    "artifact_size": "artifact_bytes",
    "trainable_params": "trainable_params",
}
"""Measures with a `ratio`, and the field of `Cost` that each one compares. Counted, so without noise."""

MEASURES = (*SCORES, *COUNTS, STEP_TIME)


@dataclass(frozen=True)
class Margin:
    """What one measure may lose.

    Attributes:
        limit: scores: the largest loss, in the score's own unit (`learned`: the smallest gain over the base);
            costs: the largest ratio to the baseline.
        metric, task, method, against: where it holds; everywhere where None. `against` is `baseline` or `base`. The
            most specific margin counts.
    """

    measure: str
    limit: float
    reason: str
    metric: str | None = None
    task: str | None = None
    method: str | None = None
    against: str | None = None

    def applies_to(self, method: str, against: str, metric: str | None, task: str | None) -> bool:
        asked = ((self.method, method), (self.against, against), (self.metric, metric), (self.task, task))
        return all(own is None or own == other for own, other in asked)

    @property
    def specificity(self) -> int:
        return sum(one is not None for one in (self.metric, self.task, self.method, self.against))


def margin_for(
    margins: list[Margin],
    measure: str,
    method: str,
    against: str = BASELINE,
    metric: str | None = None,
    task: str | None = None,
) -> Margin | None:
    """The most specific margin, the later one of two that are equally so; None where the measure is not gated."""
    found = [one for one in margins if one.measure == measure and one.applies_to(method, against, metric, task)]
    return max(enumerate(found), key=lambda entry: (entry[1].specificity, entry[0]))[1] if found else None


def load_margins(path: Path = SHIPPED) -> list[Margin]:
    """The margins of a file.

    Raises:
        UserError: no such file, broken TOML, an unknown key or measure, a limit that cannot be, no reason, none.
    """
    if not path.is_file():
        raise UserError(f"--gates: {str(path)!r} is no file. Give a TOML file of [[gates]], as fixtures/gates.toml is.")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid TOML ({error}).") from None
    for key in content:
        if key != "gates":
            raise one_of(f"{path}: key", key, ["gates"])
    rows = content.get("gates")
    if not isinstance(rows, list) or not rows:
        raise UserError(f"{path}: no gates. Give at least one [[gates]] with measure, margin or ratio, and reason.")
    return [_margin(path, number, row) for number, row in enumerate(rows, 1)]


def _margin(path: Path, number: int, row: Any) -> Margin:
    where = f"{path}: gates[{number}]"
    names = [field.name for field in fields(Margin) if field.name != "limit"]
    if not isinstance(row, dict):
        raise UserError(f"{where} is no table.")
    for key in row:
        if key not in (*names, "margin", "ratio"):
            raise one_of(f"{where}: key", key, [*names, "margin", "ratio"])
    measure = row.get("measure")
    if measure not in MEASURES:
        raise one_of(f"{where}: measure", measure, list(MEASURES))
    if row.get("against", BASELINE) not in (BASELINE, BASE):
        raise one_of(f"{where}: against", row["against"], [BASELINE, BASE])
    for name in ("reason", "metric", "task", "method"):
        if name in row and not isinstance(row[name], str):
            raise UserError(f"{where}: {name} is {row[name]!r}; a text is needed.")
    if not row.get("reason", "").strip():
        raise UserError(f"{where}: the margin for {measure} has no reason. Say why it is what it is.")
    limit = _limit(where, measure, row)
    where_it_holds = (row.get(name) for name in ("metric", "task", "method", "against"))
    return Margin(measure, limit, row["reason"], *where_it_holds)


def _limit(where: str, measure: str, row: dict[str, Any]) -> float:
    """`margin` of a score is at least 0, `ratio` of a cost above 0."""
    key, other = ("margin", "ratio") if measure in SCORES else ("ratio", "margin")
    if other in row or key not in row:
        raise UserError(f"{where}: {measure} takes a {key}, and nothing else beside its reason.")
    limit = row[key]
    lowest_fits = isinstance(limit, (int, float)) and not isinstance(limit, bool) and math.isfinite(limit)
    if not lowest_fits or not (limit >= 0 if key == "margin" else limit > 0):
        allowed = "a number from 0 up" if key == "margin" else "a number above 0 (1.05 allows 5 % more)"
        raise UserError(f"{where}: {key} is {limit!r}; {allowed} is needed.")
    return float(limit)
