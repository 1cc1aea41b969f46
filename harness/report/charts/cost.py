"""What training holds in memory, and how many parameters it trains."""

import altair as alt
import pandas as pd

from harness.report.charts.figure import Figure, Mark
from harness.report.charts.selection import MOST_ROWS, left_out, most_gained
from harness.report.charts.theme import color, data, figure, powers, shape
from harness.report.model.arms import method_label, trained_arms
from harness.report.words.numbers import size
from harness.schema.record import Cost
from harness.schema.results import Results

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
    if not arms:
        return None
    bytes_per_unit, unit = memory_unit(max(sum(part or 0 for part in _parts(arm.cost)) for arm in arms))
    rows = [
        (arm.arm, label, order, part / bytes_per_unit, f"{label}: {size(part)}")
        for arm in arms
        for order, (part, (label, _)) in enumerate(zip(_parts(arm.cost), PARTS, strict=True))
        if part is not None
    ]
    labels, shades = zip(*PARTS, strict=True)
    bars = alt.Chart(data(pd.DataFrame(rows, columns=["arm", "part", "order", "amount", "note"]))).mark_bar(
        height={"band": 0.66}
    )
    names = [arm.arm for arm in arms]
    chart = bars.encode(
        alt.X("amount:Q", title=f"{unit} while training"),
        alt.Y("arm:N", sort=names, title=None, axis=alt.Axis(grid=False, labelLimit=LABEL)),
        alt.Color("part:N", scale=alt.Scale(domain=labels, range=shades), legend=None),
        order=alt.Order("order:O"),
        detail=alt.Detail("note:N"),
    )
    caption = (
        f"{target}: memory of one training step. Weights, gradients and optimizer state are counted; "
        f"activations are those saved for the backward pass.{left_out(len(arms), len(measured), 'the table of costs')}"
    )
    return _rows(chart, names, name, target, f"Memory by its parts on {target}", caption)


def memory_unit(largest: float) -> tuple[int, str]:
    """Bytes of the unit that an axis up to `largest` bytes has, and its name."""
    return (2**30, "GiB") if largest >= 2**30 else (2**20, "MiB")


def trained_parameters(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Dots on a logarithmic scale; None where no arm's parameters were counted."""
    counted = [arm for arm in trained_arms(results, target) if arm.cost.trainable_params]
    arms = most_gained(counted, MOST_ROWS)
    if not arms:
        return None
    parameters = [arm.cost.trainable_params or 0 for arm in arms]
    names = [arm.arm for arm in arms]
    frame = pd.DataFrame({"arm": names, "method": list(map(method_label, arms)), "parameters": parameters})
    axis = alt.Axis(format="~s", values=powers(parameters, 10))
    chart = (
        alt.Chart(data(frame))
        .mark_point(filled=True, size=85, opacity=1)
        .encode(
            alt.X("parameters:Q", title="Trained parameters (log scale)", scale=alt.Scale(type="log"), axis=axis),
            alt.Y("arm:N", sort=names, title=None, axis=alt.Axis(labelLimit=LABEL)),
            color=color(known),
            shape=shape(known),
        )
    )
    caption = f"{target}: parameters that training changes.{left_out(len(arms), len(counted), 'the table of costs')}"
    return _rows(chart, names, name, target, f"Trained parameters on {target}", caption)


def _rows(chart: alt.Chart, names: list[str], name: str, target: str, description: str, caption: str) -> Figure:
    """A row per arm."""
    chart = chart.properties(width=WIDTH, height={"step": 24 if len(names) <= MANY else 16})
    return figure(chart, name, target, description, caption, max(map(len, names)))
