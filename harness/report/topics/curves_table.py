"""Rows of curves, a group for every target that has some."""

from collections.abc import Callable, Sequence
from typing import Any

from harness.report.model.arms import metric, targets
from harness.report.model.curves import Curve
from harness.report.tables.table import Cell, Group
from harness.report.words.numbers import Unit, unit_of
from harness.schema.results import Results


def curve_groups(
    results: Results,
    curves: Callable[[dict[str, Any], str], list[Curve]],
    rows_of: Callable[[Curve, list[Curve], Unit], Sequence[tuple[Cell, ...]]],
) -> tuple[Group, ...]:
    """The rows of every curve, under its target and the unit of gain there."""
    groups = []
    for target in targets(results):
        if found := curves(results, target):
            unit = unit_of(metric(results, target))
            rows = tuple(row for curve in found for row in rows_of(curve, found, unit))
            groups.append(Group(f"{target}: gain in {unit.name or metric(results, target)}", rows))
    return tuple(groups)
