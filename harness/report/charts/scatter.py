"""Arms in a plane: points with their intervals, names that do not cover each other, and the front of the unbeaten."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.report.charts.figure import INK, MUTED, Mark, VegaLite
from harness.report.charts.labels import Place, Plane, place
from harness.report.charts.lines import SIDES
from harness.report.charts.selection import evenly
from harness.report.charts.theme import color, data, layered, nice_domain, shape
from harness.report.model.arms import REFERENCE, method_label
from harness.report.words.numbers import Triple, Unit
from harness.schema.results import ArmResult

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
    more_is_better: bool
    domain: tuple[float, float] = (0, 1)
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
        ticks = {"values": list(self.ticks)} if self.ticks else {"tickCount": max(3, pixels // 90)}
        return alt.Axis(**ticks, format=self.format or alt.Undefined, labelOverlap=True, labelSeparation=6)


Read = Callable[[ArmResult], Triple | None]
"""A figure of an arm with its interval, in the unit of its axis; NaN for bounds that there are not."""


def frame_of(arms: Sequence[ArmResult], across: Read, up: Read) -> pd.DataFrame:
    """A row per arm that has both figures."""
    rows = [
        (arm.arm, cut(arm.arm), method_label(arm), arm.trains, *x, *y)
        for arm in arms
        if (x := across(arm)) is not None and (y := up(arm)) is not None
    ]
    figures = [f"{axis}{bound}" for axis in "xy" for bound in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["arm", "label", "method", "trains", *figures])


def in_unit(read: Read, unit: Unit) -> Read:
    return lambda arm: None if (found := read(arm)) is None else unit.scaled(found)


def limits(frame: pd.DataFrame, axis: str) -> tuple[float, float]:
    """Of an axis that holds zero, all points, and all intervals that are drawn."""
    strong = frame[frame["strong"]]
    low, high = nice_domain([*strong[f"{axis}_low"], *strong[f"{axis}_high"], *frame[axis], 0.0])
    return low, high


def cut(name: str) -> str:
    """A name that has room in a chart."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def unbeaten(frame: pd.DataFrame, x: Axis, y: Axis) -> pd.Series:
    """Arms for which no other was at least as good both ways, and better one way; by their values, intervals aside."""
    across, up = _signed(frame["x"], x), _signed(frame["y"], y)
    as_good = (across[None] >= across[:, None]) & (up[None] >= up[:, None])
    better = (across[None] > across[:, None]) | (up[None] > up[:, None])
    return pd.Series(~(as_good & better).any(axis=1), index=frame.index, dtype=bool)


def _signed(values: pd.Series, axis: Axis) -> NDArray[np.float64]:
    return np.asarray(values if axis.more_is_better else -values, dtype=np.float64)


def standing_out(frame: pd.DataFrame, x: Axis, y: Axis, most: int) -> pd.Series:
    """Full fine-tuning, and what is unbeaten among its like: what trains nothing forgets nothing by construction."""
    found = [_thinned(unbeaten(alike, x, y), alike, most) for _, alike in frame.groupby("trains")]
    return pd.concat(found).reindex(frame.index) | (frame["arm"] == REFERENCE)


def _thinned(unbeaten: pd.Series, frame: pd.DataFrame, most: int) -> pd.Series:
    """At most `most` of them, from the lowest to the highest."""
    places = evenly(frame.loc[unbeaten, "y"].sort_values().index, most)
    return pd.Series(frame.index.isin(places), index=frame.index)


def scatter(
    frame: pd.DataFrame, x: Axis, y: Axis, size: tuple[int, int], ground: Sequence[alt.Chart], known: list[Mark]
) -> VegaLite:
    """The plane with everything in it, as Vega-Lite.

    Args:
        frame: of `frame_of`, and whether an arm is `strong` (with its own mark and intervals) and surely `named`.
        size: pixels across and down.
        ground: layers that lie below.
    """
    across = alt.X("x:Q", title=x.title, scale=x.scale, axis=x.axis(size[0]))
    up = alt.Y("y:Q", title=y.title, scale=y.scale, axis=y.axis(size[1]))
    plane = Plane(list(map(x.linear, x.domain)), list(map(y.linear, y.domain)), *map(float, size))
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


