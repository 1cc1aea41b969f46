"""Gain and forgetting over the steps of training."""

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from harness.report.charts.hover import told
from harness.report.charts.labels import Plane, place
from harness.report.charts.selection import MOST_PANELS, left_out, most_gained
from harness.report.charts.theme import INK, MOST_LINES, Figure, Mark, color, data, figure, nice_domain, shape
from harness.report.model.arms import Triple, method_label, metric
from harness.report.model.curves import Curve, Point
from harness.report.topics.while_training import curves
from harness.report.words.numbers import POINTS, unit_of
from harness.schema.results import Results

WIDTH, HEIGHT = 430, 260
CELL_WIDTH, CELL_HEIGHT, CELLS = 112, 84, 4
"""A panel per arm, where there are more arms than one panel can show."""
APART = 3.0
"""Pixels between the error bars of two arms at one step."""


def while_training(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """A line per arm, gain beside forgetting; None where no arm was scored while it trained."""
    traced = curves(results, target)
    kept = {arm.arm for arm in most_gained([curve.arm for curve in traced], MOST_PANELS)}
    found = [curve for curve in traced if curve.arm.arm in kept]
    unit = unit_of(metric(results, target))
    measures: list[tuple[Callable[[Point], Triple | None], float, str]] = [
        (lambda point: point.gained, unit.scale, f"Gain ({unit.name or 'metric'})"),
        (lambda point: point.forgot, POINTS.scale, "Forgetting (points)"),
    ]
    frames = [(_frame(found, measure, scale), title) for measure, scale, title in measures]
    panels = [_panel(frame, title, known) for frame, title in frames if not frame.empty]
    if not panels:
        return None
    caption = (
        f"{target}: gain and forgetting while training, from the base (step 0) to the trained model. Bars are 95 % "
        "intervals; they stand side by side for the same step."
        f"{left_out(len(found), len(traced), 'the table below')}"
    )
    return figure(alt.hconcat(*panels, spacing=34), name, target, f"While training on {target}", caption)


def _frame(found: list[Curve], measure: Callable[[Point], Triple | None], scale: float) -> pd.DataFrame:
    rows = []
    for place_of_arm, curve in enumerate(found):
        for point in curve.points:
            if (known := measure(point)) is not None:
                value, low, high = (scale * bound for bound in known)
                about = {"arm": curve.arm.arm, "method": method_label(curve.arm), "place": place_of_arm}
                note = f"after {point.at:.0f} steps: {told(known, scale)}"
                bounds = {"value": value, "low": low, "high": high, "note": note}
                rows.append({**about, "step": point.at, **bounds})
    frame = pd.DataFrame(rows, columns=["arm", "method", "place", "step", "value", "low", "high", "note"])
    return frame[frame.groupby("arm")["step"].transform("size") > 1]  # the base alone is no curve


def _panel(frame: pd.DataFrame, title: str, known: list[Mark]) -> alt.LayerChart | alt.FacetChart:
    order = list(dict.fromkeys(frame["arm"]))
    many = len(order) > MOST_LINES
    width, height = (CELL_WIDTH, CELL_HEIGHT) if many else (WIDTH, HEIGHT)
    room = 0.02 if many else 0.3  # names stand at the right
    last = float(frame["step"].max())
    y_domain = nice_domain([*frame["low"], *frame["high"]])
    plane = Plane([-0.03 * last, last * (1 + room)], y_domain, width, height)
    ticks = sorted({int(step) for step in frame["step"]})
    layers = _layers(
        frame, plane, title if not many else None, known, ticks[:: max(1, len(ticks) // (2 if many else 7))]
    )
    if not many:
        return alt.layer(*layers, *_names(frame, plane)).properties(width=width, height=height)
    facet = alt.Facet("arm:N", sort=order, title=None, header=alt.Header(labelLimit=CELL_WIDTH))
    cells = alt.layer(*layers, data=data(frame)).properties(width=width, height=height)
    return cells.facet(facet, columns=CELLS).properties(title=title)


def _layers(
    frame: pd.DataFrame, plane: Plane, title: str | None, known: list[Mark], ticks: list[int]
) -> list[alt.Chart]:
    """Lines, bars and marks; arms of one panel are moved apart by a few pixels, so that their bars can be read."""
    x = alt.X("step:Q", title="Step", scale=alt.Scale(domain=plane.x_domain, nice=False),
              axis=alt.Axis(values=ticks, grid=False))  # fmt: skip
    scale = alt.Scale(domain=plane.y_domain, nice=False)
    y = alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=3 if title is None else 6))
    arms = [frame] if title is None else [rows for _, rows in frame.groupby("arm", sort=False)]
    layers: list[alt.Chart] = []
    for number, rows in enumerate(arms):
        shift = APART * (number - (len(arms) - 1) / 2)
        chart = alt.Chart() if title is None else alt.Chart(data(rows))
        layers += [
            chart.mark_line(strokeWidth=1.8, opacity=0.75, xOffset=shift).encode(x, y, color=color(known)),
            chart.mark_rule(strokeWidth=1.3, opacity=0.5, xOffset=shift).encode(
                x, alt.Y("low:Q", title=title, scale=scale), alt.Y2("high:Q"), color=color(known)
            ),
            chart.mark_point(filled=True, size=30 if title is None else 60, opacity=1, xOffset=shift).encode(
                x, y, color=color(known), shape=shape(known)
            ),
        ]
    return layers


def _names(frame: pd.DataFrame, plane: Plane) -> list[alt.Chart]:
    """Each arm's name beside its last point."""
    ends = frame.loc[frame.groupby("arm", sort=False)["step"].idxmax()]
    points = [(float(step), float(value)) for step, value in zip(ends["step"], ends["value"], strict=True)]
    spots = place(plane, points, list(ends["arm"]), [True] * len(points))
    rows = [
        {"arm": arm, "step": spot.x, "value": spot.y, "align": spot.align}
        for arm, spot in zip(ends["arm"], spots, strict=True)
        if spot is not None
    ]
    layers = []
    align: Any
    for align in ("left", "right"):
        text = alt.Chart(data(pd.DataFrame(rows))).transform_filter(f"datum.align == '{align}'")
        layers.append(
            text.mark_text(align=align, baseline="middle", color=INK, fontSize=11).encode(
                alt.X("step:Q", scale=alt.Scale(domain=plane.x_domain, nice=False)),
                alt.Y("value:Q", scale=alt.Scale(domain=plane.y_domain, nice=False)),
                text=alt.Text("arm:N"),
            )
        )
    return layers
