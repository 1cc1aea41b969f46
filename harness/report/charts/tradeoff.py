"""Gain against forgetting: the figure that the whole run is for."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from harness.report.arms import REFERENCE, Arm, forgetting, gain, measured_arms, method_label, metric
from harness.report.charts.theme import INK, MUTED, Figure, Mark, color, data, nice_domain, render, shape
from harness.report.numbers import POINTS, unit_of

WIDTH, HEIGHT = 480, 380
_CHARACTER, _LINE = 6.4, 14.0
_OFFSETS = ((9, -9, "left"), (9, 12, "left"), (-9, -9, "right"), (-9, 12, "right"), (9, -22, "left"), (9, 25, "left"),
            (-9, -22, "right"), (-9, 25, "right"))  # fmt: skip


@dataclass(frozen=True)
class Box:
    """Pixels that a mark or a label covers."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """Shared area."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, down)


def tradeoff(results: dict[str, Any], target: str, known: list[Mark], name: str) -> Figure | None:
    """Points with intervals both ways; None where no arm has both a gain and a forgetting."""
    arms = [arm for arm in measured_arms(results, target) if forgetting(arm) is not None]
    if not arms:
        return None
    unit = unit_of(metric(results, target))
    frame = _frame(arms, unit.scale)
    x_domain = nice_domain([*frame["forgot_low"], *frame["forgot_high"], 0.0])
    y_domain = nice_domain([*frame["gained_low"], *frame["gained_high"], 0.0])
    frame = _labelled(frame, x_domain, y_domain)
    x_scale, y_scale = alt.Scale(domain=x_domain, nice=False), alt.Scale(domain=y_domain, nice=False)
    x = alt.X("forgot:Q", title="Forgetting (points of accuracy) →", scale=x_scale, axis=alt.Axis(tickCount=7))
    y = alt.Y("gained:Q", title=f"Gain ({unit.name or 'metric'}) →", scale=y_scale, axis=alt.Axis(tickCount=7))
    points = alt.Chart(data(frame))
    across = points.mark_rule(strokeWidth=1.4, opacity=0.55).encode(
        alt.X("forgot_low:Q", scale=x_scale), y, alt.X2("forgot_high:Q"), color=color(known)
    )
    down = points.mark_rule(strokeWidth=1.4, opacity=0.55).encode(
        x, alt.Y("gained_low:Q", scale=y_scale), alt.Y2("gained_high:Q"), color=color(known)
    )
    dots = points.mark_point(filled=True, size=85, opacity=1).encode(x, y, color=color(known), shape=shape(known))
    layers = [
        *_ground(arms, results, target, unit.scale),
        across,
        down,
        dots,
        *_labels(frame, x, y),
        _better(),
    ]
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    caption = (
        f"{target}. Better is up and to the left. Bars are 95 % intervals; the dashed line is no forgetting; "
        "the band, where there is one, is equal gain with full fine-tuning."
    )
    return Figure(render(chart, name, f"Gain against forgetting on {target}"), caption)


def _frame(arms: list[Arm], scale: float) -> pd.DataFrame:
    rows = []
    for arm in arms:
        gained, forgot = gain(arm), forgetting(arm)
        if gained is None or forgot is None:
            continue
        label = arm["arm"] if len(arm["arm"]) <= 28 else f"{arm['arm'][:27]}…"
        row = {"method": method_label(arm), "label": label}
        row |= dict(zip(("gained", "gained_low", "gained_high"), (scale * bound for bound in gained), strict=True))
        row |= dict(zip(("forgot", "forgot_low", "forgot_high"), (POINTS.scale * one for one in forgot), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def _ground(arms: list[Arm], results: dict[str, Any], target: str, scale: float) -> list[alt.Chart]:
    """The line of no forgetting, and the band of equal gain with full fine-tuning."""
    zero = alt.Chart(data(pd.DataFrame({"x": [0.0]}))).mark_rule(color=MUTED, strokeDash=[4, 4]).encode(alt.X("x:Q"))
    margin = next((row["equal_gain_margin"] for row in results["comparisons"] if row["target_task"] == target), None)
    full = next((gain(arm) for arm in arms if arm["arm"] == REFERENCE), None)
    if margin is None or full is None:
        return [zero]
    band = pd.DataFrame({"low": [scale * (full[0] - margin)], "high": [scale * (full[0] + margin)]})
    area = alt.Chart(data(band)).mark_rect(color=MUTED, opacity=0.13).encode(alt.Y("low:Q"), alt.Y2("high:Q"))
    return [area, zero]


def _better() -> alt.Chart:
    corner = alt.Chart(data(pd.DataFrame({"text": ["↖ better"]})))
    return corner.mark_text(color=MUTED, align="left", baseline="top", fontStyle="italic").encode(
        x=alt.value(4), y=alt.value(2), text="text:N"
    )


def _labels(frame: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """One layer per position, since an offset belongs to a mark and not to a row."""
    layers = []
    align: Any
    for place, (dx, dy, align) in enumerate(_OFFSETS):
        rows = frame[frame["place"] == place]
        if len(rows):
            mark = alt.Chart(data(rows)).mark_text(
                align=align, dx=dx, dy=dy, baseline="middle", color=INK, fontSize=11.5
            )
            layers.append(mark.encode(x, y, text="label:N"))
    return layers


def _labelled(frame: pd.DataFrame, x_domain: list[float], y_domain: list[float]) -> pd.DataFrame:
    """`frame` with the position of each label that covers least of the points and labels before it."""
    across = (frame["forgot"] - x_domain[0]) / (x_domain[1] - x_domain[0]) * WIDTH
    down = (1 - (frame["gained"] - y_domain[0]) / (y_domain[1] - y_domain[0])) * HEIGHT
    taken = [Box(left - 7, top - 7, left + 7, top + 7) for left, top in zip(across, down, strict=True)]
    places = []
    for left, top, label in zip(across, down, frame["label"], strict=True):
        boxes = [_box(left, top, label, offset) for offset in _OFFSETS]
        covered = [sum(box.overlap(other) for other in taken) + 20 * _outside(box) for box in boxes]
        best = covered.index(min(covered))
        places.append(best)
        taken.append(boxes[best])
    return frame.assign(place=places)


def _box(left: float, top: float, label: str, offset: tuple[int, int, str]) -> Box:
    dx, dy, align = offset
    width = _CHARACTER * len(label)
    start = left + dx - (width if align == "right" else 0.0)
    return Box(start, top + dy - _LINE / 2, start + width, top + dy + _LINE / 2)


def _outside(box: Box) -> float:
    """Pixels beyond the plot."""
    return max(0.0, -box.left) + max(0.0, box.right - WIDTH) + max(0.0, -box.top) + max(0.0, box.bottom - HEIGHT)
