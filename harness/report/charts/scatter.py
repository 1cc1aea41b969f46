"""Arms in a plane: points with their intervals, names that do not cover each other, and the front of the unbeaten."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd

from harness.report.charts.figure import INK, MUTED, Mark, VegaLite
from harness.report.charts.labels import SIDES, Place, Plane, place
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
    across, up = (frame[name].to_numpy() * (1 if axis.more_is_better else -1) for name, axis in (("x", x), ("y", y)))
    as_good = (across[None] >= across[:, None]) & (up[None] >= up[:, None])
    better = (across[None] > across[:, None]) | (up[None] > up[:, None])
    return pd.Series(~(as_good & better).any(axis=1), index=frame.index, dtype=bool)


def standing_out(frame: pd.DataFrame, x: Axis, y: Axis, most: int) -> pd.Series:
    """Full fine-tuning, and what is unbeaten among its like: what trains nothing forgets nothing by construction.

    Args:
        most: arms of each kind, from the lowest to the highest.
    """
    kinds = [alike.loc[unbeaten(alike, x, y), "y"].sort_values().index for _, alike in frame.groupby("trains")]
    kept = [place for kind in kinds for place in evenly(kind, most)]
    return (frame["arm"] == REFERENCE) | frame.index.isin(kept)


def level(axis: str) -> alt.Chart:
    """A dashed line at zero."""
    zero = alt.Chart(data(pd.DataFrame({axis: [0.0]})))
    return zero.mark_rule(color=MUTED, strokeDash=[6, 4]).encode(alt.X("x:Q") if axis == "x" else alt.Y("y:Q"))


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
    strong, faint = frame[frame["strong"]], frame[~frame["strong"]]
    corners = front(frame[frame["trains"]], x, y)
    steps = alt.Chart(data(pd.DataFrame(corners, columns=["x", "y"]).reset_index(names="place")))
    dots, marks = (alt.Chart(data(rows)) for rows in (faint[["arm", "x", "y"]], strong[["arm", "method", "x", "y"]]))
    edge = steps.mark_line(color=MUTED, strokeWidth=1.4, strokeDash=[2, 3], clip=True)
    layers = [
        *ground,
        edge.encode(across, up, order=alt.Order("place:O")),
        dots.mark_point(filled=True, size=38, opacity=0.6, color=MUTED, shape="circle").encode(across, up),
        *_intervals(strong, across, up, known),
        marks.mark_point(filled=True, size=85, opacity=1).encode(across, up, color=color(known), shape=shape(known)),
        *_names(frame, Plane(x.domain, y.domain, *size, x.logarithmic), corners, across, up),
        _better(x, y, size[0]),
    ]
    return layered(layers, *size)


def front(frame: pd.DataFrame, x: Axis, y: Axis) -> list[Place]:
    """Corners of the line between what some arm reached and what none did, by values alone, to the edges of the plot.

    Empty without arms.
    """
    if frame.empty:
        return []
    best = frame[unbeaten(frame, x, y)].sort_values("x", ascending=not x.more_is_better)
    points = list(dict.fromkeys(zip(best.x, best.y, strict=True)))
    worst_x, worst_y = x.domain[not x.more_is_better], y.domain[not y.more_is_better]
    corners = [(points[0][0], worst_y), points[0]]
    for before, after in pairwise(points):
        corners += [(after[0], before[1]), after]
    return [*corners, (worst_x, points[-1][1])]


def _intervals(frame: pd.DataFrame, across: alt.X, up: alt.Y, known: list[Mark]) -> list[alt.Chart]:
    """Both ways, where there are some."""
    bounds: dict[str, dict[str, Any]] = {
        "x": {"x": alt.X("x_low:Q"), "y": up, "x2": alt.X2("x_high:Q")},
        "y": {"x": across, "y": alt.Y("y_low:Q"), "y2": alt.Y2("y_high:Q")},
    }
    rules = {
        axis: alt.Chart(data(frame[["arm", "method", "x", "y", f"{axis}_low", f"{axis}_high"]].dropna()))
        for axis in bounds
    }
    return [
        rules[axis].mark_rule(strokeWidth=1.4, opacity=0.55, clip=True).encode(**bounds[axis], color=color(known))
        for axis in bounds
    ]


def _better(x: Axis, y: Axis, width: int) -> alt.Chart:
    """Says which corner is the good one, above the plot."""
    arrow = {(False, True): "↖ better", (True, True): "better ↗", (False, False): "↙ better", (True, False): "better ↘"}
    text = alt.Chart(data(pd.DataFrame({"text": [arrow[x.more_is_better, y.more_is_better]]})))
    mark = text.mark_text(color=MUTED, align=SIDES[x.more_is_better], baseline="bottom", fontStyle="italic")
    across, up = alt.XValue(width if x.more_is_better else 0), alt.YValue(-5)  # type: ignore[no-untyped-call]
    return mark.encode(across, up, text=alt.Text("text:N"))


def _names(frame: pd.DataFrame, plane: Plane, corners: list[Place], across: alt.X, up: alt.Y) -> list[alt.Chart]:
    """Names beside their points; a thin line leads to those that had to move away."""
    lines: list[tuple[Place, Place]] = []
    ends = frame.loc[frame["strong"], ["x", "x_low", "x_high", "y", "y_low", "y_high"]]
    for x, left, right, y, low, high in ends.to_numpy(dtype=float).tolist():
        lines += [((left, y), (right, y)), ((x, low), (x, high))]
    lines = [*(line for line in lines if not math.isnan(sum(line[0]))), *pairwise(corners)]
    at = ("text_x", "text_y")
    spots = place(plane, frame[["x", "y", "label"]], at, list(frame["named"]), lines)
    names = frame.join(spots, how="inner")
    away = alt.Chart(data(names.loc[names["far"], ["arm", "x", "y", *at]]))
    rule = away.mark_rule(color=MUTED, strokeWidth=0.8, opacity=0.8)
    layers = [rule.encode(across, up, x2=alt.X2("text_x:Q"), y2=alt.Y2("text_y:Q"))]
    for side in SIDES:
        for strong, ink, size in ((True, INK, 11.5), (False, MUTED, 10.5)):
            here = names[(names["align"] == side) & (names["strong"] == strong)]
            if len(here):
                text = alt.Chart(data(here[["arm", "label", *at]]))
                text = text.mark_text(align=side, baseline="middle", color=ink, fontSize=size)
                layers.append(text.encode(x=alt.X("text_x:Q"), y=alt.Y("text_y:Q"), text=alt.Text("label:N")))
    return layers
