"""Gain and forgetting against each cost: small pictures that always stand, and one to choose the axes of."""

import math
from dataclasses import dataclass, replace

from harness.report.charts.figure import Figure, Mark, VegaLite
from harness.report.charts.scatter import CROWD, Axis, Read, frame_of, in_unit, level, limits, scatter, standing_out
from harness.report.charts.theme import figure, nice_domain, powers, specification
from harness.report.model.arms import forgetting, gain, measured_arms, metric, targets
from harness.report.words.numbers import POINTS, Unit, unit_of
from harness.schema.results import ArmResult, Results

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
    of: Read
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
    specs: dict[str, VegaLite]


def explorer(results: Results, known: list[Mark], name: str) -> Explorer | None:
    """None where no arm has both a gain and a cost."""
    figures: list[Figure] = []
    specs: dict[str, VegaLite] = {}
    shown: list[str] = []
    for target in targets(results):
        arms, units = measured_arms(results, target), {"gain": unit_of(metric(results, target)), "forgetting": POINTS}
        drawn = {
            f"{len(shown)}/{price.field}/{measure.key}": specification(chart)
            for price in PRICES
            for measure in MEASURES
            if (chart := _chart(arms, price, measure, units[measure.key], LARGE, known))
        }
        for price in (price for price in PRICES if price.field in MAIN):
            if small := _chart(arms, price, MEASURES[0], units["gain"], SMALL, known):
                said, place = f"ain against {price.title.lower()}", f"{name}-{len(figures)}"
                figures.append(figure(small, place, target, f"G{said} on {target}", f"{target}: g{said}."))
        specs |= drawn
        shown += [target] if drawn else []
    used = {part for key in specs for part in key.split("/")}
    prices = [(price.field, price.title) for price in PRICES if price.field in used]
    measures = [(measure.key, measure.title) for measure in MEASURES if measure.key in used]
    return Explorer(figures, prices, measures, shown, specs) if specs else None


def _chart(
    arms: list[ArmResult], price: Price, measure: Measure, unit: Unit, size: tuple[int, int], known: list[Mark]
) -> VegaLite | None:
    """None where fewer than two arms have both, or all cost the same."""
    frame = frame_of(arms, _cost(price), in_unit(measure.of, unit))
    if frame["x"].nunique() < 2:
        return None
    x, y = _cost_axis(price, list(frame["x"])), Axis(measure.title, measure.more_is_better)
    small, crowded = size == SMALL, len(frame) > CROWD
    best = standing_out(frame, x, y, FEW_NAMED if small else MOST_NAMED)
    frame = frame.assign(strong=best if crowded else True, named=best if crowded or small else True)
    if crowded:
        frame["label"] = frame["label"].where(frame["strong"], "")  # scripts name the others when they are pointed at
    y = replace(y, title=f"{measure.title} ({unit.name or 'metric'})", domain=limits(frame, "y"))
    return scatter(frame, x, y, WIDEST if crowded and not small else size, [level("y")], known)


def _cost(price: Price) -> Read:
    """Without an interval."""
    return lambda arm: (float(cost), math.nan, math.nan) if (cost := getattr(arm.cost, price.field)) else None


def _cost_axis(price: Price, values: list[float]) -> Axis:
    """Logarithmic where the costs lie far apart."""
    if max(values) < WIDE * min(values):
        low, high = nice_domain(values)
        return Axis(price.title, price.more_is_better, (max(0.0, low), high), format=price.format)
    low, high = (10**end for end in nice_domain([math.log10(value) for value in values]))
    return Axis(f"{price.title}, log scale", price.more_is_better, (low, high), True, _ticks(low, high), price.format)


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten between the limits, six at most; with twice and five times them where powers are few."""
    inside = [power for power in powers([low, high], 10) if low <= power <= high]
    if len(inside) > 2:
        return tuple(inside[:: -(-len(inside) // 6)])
    finer = (factor * power for power in powers([low, high], 10) for factor in (1, 2, 5))
    return tuple(tick for tick in finer if low <= tick <= high)
