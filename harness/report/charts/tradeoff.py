"""Gain against forgetting: the figure that the whole run is for."""

from typing import Any

import altair as alt
import pandas as pd

from harness.report.arms import REFERENCE, Arm, forgetting, gain, measured_arms, method_label, metric, trains
from harness.report.charts.labels import Plane, place
from harness.report.charts.theme import INK, MUTED, Figure, Mark, color, data, nice_domain, render, shape
from harness.report.numbers import POINTS, unit_of

SMALL, LARGE = (480, 380), (880, 560)
CROWD = 16
"""More arms than this cannot all be named with their intervals: those that no other beats are, the rest are dots."""
MOST_NAMED = 10
LONGEST = 34


def tradeoff(results: dict[str, Any], target: str, known: list[Mark], name: str) -> Figure | None:
    """Points with intervals both ways; None where no arm has both a gain and a forgetting."""
    arms = [arm for arm in measured_arms(results, target) if forgetting(arm) is not None]
    if not arms:
        return None
    unit = unit_of(metric(results, target))
    frame = _frame(arms, unit.scale)
    crowded = len(frame) > CROWD
    frame = frame.assign(named=_standing_out(frame) if crowded else True)
    seen = frame[frame["named"]]
    width, height = LARGE if crowded else SMALL
    plane = Plane(
        nice_domain([*seen["forgot_low"], *seen["forgot_high"], *frame["forgot"], 0.0]),
        nice_domain([*seen["gained_low"], *seen["gained_high"], *frame["gained"], 0.0]),
        width,
        height,
    )
    x = alt.X("forgot:Q", title="Forgetting (points of accuracy) →", axis=alt.Axis(tickCount=7),
              scale=alt.Scale(domain=plane.x_domain, nice=False))  # fmt: skip
    y = alt.Y("gained:Q", title=f"Gain ({unit.name or 'metric'}) →", axis=alt.Axis(tickCount=7),
              scale=alt.Scale(domain=plane.y_domain, nice=False))  # fmt: skip
    layers = [
        *_ground(arms, results, target, unit.scale),
        *_unnamed(frame[~frame["named"]], x, y),
        *_marks(seen, x, y, known),
        *_labels(frame, plane, x, y),
        _better(),
    ]
    chart = alt.layer(*layers).properties(width=width, height=height)
    return Figure(render(chart, name, f"Gain against forgetting on {target}"), _caption(target, len(frame), len(seen)))


def _caption(target: str, arms: int, named: int) -> str:
    caption = (
        f"{target}. Better is up and to the left. Bars are 95 % intervals; the dashed line is no forgetting; "
        "the band, where there is one, is equal gain with full fine-tuning."
    )
    if named == arms:
        return caption
    return (
        f"{caption} Of {arms} arms, {named} stand out with their intervals: full fine-tuning; trained arms that no "
        f"other trained arm beats in both figures, intervals aside, {MOST_NAMED} at most; and the best without "
        "training. The rest are small dots, named where there is room; the table has them all."
    )


