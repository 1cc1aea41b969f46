"""How training went: the learning rates that were tried, and the losses."""

from typing import Any

import altair as alt
import pandas as pd

from harness.report.arms import methods
from harness.report.charts.theme import MOST_LINES, Figure, Mark, color, data, render, shape

MOST_POINTS = 60
"""Points per loss curve; more would not be seen at the size of a small multiple."""


def learning_rates(results: dict[str, Any], target: str, known: list[Mark], name: str) -> Figure | None:
    """Validation score against learning rate; the chosen one is filled. None where none was searched."""
    searches = [one for one in results.get("learning_rates") or [] if one.get("target") == target]
    rows = [
        {
            "method": one.get("method"),
            "line": str(one.get("arm") or one.get("method")),
            "rate": point["learning_rate"],
            "validation": point["validation"],
            "chosen": point["learning_rate"] == one.get("chosen"),
        }
        for one in searches
        for point in one.get("curve") or []
        if point.get("learning_rate") and point.get("validation") is not None
    ]
    rows = [row for row in rows if row["method"] in methods(results)]
    if not rows:
        return None
    x = alt.X("rate:Q", title="Learning rate (log scale)", scale=alt.Scale(type="log", padding=14),
              axis=alt.Axis(format="~g", values=sorted({row["rate"] for row in rows}), labelOverlap=True,
                            labelSeparation=6))  # fmt: skip
    y = alt.Y("validation:Q", title="Validation score")
    chart = alt.Chart()
    lines = chart.mark_line(strokeWidth=1.6, opacity=0.8).encode(x, y, detail="line:N", color=color(known))
    dots = chart.mark_point(size=70, opacity=1, fill="white", fillOpacity=0).encode(
        x, y, color=color(known), shape=shape(known)
    )
    chosen = (
        chart.transform_filter("datum.chosen")
        .mark_point(filled=True, size=110, opacity=1)
        .encode(x, y, color=color(known), shape=shape(known))
    )
    edges = [str(one.get("arm") or one.get("method")) for one in searches if one.get("at_edge")]
    note = f" Best at the edge of its grid: {', '.join(edges)}." if edges else ""
    caption = f"{target}: score on the validation split; the filled mark was chosen.{note}"
    drawn = _apart(alt.layer(lines, dots, chosen, data=data(pd.DataFrame(rows))), [row["line"] for row in rows])
    return Figure(render(drawn, name, f"Learning rates on {target}"), caption)


def _apart(layered: alt.LayerChart | alt.FacetChart, names: list[str]) -> alt.LayerChart | alt.FacetChart:
    """One panel for a few lines, a panel each for more."""
    order = list(dict.fromkeys(names))
    if len(order) <= MOST_LINES:
        return layered.properties(width=420, height=270)
    facet = alt.Facet("line:N", sort=order, title=None, header=alt.Header(labelLimit=150))
    return layered.properties(width=150, height=90).facet(facet, columns=5)


def losses(results: dict[str, Any], target: str, known: list[Mark], name: str) -> Figure | None:
    """One small panel per arm, one line per seed; None where no loss was recorded."""
    rows = []
    for trial in results["trials"]:
        spec = trial["spec"]
        if spec["target"] == target:
            for step, loss in _thinned(trial["loss_curve"]):
                settings = (f"{key}={value}" for key, value in spec["settings"].items())
                method = " ".join((spec["method"], *settings))
                rows.append(
                    {
                        "method": method,
                        "arm": spec["arm"],
                        "seed": str(spec["seed"]),
                        "step": step,
                        "loss": loss,
                    }
                )
    rows = [row for row in rows if row["loss"] is not None]
    if not rows:
        return None
    order = list(dict.fromkeys(row["arm"] for row in rows))
    x = alt.X("step:Q", title="Step", axis=alt.Axis(tickCount=3, grid=False))
    y = alt.Y("loss:Q", title="Loss (nats)", axis=alt.Axis(tickCount=3))
    lines = alt.Chart(data(pd.DataFrame(rows))).mark_line(strokeWidth=1.5, opacity=0.85)
    panel = lines.encode(x, y, detail="seed:N", color=color(known)).properties(width=150, height=90)
    facet = alt.Facet("arm:N", sort=order, title=None, header=alt.Header(labelLimit=150), columns=5)
    chart = panel.encode(facet=facet)
    caption = f"{target}: training loss per supervised token, one line per seed."
    return Figure(render(chart, name, f"Loss curves on {target}"), caption)


def _thinned(curve: list[list[float]]) -> list[list[float]]:
    """At most `MOST_POINTS` points, the first and the last among them."""
    if len(curve) <= MOST_POINTS:
        return curve
    last = len(curve) - 1
    return [curve[round(place * last / (MOST_POINTS - 1))] for place in range(MOST_POINTS)]
