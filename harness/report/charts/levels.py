"""Gain, forgetting and cost as rank, quantization or target changes."""

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from harness.report.charts.cost import memory_unit
from harness.report.charts.figure import MOST_LINES, MUTED, Figure, Mark
from harness.report.charts.lines import Drawing, Look, apart, beside, intervals, side_by_side
from harness.report.charts.scatter import Read, in_unit
from harness.report.charts.selection import left_out
from harness.report.charts.theme import data, figure, powers
from harness.report.model.arms import REFERENCE, forgetting, gain, measured_arms, method_label, quantization_place
from harness.report.words.numbers import POINTS, Triple, Unit, unit_of
from harness.report.words.phrases import value
from harness.schema.results import ArmResult, Results

WIDTH, HEIGHT = 205, 220
CELL = (112, 84, 4)
"""A panel per line, where there are more lines than one panel can show."""
MOST_CELLS = 20
"""Lines; each has a panel for every figure and every cost."""


def rank_curves(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Gain, forgetting and cost against rank; None where no method ran at two ranks."""
    measured = measured_arms(results, target)
    ranked = [arm for arm in measured if arm.rank and arm.quantization == "none"]
    arms, rest = _lines(ranked, lambda arm: arm.rank, method_label)
    if not arms:
        return None
    full = [arm for arm in measured if arm.arm == REFERENCE]
    ticks = powers([float(arm.rank or 1) for arm in arms], 2)
    axis = alt.Axis(values=ticks, format="d", grid=False, labelOverlap=True, labelSeparation=6)
    title = "Rank (log scale)" if all(arm.trains for arm in arms) else "Rank, or examples shown (log scale)"
    x = alt.X("rank:Q", title=title, scale=alt.Scale(type="log", base=2, padding=12), axis=axis)
    panels = [
        *_panels(arms, _measures(unit_of(arms[0].metric)), x, known, "method", full),
        *_panels(arms, _costs([*arms, *full]), x, known, "method", full, from_zero=True),
    ]
    caption = (
        f"{target}: gain, forgetting and what training takes against rank, unquantized. Bars are 95 % intervals; the "
        f"dashed line is full fine-tuning.{rest}"
    )
    return beside(panels, name, target, f"Rank curves on {target}", caption)


def quantization_levels(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """The same arms on a base stored in fewer bits; None where none ran at two levels."""
    arms, rest = _lines(measured_arms(results, target), lambda arm: arm.quantization, _line)
    if not arms:
        return None
    x = _storage(sorted({arm.quantization for arm in arms}, key=quantization_place))
    panels = _panels(arms, _measures(unit_of(arms[0].metric)), x, known, "line")
    caption = (
        f"{target}: gain and forgetting by how the frozen base is stored, each against the base stored in that way. "
        f"Bars are 95 % intervals.{rest}"
    )
    return beside(panels, name, target, f"Quantization levels on {target}", caption)


def storage_alone(losses: dict[str, float | None], name: str) -> Figure | None:
    """A bar per level of quantization; None where only one was measured."""
    rows = [{"quantization": level, "loss": POINTS.scale * loss} for level, loss in losses.items() if loss is not None]
    y = alt.Y("loss:Q", title="Drop in accuracy (points)")
    bars = alt.Chart(data(pd.DataFrame(rows))).mark_bar(color=MUTED, size=26, opacity=0.75)
    chart = bars.encode(_storage(list(losses)), y).properties(width=WIDTH, height=HEIGHT)
    cost = "what storing it in fewer bits costs on the general tasks before any training"
    caption = f"Base model: {cost}; not part of forgetting."
    return figure(chart, name, "", "Loss by quantization alone", caption) if len(rows) > 1 else None


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


Measures = list[tuple[Read, str]]
"""With the titles of their axes."""


def _measures(gains: Unit) -> Measures:
    """Gain in its unit, and forgetting."""
    titles = f"Gain ({gains.name or 'metric'})", "Forgetting (points)"
    return [(in_unit(gain, gains), titles[0]), (in_unit(forgetting, POINTS), titles[1])]


def _costs(arms: list[ArmResult]) -> Measures:
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


def _lines(
    arms: list[ArmResult], level: Callable[[ArmResult], object], line: Callable[[ArmResult], str]
) -> tuple[list[ArmResult], str]:
    """Arms of lines with several levels, the `MOST_CELLS` with the largest gains; what a caption says of the rest."""
    found: dict[str, list[ArmResult]] = {}
    for arm in arms:
        found.setdefault(line(arm), []).append(arm)
    best = {name: max(value(gain(arm)) for arm in own) for name, own in found.items() if len(set(map(level, own))) > 1}
    kept = sorted(best, key=lambda name: -best[name])[:MOST_CELLS]
    return [arm for arm in arms if line(arm) in kept], left_out(len(kept), len(best), "the table of arms", "lines")


def _panels(
    arms: list[ArmResult], measures: Measures, x: alt.X, known: list[Mark], line: str,
    full: Sequence[ArmResult] = (), from_zero: bool = False,
) -> list[Drawing]:  # fmt: skip
    """A panel per measure that some arm has, and a dashed line where full fine-tuning has it too."""
    columns = ["arm", "method", "rank", "quantization", "line", "value", "low", "high"]
    panels = []
    for measure, title in measures:
        rows = [
            (arm.arm, method_label(arm), arm.rank, arm.quantization, _line(arm), *found)
            for arm in arms
            if (found := measure(arm)) is not None
        ]
        if rows:
            reference = next((found[0] for arm in full if (found := measure(arm))), None)
            frame = pd.DataFrame(rows, columns=columns).assign(reference=reference)
            panels.append(_panel(frame, x, title, known, line, from_zero))
    return panels


def _panel(frame: pd.DataFrame, x: alt.X, title: str, known: list[Mark], line: str, from_zero: bool) -> Drawing:
    """A line per method over its levels, intervals as bars; a panel each where there are too many for one."""
    many = frame[line].nunique() > MOST_LINES
    named = None if many else title
    scale, axis = alt.Scale(zero=from_zero, nice=True), alt.Axis(tickCount=3 if many else 6)
    y = alt.Y("value:Q", title=named, scale=scale, axis=axis), alt.Y("low:Q", title=named)
    look = Look(line=(2, alt.Undefined), bar=(1.4, 0.55), size=45 if many else 75)
    layers = intervals(alt.Chart(), x, y, known, look, alt.Detail(f"{line}:N"))
    if frame["reference"].notna().any():
        rule = alt.Chart().mark_rule(color=MUTED, strokeDash=[5, 4], strokeWidth=1.4)
        layers.insert(0, rule.encode(alt.Y("mean(reference):Q", title=named)))
    layered = alt.layer(*layers, data=data(frame))
    if many:
        return apart(layered, line, frame[line], *CELL).properties(title=title)
    return layered.properties(width=WIDTH, height=HEIGHT)
