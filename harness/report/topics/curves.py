"""Rows of curves: what two topics show of an arm on its way from the base to the trained model."""

from collections.abc import Callable

from harness.report.model.arms import metric, targets
from harness.report.model.curves import Curve, Point
from harness.report.tables.table import Cell, Col, Columns, Figures, Table, arm_cell, table
from harness.report.words.numbers import POINTS, unit_of
from harness.schema.results import Results

Passed = tuple[Curve, Point]
"""A row: a point on its curve."""

ARM = Col[Passed]("Arm", lambda row: arm_cell(row[0].arm))
GAIN = Figures[Passed]("Gain", lambda row: row[1].gained, lambda row: row[0].unit, plus=True,
                       title="Change on the target's test split, with its 95 % interval")  # fmt: skip
_DROP = "Drop in accuracy on the general tasks in points, with its 95 % interval"
FORGETTING = Figures[Passed]("Forgetting", lambda row: row[1].forgot, POINTS, title=_DROP)


def position(row: Passed, spec: str, last: str) -> Cell:
    """How far the point is, formatted by `spec`; under the `last` one that it is."""
    curve, point = row
    return Cell(f"{point.at:{spec}}", last if point is curve.last else "")


def curves_table(
    name: str, caption: str, columns: Columns[Passed], results: Results, curves: Callable[[Results, str], list[Curve]]
) -> Table:
    """A row per arm and point, the base left out, grouped by target."""
    groups = {
        f"{target}: gain in {unit_of(metric(results, target)).name or metric(results, target)}": [
            (curve, point) for curve in curves(results, target) for point in curve.points[1:]
        ]
        for target in targets(results)
    }
    return table(name, caption, columns, groups, "narrow")
