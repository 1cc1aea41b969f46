"""Gain, forgetting and cost as rank or quantization changes."""

import math
from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from harness.report.charts.selection import left_out
from harness.report.charts.theme import MOST_LINES, MUTED, Figure, Mark, color, data, figure, powers, shape
from harness.report.model.arms import (
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
from harness.report.words.numbers import POINTS, unit_of
from harness.schema.results import Results

WIDTH, HEIGHT = 205, 220
CELL_WIDTH, CELL_HEIGHT, CELLS = 112, 84, 4
"""A panel per line, where there are more lines than one panel can show."""
MOST_CELLS = 20
"""Lines; each has a panel for every figure and every cost."""


def rank_curves(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Gain, forgetting and cost against rank; None where no method ran at two ranks."""
    arms = [arm for arm in measured_arms(results, target) if arm.rank and arm.quantization == "none"]
    ranked = [arm for arm in arms if _levels(arm, arms, "rank") > 1]
    arms = _few_lines(ranked, method_label)
    if not arms:
        return None
    full = next((arm for arm in measured_arms(results, target) if arm.arm == REFERENCE), None)
    ticks = powers([float(arm.rank) for arm in arms], 2)
    axis = alt.Axis(values=ticks, format="d", grid=False, labelOverlap=True, labelSeparation=6)
    title = "Rank (log scale)" if all(trains(arm) for arm in arms) else "Rank, or examples shown (log scale)"
    x = alt.X("rank:Q", title=title, scale=alt.Scale(type="log", base=2, padding=12), axis=axis)
    measures = _measures(results, target)
    costs = _costs([*arms, *([full] if full else [])])
    panels = [
        _panel(frame, x, title, known, "method", _reference(full, measure), from_zero=(measure, title) in costs)
        for measure, title in [*measures, *costs]
        if not (frame := _frame(arms, measure)).empty
    ]
    caption = (
        f"{target}: gain, forgetting and what training takes against rank, unquantized. Bars are 95 % intervals; the "
        f"dashed line is full fine-tuning.{_left_out(arms, ranked, method_label)}"
    )
    return figure(_beside(panels), name, target, f"Rank curves on {target}", caption)


def quantization_levels(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """The same arms on a base stored in fewer bits; None where none ran at two levels."""
    measured = measured_arms(results, target)
    stored = [
        arm for arm in measured if _levels(arm, [one for one in measured if one.rank == arm.rank], "quantization") > 1
    ]
    arms = _few_lines(stored, _line)
    if not arms:
        return None
    x = _storage(sorted({arm.quantization for arm in arms}, key=quantization_place))
    frames = [(_frame(arms, measure), title) for measure, title in _measures(results, target)]
    panels = [_panel(frame, x, title, known, "line", None) for frame, title in frames if not frame.empty]
    caption = (
        f"{target}: gain and forgetting by how the frozen base is stored, each against the base stored in that way. "
        f"Bars are 95 % intervals.{_left_out(arms, stored, _line)}"
    )
    return figure(_beside(panels), name, target, f"Quantization levels on {target}", caption)


def quantization_alone(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """What storing the base in fewer bits costs before training. Every target has the same: drawn for the first."""
    losses = {arm.quantization: quantization_loss(arm) for arm in base_arms(results, target)}
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
    return figure(chart, name, "", "Loss by quantization alone", caption)


def _storage(levels: list[str]) -> alt.X:
    return alt.X("quantization:N", title="Stored base", axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=levels))


Read = Callable[[Arm], Triple | None]
"""A figure of an arm with its interval, in the unit of the axis; twice the figure itself where it has none."""


def _measures(results: Results, target: str) -> list[tuple[Read, str]]:
    unit = unit_of(metric(results, target))
    return [
        (lambda arm: _scaled(gain(arm), unit.scale), f"Gain ({unit.name or 'metric'})"),
        (lambda arm: _scaled(forgetting(arm), POINTS.scale), "Forgetting (points)"),
    ]


def _scaled(found: Triple | None, scale: float) -> Triple | None:
    return None if found is None else (scale * found[0], scale * found[1], scale * found[2])


def _costs(arms: list[Arm]) -> list[tuple[Read, str]]:
    """Memory and time of training, where any of the arms trains."""
    largest = max((arm.cost.peak_memory_bytes or 0 for arm in arms), default=0)
    bytes_per_unit, unit = (2**30, "GiB") if largest >= 2**30 else (2**20, "MiB")
    return [
        (lambda arm: _exact(arm, "peak_memory_bytes", bytes_per_unit), f"Memory while training ({unit})"),
        (lambda arm: _exact(arm, "train_s", 1), "Training time (seconds)"),
    ]


def _exact(arm: Arm, field: str, divisor: float) -> Triple | None:
    found = arm.cost.get(field)
    return (found / divisor,) * 3 if found is not None and trains(arm) else None


def _line(arm: Arm) -> str:
    """Method and rank: what the levels of quantization of one line share."""
    return method_label(arm) if arm.rank is None else f"{method_label(arm)} {arm['rank']}"


def _few_lines(arms: list[Arm], line: Callable[[Arm], str]) -> list[Arm]:
    """The arms of the `MOST_CELLS` lines that reach the largest gains."""
    best: dict[str, float] = {}
    for arm in arms:
        best[line(arm)] = max(best.get(line(arm), -math.inf), (gain(arm) or (-math.inf,))[0])
    kept = sorted(best, key=lambda name: -best[name])[:MOST_CELLS]
    return [arm for arm in arms if line(arm) in kept]


def _left_out(shown: list[Arm], of: list[Arm], line: Callable[[Arm], str]) -> str:
    return left_out(len({line(arm) for arm in shown}), len({line(arm) for arm in of}), "the table of arms", "lines")


def _levels(arm: Arm, arms: list[Arm], field: str) -> int:
    return len({one[field] for one in arms if method_label(one) == method_label(arm)})


def _frame(arms: list[Arm], measure: Read) -> pd.DataFrame:
    rows = []
    for arm in arms:
        found = measure(arm)
        if found is not None:
            value, low, high = found
            levels = {"rank": arm.rank, "quantization": arm.quantization, "line": _line(arm)}
            bounds = {"value": value, "low": low, "high": high}
            rows.append({"arm": arm.arm, "method": method_label(arm), **levels, **bounds})
    columns = ["arm", "method", "rank", "quantization", "line", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _reference(full: Arm | None, measure: Read) -> float | None:
    found = measure(full) if full is not None else None
    return None if found is None else found[0]


def _panel(
    frame: pd.DataFrame,
    x: alt.X,
    title: str,
    known: list[Mark],
    line: str,
    reference: float | None,
    from_zero: bool = False,
) -> alt.LayerChart | alt.FacetChart:
    """A line per method over its levels, intervals as bars; a panel each where there are too many for one."""
    many = frame[line].nunique() > MOST_LINES
    beside = None if many else title
    y = alt.Y(
        "value:Q", title=beside, scale=alt.Scale(zero=from_zero, nice=True), axis=alt.Axis(tickCount=3 if many else 6)
    )
    frame = frame.assign(reference=reference)
    chart = alt.Chart()
    lines = chart.mark_line(strokeWidth=2).encode(x, y, color=color(known), detail=alt.Detail(f"{line}:N"))
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


def _beside(panels: list[Any]) -> alt.HConcatChart | alt.VConcatChart:
    """In one row; panels that hold many smaller ones are wide, and stand two by two."""
    if not any(isinstance(panel, alt.FacetChart) for panel in panels):
        return alt.hconcat(*panels, spacing=34)
    pairs = [panels[first : first + 2] for first in range(0, len(panels), 2)]
    return alt.vconcat(*(alt.hconcat(*pair, spacing=34) for pair in pairs), spacing=34)
