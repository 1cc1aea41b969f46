"""Arms in a plane: points with their intervals, names that do not cover each other, and the front of the unbeaten."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from harness.report.charts.labels import Plane, place
from harness.report.charts.theme import INK, MUTED, Mark, color, data, layered, shape
from harness.report.model.arms import REFERENCE, Arm, method_label, trains

CROWD = 16
"""More arms than this cannot all be named with their intervals: those that no other beats are, the rest are dots."""
LONGEST = 34
"""Letters of a name."""


@dataclass(frozen=True)
class Axis:
    """One direction of the plane.

    Attributes:
        domain: limits, in the unit of the title; above zero where the scale is logarithmic.
        more_is_better: whether an arm with more of it is the better one.
        format: of the labels, as d3-format.
    """

    title: str
    domain: tuple[float, float]
    more_is_better: bool
    logarithmic: bool = False
    ticks: tuple[float, ...] = ()
    format: str = ""

    def linear(self, value: float) -> float:
        """`value` as the distance along the axis goes."""
        return math.log10(value) if self.logarithmic else value

    def back(self, place: float) -> float:
        """The inverse of `linear`."""
        return 10**place if self.logarithmic else place

    @property
    def scale(self) -> alt.Scale:
        if self.logarithmic:
            return alt.Scale(type="log", domain=list(self.domain), nice=False)
        return alt.Scale(type="linear", domain=list(self.domain), nice=False, zero=False)

    def axis(self, pixels: int) -> alt.Axis:
        """With about a tick every 90 `pixels`."""
        shown: dict[str, Any] = {"values": list(self.ticks)} if self.ticks else {"tickCount": max(3, pixels // 90)}
        if self.format:
            shown["format"] = self.format
        return alt.Axis(**shown, labelOverlap=True, labelSeparation=6)


def about(arm: Arm) -> dict[str, Any]:
    """What every row of a scatter plot says of its arm."""
    name = arm.arm if len(arm.arm) <= LONGEST else f"{arm['arm'][: LONGEST - 1]}…"
    return {"arm": arm.arm, "label": name, "method": method_label(arm), "trains": trains(arm)}


def unbeaten(frame: pd.DataFrame, x: Axis, y: Axis) -> pd.Series:
    """Arms for which no other was at least as good both ways, and better one way; by their values, intervals aside."""
    across, up = _signed(frame["x"], x), _signed(frame["y"], y)
    as_good = (across[None] >= across[:, None]) & (up[None] >= up[:, None])
    better = (across[None] > across[:, None]) | (up[None] > up[:, None])
    return pd.Series(~(as_good & better).any(axis=1), index=frame.index, dtype=bool)


def _signed(values: pd.Series, axis: Axis) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(values if axis.more_is_better else -values, dtype=np.float64)


def standing_out(frame: pd.DataFrame, x: Axis, y: Axis, most: int) -> pd.Series:
    """Full fine-tuning, and what is unbeaten among its like: what trains nothing forgets nothing by construction."""
    found = [_thinned(unbeaten(alike, x, y), alike, most) for _, alike in frame.groupby("trains")]
    return pd.concat(found).reindex(frame.index) | (frame["arm"] == REFERENCE)


def _thinned(unbeaten: pd.Series, frame: pd.DataFrame, most: int) -> pd.Series:
    """At most `most` of them, from the lowest to the highest."""
    places = list(frame.loc[unbeaten, "y"].sort_values().index)
    if len(places) > most:
        last = len(places) - 1
        places = [places[round(place * last / (most - 1))] for place in range(most)]
    return pd.Series(frame.index.isin(places), index=frame.index)


def scatter(
    frame: pd.DataFrame, x: Axis, y: Axis, size: tuple[int, int], ground: Sequence[alt.Chart], known: list[Mark]
) -> dict[str, Any]:
    """The plane with everything in it, as Vega-Lite.

    Args:
        frame: a row per arm: `about` it; `x`, `y` and their intervals `x_low`, `x_high`, `y_low`, `y_high` (NaN where
            there is none); whether it is `strong` (with its own mark and intervals) and surely `named`.
        size: pixels across and down.
        ground: layers that lie below.
    """
    across = alt.X("x:Q", title=x.title, scale=x.scale, axis=x.axis(size[0]))
    up = alt.Y("y:Q", title=y.title, scale=y.scale, axis=y.axis(size[1]))
    plane = Plane(
        [x.linear(bound) for bound in x.domain], [y.linear(bound) for bound in y.domain], float(size[0]), float(size[1])
    )
    strong = frame[frame["strong"]]
    corners = front(frame[frame["trains"]], x, y)
    layers = [
        *ground,
        *_front(corners, across, up),
        *_faint(frame[~frame["strong"]], across, up),
        *_intervals(strong, across, up, known),
        alt.Chart(data(strong[["arm", "method", "x", "y"]]))
        .mark_point(filled=True, size=85, opacity=1)
        .encode(across, up, color=color(known), shape=shape(known)),
        *_names(frame, plane, x, y, corners, across, up),
        _better(x, y, size[0]),
    ]
    return layered(layers, *size)


def _front(corners: list[tuple[float, float]], across: alt.X, up: alt.Y) -> list[alt.Chart]:
    """The border between what some trained arm reached and what none did, by values alone."""
    if not corners:
        return []
    rows = [{"place": place, "x": left, "y": high} for place, (left, high) in enumerate(corners)]
    line = alt.Chart(data(pd.DataFrame(rows))).mark_line(color=MUTED, strokeWidth=1.4, strokeDash=[2, 3], clip=True)
    return [line.encode(across, up, order=alt.Order("place:O"))]


def front(frame: pd.DataFrame, x: Axis, y: Axis) -> list[tuple[float, float]]:
    """Corners of the step line around all that the arms reached, to the edges of the plot; empty without arms."""
    if frame.empty:
        return []
    best = frame[unbeaten(frame, x, y)].sort_values("x", ascending=not x.more_is_better)
    points = list(dict.fromkeys(zip(best.x, best.y, strict=True)))
    worst_x, worst_y = x.domain[0 if x.more_is_better else 1], y.domain[0 if y.more_is_better else 1]
    corners = [(points[0][0], worst_y), points[0]]
    for before, after in pairwise(points):
        corners += [(after[0], before[1]), after]
    return [*corners, (worst_x, points[-1][1])]


def _faint(frame: pd.DataFrame, across: alt.X, up: alt.Y) -> list[alt.Chart]:
    if frame.empty:
        return []
    dots = alt.Chart(data(frame[["arm", "x", "y"]]))
    return [dots.mark_point(filled=True, size=38, opacity=0.6, color=MUTED, shape="circle").encode(across, up)]


def _intervals(frame: pd.DataFrame, across: alt.X, up: alt.Y, known: list[Mark]) -> list[alt.Chart]:
    """Both ways, where there are some."""
    found = []
    look: dict[str, Any] = {"strokeWidth": 1.4, "opacity": 0.55, "clip": True}
    for low, high in (("x_low", "x_high"), ("y_low", "y_high")):
        rows = frame.dropna(subset=[low])[["arm", "method", "x", "y", low, high]]
        if rows.empty:
            continue
        rule = alt.Chart(data(rows)).mark_rule(**look)
        if low == "x_low":
            found.append(rule.encode(alt.X(f"{low}:Q"), up, alt.X2(f"{high}:Q"), color=color(known)))
        else:
            found.append(rule.encode(across, alt.Y(f"{low}:Q"), alt.Y2(f"{high}:Q"), color=color(known)))
    return found


def _better(x: Axis, y: Axis, width: int) -> alt.Chart:
    """Says which corner is the good one, above the plot."""
    arrow = {(False, True): "↖ better", (True, True): "better ↗", (False, False): "↙ better", (True, False): "better ↘"}
    align: Any = "right" if x.more_is_better else "left"
    text = alt.Chart(data(pd.DataFrame({"text": [arrow[x.more_is_better, y.more_is_better]]})))
    mark = text.mark_text(color=MUTED, align=align, baseline="bottom", fontStyle="italic")
    return mark.encode(alt.XValue(width if x.more_is_better else 0), alt.YValue(-5), text=alt.Text("text:N"))  # type: ignore[no-untyped-call]


def _bars(frame: pd.DataFrame, x: Axis, y: Axis) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The intervals that are drawn, from end to end, as distances go."""
    bars = []
    for row in frame.to_dict("records"):
        left, high = x.linear(row["x"]), y.linear(row["y"])
        if not math.isnan(row["x_low"]):
            bars.append(((x.linear(row["x_low"]), high), (x.linear(row["x_high"]), high)))
        if not math.isnan(row["y_low"]):
            bars.append(((left, y.linear(row["y_low"])), (left, y.linear(row["y_high"]))))
    return bars


