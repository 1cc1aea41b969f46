"""What training holds in memory, and how many parameters it trains."""

import altair as alt
import pandas as pd

from harness.report.charts.selection import MOST_ROWS, left_out, most_gained
from harness.report.charts.theme import Figure, Mark, color, data, figure, powers, shape
from harness.report.model.arms import method_label, trained_arms
from harness.report.words.numbers import size
from harness.schema.results import Results

PARTS = (
    ("weight_bytes", "weights", "#7b818c"),
    ("gradient_bytes", "gradients", "#0072b2"),
    ("optimizer_bytes", "optimizer state", "#c98a00"),
    ("activation_bytes", "activations", "#009e73"),
)
WIDTH, LABEL = 390, 230
MANY = 24
"""Arms from which on the rows stand closer."""


def memory_parts(results: Results, target: str, name: str) -> Figure | None:
    """Stacked bars of the parts of memory per arm; None where none was measured."""
    measured = [
        arm for arm in trained_arms(results, target) if any(arm.cost.get(part) is not None for part, _, _ in PARTS)
    ]
    arms = most_gained(measured, MOST_ROWS)
    largest = max((sum(arm.cost.get(part) or 0 for part, _, _ in PARTS) for arm in arms), default=0)
    bytes_per_unit, unit = (2**30, "GiB") if largest >= 2**30 else (2**20, "MiB")
    rows = [
        {
            "arm": arm.arm,
            "part": label,
            "order": order,
            "amount": arm.cost[part] / bytes_per_unit,
            "note": f"{label}: {size(arm['cost'][part])}",
        }
        for arm in arms
        for order, (part, label, _) in enumerate(PARTS)
        if arm.cost.get(part) is not None
    ]
    if not rows:
        return None
    scale = alt.Scale(domain=[label for _, label, _ in PARTS], range=[shade for _, _, shade in PARTS])
    order = list(dict.fromkeys(row["arm"] for row in rows))
    bars = (
        alt.Chart(data(pd.DataFrame(rows)))
        .mark_bar(height={"band": 0.66})
        .encode(
            alt.X("amount:Q", title=f"{unit} while training"),
            alt.Y("arm:N", sort=order, title=None, axis=alt.Axis(grid=False, labelLimit=LABEL)),
            alt.Color("part:N", scale=scale, legend=None),
            order=alt.Order("order:O"),
            detail=alt.Detail("note:N"),
        )
    )
    caption = (
        f"{target}: memory of one training step. Weights, gradients and optimizer state are counted; "
        f"activations are those saved for the backward pass.{left_out(len(arms), len(measured), 'the table of costs')}"
    )
    chart = bars.properties(width=WIDTH, height=_rows_of(order))
    return figure(chart, name, target, f"Memory by its parts on {target}", caption, max(map(len, order)))


def trained_parameters(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Dots on a logarithmic scale; None where no arm's parameters were counted."""
    counted = [arm for arm in trained_arms(results, target) if arm.cost.trainable_params]
    rows = [
        {"arm": arm.arm, "method": method_label(arm), "parameters": arm.cost.trainable_params}
        for arm in most_gained(counted, MOST_ROWS)
    ]
    if not rows:
        return None
    order = list(dict.fromkeys(row["arm"] for row in rows))
    x = alt.X("parameters:Q", title="Trained parameters (log scale)", scale=alt.Scale(type="log"),
              axis=alt.Axis(format="~s", values=powers([row["parameters"] for row in rows], 10)))  # fmt: skip
    y = alt.Y("arm:N", sort=order, title=None, axis=alt.Axis(labelLimit=LABEL))
    dots = alt.Chart(data(pd.DataFrame(rows))).mark_point(filled=True, size=85, opacity=1)
    chart = dots.encode(x, y, color=color(known), shape=shape(known)).properties(width=WIDTH, height=_rows_of(order))
    caption = f"{target}: parameters that training changes.{left_out(len(rows), len(counted), 'the table of costs')}"
    return figure(chart, name, target, f"Trained parameters on {target}", caption, max(map(len, order)))


def _rows_of(order: list[str]) -> dict[str, int]:
    return {"step": 24 if len(order) <= MANY else 16}
