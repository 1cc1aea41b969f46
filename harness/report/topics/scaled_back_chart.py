"""Gain against forgetting as an update is scaled back: a curve from the base to the trained model."""

from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd

from harness.report.charts.hover import told
from harness.report.charts.labels import Plane, place
from harness.report.charts.selection import MOST_PANELS, left_out, most_gained
from harness.report.charts.theme import INK, MUTED, Figure, Mark, color, data, figure, nice_domain
from harness.report.model.arms import Triple, method_label, metric
from harness.report.model.curves import NOTHING, Curve, Point
from harness.report.topics.scaled_back import curves
from harness.report.words.numbers import POINTS, unit_of
from harness.schema.results import Results

WIDTH, HEIGHT, COLUMNS = 310, 230, 3
SMALL_WIDTH, SMALL_HEIGHT, SMALL_COLUMNS, MANY = 215, 165, 4, 6


def scaled_back(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """A panel per arm, points labelled with their part of the update; None where nothing was scaled back."""
    drawable = [curve for curve in curves(results, target) if _drawable(curve)]
    if not drawable:
        return None
    kept = {arm.arm for arm in most_gained([curve.arm for curve in drawable], MOST_PANELS)}
    found = [curve for curve in drawable if curve.arm.arm in kept]
    unit = unit_of(metric(results, target))
    small = len(found) > MANY
    width, height = (SMALL_WIDTH, SMALL_HEIGHT) if small else (WIDTH, HEIGHT)
    frame = pd.DataFrame([row for curve in found for row in _rows(curve, unit.scale)])
    plane = Plane(
        nice_domain([*frame["forgot_low"], *frame["forgot_high"]]),
        nice_domain([*frame["gained_low"], *frame["gained_high"]], pad=0.12),
        width,
        height,
    )
    frame = _placed(frame, plane)
    titles = ("Forgetting (points) →", f"Gain ({unit.name or 'metric'}) →")
    layers = _layers(plane, titles, known)
    order = list(dict.fromkeys(frame["arm"]))
    facet = alt.Facet("arm:N", sort=order, title=None, header=alt.Header(labelLimit=width))
    panels = alt.layer(*layers, data=data(frame)).properties(width=width, height=height)
    chart = panels.facet(facet, columns=SMALL_COLUMNS if small else COLUMNS)
    caption = (
        f"{target}: the update scaled back towards the base. Numbers are parts of the update: 0 is the base, 1 the "
        "trained model. Better is up and to the left; bars are 95 % intervals."
        f"{left_out(len(found), len(drawable), 'the table below')}"
    )
    return figure(chart, name, target, f"Scaled back on {target}", caption)


def _drawable(curve: Curve) -> bool:
    return any(point.gained is not None and point.forgot is not None for point in curve.between)


def _rows(curve: Curve, scale: float) -> list[dict[str, Any]]:
    return [
        {
            "arm": curve.arm.arm,
            "method": method_label(curve.arm),
            "part": f"{point.at:g}",
            "note": f"with {point.at:g} of the update: {_told(point, scale)}",
            "order": point.at,
            **_named("gained", point.gained, scale),
            **_named("forgot", point.forgot, POINTS.scale),
        }
        for point in curve.points
        if point.gained is not None and point.forgot is not None
    ]


def _told(point: Point, scale: float) -> str:
    gained, forgot = point.gained or NOTHING, point.forgot or NOTHING
    return f"gain {told(gained, scale, plus=True)}, forgetting {told(forgot, POINTS.scale)}"


def _named(name: str, found: Triple | None, scale: float) -> dict[str, float]:
    values = (scale * bound for bound in found or NOTHING)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _placed(frame: pd.DataFrame, plane: Plane) -> pd.DataFrame:
    """With a spot for each label, panel by panel."""
    columns: dict[str, list[Any]] = {"label_x": [], "label_y": [], "align": []}
    for _, panel in frame.groupby("arm", sort=False):
        points = list(zip(panel["forgot"], panel["gained"], strict=True))
        for spot in place(plane, points, list(panel["part"]), [True] * len(points), list(pairwise(points))):
            assert spot is not None  # all are wanted
            for column, content in zip(columns.values(), (spot.x, spot.y, spot.align), strict=True):
                column.append(content)
    return frame.assign(**columns)


def _layers(plane: Plane, titles: tuple[str, str], known: list[Mark]) -> list[alt.Chart]:
    x_scale = alt.Scale(domain=plane.x_domain, nice=False)
    y_scale = alt.Scale(domain=plane.y_domain, nice=False)
    x = alt.X("forgot:Q", title=titles[0], scale=x_scale, axis=alt.Axis(tickCount=5))
    y = alt.Y("gained:Q", title=titles[1], scale=y_scale, axis=alt.Axis(tickCount=5))
    chart = alt.Chart()
    layers = [
        chart.mark_rule(strokeWidth=1.3, opacity=0.5).encode(
            alt.X("forgot_low:Q", scale=x_scale), y, alt.X2("forgot_high:Q"), color=color(known)
        ),
        chart.mark_rule(strokeWidth=1.3, opacity=0.5).encode(
            x, alt.Y("gained_low:Q", scale=y_scale), alt.Y2("gained_high:Q"), color=color(known)
        ),
        chart.mark_line(strokeWidth=1.8, color=MUTED, opacity=0.8).encode(x, y, order=alt.Order("order:Q")),
        chart.mark_point(filled=True, size=60, opacity=1, shape="circle").encode(x, y, color=color(known)),
    ]
    at = {"x": alt.X("label_x:Q", scale=x_scale), "y": alt.Y("label_y:Q", scale=y_scale)}
    align: Any
    for align in ("left", "right"):
        text = chart.transform_filter(f"datum.align == '{align}'")
        mark = text.mark_text(align=align, baseline="middle", color=INK, fontSize=11)
        layers.append(mark.encode(**at, text=alt.Text("part:N")))
    return layers
