"""Curves from the base to the trained model: gain against forgetting, and both over the steps of training."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import altair as alt
import pandas as pd

from harness.report.charts.figure import MOST_LINES, MUTED, Figure, Mark
from harness.report.charts.labels import Plane, place
from harness.report.charts.lines import Drawing, Look, apart, beside, intervals, scales, side_by_side, texts
from harness.report.charts.selection import MOST_PANELS, left_out, most_gained
from harness.report.charts.theme import color, data, figure, nice_domain
from harness.report.model.arms import method_label
from harness.report.model.curves import Curve, Point
from harness.report.words.numbers import POINTS, Triple, Unit
from harness.report.words.phrases import told
from harness.schema.wording import counted

PANEL, SMALL, MANY = (310, 230, 3), (215, 165, 4), 6
"""Width, height and columns of the panels of gain against forgetting; from more than `MANY` panels on, smaller ones."""
WIDTH, HEIGHT = 430, 260
CELL = (112, 84, 4)
"""A panel per arm, where there are more arms than one panel can show."""
LOOK = Look(line=(1.8, 0.75), bar=(1.3, 0.5), size=30, shift=0.0)
APART = 3.0
"""Pixels between the error bars of two arms at one step."""


def _drawn(curves: list[Curve]) -> tuple[list[Curve], str]:
    """At most `MOST_PANELS`, and what a caption says of the rest."""
    arms = most_gained([one.arm for one in curves], MOST_PANELS)
    return [one for one in curves if one.arm in arms], left_out(len(arms), len(curves), "the table below")


def ways_back(curves: list[Curve], known: list[Mark], name: str, target: str, caption: str) -> Figure | None:
    """A panel per arm, gain against forgetting, points labelled with their part of the update; None without curves.

    In each the line from the base to the trained model, its points with their intervals both ways, and their labels.
    """
    shown, rest = _drawn(curves)
    if not shown:
        return None
    unit, (width, height, columns) = shown[0].unit, SMALL if len(shown) > MANY else PANEL
    frame = _parts(shown, unit)
    x_domain = nice_domain([*frame["forgot_low"], *frame["forgot_high"]])
    y_domain = nice_domain([*frame["gained_low"], *frame["gained_high"]], pad=0.12)
    plane = Plane(x_domain, y_domain, width, height)
    frame = frame.join(pd.concat(_labels(rows, plane) for _, rows in frame.groupby("arm", sort=False)))
    (across, up), ticks = scales(plane), alt.Axis(tickCount=5)
    x = alt.X("forgot:Q", title="Forgetting (points) →", scale=across, axis=ticks)
    y = alt.Y("gained:Q", title=f"Gain ({unit.name or 'metric'}) →", scale=up, axis=ticks)
    chart, ink = alt.Chart(), color(known)
    bars = chart.mark_rule(strokeWidth=1.3, opacity=0.5)
    layers = (
        bars.encode(alt.X("forgot_low:Q", scale=across), y, x2=alt.X2("forgot_high:Q"), color=ink),
        bars.encode(x, alt.Y("gained_low:Q", scale=up), y2=alt.Y2("gained_high:Q"), color=ink),
        chart.mark_line(strokeWidth=1.8, color=MUTED, opacity=0.8).encode(x, y, order=alt.Order("order:Q")),
        chart.mark_point(filled=True, size=60, opacity=1, shape="circle").encode(x, y, color=ink),
        *texts(chart, alt.X("label_x:Q", scale=across), alt.Y("label_y:Q", scale=up), "part"),
    )
    panels = apart(alt.layer(*layers, data=data(frame)), "arm", frame["arm"], width, height, columns)
    return figure(panels, name, target, f"Scaled back on {target}", f"{caption}{rest}")


def _labels(rows: pd.DataFrame, plane: Plane) -> pd.DataFrame:
    """Where those of one line stand."""
    line = pairwise(rows[["forgot", "gained"]].itertuples(index=False, name=None))
    found = place(plane, rows[["forgot", "gained", "part"]], ("label_x", "label_y"), lines=line)
    return found.drop(columns="far")


def _parts(curves: list[Curve], unit: Unit) -> pd.DataFrame:
    """A row per point of which both are known."""
    rows = []
    for curve, point in ((one, point) for one in curves for point in one.points):
        if point.gained and point.forgot:
            said = f"gain {told(point.gained, unit, plus=True)}, forgetting {told(point.forgot, POINTS)}"
            note = f"with {point.at:g} of the update: {said}"
            about = (curve.arm.arm, method_label(curve.arm), f"{point.at:g}", note, point.at)
            rows.append((*about, *unit.scaled(point.gained), *POINTS.scaled(point.forgot)))
    figures = [f"{name}{bound}" for name in ("gained", "forgot") for bound in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["arm", "method", "part", "note", "order", *figures])


def over_steps(curves: list[Curve], known: list[Mark], name: str, target: str, caption: str) -> Figure | None:
    """A line per arm, gain beside forgetting; None where nothing but the base was measured."""
    shown, rest = _drawn(curves)
    unit = shown[0].unit if shown else POINTS
    frames = {
        f"Gain ({unit.name or 'metric'})": _steps(shown, lambda point: point.gained, unit),
        "Forgetting (points)": _steps(shown, lambda point: point.forgot, POINTS),
    }
    panels = [_panel(frame, title, known) for title, frame in frames.items() if not frame.empty]
    return beside(panels, name, target, f"While training on {target}", f"{caption}{rest}")


def _steps(curves: list[Curve], read: Callable[[Point], Triple | None], unit: Unit) -> pd.DataFrame:
    """A row per arm and step of what was gained or forgotten, without arms of which only the base was measured."""
    rows = [
        (curve.arm.arm, method_label(curve.arm), point.at, *unit.scaled(found),
         f"after {counted(round(point.at), 'step')}: {told(found, unit)}")
        for curve in curves for point in curve.points if (found := read(point)) is not None
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["arm", "method", "step", "value", "low", "high", "note"])
    return frame[frame.groupby("arm")["step"].transform("size") > 1]


def _panel(frame: pd.DataFrame, title: str, known: list[Mark]) -> Drawing:
    """One for all arms, their names beside their last points; or a small one for each."""
    many = frame["arm"].nunique() > MOST_LINES
    width, height, _ = CELL if many else (WIDTH, HEIGHT, 1)
    last = float(frame["step"].max())
    domain = [-0.03 * last, last * (1.02 if many else 1.3)]  # names stand at the right
    plane = Plane(domain, nice_domain([*frame["low"], *frame["high"]]), width, height)
    across, up = scales(plane)
    ticks = sorted({int(step) for step in frame["step"]})
    axis = alt.Axis(values=ticks[:: max(1, len(ticks) // (2 if many else 7))], grid=False)
    x, named = alt.X("step:Q", title="Step", scale=across, axis=axis), None if many else title
    value = alt.Y("value:Q", title=named, scale=up, axis=alt.Axis(tickCount=3 if many else 6))
    y = value, alt.Y("low:Q", title=named, scale=up)
    if many:
        cells = alt.layer(*intervals(alt.Chart(), x, y, known, LOOK), data=data(frame))
        return apart(cells, "arm", frame["arm"], *CELL).properties(title=title)
    ends = frame.loc[frame.groupby("arm", sort=False)["step"].idxmax(), ["step", "value", "arm"]]
    names = ends[["arm"]].join(place(plane, ends, ("step", "value")).drop(columns="far"))
    layers = side_by_side(frame, "arm", x, y, known, replace(LOOK, size=60), APART)
    at = alt.X("step:Q", scale=across), alt.Y("value:Q", scale=up)
    return alt.layer(*layers, *texts(alt.Chart(data(names)), *at, "arm")).properties(width=width, height=height)
