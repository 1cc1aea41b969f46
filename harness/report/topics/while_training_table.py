"""Every step at which an arm was scored while it trained, and what was forgotten when gains were the same."""

from typing import Any

from harness.report.model.arms import metric, targets
from harness.report.model.curves import Curve
from harness.report.model.links import key_of
from harness.report.tables.table import NOT_MEASURED, Cell, Column, Group, Table, figure
from harness.report.topics.curves_table import curve_groups
from harness.report.topics.while_training import curves, matched_difference, matched_relation, matched_rows
from harness.report.words.numbers import POINTS, Unit, fixed, unit_of
from harness.schema.results import Results

_TONES = {"less": "good", "more": "bad"}
_NOT_SETTLED = Cell("not settled", title="too many resamples never reach this gain", tone="quiet")


def while_training_table(results: Results) -> Table | None:
    """A row per arm and step, grouped by target; None where no arm was scored while it trained."""
    columns = (
        Column("Arm"),
        Column("Step", True, "Optimizer steps done"),
        Column("Gain", True, "Change on the target's test split, with its 95 % interval"),
        Column("Forgetting", True, "Drop in accuracy on the general tasks in points, with its 95 % interval"),
    )
    groups = curve_groups(results, curves, _rows)
    caption = (
        "Every arm in the middle of its training. The base gains and forgets nothing, and is left out. A step picked "
        "from this table was picked on the test items: check it on others."
    )
    return Table("while-training", caption, columns, groups, "narrow") if groups else None


def _rows(curve: Curve, found: list[Curve], unit: Unit) -> list[tuple[Cell, ...]]:
    gains = [point.gained for one in found for point in one.points[1:]]
    losses = [point.forgot for one in found for point in one.points[1:]]
    return [
        (
            Cell(curve.arm.arm, key=key_of(curve.arm)),
            Cell(f"{point.at:.0f}", "the end" if point is curve.last else ""),
            figure(point.gained, gains, unit, plus=True),
            figure(point.forgot, losses, POINTS),
        )
        for point in curve.points[1:]
    ]


def matched_gain_table(results: Results) -> Table | None:
    """Every traced arm against full fine-tuning when both had gained as much; None where nothing can be matched."""
    columns = (
        Column("Arm"),
        Column("Seeds", True),
        Column("Gain matched at", True, "Three quarters of the smaller of both largest gains"),
        Column("Arm had forgotten", True, "Points of accuracy, when it first reached that gain"),
        Column("Full had forgotten", True, "Points of accuracy, when it first reached that gain"),
        Column("Difference", True, "Arm minus full fine-tuning, with its 95 % interval; below zero forgets less"),
        Column("Forgetting"),
    )
    groups = tuple(
        Group(f"{target}: gain in {unit_of(metric(results, target)).name or metric(results, target)}", _matched(*found))
        for target in targets(results)
        if (found := (matched_rows(results, target), unit_of(metric(results, target))))[0]
    )
    caption = (
        "At matched gain: what each arm had forgotten when it first reached the same gain as full fine-tuning, read "
        "between the steps that were scored. Not settled: more than one in twenty resamples never reach that gain."
    )
    return Table("matched-gain", caption, columns, groups) if groups else None


def _matched(rows: list[dict[str, Any]], unit: Unit) -> tuple[tuple[Cell, ...], ...]:
    differences = [matched_difference(row) for row in rows]
    decimals = 1 if unit is POINTS else 3
    return tuple(
        (
            Cell(row["arm"]),
            Cell(str(len(row["seeds"])), tone="warn" if len(row["seeds"]) == 1 else ""),
            Cell(fixed(row["gain"] * unit.scale, decimals, plus=True)) if row["gain"] is not None else NOT_MEASURED,
            *_forgotten(row, differences),
        )
        for row in rows
    )


def _forgotten(row: dict[str, Any], differences: list[Any]) -> tuple[Cell, ...]:
    found, relation = matched_difference(row), matched_relation(row)
    if found is None:
        return _NOT_SETTLED, _NOT_SETTLED, _NOT_SETTLED, _NOT_SETTLED
    sides = (Cell(fixed(row[name] * POINTS.scale, 1)) for name in ("forgetting", "forgetting_reference"))
    return *sides, figure(found, differences, POINTS, plus=True), Cell(relation, tone=_TONES.get(relation, "quiet"))
