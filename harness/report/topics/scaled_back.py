"""Does part of the update gain as much and forget less? Arms whose update was scaled back towards the base."""

from harness.report.charts.figure import Figure, Mark
from harness.report.model.arms import forgetting, gain, metric, trained_arms
from harness.report.model.curves import Curve, Point, curve
from harness.report.tables.table import NOT_MEASURED, Cell, Col, Num, Table
from harness.report.topics.curves import ARM, FORGETTING, GAIN, Passed, curves_table, position
from harness.report.words.phrases import Sentence, amount, some, value
from harness.schema.results import Results


def curves(results: Results, target: str) -> list[Curve]:
    """Arms of which something between the base and the trained model was scored."""
    found = []
    for arm in trained_arms(results, target):
        parts = {one.scale: one for one in arm.interpolation if 0 < one.scale < 1}
        found.append(curve(arm, parts, Point(1, gain(arm), forgetting(arm))))
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
    topic, pairs = f"Scaled back on {target}", ((curve, worth_it(curve)) for curve in found)
    better = [(curve, point) for curve, point in pairs if point]
    if not better:
        none = "No part of an update forgot less at a gain whose interval still reaches that of the whole update."
        return Sentence(topic, none)
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
        Num[Passed]("Part of the update", lambda row: position(row, "g", "whole"),
                    title="0 is the base, 1 the trained model"),
        GAIN,
        Num("Gain kept", _share, title="Share of the gain of the whole update"),
        FORGETTING,
        Col("Compared with the whole update", _compared),
    )  # fmt: skip
    caption = (
        "The same training with its update scaled back towards the base. The base itself gains and forgets nothing. "
        "A part picked from this table was picked on the test items: check it on others."
    )
    return curves_table("scaled-back", caption, columns, results, curves)


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
    from harness.report.charts.curves import ways_back  # altair takes a second to load: not for a sentence

    caption = (
        f"{target}: the update scaled back towards the base. Numbers are parts of the update: 0 is the base, 1 the "
        "trained model. Better is up and to the left; bars are 95 % intervals."
    )
    found = [one for one in curves(results, target) if any(point.gained and point.forgot for point in one.between)]
    return ways_back(found, known, name, target, caption)
