"""Gain, forgetting and cost as rank, quantization or target changes."""

import math
from collections.abc import Callable

import altair as alt
import pandas as pd

from harness.report.charts.cost import memory_unit
from harness.report.charts.figure import MOST_LINES, MUTED, Figure, Mark
from harness.report.charts.lines import Drawing, Look, apart, beside, intervals, side_by_side
from harness.report.charts.scatter import Read, in_unit
from harness.report.charts.selection import left_out
from harness.report.charts.theme import data, figure, powers
from harness.report.model.arms import (
    REFERENCE,
    base_arms,
    forgetting,
    gain,
    measured_arms,
    method_label,
    metric,
    quantization_loss,
    quantization_place,
    targets,
)
from harness.report.words.numbers import POINTS, Triple, Unit, unit_of
from harness.schema.results import ArmResult, Results

WIDTH, HEIGHT = 205, 220
CELL = (112, 84, 4)
"""A panel per line, where there are more lines than one panel can show."""
MOST_CELLS = 20
"""Lines; each has a panel for every figure and every cost."""


def rank_curves(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Gain, forgetting and cost against rank; None where no method ran at two ranks."""
    arms = [arm for arm in measured_arms(results, target) if arm.rank and arm.quantization == "none"]
    ranked = _at_several(arms, lambda arm: arm.rank, method_label)
    arms = _few_lines(ranked, method_label)
    if not arms:
        return None
    full = next((arm for arm in measured_arms(results, target) if arm.arm == REFERENCE), None)
    ticks = powers([float(arm.rank or 1) for arm in arms], 2)
    axis = alt.Axis(values=ticks, format="d", grid=False, labelOverlap=True, labelSeparation=6)
    title = "Rank (log scale)" if all(arm.trains for arm in arms) else "Rank, or examples shown (log scale)"
    x = alt.X("rank:Q", title=title, scale=alt.Scale(type="log", base=2, padding=12), axis=axis)
    measures = _measures(unit_of(metric(results, target)))
    costs = _costs([*arms, *([full] if full else [])])
    panels = [
        _panel(frame, x, title, known, "method", measure(full) if full else None, from_zero=(measure, title) in costs)
        for measure, title in [*measures, *costs]
        if not (frame := _frame(arms, measure)).empty
    ]
    caption = (
        f"{target}: gain, forgetting and what training takes against rank, unquantized. Bars are 95 % intervals; the "
        f"dashed line is full fine-tuning.{_left_out(arms, ranked, method_label)}"
    )
    return beside(panels, name, target, f"Rank curves on {target}", caption)


def quantization_levels(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """The same arms on a base stored in fewer bits; None where none ran at two levels."""
    stored = _at_several(measured_arms(results, target), lambda arm: arm.quantization, _line)
    arms = _few_lines(stored, _line)
    if not arms:
        return None
    x = _storage(sorted({arm.quantization for arm in arms}, key=quantization_place))
    frames = [(_frame(arms, measure), title) for measure, title in _measures(unit_of(metric(results, target)))]
    panels = [_panel(frame, x, title, known, "line", None) for frame, title in frames if not frame.empty]
    caption = (
        f"{target}: gain and forgetting by how the frozen base is stored, each against the base stored in that way. "
        f"Bars are 95 % intervals.{_left_out(arms, stored, _line)}"
    )
    return beside(panels, name, target, f"Quantization levels on {target}", caption)


def quantization_alone(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """What storing the base in fewer bits costs before training. Every target has the same: drawn for the first."""
    losses = {arm.quantization: quantization_loss(arm) for arm in base_arms(results, target)}
    rows = [{"quantization": level, "loss": POINTS.scale * loss} for level, loss in losses.items() if loss is not None]
    if target != targets(results)[0] or len(rows) < 2:
        return None
    y = alt.Y("loss:Q", title="Drop in accuracy (points)")
    bars = alt.Chart(data(pd.DataFrame(rows))).mark_bar(color=MUTED, size=26, opacity=0.75)
    chart = bars.encode(_storage(list(losses)), y).properties(width=WIDTH, height=HEIGHT)
    cost = "what storing it in fewer bits costs on the general tasks before any training"
    caption = f"Base model: {cost}; not part of forgetting."
    return figure(chart, name, "", "Loss by quantization alone", caption)


LADDER, LADDER_WIDTH, LADDER_HEIGHT = Look(line=(1.6, 0.6), bar=(1.5, 0.6), size=80), 430, 250
SIDE_BY_SIDE = 14
"""Pixels between the two arms of a target, so that their intervals stand side by side."""


def ladder(arms: list[ArmResult], gains: Unit | None, known: list[Mark], name: str, caption: str) -> Figure | None:
    """A line per method over the targets of its arms, gain beside forgetting; None where nothing was measured.

    Args:
        arms: in the order of their targets, the two of one target one after the other.
        gains: what gains are in; None where targets share no unit.
    """
    order = list(dict.fromkeys(arm.target_task for arm in arms))
    x = alt.X("target:N", sort=order, title=None, scale=alt.Scale(domain=order), axis=alt.Axis(labelAngle=0))
    panels = []
    for measure, title in _measures(gains or POINTS)[gains is None :]:
        rows = [(arm.target_task, arm.arm, method_label(arm), *found) for arm in arms if (found := measure(arm))]
        if rows:
            frame = pd.DataFrame(rows, columns=["target", "arm", "method", "value", "low", "high"])
            y = alt.Y("value:Q", title=title), alt.Y("low:Q", title=title)
            layers = side_by_side(frame, "method", x, y, known, LADDER, SIDE_BY_SIDE)
            panels.append(alt.layer(*layers).properties(width=LADDER_WIDTH, height=LADDER_HEIGHT))
    return beside(panels, name, "", "Domain shift", caption)


def _storage(levels: list[str]) -> alt.X:
    return alt.X("quantization:N", title="Stored base", axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=levels))


def _measures(gains: Unit) -> list[tuple[Read, str]]:
    """Gain in its unit, and forgetting."""
    return [
        (in_unit(gain, gains), f"Gain ({gains.name or 'metric'})"),
        (in_unit(forgetting, POINTS), "Forgetting (points)"),
    ]


def _costs(arms: list[ArmResult]) -> list[tuple[Read, str]]:
    """Memory and time of training, where any of the arms trains; without intervals."""
    size, unit = memory_unit(max((arm.cost.peak_memory_bytes or 0 for arm in arms), default=0))
    return [
        (lambda arm: _exact(arm, arm.cost.peak_memory_bytes, size), f"Memory while training ({unit})"),
        (lambda arm: _exact(arm, arm.cost.train_s, 1), "Training time (seconds)"),
    ]


def _exact(arm: ArmResult, found: float | None, divisor: float) -> Triple | None:
    return (found / divisor,) * 3 if found is not None and arm.trains else None


def _line(arm: ArmResult) -> str:
    """Method and rank: what the levels of quantization of one line share."""
    return method_label(arm) if arm.rank is None else f"{method_label(arm)} {arm.rank}"


def _few_lines(arms: list[ArmResult], line: Callable[[ArmResult], str]) -> list[ArmResult]:
    """The arms of the `MOST_CELLS` lines that reach the largest gains."""
    best: dict[str, float] = {}
    for arm in arms:
        best[line(arm)] = max(best.get(line(arm), -math.inf), (gain(arm) or (-math.inf,))[0])
    kept = sorted(best, key=lambda name: -best[name])[:MOST_CELLS]
    return [arm for arm in arms if line(arm) in kept]


def _left_out(shown: list[ArmResult], of: list[ArmResult], line: Callable[[ArmResult], str]) -> str:
    return left_out(len({line(arm) for arm in shown}), len({line(arm) for arm in of}), "the table of arms", "lines")


def _at_several(
    arms: list[ArmResult], level: Callable[[ArmResult], object], line: Callable[[ArmResult], str]
) -> list[ArmResult]:
    """Those whose line has several levels."""
    return [arm for arm in arms if len({level(one) for one in arms if line(one) == line(arm)}) > 1]


def _frame(arms: list[ArmResult], measure: Read) -> pd.DataFrame:
    rows = [
        (arm.arm, method_label(arm), arm.rank, arm.quantization, _line(arm), *found)
        for arm in arms
        if (found := measure(arm)) is not None
    ]
    return pd.DataFrame(rows, columns=["arm", "method", "rank", "quantization", "line", "value", "low", "high"])


def _panel(
    frame: pd.DataFrame,
    x: alt.X,
    title: str,
    known: list[Mark],
    line: str,
    reference: Triple | None,
    from_zero: bool = False,
) -> Drawing:
    """A line per method over its levels, intervals as bars; a panel each where there are too many for one."""
    many = frame[line].nunique() > MOST_LINES
    title_here = None if many else title
    scale, axis = alt.Scale(zero=from_zero, nice=True), alt.Axis(tickCount=3 if many else 6)
    y = alt.Y("value:Q", title=title_here, scale=scale, axis=axis), alt.Y("low:Q", title=title_here)
    frame = frame.assign(reference=reference and reference[0])
    look = Look(line=(2, alt.Undefined), bar=(1.4, 0.55), size=45 if many else 75)
    layers = intervals(alt.Chart(), x, y, known, look, alt.Detail(f"{line}:N"))
    if reference is not None:
        rule = alt.Chart().mark_rule(color=MUTED, strokeDash=[5, 4], strokeWidth=1.4)
        layers.insert(0, rule.encode(alt.Y("mean(reference):Q", title=title_here)))
    layered = alt.layer(*layers, data=data(frame))
    if many:
        return apart(layered, line, frame[line], *CELL).properties(title=title)
    return layered.properties(width=WIDTH, height=HEIGHT)
