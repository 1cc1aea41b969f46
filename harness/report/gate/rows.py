"""One row of a gate for a page: did it get better or worse, can that be told, and how are its figures put?

Rows are those of `gates` in `gate.json`.
"""

from dataclasses import dataclass
from enum import Enum

from harness.report.model.arms import joined
from harness.report.words.numbers import (
    MINUS,
    MISSING,
    absolute,
    count,
    fixed,
    size,
    spread,
    supported_decimals,
    unit_of,
)
from harness.schema.gate import GateResult

Row = GateResult


class Change(Enum):
    """Which way a figure went, margins aside."""

    WORSE = "got worse"
    BETTER = "got better"
    OPEN = "cannot be told"
    SAME = "unchanged"
    MISSING = "not compared"


VERDICTS = ("FAIL", "INCONCLUSIVE", "PASS")
"""The most urgent first."""
SHAPES = {"PASS": "✓", "FAIL": "✕", "INCONCLUSIVE": "?"}
TONES = {"PASS": "good", "FAIL": "bad", "INCONCLUSIVE": "warn"}

NAMES = {
    "gain": "target score",
    "learned": "learned over the base",
    "forgetting": "forgetting, mean",
    "forgetting_task": "forgetting",
    "text": "general text",
    "peak_memory": "peak memory",
    "flops": "operations, training",
    "serving_flops": "operations, serving",
    "artifact_size": "size to keep",
    "trainable_params": "trained parameters",
    "step_time": "step time",
}
_COUNTED = {"peak_memory": size, "artifact_size": size}


def change_of(row: Row) -> Change:
    """Better or worse where the one-sided bound says so; a count has no noise and needs none."""
    if is_cost(row) and row["low"] is None and None not in (row["before"], row["after"]):
        return _direction(row["after"] - row["before"], row["after"] - row["before"], more_is_better=False)
    if None in (row["difference"], row["low"], row["high"]):
        return Change.OPEN if row["verdict"] == "INCONCLUSIVE" else Change.MISSING
    if is_cost(row):
        return _direction(row["low"] - 1, row["high"] - 1, more_is_better=False)
    told = _direction(row["low"], row["high"], more_is_better=True)
    return Change.OPEN if _one_seed(row) and told is not Change.SAME else told


def is_cost(row: Row) -> bool:
    """Costs are compared as ratios, scores as differences."""
    return row["metric"] is None


def _direction(low: float, high: float, more_is_better: bool) -> Change:
    if low == high == 0:
        return Change.SAME
    if low <= 0 <= high:
        return Change.OPEN
    return Change.BETTER if (low > 0) is more_is_better else Change.WORSE


def _one_seed(row: Row) -> bool:
    """Whether the bounds hold the noise of items alone, since seeds matter and there was one."""
    return row["verdict"] == "INCONCLUSIVE" and len(row["seeds"]) == 1 and row["seeds"][0] is not None


def urgent_first(rows: list[Row]) -> list[Row]:
    """Failures, then what is open, then what held; each in the order of the run."""
    return sorted(rows, key=lambda row: verdict_place(row["verdict"]))


def verdict_place(verdict: str) -> int:
    """Sorting key, the most urgent first."""
    return VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)


def verdict_text(verdict: str) -> str:
    """`✕ FAIL`: a shape and a word."""
    return f"{SHAPES.get(verdict, '')} {verdict}".strip()


def measure_name(row: Row) -> str:
    """What is compared, in words; a name that is not known as it is."""
    return NAMES.get(row["measure"], str(row["measure"]))


def task_name(row: Row) -> str:
    """The task that was scored; empty for costs."""
    if is_cost(row):
        return ""
    if row["measure"] == "forgetting":
        return "all general tasks"
    return str(row["task"] or row["target"])


@dataclass(frozen=True)
class Figures:
    """A row's numbers as texts.

    Attributes:
        bounds: one-sided ones of the difference; empty where it has no noise or was not measured.
        merit: what differences are sorted by: hundredths, positive where it got better.
    """

    before: str
    after: str
    difference: str
    bounds: str
    margin: str
    merit: float | None


def figures(row: Row) -> Figures:
    """Before, after, difference, bounds, margin: scores in points or nats, costs as ratios."""
    return _cost_figures(row) if is_cost(row) else _score_figures(row)


def _score_figures(row: Row) -> Figures:
    unit, bounds = unit_of(row["metric"]), (row["low"], row["high"])
    decimals = max(1, supported_decimals([bounds], unit.scale))
    value = row["difference"]
    return Figures(
        absolute(row["before"], row["metric"]),
        absolute(row["after"], row["metric"]),
        MISSING if value is None else f"{fixed(unit.scale * value, decimals, plus=True)} {unit.name}".rstrip(),
        spread(bounds, decimals, unit.scale),
        _margin(row, f" {unit.name}".rstrip(), unit.scale),
        None if value is None else unit.scale * value,
    )


def _margin(row: Row, unit: str, scale: float) -> str:
    if row["limit"] is None:
        return MISSING
    sign, word = (1, "at least ") if row["measure"] == "learned" else (-1, "")
    return f"{word}{sign * scale * row['limit']:+.3g}{unit}".replace("-", MINUS)


def _cost_figures(row: Row) -> Figures:
    ratio = row["difference"]
    return Figures(
        _amount(row, row["before"]),
        _amount(row, row["after"]),
        MISSING if ratio is None else _ratio(ratio),
        spread((row["low"], row["high"]), 2),
        MISSING if row["limit"] is None else f"{row['limit']:g} times",
        None if ratio is None else 100 * (1 - ratio),
    )


def _amount(row: Row, value: float | None) -> str:
    if value is None:
        return MISSING
    if row["measure"] == "step_time":
        return f"{value:.3g} times the control"
    return _COUNTED.get(row["measure"], count)(value)


def _ratio(ratio: float) -> str:
    text = fixed(ratio, 3)
    if text == "1.000" and ratio != 1:
        return f"just {'above' if ratio > 1 else 'below'} 1 time"
    return f"{text} times"


def settled_by(row: Row) -> str:
    """What would decide an open row; empty where its verdict is settled or nothing was measured."""
    if row["verdict"] != "INCONCLUSIVE" or row["difference"] is None:
        return ""
    parts = [f"{row['settle'][what]} {what}" for what in ("seeds", "items") if what in (row["settle"] or {})]
    if not parts:
        return "too near to the margin for more seeds or items to settle it"
    return f"about {joined(parts)} would settle it, if the difference stayed"


def why(row: Row) -> str:
    """The gate's reason, what would have shown, and what would settle it."""
    said = [str(row["reason"])]
    if row["detectable"] is not None and row["low"] != row["high"] and not is_cost(row):
        unit = unit_of(row["metric"])
        decimals = max(1, supported_decimals([(row["low"], row["high"])], unit.scale))
        least = f"{fixed(unit.scale * row['detectable'], decimals)} {unit.name}".rstrip()
        said.append(f"a difference of {least} would have shown")
    return "; ".join(filter(None, [*said, settled_by(row)]))
