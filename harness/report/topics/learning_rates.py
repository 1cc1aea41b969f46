"""What would the neighbouring learning rates have gained and forgotten? Around the rate that each arm was given."""

from harness.report.model.arms import targets
from harness.report.tables import table as tables
from harness.report.tables.table import NOT_MEASURED, Cell, Col, Columns, Num, Table
from harness.report.words.numbers import POINTS, Unit, absolute, fixed, rate, unit_of
from harness.schema.results import RatePoint, Results, Sweep

CONDITIONAL = (
    "Every interval on this page holds for the rates that were chosen: none of them contains what another choice would "
    "change."
)
Tried = tuple[Sweep, RatePoint]
"""A row: one rate, and the sweep that it belongs to."""


def around(sweep: Sweep) -> list[RatePoint]:
    """The chosen rate and those next to it in the grid."""
    points = sorted(sweep.curve, key=lambda point: point.learning_rate)
    place = next((at for at, point in enumerate(points) if point.learning_rate == sweep.chosen), None)
    return [] if place is None else points[max(0, place - 1) : place + 2]


def table(results: Results) -> Table:
    """A row per arm and rate, grouped by target; without rows where no rate was searched."""
    on_validation = "On the validation split"
    columns: Columns[Tried] = (
        Col("Arm", lambda row: row[0].arm),
        Col("Learning rate", _rate),
        Num("Validation score", lambda row: absolute(row[1].validation, row[0].metric),
            title=f"{on_validation}, mean over the seeds of the sweep"),
        Num("Validation nats", _nats,
            title=f"{on_validation}, per token of the right answers: what the rate was chosen by"),
        Num("Gain", lambda row: _change(row[1].gain, unit_of(row[0].metric)),
            title=f"{on_validation}, one training at this rate against the base as it is"),
        Num("Forgetting", lambda row: _change(row[1].accuracy_drop, POINTS),
            title="Mean drop in accuracy on the general tasks, of the same training"),
    )  # fmt: skip
    groups = {
        f"{target}: gain in {unit_of(own[0].metric).name or own[0].metric}, forgetting in points": [
            (sweep, point) for sweep in own for point in around(sweep)
        ]
        for target in targets(results)
        if (own := [one for one in results.learning_rates if one.target == target])
    }
    return tables.table("learning-rates", _caption(results), columns, groups, "narrow")


def _caption(results: Results) -> str:
    said = (
        "Around the learning rate of each arm. Chosen is the smallest rate whose nats on the validation split lie "
        f"within one standard error of the fewest. {CONDITIONAL}"
    )
    points = [point for sweep in results.learning_rates for point in around(sweep)]
    if any(point.nll is None and point.validation is not None for point in points):
        said += " Sweeps without nats are older: there the best score chose, and the smaller rate among equals."
    if any(point.accuracy_drop is None and point.validation is not None for point in points):
        return f"{said} Where forgetting is missing it was not measured: python -m harness tune does."
    return f"{said} Gain and forgetting are of one training each: they show a trend, and no interval."


def _rate(row: Tried) -> Cell:
    sweep, point = row
    return Cell(rate(point.learning_rate), "chosen" if point.learning_rate == sweep.chosen else "")


def _nats(row: Tried) -> Cell | str:
    sweep, point = row
    if point.validation is None:
        return Cell("diverged", tone="bad")
    if point.nll is None:
        return NOT_MEASURED
    fewest = min(one.nll for one in sweep.curve if one.nll is not None)
    if point.nll == fewest or point.nll_error is None:
        return Cell(fixed(point.nll, 3), "the fewest" if point.nll == fewest else "")
    more = f"{fixed(point.nll - fewest, 3, plus=True)} ± {fixed(point.nll_error, 3)}"
    return Cell(fixed(point.nll, 3), more, "More than the fewest, with the standard error of that difference")


def _change(value: float | None, unit: Unit) -> Cell | str:
    return NOT_MEASURED if value is None else fixed(value * unit.scale, 1 if unit is POINTS else 3, plus=True)
