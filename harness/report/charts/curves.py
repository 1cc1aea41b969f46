"""Curves from the base to the trained model: gain against forgetting, and both over the steps of training."""

from dataclasses import replace

import altair as alt
import pandas as pd

from harness.report.charts.figure import MOST_LINES, MUTED, Figure, Mark
from harness.report.charts.labels import Plane
from harness.report.charts.lines import Drawing, Look, apart, beside, intervals, side_by_side, spots, texts
from harness.report.charts.theme import color, data, figure, nice_domain
from harness.report.model.arms import method_label
from harness.report.model.curves import Curve
from harness.report.words.numbers import POINTS, Unit
from harness.report.words.phrases import told

PANEL, SMALL, MANY = (310, 230, 3), (215, 165, 4), 6
"""Width, height and columns of the panels of gain against forgetting; from more than `MANY` panels on, smaller ones."""
WIDTH, HEIGHT = 430, 260
CELL = (112, 84, 4)
"""A panel per arm, where there are more arms than one panel can show."""
LOOK = Look(line=(1.8, 0.75), bar=(1.3, 0.5), size=30, shift=0.0)
APART = 3.0
"""Pixels between the error bars of two arms at one step."""


def ways_back(curves: list[Curve], known: list[Mark], name: str, target: str, caption: str) -> Figure:
    """A panel per arm, gain against forgetting, points labelled with their part of the update."""
    unit, (width, height, columns) = curves[0].unit, SMALL if len(curves) > MANY else PANEL
    frame = _parts(curves, unit)
    x_domain = nice_domain([*frame["forgot_low"], *frame["forgot_high"]])
    y_domain = nice_domain([*frame["gained_low"], *frame["gained_high"]], pad=0.12)
    plane = Plane(x_domain, y_domain, width, height)
    at = ("forgot", "gained", "part"), ("label_x", "label_y")
    frame = pd.concat([rows.join(spots(rows, plane, *at, True)) for _, rows in frame.groupby("arm", sort=False)])
    titles = ("Forgetting (points) →", f"Gain ({unit.name or 'metric'}) →")
    layers = alt.layer(*_way(plane, titles, known), data=data(frame))
    chart = apart(layers, "arm", frame["arm"], width, height, columns)
    return figure(chart, name, target, f"Scaled back on {target}", caption)


def _parts(curves: list[Curve], unit: Unit) -> pd.DataFrame:
    """A row per point of which both are known."""
    rows = []
    for curve in curves:
        for point in curve.points:
            if point.gained and point.forgot:
                said = f"gain {told(point.gained, unit, plus=True)}, forgetting {told(point.forgot, POINTS)}"
                note = f"with {point.at:g} of the update: {said}"
                about = (curve.arm.arm, method_label(curve.arm), f"{point.at:g}", note, point.at)
                rows.append((*about, *unit.scaled(point.gained), *POINTS.scaled(point.forgot)))
    figures = [f"{name}{bound}" for name in ("gained", "forgot") for bound in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["arm", "method", "part", "note", "order", *figures])


def _way(plane: Plane, titles: tuple[str, str], known: list[Mark]) -> list[alt.Chart]:
    """The line from the base to the trained model, its points with their intervals both ways, and their labels."""
    across, up = (alt.Scale(domain=domain, nice=False) for domain in (plane.x_domain, plane.y_domain))
    x = alt.X("forgot:Q", title=titles[0], scale=across, axis=alt.Axis(tickCount=5))
    y = alt.Y("gained:Q", title=titles[1], scale=up, axis=alt.Axis(tickCount=5))
    chart = alt.Chart()
    bars, ink = chart.mark_rule(strokeWidth=1.3, opacity=0.5), color(known)
    return [
        bars.encode(alt.X("forgot_low:Q", scale=across), y, alt.X2("forgot_high:Q"), color=ink),
        bars.encode(x, alt.Y("gained_low:Q", scale=up), alt.Y2("gained_high:Q"), color=ink),
        chart.mark_line(strokeWidth=1.8, color=MUTED, opacity=0.8).encode(x, y, order=alt.Order("order:Q")),
        chart.mark_point(filled=True, size=60, opacity=1, shape="circle").encode(x, y, color=ink),
        *texts(chart, alt.X("label_x:Q", scale=across), alt.Y("label_y:Q", scale=up), "part"),
    ]


def over_steps(curves: list[Curve], known: list[Mark], name: str, target: str, caption: str) -> Figure | None:
    """A line per arm, gain beside forgetting; None where nothing but the base was measured."""
    unit = curves[0].unit if curves else POINTS
    frames = {f"Gain ({unit.name or 'metric'})": _steps(curves, unit), "Forgetting (points)": _steps(curves, None)}
    panels = [_panel(frame, title, known) for title, frame in frames.items() if not frame.empty]
    return beside(panels, name, target, f"While training on {target}", caption)


def _steps(curves: list[Curve], unit: Unit | None) -> pd.DataFrame:
    """A row per arm and step of what was gained, in its `unit`, or of what was forgotten."""
    rows = []
    for place, curve in enumerate(curves):
        for point in curve.points:
            found, shown = (point.gained, unit) if unit else (point.forgot, POINTS)
            if found is not None:
                note = f"after {point.at:.0f} steps: {told(found, shown)}"
                rows.append((curve.arm.arm, method_label(curve.arm), place, point.at, *shown.scaled(found), note))
    frame = pd.DataFrame(rows, columns=["arm", "method", "place", "step", "value", "low", "high", "note"])
    return frame[frame.groupby("arm")["step"].transform("size") > 1]  # the base alone is no curve


def _panel(frame: pd.DataFrame, title: str, known: list[Mark]) -> Drawing:
    """One for all arms, their names beside their last points; or a small one for each."""
    many = frame["arm"].nunique() > MOST_LINES
    width, height, _ = CELL if many else (WIDTH, HEIGHT, 1)
    last = float(frame["step"].max())
    domain = [-0.03 * last, last * (1.02 if many else 1.3)]  # names stand at the right
    plane = Plane(domain, nice_domain([*frame["low"], *frame["high"]]), width, height)
    ticks = sorted({int(step) for step in frame["step"]})
    across, up = (alt.Scale(domain=domain, nice=False) for domain in (plane.x_domain, plane.y_domain))
    axis = alt.Axis(values=ticks[:: max(1, len(ticks) // (2 if many else 7))], grid=False)
    x = alt.X("step:Q", title="Step", scale=across, axis=axis)
    beside = None if many else title
    y = (
        alt.Y("value:Q", title=beside, scale=up, axis=alt.Axis(tickCount=3 if many else 6)),
        alt.Y("low:Q", title=beside, scale=up),
    )
    if many:
        cells = alt.layer(*intervals(alt.Chart(), x, y, known, LOOK), data=data(frame))
        return apart(cells, "arm", frame["arm"], *CELL).properties(title=title)
    ends = frame.loc[frame.groupby("arm", sort=False)["step"].idxmax()]
    names = ends[["arm"]].join(spots(ends, plane, ("step", "value", "arm"), ("step", "value"), False))
    layers = side_by_side(frame, "arm", x, y, known, replace(LOOK, size=60), APART)
    at = alt.X("step:Q", scale=across), alt.Y("value:Q", scale=up)
    return alt.layer(*layers, *texts(alt.Chart(data(names)), *at, "arm")).properties(width=width, height=height)
