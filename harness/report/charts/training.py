"""How training went: the learning rates that were tried, and the losses."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from harness.report.charts.figure import MOST_LINES, Figure, Mark
from harness.report.charts.lines import apart
from harness.report.charts.selection import MOST_PANELS, evenly, left_out, most_gained
from harness.report.charts.theme import color, data, figure, shape
from harness.report.model.arms import method_label, methods, trained_arms
from harness.report.words.numbers import rate
from harness.schema.results import Results, Sweep

FEW_POINTS, MOST_POINTS = 30, 60
"""Points per loss curve where panels are many, and else; more would not be seen at the size of a small multiple."""
MOST_TRIALS = 100
"""Trials from which on one line per arm stands for its seeds."""
CELL = (150, 90, 5)


def learning_rates(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Validation nats, or scores where sweeps kept these alone, against learning rate; the chosen one is filled. None
    where none was searched.
    """
    searches = [one for one in results.learning_rates if one.target == target and one.method in methods(results)]
    shown = searches[:MOST_PANELS]
    by_nats = all(point.nll is not None for one in shown for point in one.curve if point.validation is not None)
    frame = _tried(shown, by_nats)
    if frame.empty:
        return None
    axis = alt.Axis(format="~g", values=sorted(set(frame["rate"])), labelOverlap=True, labelSeparation=6)
    x = alt.X("rate:Q", title="Learning rate (log scale)", scale=alt.Scale(type="log", padding=14), axis=axis)
    y = alt.Y("validation:Q", title="Validation nats" if by_nats else "Validation score")
    chart, ink, form = alt.Chart(), color(known), shape(known)
    lines = chart.mark_line(strokeWidth=1.6, opacity=0.8).encode(x, y, detail=alt.Detail("line:N"), color=ink)
    dots = chart.mark_point(size=70, opacity=1, fill="white", fillOpacity=0).encode(x, y, color=ink, shape=form)
    chosen = chart.transform_filter("datum.chosen").mark_point(filled=True, size=110, opacity=1)
    drawn = alt.layer(lines, dots, chosen.encode(x, y, color=ink, shape=form), data=data(frame))
    edges = [one.arm or one.method for one in searches if one.at_edge]
    note = f" Best at the edge of its grid: {', '.join(edges)}." if edges else ""
    rest = f" Of {len(searches)} searches, the first {len(shown)} are drawn." if len(shown) < len(searches) else ""
    what = "nats per token (fewer are better)" if by_nats else "score"
    caption = f"{target}: {what} on the validation split; the filled mark was chosen.{note}{rest}"
    few = frame["line"].nunique() <= MOST_LINES
    picture = drawn.properties(width=420, height=270) if few else apart(drawn, "line", frame["line"], *CELL)
    return figure(picture, name, target, f"Learning rates on {target}", caption)


def _tried(searches: list[Sweep], by_nats: bool) -> pd.DataFrame:
    """A row per learning rate with a score."""
    rows = []
    for one, point in ((search, point) for search in searches for point in search.curve):
        if point.learning_rate and point.validation is not None:
            chosen, name = point.learning_rate == one.chosen, one.arm or one.method
            value = point.nll if by_nats else point.validation
            note = f"at {rate(point.learning_rate)}: {value:.3f}{', chosen' if chosen else ''}"
            rows.append((name, one.method, name, point.learning_rate, value, chosen, note))
    return pd.DataFrame(rows, columns=["arm", "method", "line", "rate", "validation", "chosen", "note"])


Losses = Sequence[tuple[int, float]]
"""Steps and losses."""


def losses(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """One small panel per arm with a line per seed, or their median; None where no loss was recorded."""
    curves: dict[str, list[tuple[str, Losses]]] = {}
    for trial in results.trials:
        curve = [(step, loss) for step, loss in trial.loss_curve if loss is not None]
        if trial.spec.target == target and curve:
            curves.setdefault(trial.spec.arm, []).append((str(trial.spec.seed), curve))
    trained = [arm for arm in trained_arms(results, target) if arm.arm in curves]
    if not trained:
        return None
    arms, merged = most_gained(trained, MOST_PANELS), len(results.trials) > MOST_TRIALS
    if merged:
        curves = {arm: [("median", _median([curve for _, curve in found]))] for arm, found in curves.items()}
    rows = [
        (arm.arm, method_label(arm), seed, step, round(loss, 5))
        for arm in arms
        for seed, curve in curves[arm.arm]
        for step, loss in evenly(curve, FEW_POINTS if merged else MOST_POINTS)
    ]
    width, height, columns = CELL
    x = alt.X("step:Q", title="Step", axis=alt.Axis(tickCount=3, grid=False))
    y = alt.Y("loss:Q", title="Loss (nats)", axis=alt.Axis(tickCount=3))
    frame = pd.DataFrame(rows, columns=["arm", "method", "seed", "step", "loss"])
    lines = alt.Chart(data(frame)).mark_line(strokeWidth=1.5, opacity=0.85).properties(width=width, height=height)
    header = alt.Header(labelLimit=width)
    facet = alt.Facet("arm:N", sort=[arm.arm for arm in arms], title=None, header=header, columns=columns)
    chart = lines.encode(x, y, detail=alt.Detail("seed:N"), color=color(known), facet=facet)
    caption = (
        f"{target}: training loss per supervised token, {'the median of all seeds' if merged else 'one line per seed'}."
        f"{left_out(len(arms), len(trained), 'the list of trials')}"
    )
    return figure(chart, name, target, f"Loss curves on {target}", caption)


def _median(curves: list[Losses]) -> Losses:
    """Median loss at each step that any of the curves has."""
    every = pd.DataFrame([point for curve in curves for point in curve], columns=["step", "loss"])
    medians = every.groupby("step")["loss"].median()
    return list(zip(medians.index, medians, strict=True))
