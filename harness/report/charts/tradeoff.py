"""Gain against forgetting: the figure that the whole run is for."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from harness.report.charts.scatter import CROWD, Axis, about, scatter, standing_out
from harness.report.charts.theme import MUTED, Figure, Mark, data, figure, nice_domain
from harness.report.model.arms import REFERENCE, Arm, forgetting, gain, measured_arms, metric
from harness.report.words.numbers import POINTS, unit_of
from harness.schema.results import Results

SMALL, LARGE = (480, 380), (880, 560)
MOST_NAMED = 10


@dataclass(frozen=True)
class _Plane:
    """What is drawn: a row per arm, and both axes."""

    frame: pd.DataFrame
    x: Axis
    y: Axis


def tradeoff(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Points with intervals both ways; None where no arm has both a gain and a forgetting."""
    arms = [arm for arm in measured_arms(results, target) if forgetting(arm) is not None]
    if not arms:
        return None
    unit = unit_of(metric(results, target))
    plane = _plane(_frame(arms, unit.scale), f"Gain ({unit.name or 'metric'}) →")
    crowded = len(plane.frame) > CROWD
    ground = _ground(arms, results, target, unit.scale)
    chart = scatter(plane.frame, plane.x, plane.y, LARGE if crowded else SMALL, ground, known)
    caption = _caption(target, len(plane.frame), int(plane.frame["strong"].sum()))
    return figure(chart, name, target, f"Gain against forgetting on {target}", caption)


def _caption(target: str, arms: int, named: int) -> str:
    caption = (
        f"{target}. Better is up and to the left. Bars are 95 % intervals; the dashed line is no forgetting; "
        "the band, where there is one, is equal gain with full fine-tuning. The dotted steps are the Pareto front of "
        "the trained arms: no trained arm lies above it or to its left. It is drawn through the points alone; whether "
        "an arm beats another is for the intervals to say."
    )
    if named == arms:
        return caption
    return (
        f"{caption} Of {arms} arms, {named} stand out with their intervals: full fine-tuning; trained arms on the "
        f"front, {MOST_NAMED} at most; and the best without training. The rest are small dots, named where there is "
        "room; the table has them all."
    )


def _frame(arms: list[Arm], scale: float) -> pd.DataFrame:
    rows = []
    for arm in arms:
        gained, forgot = gain(arm), forgetting(arm)
        if gained is None or forgot is None:
            continue
        row = about(arm)
        row |= dict(zip(("y", "y_low", "y_high"), (scale * bound for bound in gained), strict=True))
        row |= dict(zip(("x", "x_low", "x_high"), (POINTS.scale * bound for bound in forgot), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def _plane(frame: pd.DataFrame, gain_title: str) -> _Plane:
    """Limits hold all points, and all intervals that are drawn."""
    title = "Forgetting (points of accuracy) →"
    x, y = Axis(title, (0, 1), more_is_better=False), Axis(gain_title, (0, 1), more_is_better=True)
    strong = standing_out(frame, x, y, MOST_NAMED) if len(frame) > CROWD else True
    frame = frame.assign(strong=strong, named=strong)
    seen = frame[frame["strong"]]
    low, high = nice_domain([*seen["x_low"], *seen["x_high"], *frame["x"], 0.0])
    bottom, top = nice_domain([*seen["y_low"], *seen["y_high"], *frame["y"], 0.0])
    return _Plane(frame, Axis(x.title, (low, high), False), Axis(y.title, (bottom, top), True))


def _ground(arms: list[Arm], results: Results, target: str, scale: float) -> list[alt.Chart]:
    """The line of no forgetting, and the band of equal gain with full fine-tuning."""
    zero = alt.Chart(data(pd.DataFrame({"x": [0.0]}))).mark_rule(color=MUTED, strokeDash=[6, 4]).encode(alt.X("x:Q"))
    margin = next((row["equal_gain_margin"] for row in results.comparisons if row["target_task"] == target), None)
    full = next((gain(arm) for arm in arms if arm.arm == REFERENCE), None)
    if margin is None or full is None:
        return [zero]
    band = pd.DataFrame({"low": [scale * (full[0] - margin)], "high": [scale * (full[0] + margin)]})
    area = alt.Chart(data(band)).mark_rect(color=MUTED, opacity=0.13, clip=True)
    return [area.encode(alt.Y("low:Q"), alt.Y2("high:Q")), zero]