def _frame(arms: list[Arm], scale: float) -> pd.DataFrame:
    rows = []
    for arm in arms:
        gained, forgot = gain(arm), forgetting(arm)
        if gained is None or forgot is None:
            continue
        label = arm["arm"] if len(arm["arm"]) <= LONGEST else f"{arm['arm'][: LONGEST - 1]}…"
        row = {"method": method_label(arm), "label": label, "trains": trains(arm)}
        row |= dict(zip(("gained", "gained_low", "gained_high"), (scale * bound for bound in gained), strict=True))
        row |= dict(zip(("forgot", "forgot_low", "forgot_high"), (POINTS.scale * one for one in forgot), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def _standing_out(frame: pd.DataFrame) -> pd.Series:
    """Full fine-tuning, and what is unbeaten among its like: what trains nothing forgets nothing by construction."""
    unbeaten = pd.concat([_thinned(_unbeaten(alike), alike) for _, alike in frame.groupby("trains")])
    return unbeaten.reindex(frame.index) | (frame["label"] == REFERENCE)


def _thinned(unbeaten: pd.Series, frame: pd.DataFrame) -> pd.Series:
    """At most `MOST_NAMED` of them, from the least gain to the most."""
    places = list(frame.loc[unbeaten, "gained"].sort_values().index)
    if len(places) > MOST_NAMED:
        last = len(places) - 1
        places = [places[round(place * last / (MOST_NAMED - 1))] for place in range(MOST_NAMED)]
    return pd.Series(frame.index.isin(places), index=frame.index)


def _unbeaten(frame: pd.DataFrame) -> pd.Series:
    """Arms for which no other gained at least as much and forgot no more, one of the two for certain."""
    gained, forgot = frame["gained"], frame["forgot"]
    beaten = [
        bool((((gained >= up) & (forgot <= across)) & ((gained > up) | (forgot < across))).any())
        for up, across in zip(gained, forgot, strict=True)
    ]
    return ~pd.Series(beaten, index=frame.index)


def _ground(arms: list[Arm], results: dict[str, Any], target: str, scale: float) -> list[alt.Chart]:
    """The line of no forgetting, and the band of equal gain with full fine-tuning."""
    zero = alt.Chart(data(pd.DataFrame({"x": [0.0]}))).mark_rule(color=MUTED, strokeDash=[4, 4]).encode(alt.X("x:Q"))
    margin = next((row["equal_gain_margin"] for row in results["comparisons"] if row["target_task"] == target), None)
    full = next((gain(arm) for arm in arms if arm["arm"] == REFERENCE), None)
    if margin is None or full is None:
        return [zero]
    band = pd.DataFrame({"low": [scale * (full[0] - margin)], "high": [scale * (full[0] + margin)]})
    area = alt.Chart(data(band)).mark_rect(color=MUTED, opacity=0.13, clip=True)
    return [area.encode(alt.Y("low:Q"), alt.Y2("high:Q")), zero]


def _unnamed(frame: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    if frame.empty:
        return []
    dots = alt.Chart(data(frame)).mark_point(filled=True, size=38, opacity=0.6, color=MUTED, shape="circle")
    return [dots.encode(x, y)]


def _marks(frame: pd.DataFrame, x: alt.X, y: alt.Y, known: list[Mark]) -> list[alt.Chart]:
    """Intervals both ways, and the points over them."""
    points = alt.Chart(data(frame))
    across = points.mark_rule(strokeWidth=1.4, opacity=0.55).encode(
        alt.X("forgot_low:Q"), y, alt.X2("forgot_high:Q"), color=color(known)
    )
    down = points.mark_rule(strokeWidth=1.4, opacity=0.55).encode(
        x, alt.Y("gained_low:Q"), alt.Y2("gained_high:Q"), color=color(known)
    )
    dots = points.mark_point(filled=True, size=85, opacity=1).encode(x, y, color=color(known), shape=shape(known))
    return [across, down, dots]


def _better() -> alt.Chart:
    corner = alt.Chart(data(pd.DataFrame({"text": ["↖ better"]})))
    return corner.mark_text(color=MUTED, align="left", baseline="top", fontStyle="italic").encode(
        x=alt.value(4), y=alt.value(2), text="text:N"
    )


def _bars(frame: pd.DataFrame) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The intervals that are drawn, from end to end."""
    bars = []
    for row in frame.to_dict("records"):
        bars.append(((row["forgot_low"], row["gained"]), (row["forgot_high"], row["gained"])))
        bars.append(((row["forgot"], row["gained_low"]), (row["forgot"], row["gained_high"])))
    return bars


def _labels(frame: pd.DataFrame, plane: Plane, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Names beside their points; a thin line leads to those that had to move away."""
    points = list(zip(frame["forgot"], frame["gained"], strict=True))
    spots = place(plane, points, list(frame["label"]), list(frame["named"]), _bars(frame[frame["named"]]))
    rows = [
        {"label": label, "named": named, "forgot": forgot, "gained": gained, "x": spot.x, "y": spot.y,
         "align": spot.align, "far": spot.far}
        for label, named, (forgot, gained), spot in zip(frame["label"], frame["named"], points, spots, strict=True)
        if spot is not None
    ]  # fmt: skip
    lines = [row for row in rows if row["far"]]
    layers = []
    if lines:
        rule = alt.Chart(data(pd.DataFrame(lines))).mark_rule(color=MUTED, strokeWidth=0.8, opacity=0.8)
        layers.append(rule.encode(x, y, alt.X2("x:Q"), alt.Y2("y:Q")))
    looks: tuple[tuple[str, bool, str, float], ...] = tuple(
        (align, named, INK if named else MUTED, 11.5 if named else 10.5)
        for align in ("left", "right")
        for named in (True, False)
    )
    for align, named, ink, size in looks:
        here = [row for row in rows if (row["align"], row["named"]) == (align, named)]
        if here:
            text: Any = alt.Chart(data(pd.DataFrame(here)))
            mark = text.mark_text(align=align, baseline="middle", color=ink, fontSize=size)
            layers.append(mark.encode(alt.X("x:Q"), alt.Y("y:Q"), text="label:N"))
    return layers
