"""Every point of the way from the base to the trained model."""

from harness.report.model.curves import Curve, Point
from harness.report.model.links import key_of
from harness.report.tables.table import NOT_MEASURED, Cell, Column, Table, figure
from harness.report.topics.curves_table import curve_groups
from harness.report.topics.scaled_back import curves, worth_it
from harness.report.words.numbers import POINTS, Unit
from harness.schema.results import Results

_COLUMNS = (
    Column("Arm"),
    Column("Part of the update", True, "0 is the base, 1 the trained model"),
    Column("Gain", True, "Change on the target's test split, with its 95 % interval"),
    Column("Gain kept", True, "Share of the gain of the whole update"),
    Column("Forgetting", True, "Drop in accuracy on the general tasks in points, with its 95 % interval"),
    Column("Compared with the whole update"),
)


def scaled_back_table(results: Results) -> Table | None:
    """A row per arm and part of its update, grouped by target; None where nothing was scaled back."""
    groups = curve_groups(results, curves, _rows)
    caption = (
        "The same training with its update scaled back towards the base. The base itself gains and forgets nothing. "
        "A part picked from this table was picked on the test items: check it on others."
    )
    return Table("scaled-back", caption, _COLUMNS, groups, "narrow") if groups else None


def _rows(curve: Curve, found: list[Curve], unit: Unit) -> list[tuple[Cell, ...]]:
    gains = [point.gained for one in found for point in one.points[1:]]
    losses = [point.forgot for one in found for point in one.points[1:]]
    better = worth_it(curve)
    return [
        (
            Cell(curve.arm.arm, key=key_of(curve.arm)),
            Cell(f"{point.at:g}", "whole" if point is curve.last else ""),
            figure(point.gained, gains, unit, plus=True),
            _share(point, curve.last),
            figure(point.forgot, losses, POINTS),
            Cell("forgot less at a gain that overlaps", tone="good") if point is better else Cell(""),
        )
        for point in curve.points[1:]
    ]


def _share(point: Point, whole: Point) -> Cell:
    if point.gained is None or whole.gained is None:
        return NOT_MEASURED
    if whole.gained[1] <= 0:
        return Cell("n/a", title="the whole update gained no more than its interval allows for chance", tone="quiet")
    return Cell(f"{100 * point.gained[0] / whole.gained[0]:.0f} %")
