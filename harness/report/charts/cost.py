"""What training holds in memory, and how many parameters it trains."""

import altair as alt
import pandas as pd
from altair.typing import Optional

from harness.report.charts.figure import Figure, Mark
from harness.report.charts.selection import MOST_ROWS, left_out, most_gained
from harness.report.charts.theme import color, data, figure, powers, shape
from harness.report.model.arms import method_label, trained_arms
from harness.report.words.numbers import size
from harness.schema.record import Cost
from harness.schema.results import ArmResult, Results

PARTS = (("weights", "#7b818c"), ("gradients", "#0072b2"), ("optimizer state", "#c98a00"), ("activations", "#009e73"))
"""Of memory while training: name and colour."""
WIDTH, LABEL = 390, 230
MANY = 24
"""Arms from which on the rows stand closer."""


def _parts(cost: Cost) -> tuple[float | None, ...]:
    """Bytes, in the order of `PARTS`."""
    return cost.weight_bytes, cost.gradient_bytes, cost.optimizer_bytes, cost.activation_bytes


def memory_parts(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Stacked bars of the parts of memory per arm; None where none was measured."""
    measured = [arm for arm in trained_arms(results, target) if any(part is not None for part in _parts(arm.cost))]
    arms = most_gained(measured, MOST_ROWS)
    divisor, unit = memory_unit(max((sum(part or 0 for part in _parts(arm.cost)) for arm in arms), default=0))
    rows = [
        (arm.arm, label, order, part / divisor, f"{label}: {size(part)}")
        for arm in arms
        for order, (part, (label, _)) in enumerate(zip(_parts(arm.cost), PARTS, strict=True))
        if part is not None
    ]
    bars = alt.Chart(data(pd.DataFrame(rows, columns=["arm", "part", "order", "amount", "note"])))
    labels, shades = zip(*PARTS, strict=True)
    chart = bars.mark_bar(height={"band": 0.66}).encode(
        alt.X("amount:Q", title=f"{unit} while training"),
        _names(arms, grid=False),
        color=alt.Color("part:N", scale=alt.Scale(domain=labels, range=shades), legend=None),
        order=alt.Order("order:O"),
        detail=alt.Detail("note:N"),
    )
    said = (
        "memory of one training step. Weights, gradients and optimizer state are counted; activations are those saved "
        "for the backward pass."
    )
    return _rows(chart, arms, len(measured), name, target, "Memory by its parts", said)


def memory_unit(largest: float) -> tuple[int, str]:
    """Bytes of the unit that an axis up to `largest` bytes has, and its name."""
    return (2**30, "GiB") if largest >= 2**30 else (2**20, "MiB")


def trained_parameters(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Dots on a logarithmic scale; None where no arm's parameters were counted."""
    counted = [arm for arm in trained_arms(results, target) if arm.cost.trainable_params]
    arms = most_gained(counted, MOST_ROWS)
    rows = [(arm.arm, method_label(arm), arm.cost.trainable_params or 0) for arm in arms]
    frame = pd.DataFrame(rows, columns=["arm", "method", "parameters"])
    axis = alt.Axis(format="~s", values=powers([float(params) for *_, params in rows] or [1.0], 10))
    x = alt.X("parameters:Q", title="Trained parameters (log scale)", scale=alt.Scale(type="log"), axis=axis)
    dots = alt.Chart(data(frame)).mark_point(filled=True, size=85, opacity=1)
    chart = dots.encode(x, _names(arms), color=color(known), shape=shape(known))
    said = "parameters that training changes."
    return _rows(chart, arms, len(counted), name, target, "Trained parameters", said)


def _names(arms: list[ArmResult], grid: Optional[bool] = alt.Undefined) -> alt.Y:
    axis = alt.Axis(grid=grid, labelLimit=LABEL)
    return alt.Y("arm:N", sort=[arm.arm for arm in arms], title=None, axis=axis)


def _rows(
    chart: alt.Chart, arms: list[ArmResult], of: int, name: str, target: str, title: str, said: str
) -> Figure | None:
    """A row for each of `arms`, which are all `of` those measured or those that gained most; None without any."""
    chart = chart.properties(width=WIDTH, height={"step": 24 if len(arms) <= MANY else 16})
    caption = f"{target}: {said}{left_out(len(arms), of, 'the table of costs')}"
    longest = max((len(arm.arm) for arm in arms), default=0)
    return figure(chart, name, target, f"{title} on {target}", caption, longest) if arms else None
