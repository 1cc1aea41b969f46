"""Gain and forgetting of full fine-tuning and LoRA, from near targets to far ones."""

from typing import Any

import altair as alt
import pandas as pd

from harness.report.charts.theme import Figure, Mark, color, data, figure, shape
from harness.report.model.arms import Arm, Triple, forgetting, gain, method_label
from harness.report.topics.domain_shift import Step, ladder, metrics
from harness.report.words.numbers import POINTS, unit_of
from harness.schema.results import Results

WIDTH, HEIGHT, SHIFT = 430, 250, 7
"""SHIFT: pixels between the two arms of a target and its middle, so that their intervals stand side by side."""


def domain_shift(results: Results, known: list[Mark], name: str) -> Figure | None:
    """Two panels, gain and forgetting; gain only where all targets share a unit. None where the run is no ladder."""
    steps = ladder(results)
    if not steps:
        return None
    units = {unit_of(one) for one in metrics(steps)}
    order = [step.target for step in steps]
    panels = []
    if len(units) == 1:
        unit = units.pop()
        rows = [_row(step, arm, gain(arm), unit.scale) for step in steps for arm in (step.full, step.lora)]
        panels.append(_panel(rows, order, f"Gain ({unit.name or 'metric'})", known, steps))
    rows = [_row(step, arm, forgetting(arm), POINTS.scale) for step in steps for arm in (step.full, step.lora)]
    panels.append(_panel(rows, order, "Forgetting (points)", known, steps))
    drawn = [panel for panel in panels if panel is not None]
    if not drawn:
        return None
    caption = (
        f"Full fine-tuning and {steps[0].lora['arm']}, from near to what the base knows (left) to far from it (right). "
        "Bars are 95 % intervals. Targets differ in more than distance: read the two arms of one target against "
        "each other."
    )
    return figure(alt.hconcat(*drawn, spacing=34), name, "", "Domain shift", caption)


def _row(step: Step, arm: Arm, found: Triple | None, scale: float) -> dict[str, Any] | None:
    if found is None:
        return None
    value, low, high = (scale * bound for bound in found)
    about = {"target": step.target, "arm": arm.arm, "method": method_label(arm)}
    return {**about, "value": value, "low": low, "high": high}


def _panel(
    rows: list[dict[str, Any] | None], order: list[str], title: str, known: list[Mark], steps: list[Step]
) -> alt.LayerChart | alt.FacetChart | None:
    """A line per arm, the two moved apart by a few pixels."""
    present = [row for row in rows if row is not None]
    if not present:
        return None
    frame = pd.DataFrame(present)
    layers: list[alt.Chart] = []
    for method, offset in ((method_label(steps[0].full), -SHIFT), (method_label(steps[0].lora), SHIFT)):
        chart = alt.Chart(data(frame[frame["method"] == method]))
        x = alt.X("target:N", sort=order, title=None, scale=alt.Scale(domain=order), axis=alt.Axis(labelAngle=0))
        y = alt.Y("value:Q", title=title)
        layers += [
            chart.mark_line(strokeWidth=1.6, opacity=0.6, xOffset=offset).encode(x, y, color=color(known)),
            chart.mark_rule(strokeWidth=1.5, opacity=0.6, xOffset=offset).encode(
                x, alt.Y("low:Q", title=title), alt.Y2("high:Q"), color=color(known)
            ),
            chart.mark_point(filled=True, size=80, opacity=1, xOffset=offset).encode(
                x, y, color=color(known), shape=shape(known)
            ),
        ]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