def _front(corners: list[Place], across: alt.X, up: alt.Y) -> list[alt.Chart]:
    """The border between what some trained arm reached and what none did, by values alone."""
    if not corners:
        return []
    rows = [{"place": place, "x": left, "y": high} for place, (left, high) in enumerate(corners)]
    line = alt.Chart(data(pd.DataFrame(rows))).mark_line(color=MUTED, strokeWidth=1.4, strokeDash=[2, 3], clip=True)
    return [line.encode(across, up, order=alt.Order("place:O"))]


def front(frame: pd.DataFrame, x: Axis, y: Axis) -> list[Place]:
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
    bounds = (
        ("x", (alt.X("x_low:Q"), up, alt.X2("x_high:Q"))),
        ("y", (across, alt.Y("y_low:Q"), alt.Y2("y_high:Q"))),
    )
    found = []
    for axis, encoding in bounds:
        rows = frame.dropna(subset=[f"{axis}_low"])[["arm", "method", "x", "y", f"{axis}_low", f"{axis}_high"]]
        if not rows.empty:
            rule = alt.Chart(data(rows)).mark_rule(strokeWidth=1.4, opacity=0.55, clip=True)
            found.append(rule.encode(*encoding, color=color(known)))
    return found


def _better(x: Axis, y: Axis, width: int) -> alt.Chart:
    """Says which corner is the good one, above the plot."""
    arrow = {(False, True): "↖ better", (True, True): "better ↗", (False, False): "↙ better", (True, False): "better ↘"}
    text = alt.Chart(data(pd.DataFrame({"text": [arrow[x.more_is_better, y.more_is_better]]})))
    mark = text.mark_text(color=MUTED, align=SIDES[x.more_is_better], baseline="bottom", fontStyle="italic")
    return mark.encode(alt.XValue(width if x.more_is_better else 0), alt.YValue(-5), text=alt.Text("text:N"))  # type: ignore[no-untyped-call]


def _bars(frame: pd.DataFrame, x: Axis, y: Axis) -> list[tuple[Place, Place]]:
    """The intervals that are drawn, from end to end, as distances go."""
    columns = (frame[name] for name in ("x", "x_low", "x_high", "y", "y_low", "y_high"))
    bars = []
    for left, x_low, x_high, high, y_low, y_high in zip(*columns, strict=True):
        if not math.isnan(x_low):
            bars.append(((x.linear(x_low), y.linear(high)), (x.linear(x_high), y.linear(high))))
        if not math.isnan(y_low):
            bars.append(((x.linear(left), y.linear(y_low)), (x.linear(left), y.linear(y_high))))
    return bars


def _names(
    frame: pd.DataFrame, plane: Plane, x: Axis, y: Axis, corners: list[Place], across: alt.X, up: alt.Y
) -> list[alt.Chart]:
    """Names beside their points; a thin line leads to those that had to move away."""
    points = [(x.linear(left), y.linear(high)) for left, high in zip(frame["x"], frame["y"], strict=True)]
    steps = [(x.linear(left), y.linear(high)) for left, high in corners]
    lines = [*_bars(frame[frame["strong"]], x, y), *pairwise(steps)]
    spots = place(plane, points, list(frame["label"]), list(frame["named"]), lines)
    rows = [
        (row.arm, row.label, row.strong, row.x, row.y, x.back(spot.x), y.back(spot.y), spot.align, spot.far)
        for row, spot in zip(frame.itertuples(), spots, strict=True)
        if spot
    ]
    names = pd.DataFrame(rows, columns=["arm", "label", "strong", "x", "y", "text_x", "text_y", "align", "far"])
    layers = []
    if not (away := names[names["far"].astype(bool)]).empty:
        rule = alt.Chart(data(away[["arm", "x", "y", "text_x", "text_y"]]))
        rule = rule.mark_rule(color=MUTED, strokeWidth=0.8, opacity=0.8)
        layers.append(rule.encode(across, up, alt.X2("text_x:Q"), alt.Y2("text_y:Q")))
    for side in SIDES:
        for strong, ink, size in ((True, INK, 11.5), (False, MUTED, 10.5)):
            if not (here := names[(names["align"] == side) & (names["strong"] == strong)]).empty:
                text = alt.Chart(data(here[["arm", "label", "text_x", "text_y"]]))
                text = text.mark_text(align=side, baseline="middle", color=ink, fontSize=size)
                layers.append(text.encode(alt.X("text_x:Q"), alt.Y("text_y:Q"), text=alt.Text("label:N")))
    return layers