def _names(
    frame: pd.DataFrame,
    plane: Plane,
    x: Axis,
    y: Axis,
    corners: list[tuple[float, float]],
    across: alt.X,
    up: alt.Y,
) -> list[alt.Chart]:
    """Names beside their points; a thin line leads to those that had to move away."""
    points = [(x.linear(left), y.linear(high)) for left, high in zip(frame["x"], frame["y"], strict=True)]
    steps = [(x.linear(left), y.linear(high)) for left, high in corners]
    lines = [*_bars(frame[frame["strong"]], x, y), *pairwise(steps)]
    spots = place(plane, points, list(frame["label"]), list(frame["named"]), lines)
    rows = [
        {"arm": row["arm"], "label": row["label"], "strong": row["strong"], "x": row["x"], "y": row["y"],
         "text_x": x.back(spot.x), "text_y": y.back(spot.y), "align": spot.align, "far": spot.far}
        for row, spot in zip(frame.to_dict("records"), spots, strict=True)
        if spot is not None
    ]  # fmt: skip
    layers = []
    if away := [row for row in rows if row["far"]]:
        rule = alt.Chart(data(_columns(away, "arm", "x", "y", "text_x", "text_y")))
        rule = rule.mark_rule(color=MUTED, strokeWidth=0.8, opacity=0.8)
        layers.append(rule.encode(across, up, alt.X2("text_x:Q"), alt.Y2("text_y:Q")))
    for align, strong in ((align, strong) for align in ("left", "right") for strong in (True, False)):
        if here := [row for row in rows if (row["align"], row["strong"]) == (align, strong)]:
            layers.append(_texts(_columns(here, "arm", "label", "text_x", "text_y"), align, strong))
    return layers


def _columns(rows: list[dict[str, Any]], *names: str) -> pd.DataFrame:
    return pd.DataFrame(rows)[list(names)]


def _texts(frame: pd.DataFrame, align: Any, strong: bool) -> alt.Chart:
    ink, size = (INK, 11.5) if strong else (MUTED, 10.5)
    mark = alt.Chart(data(frame)).mark_text(align=align, baseline="middle", color=ink, fontSize=size)
    return mark.encode(alt.X("text_x:Q"), alt.Y("text_y:Q"), text=alt.Text("label:N"))
