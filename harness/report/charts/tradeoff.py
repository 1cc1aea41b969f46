"""Gain against forgetting: the figure that the whole run is for."""

from dataclasses import replace

import altair as alt
import pandas as pd

from harness.report.charts.figure import MUTED, Figure, Mark
from harness.report.charts.scatter import CROWD, Axis, frame_of, in_unit, level, limits, scatter, standing_out
from harness.report.charts.theme import data, figure
from harness.report.model.arms import REFERENCE, forgetting, gain, measured_arms, metric
from harness.report.words.numbers import POINTS, Unit, unit_of
from harness.schema.results import Results

SMALL, LARGE = (480, 380), (880, 560)
MOST_NAMED = 10


def tradeoff(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Points with intervals both ways; None where no arm has both a gain and a forgetting."""
    unit = unit_of(metric(results, target))
    frame = frame_of(measured_arms(results, target), in_unit(forgetting, POINTS), in_unit(gain, unit))
    if frame.empty:
        return None
    x = Axis("Forgetting (points of accuracy) →", more_is_better=False)
    y = Axis(f"Gain ({unit.name or 'metric'}) →", more_is_better=True)
    crowded = len(frame) > CROWD
    strong = standing_out(frame, x, y, MOST_NAMED) if crowded else True
    frame = frame.assign(strong=strong, named=strong)
    x, y = replace(x, domain=limits(frame, "x")), replace(y, domain=limits(frame, "y"))
    chart = scatter(frame, x, y, LARGE if crowded else SMALL, _ground(results, target, unit), known)
    caption = (
        f"{target}. Better is up and to the left. Bars are 95 % intervals; the dashed line is no forgetting; "
        "the band, where there is one, is equal gain with full fine-tuning. The dotted steps are the Pareto front of "
        "the trained arms: no trained arm lies above it or to its left. It is drawn through the points alone; whether "
        "an arm beats another is for the intervals to say."
    )
    if (named := int(frame["strong"].sum())) < len(frame):
        caption += (
            f" Of {len(frame)} arms, {named} stand out with their intervals: full fine-tuning; trained arms on the "
            f"front, {MOST_NAMED} at most; and the best without training. The rest are small dots, named where there "
            "is room; the table has them all."
        )
    return figure(chart, name, target, f"Gain against forgetting on {target}", caption)


def _ground(results: Results, target: str, unit: Unit) -> list[alt.Chart]:
    """The line of no forgetting, and the band of equal gain with full fine-tuning."""
    margin = next((row.equal_gain_margin for row in results.comparisons if row.target_task == target), None)
    full = next((gain(arm) for arm in measured_arms(results, target) if arm.arm == REFERENCE and forgetting(arm)), None)
    if margin is None or full is None:
        return [level("x")]
    band = pd.DataFrame({"low": [unit.scale * (full[0] - margin)], "high": [unit.scale * (full[0] + margin)]})
    area = alt.Chart(data(band)).mark_rect(color=MUTED, opacity=0.13, clip=True)
    return [area.encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q")), level("x")]
