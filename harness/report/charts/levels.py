"""Gain and forgetting as rank or quantization changes."""

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from harness.report.arms import (
    REFERENCE,
    Arm,
    Triple,
    base_arms,
    forgetting,
    gain,
    measured_arms,
    method_label,
    metric,
    quantization_loss,
    quantization_place,
    targets,
    trains,
)
from harness.report.charts.theme import MOST_LINES, MUTED, Figure, Mark, color, data, powers, render, shape
from harness.report.numbers import POINTS, unit_of

WIDTH, HEIGHT = 205, 220
CELL_WIDTH, CELL_HEIGHT, CELLS = 112, 84, 4
"""A panel per line, where there are more lines than one panel can show."""


def rank_curves(results: dict[str, Any], target: str, known: list[Mark], name: str) -> Figure | None:
    """Gain and forgetting against rank; None where no method ran at two ranks."""
    arms = [arm for arm in measured_arms(results, target) if arm["rank"] and arm["quantization"] == "none"]
    arms = [arm for arm in arms if _levels(arm, arms, "rank") > 1]
    if not arms:
        return None
    full = next((arm for arm in measured_arms(results, target) if arm["arm"] == REFERENCE), None)
    ticks = powers([float(arm["rank"]) for arm in arms], 2)
    axis = alt.Axis(values=ticks, format="d", grid=False)
    title = "Rank (log scale)" if all(trains(arm) for arm in arms) else "Rank, or examples shown (log scale)"
    x = alt.X("rank:Q", title=title, scale=alt.Scale(type="log", base=2, padding=12), axis=axis)
    panels = [
        _panel(_frame(arms, measure, scale), x, title, known, "method", _reference(full, measure, scale))
        for measure, scale, title in _measures(results, target)
    ]
    caption = f"{target}: gain and forgetting against rank, unquantized. The dashed line is full fine-tuning."
    return Figure(render(_beside(panels), name, f"Rank curves on {target}"), caption)


def quantization_levels(results: dict[str, Any], target: str, known: list[Mark], name: str) -> Figure | None:
    """The same arms on a base stored in fewer bits; None where none ran at two levels."""
    arms = measured_arms(results, target)
    arms = [
        arm for arm in arms if _levels(arm, [one for one in arms if one["rank"] == arm["rank"]], "quantization") > 1
    ]
    if not arms:
        return None
    x = _storage(sorted({arm["quantization"] for arm in arms}, key=quantization_place))
    panels = [
        _panel(_frame(arms, measure, scale), x, title, known, "line", None)
        for measure, scale, title in _measures(results, target)
    ]
    caption = (
        f"{target}: gain and forgetting by how the frozen base is stored, each against the base stored in that way."
    )
    return Figure(render(_beside(panels), name, f"Quantization levels on {target}"), caption)


def quantization_alone(results: dict[str, Any], target: str, known: list[Mark], name: str) -> Figure | None:
    """What storing the base in fewer bits costs before training. Every target has the same: drawn for the first."""
    losses = {arm["quantization"]: quantization_loss(arm) for arm in base_arms(results, target)}
    rows = [{"quantization": level, "loss": POINTS.scale * loss} for level, loss in losses.items() if loss is not None]
    if target != targets(results)[0] or len(rows) < 2:
        return None
    y = alt.Y("loss:Q", title="Drop in accuracy (points)")
    bars = alt.Chart(data(pd.DataFrame(rows))).mark_bar(color=MUTED, size=26, opacity=0.75)
    chart = bars.encode(_storage(list(losses)), y).properties(width=WIDTH, height=HEIGHT)
    caption = (
        "Base model: what storing it in fewer bits costs on the general tasks before any training; "
        "not part of forgetting."
    )
    return Figure(render(chart, name, "Loss by quantization alone"), caption)


def _storage(levels: list[str]) -> alt.X:
    return alt.X("quantization:N", title="Stored base", axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=levels))


def _measures(results: dict[str, Any], target: str) -> list[tuple[Callable[[Arm], Triple | None], float, str]]:
    unit = unit_of(metric(results, target))
    return [
        (gain, unit.scale, f"Gain ({unit.name or 'metric'})"),
        (forgetting, POINTS.scale, "Forgetting (points)"),
    ]


def _levels(arm: Arm, arms: list[Arm], field: str) -> int:
    return len({one[field] for one in arms if method_label(one) == method_label(arm)})


def _frame(arms: list[Arm], measure: Callable[[Arm], Triple | None], scale: float) -> pd.DataFrame:
    rows = []
    for arm in arms:
        found = measure(arm)
        if found is not None:
            value, low, high = (scale * bound for bound in found)
            line = method_label(arm) if arm["rank"] is None else f"{method_label(arm)} {arm['rank']}"
            levels = {"rank": arm["rank"], "quantization": arm["quantization"], "line": line}
            rows.append({"method": method_label(arm), **levels, "value": value, "low": low, "high": high})
    columns = ["method", "rank", "quantization", "line", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _reference(full: Arm | None, measure: Callable[[Arm], Triple | None], scale: float) -> float | None:
    found = measure(full) if full is not None else None
    return None if found is None else scale * found[0]


def _panel(
    frame: pd.DataFrame, x: alt.X, title: str, known: list[Mark], line: str, reference: float | None
) -> alt.LayerChart | alt.FacetChart:
    """A line per method over its levels, intervals as bars; a panel each where there are too many for one."""
    many = frame[line].nunique() > MOST_LINES
    beside = None if many else title
    y = alt.Y(
        "value:Q", title=beside, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=3 if many else 6)
    )
    frame = frame.assign(reference=reference)
    chart = alt.Chart()
    lines = chart.mark_line(strokeWidth=2).encode(x, y, color=color(known), detail=f"{line}:N")
    bars = chart.mark_rule(strokeWidth=1.4, opacity=0.55).encode(
        x, alt.Y("low:Q", title=beside), alt.Y2("high:Q"), color=color(known)
    )
    dots = chart.mark_point(filled=True, size=45 if many else 75, opacity=1).encode(
        x, y, color=color(known), shape=shape(known)
    )
    layers: list[alt.Chart] = [lines, bars, dots]
    if reference is not None:
        rule = chart.mark_rule(color=MUTED, strokeDash=[5, 4], strokeWidth=1.4)
        layers.insert(0, rule.encode(alt.Y("mean(reference):Q", title=beside)))
    layered = alt.layer(*layers, data=data(frame))
    if not many:
        return layered.properties(width=WIDTH, height=HEIGHT)
    order = list(dict.fromkeys(frame[line]))
    facet = alt.Facet(f"{line}:N", sort=order, title=None, header=alt.Header(labelLimit=CELL_WIDTH))
    cells = layered.properties(width=CELL_WIDTH, height=CELL_HEIGHT)
    return cells.facet(facet, columns=CELLS).properties(title=title)


def _beside(panels: list[Any]) -> alt.HConcatChart:
    return alt.hconcat(*panels, spacing=34)
