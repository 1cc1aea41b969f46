"""Gain and forgetting against each cost: small pictures that always stand, and one to choose the axes of."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from harness.report.charts.scatter import CROWD, Axis, about, scatter, standing_out
from harness.report.charts.theme import MUTED, Figure, Mark, data, figure, nice_domain, specification
from harness.report.model.arms import Arm, Triple, forgetting, gain, measured_arms, metric, targets
from harness.report.words.numbers import POINTS, unit_of
from harness.schema.results import Results

LARGE, WIDEST, SMALL = (480, 360), (880, 480), (198, 190)
"""Pixels of a picture to explore, of one with a crowd of arms, and of one without scripts."""
MOST_NAMED, FEW_NAMED = 10, 4
WIDE = 8.0
"""Ratio of the largest cost to the smallest from which on its axis is logarithmic."""


@dataclass(frozen=True)
class Price:
    """One kind of cost."""

    field: str
    title: str
    format: str = "~s"
    more_is_better: bool = False


PRICES = (
    Price("peak_memory_bytes", "Memory while training (bytes)"),
    Price("trainable_params", "Trained parameters"),
    Price("artifact_bytes", "Size to keep (bytes)"),
    Price("train_s", "Training time (seconds)", "~r"),
    Price("flops_per_token", "Operations per training token (FLOPs)"),
    Price("forward_tokens_per_s", "Serving speed (tokens per second)", more_is_better=True),
    Price("forward_flops_per_token", "Operations per served token (FLOPs)"),
    Price("prompt_tokens", "Tokens read before an answer", "~r"),
    Price("usd", "Money for training (US dollars)", "$~r"),
)
MAIN = ("peak_memory_bytes", "trainable_params", "artifact_bytes", "train_s")
"""Those that stand in the page without scripts."""


@dataclass(frozen=True)
class Measure:
    """What is set against a cost."""

    key: str
    title: str
    of: Callable[[Arm], Triple | None]
    more_is_better: bool


MEASURES = (Measure("gain", "Gain", gain, True), Measure("forgetting", "Forgetting", forgetting, False))


@dataclass(frozen=True)
class Explorer:
    """Pictures of gain against cost.

    Attributes:
        figures: one per target and main cost, in the order of the targets.
        prices: costs that can be chosen: key and title.
        measures: what can be set against them: key and title.
        targets: those that have something to show.
        specs: Vega-Lite specification by `target/cost/measure`, the target by its place in `targets`.
    """

    figures: list[Figure]
    prices: list[tuple[str, str]]
    measures: list[tuple[str, str]]
    targets: list[str]
    specs: dict[str, dict[str, Any]]


def explorer(results: Results, known: list[Mark], name: str) -> Explorer | None:
    """None where no arm has both a gain and a cost."""
    figures: list[Figure] = []
    specs: dict[str, dict[str, Any]] = {}
    prices: dict[str, str] = {}
    measures: dict[str, str] = {}
    shown: dict[str, int] = {}
    for target in targets(results):
        arms = measured_arms(results, target)
        for price in PRICES:
            for measure in MEASURES:
                drawn = _chart(results, target, arms, price, measure, LARGE, known)
                if drawn is None:
                    continue
                place = shown.setdefault(target, len(shown))
                prices[price.field], measures[measure.key] = price.title, measure.title
                specs[f"{place}/{price.field}/{measure.key}"] = specification(drawn)
            small = _chart(results, target, arms, price, MEASURES[0], SMALL, known) if price.field in MAIN else None
            if small is not None:
                description = f"Gain against {price.title.lower()} on {target}"
                caption = f"{target}: {description[0].lower()}{description[1:].removesuffix(f' on {target}')}."
                figures.append(figure(small, f"{name}-{len(figures)}", target, description, caption))
    if not specs:
        return None
    order = [(price.field, price.title) for price in PRICES if price.field in prices]
    return Explorer(figures, order, list(measures.items()), list(shown), specs)


def _chart(
    results: Results,
    target: str,
    arms: list[Arm],
    price: Price,
    measure: Measure,
    size: tuple[int, int],
    known: list[Mark],
) -> dict[str, Any] | None:
    """None where fewer than two arms have both, or all cost the same."""
    unit = unit_of(metric(results, target)) if measure.key == "gain" else POINTS
    rows = [row for arm in arms if (row := _row(arm, price, measure, unit.scale)) is not None]
    frame = pd.DataFrame(rows)
    if frame.empty or frame["x"].nunique() < 2:
        return None
    x, y = _cost_axis(price, list(frame["x"])), Axis(measure.title, (0, 1), measure.more_is_better)
    small = size == SMALL
    best = standing_out(frame, x, y, FEW_NAMED if small else MOST_NAMED)
    crowded = len(frame) > CROWD
    frame = frame.assign(strong=best if crowded else True, named=best if crowded or small else True)
    if crowded:
        frame["label"] = frame["label"].where(frame["strong"], "")  # scripts name the others when they are pointed at
    seen = frame[frame["strong"]]
    low, high = nice_domain([*seen["y_low"], *seen["y_high"], *frame["y"], 0.0])
    y = Axis(f"{measure.title} ({unit.name or 'metric'})", (low, high), measure.more_is_better)
    zero = alt.Chart(data(pd.DataFrame({"y": [0.0]}))).mark_rule(color=MUTED, strokeDash=[6, 4]).encode(alt.Y("y:Q"))
    return scatter(frame, x, y, WIDEST if crowded and not small else size, [zero], known)


def _row(arm: Arm, price: Price, measure: Measure, scale: float) -> dict[str, Any] | None:
    found, cost = measure.of(arm), arm.cost.get(price.field)
    if found is None or not cost:
        return None
    value, low, high = (scale * bound for bound in found)
    return {**about(arm), "x": float(cost), "x_low": math.nan, "x_high": math.nan, "y": value, "y_low": low,
            "y_high": high}  # fmt: skip


def _cost_axis(price: Price, values: list[float]) -> Axis:
    """Logarithmic where the costs lie far apart."""
    if max(values) < WIDE * min(values):
        low, high = nice_domain(values)
        return Axis(price.title, (max(0.0, low), high), price.more_is_better, format=price.format)
    low, high = nice_domain([math.log10(value) for value in values])
    limits, title = (10**low, 10**high), f"{price.title}, log scale"
    return Axis(title, limits, price.more_is_better, True, _log_ticks(*limits), price.format)


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten between the limits, six at most; with twice and five times them where powers are few."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    powers = [10.0**exponent for exponent in exponents if low <= 10.0**exponent <= high]
    if len(powers) > 2:
        return tuple(powers[:: -(-len(powers) // 6)])
    return tuple(
        factor * 10.0**exponent
        for exponent in exponents
        for factor in (1, 2, 5)
        if low <= factor * 10.0**exponent <= high
    )
