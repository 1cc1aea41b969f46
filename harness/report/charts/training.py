"""How training went: the learning rates that were tried, and the losses."""

from statistics import median
from typing import Any

import altair as alt
import pandas as pd

from harness.report.charts.selection import MOST_PANELS, left_out, most_gained
from harness.report.charts.theme import MOST_LINES, Figure, Mark, color, data, figure, shape
from harness.report.model.arms import Arm, method_label, methods, trained_arms
from harness.report.words.numbers import rate
from harness.schema.results import Results, Sweep

MOST_POINTS = 60
"""Points per loss curve; more would not be seen at the size of a small multiple."""
FEW_POINTS = 30
"""Points per curve where panels are many."""
MOST_TRIALS = 100
"""Trials from which on one line per arm stands for its seeds."""
CELL_WIDTH, CELL_HEIGHT, CELLS = 150, 90, 5


def learning_rates(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Validation score against learning rate; the chosen one is filled. None where none was searched."""
    searches = [one for one in results.learning_rates or [] if one.target == target and one.method in methods(results)]
    shown = searches[:MOST_PANELS]
    rows = [row for one in shown for row in _tried(one)]
    if not rows:
        return None
    x = alt.X("rate:Q", title="Learning rate (log scale)", scale=alt.Scale(type="log", padding=14),
              axis=alt.Axis(format="~g", values=sorted({row["rate"] for row in rows}), labelOverlap=True,
                            labelSeparation=6))  # fmt: skip
    y = alt.Y("validation:Q", title="Validation score")
    chart = alt.Chart()
    lines = chart.mark_line(strokeWidth=1.6, opacity=0.8).encode(x, y, detail=alt.Detail("line:N"), color=color(known))
    dots = chart.mark_point(size=70, opacity=1, fill="white", fillOpacity=0).encode(
        x, y, color=color(known), shape=shape(known)
    )
    chosen = (
        chart.transform_filter("datum.chosen")
        .mark_point(filled=True, size=110, opacity=1)
        .encode(x, y, color=color(known), shape=shape(known))
    )
    edges = [_searched(one) for one in searches if one.at_edge]
    note = f" Best at the edge of its grid: {', '.join(edges)}." if edges else ""
    rest = f" Of {len(searches)} searches, the first {len(shown)} are drawn." if len(shown) < len(searches) else ""
    caption = f"{target}: score on the validation split; the filled mark was chosen.{note}{rest}"
    drawn = _apart(alt.layer(lines, dots, chosen, data=data(pd.DataFrame(rows))), [row["line"] for row in rows])
    return figure(drawn, name, target, f"Learning rates on {target}", caption)


def _searched(search: Sweep) -> str:
    return str(search.arm or search.method)


def _tried(search: Sweep) -> list[dict[str, Any]]:
    """A row per learning rate with a score."""
    found = []
    for point in search.curve or []:
        if point.learning_rate and point.validation is not None:
            chosen = point.learning_rate == search.chosen
            note = f"at {rate(point['learning_rate'])}: {point['validation']:.3f}{', chosen' if chosen else ''}"
            found.append(
                {
                    "arm": _searched(search),
                    "method": search.method,
                    "line": _searched(search),
                    "rate": point.learning_rate,
                    "validation": point.validation,
                    "chosen": chosen,
                    "note": note,
                }
            )
    return found


def _apart(layered: alt.LayerChart | alt.FacetChart, names: list[str]) -> alt.LayerChart | alt.FacetChart:
    """One panel for a few lines, a panel each for more."""
    order = list(dict.fromkeys(names))
    if len(order) <= MOST_LINES:
        return layered.properties(width=420, height=270)
    facet = alt.Facet("line:N", sort=order, title=None, header=alt.Header(labelLimit=CELL_WIDTH))
    return layered.properties(width=CELL_WIDTH, height=CELL_HEIGHT).facet(facet, columns=CELLS)


def losses(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """One small panel per arm with a line per seed, or their median; None where no loss was recorded."""
    curves: dict[str, list[tuple[str, list[list[float]]]]] = {}
    for trial in results.trials:
        curve = [point for point in trial.loss_curve if point[1] is not None]
        if trial.spec.target == target and curve:
            curves.setdefault(trial.spec.arm, []).append((str(trial.spec.seed), curve))
    trained = [arm for arm in trained_arms(results, target) if arm.arm in curves]
    arms = most_gained(trained, MOST_PANELS)
    merged = len(results.trials) > MOST_TRIALS
    rows = [row for arm in arms for row in _loss_rows(arm, curves[arm.arm], merged)]
    if not rows:
        return None
    order = list(dict.fromkeys(row["arm"] for row in rows))
    x = alt.X("step:Q", title="Step", axis=alt.Axis(tickCount=3, grid=False))
    y = alt.Y("loss:Q", title="Loss (nats)", axis=alt.Axis(tickCount=3))
    lines = alt.Chart(data(pd.DataFrame(rows))).mark_line(strokeWidth=1.5, opacity=0.85)
    panel = lines.encode(x, y, detail=alt.Detail("seed:N"), color=color(known)).properties(
        width=CELL_WIDTH, height=CELL_HEIGHT
    )
    facet = alt.Facet("arm:N", sort=order, title=None, header=alt.Header(labelLimit=CELL_WIDTH), columns=CELLS)
    caption = (
        f"{target}: training loss per supervised token, {'the median of all seeds' if merged else 'one line per seed'}."
        f"{left_out(len(arms), len(trained), 'the list of trials')}"
    )
    return figure(panel.encode(facet=facet), name, target, f"Loss curves on {target}", caption)


def _loss_rows(arm: Arm, curves: list[tuple[str, list[list[float]]]], merged: bool) -> list[dict[str, Any]]:
    """Points of one panel."""
    about = {"arm": arm.arm, "method": method_label(arm)}
    lines = [("median", _median([curve for _, curve in curves]))] if merged else curves
    return [
        {**about, "seed": seed, "step": step, "loss": round(loss, 5)}
        for seed, curve in lines
        for step, loss in _thinned(curve, FEW_POINTS if merged else MOST_POINTS)
    ]


def _median(curves: list[list[list[float]]]) -> list[list[float]]:
    """Median loss at each step that any of the curves has."""
    at: dict[float, list[float]] = {}
    for curve in curves:
        for step, loss in curve:
            at.setdefault(step, []).append(loss)
    return [[step, median(at[step])] for step in sorted(at)]


def _thinned(curve: list[list[float]], most: int) -> list[list[float]]:
    """At most `most` points, the first and the last among them."""
    if len(curve) <= most:
        return curve
    last = len(curve) - 1
    return [curve[round(place * last / (most - 1))] for place in range(most)]
