"""Does part of the update gain as much and forget less? Arms whose update was scaled back towards the base."""

from harness.report.charts.figure import Figure, Mark
from harness.report.charts.selection import MOST_PANELS, left_out, most_gained
from harness.report.model.arms import forgetting, gain, metric, trained_arms
from harness.report.model.curves import Curve, Point, curve
from harness.report.tables.table import NOT_MEASURED, Cell, Col, Num, Table
from harness.report.topics.curves import ARM, FORGETTING, GAIN, Passed, curves_table
from harness.report.words.phrases import Sentence, amount, some, value
from harness.schema.results import Results


def curves(results: Results, target: str) -> list[Curve]:
    """Arms of which something between the base and the trained model was scored."""
    found = (
        curve(
            arm,
            {one.scale: one for one in arm.interpolation if 0 < one.scale < 1},
            Point(1, gain(arm), forgetting(arm)),
        )
        for arm in trained_arms(results, target)
    )
    return [one for one in found if one.between]


def worth_it(curve: Curve) -> Point | None:
    """The smallest part of the update that forgot less for certain, at a gain whose interval reaches the whole's."""
    gained, forgot = curve.last.gained, curve.last.forgot
    if gained is None or forgot is None:
        return None
    for point in curve.between:
        if point.gained and point.forgot and point.gained[2] >= gained[1] and point.forgot[2] < forgot[1]:
            return point
    return None


def sentence(results: Results, target: str) -> Sentence | None:
    """The arm for which scaling back saved most; None where no arm was scaled back on this target."""
    found = curves(results, target)
    if not found:
        return None
    topic = f"Scaled back on {target}"
    better = [(curve, point) for curve in found if (point := worth_it(curve)) is not None]
    if not better:
        return Sentence(
            topic, "No part of an update forgot less at a gain whose interval still reaches that of the whole update."
        )
    better.sort(key=lambda pair: value(pair[1].forgot) - value(pair[0].last.forgot))
    curve, point = better[0]
    text = (
        f"With {point.at:g} of its update {curve.arm.arm} forgot {amount(point.forgot, 'accuracy')} instead of "
        f"{amount(curve.last.forgot, 'accuracy')}, and gained {amount(point.gained, metric(results, target), True)}, "
        "an interval that overlaps with that of the whole update."
    )
    others = [f"{one.arm.arm} with {part.at:g}" for one, part in better[1:]]
    also = f" The same holds for {some(others)}." if others else ""
    picked = "These parts were" if others else "This part was"
    return Sentence(topic, f"{text}{also} {picked} picked on the test items themselves.")


def table(results: Results) -> Table:
    """Every point of the way from the base to the trained model."""
    columns = (
        ARM,
        Num("Part of the update", _part, title="0 is the base, 1 the trained model"),
        GAIN,
        Num("Gain kept", _share, title="Share of the gain of the whole update"),
        FORGETTING,
        Col("Compared with the whole update", _compared),
    )
    caption = (
        "The same training with its update scaled back towards the base. The base itself gains and forgets nothing. "
        "A part picked from this table was picked on the test items: check it on others."
    )
    return curves_table("scaled-back", caption, columns, results, curves)


def _part(row: Passed) -> Cell:
    curve, point = row
    return Cell(f"{point.at:g}", "whole" if point is curve.last else "")


def _share(row: Passed) -> Cell:
    point, whole = row[1].gained, row[0].last.gained
    if point is None or whole is None:
        return NOT_MEASURED
    if whole[1] <= 0:
        return Cell("n/a", title="the whole update gained no more than its interval allows for chance", tone="quiet")
    return Cell(f"{100 * point[0] / whole[0]:.0f} %")


def _compared(row: Passed) -> Cell:
    curve, point = row
    return Cell("forgot less at a gain that overlaps", tone="good") if point is worth_it(curve) else Cell("")


def chart(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """A panel per arm, points labelled with their part of the update; None where nothing was scaled back."""
    from harness.report.charts import curves as draw  # altair takes a second to load: not for a sentence

    found = [one for one in curves(results, target) if any(point.gained and point.forgot for point in one.between)]
    if not found:
        return None
    arms = most_gained([one.arm for one in found], MOST_PANELS)
    shown = [one for one in found if one.arm in arms]
    caption = (
        f"{target}: the update scaled back towards the base. Numbers are parts of the update: 0 is the base, 1 the "
        "trained model. Better is up and to the left; bars are 95 % intervals."
        f"{left_out(len(shown), len(found), 'the table below')}"
    )
    return draw.ways_back(shown, known, name, target, caption)
