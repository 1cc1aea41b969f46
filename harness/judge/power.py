"""What will a run be able to tell, before it runs? Power of the comparisons that judges make, from noise that is known.

The interval of a mean rests on two variances that are themselves estimated, of items and of seeds, each with its
degrees of freedom. So power is not that of a noncentral t with one number of them: both are integrated over, and judged
at every point as `stats` judges. With a single part it is the noncentral t's. statsmodels' classes of power know one
sample, one variance and no seeds.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.special import ndtr, stdtrit
from scipy.stats import chi2

from harness.judge.noise import Noise, Size
from harness.judge.stats import FEWEST_DF, MANY, POWER, Floats, SeedNoise, added, moderated

MOST_SEEDS = 1_000
MOST_ITEMS = 1_000_000.0
"""Further is nobody's plan."""
NOTHING = 1e-12
"""Of a standard error: what does not vary."""
POINTS_OF_ITEMS, POINTS_OF_SEEDS = 24, 96
"""Of the integral over each variance, at equal chances."""
_DFS = np.geomspace(1.0, MANY, 600)


@dataclass(frozen=True)
class Design:
    """A run as it is asked for: seeds of each arm, what is scored of every task, and arms that train on the target."""

    seeds: int
    sizes: Mapping[str, Size]
    arms: int = 1

    @property
    def items(self) -> float:
        """Of a task, in the mean."""
        return float(np.mean([size.items for size in self.sizes.values()]))

    def with_items(self, factor: float) -> "Design":
        return replace(self, sizes={task: size.times(factor) for task, size in self.sizes.items()})


@dataclass(frozen=True)
class Comparison:
    """What is compared, as noisy as this.

    Attributes:
        arm: noise of one arm against the base, where two arms are compared; None where it is one arm itself.
    """

    noise: Noise
    arm: Noise | None = None

    def shows(self, design: Design, difference: float, confidence: float = 0.95) -> float:
        """The chance that a true difference of this size is told from none; 0 where clusters allow no interval."""
        if not _has_interval(design):
            return 0.0
        judged = _Judged(self, design, difference)
        width = judged.half_width((1 + confidence) / 2)
        sides = [ndtr((sign * judged.center - width) / judged.error) for sign in (1.0, -1.0)]
        return float(np.mean(sides[0] + sides[1]))

    def equal(self, design: Design, margin: float) -> float:
        """The chance that no true difference is shown to lie within the margin (two one-sided tests at 5 %)."""
        if not _has_interval(design):
            return 0.0
        judged = _Judged(self, design, 0.0)
        room = (margin - judged.half_width(0.95)) / judged.error
        return float(np.mean(np.maximum(0.0, 2 * ndtr(room) - 1)))

    def smallest_difference(self, design: Design, confidence: float = 0.95) -> float | None:
        """What is shown in four of five cases; None where not even a difference of everything is."""
        return _smallest(lambda size: self.shows(design, size, confidence), 1.0 if self.noise.right_or_wrong else 1e6)

    def smallest_margin(self, design: Design) -> float | None:
        """Within which equality is shown in four of five cases, where there is no difference."""
        return _smallest(lambda size: self.equal(design, size), 1.0 if self.noise.right_or_wrong else 1e6)


def _has_interval(design: Design) -> bool:
    return min(size.clusters for size in design.sizes.values()) >= 2


class _Judged:
    """The comparison as it will be judged: its center, the spread of that, and the interval's widths.

    Widths come as `(POINTS_OF_ITEMS, POINTS_OF_SEEDS)`, each pair of estimates as likely as any other.
    """

    def __init__(self, comparison: Comparison, design: Design, difference: float) -> None:
        noise, seeds = comparison.noise, design.seeds
        lasting, alone = noise.of_mean(design.sizes)
        items, binary = lasting + alone / seeds, noise.right_or_wrong
        share = _effective(noise, design.sizes) if binary else math.inf
        if binary:  # who answers so many items otherwise has at least the noise of choosing them
            items = max(items, abs(difference) * (1 - abs(difference)) / share)
        of_seeds = (noise.seeds or 0.0) / seeds if seeds > 1 else 0.0
        shrunk = 1.0 if math.isinf(share) else share / (share + 2)
        self.center, self.error = shrunk * difference, max(NOTHING, shrunk * math.sqrt(items + of_seeds))
        df = items_df(noise, design.sizes)
        estimated = items * _estimates(df, POINTS_OF_ITEMS)[:, None]
        counted = estimated if math.isinf(share) else _one_of_each(estimated, difference, share)
        known = _of_seeds(comparison, design, alone)
        self._parts = _parts(counted, df, known, alone / seeds)

    def half_width(self, quantile: float) -> Floats:
        """Of the interval, from its center to the quantile."""
        (items, df), (of_seeds, seeds_df) = self._parts
        total = items + of_seeds
        wide = (items * _t(df) ** 2 + of_seeds * _t(seeds_df) ** 2) / np.where(total > 0, total, 1.0)
        reached = np.interp(np.sqrt(wide), _quantiles(0.975)[::-1], _quantiles(quantile)[::-1])
        return np.asarray(np.sqrt(total) * reached, dtype=np.float64)


Part = tuple[Floats, float]
"""Estimates of a variance, and their degrees of freedom."""


def _parts(items: Floats, df: float, seeds: Part | None, both: float) -> tuple[Part, Part]:
    """As `Spread.parts`: what items and seeds both hold is taken off once, where seeds are known well enough."""
    if seeds is None:
        return (items, df), (np.zeros((1, 1)), FEWEST_DF)
    known, seeds_df = seeds
    if seeds_df < FEWEST_DF:
        return (items, df), seeds
    more = known > both
    return (np.where(more, np.maximum(0.0, items - both), items), df), (np.where(more, known, 0.0), seeds_df)


def _of_seeds(comparison: Comparison, design: Design, alone: float) -> Part | None:
    """Estimates of the variance between seeds, steadied by the other arms of the run; None for a single seed."""
    df, noise = design.seeds - 1, comparison.noise
    if df == 0:
        return None
    own = SeedNoise((noise.seeds or 0.0) + alone, df)
    one = own if comparison.arm is None else _of_difference(comparison.arm, design)
    others = SeedNoise(one.variance, design.arms * df) if design.arms > 1 else None
    judged = moderated(own, others)
    sampled = _sampled_df(df, design.arms, judged.df - df)
    return judged.variance / design.seeds * _estimates(sampled, POINTS_OF_SEEDS)[None, :], judged.df


def _of_difference(arm: Noise, design: Design) -> SeedNoise:
    alone = arm.of_mean(design.sizes)[1]
    return SeedNoise((arm.seeds or 0.0) + alone, design.seeds - 1).of_difference


def _sampled_df(df: float, arms: int, weight: float) -> float:
    """How steady the steadied estimate is: that of the others holds the arm's own as well."""
    own, rest = (df + weight / arms) / (df + weight), weight * (arms - 1) / arms / (df + weight)
    squares = own**2 / df + (rest**2 / ((arms - 1) * df) if arms > 1 else 0.0)
    return 1 / squares


def items_df(noise: Noise, sizes: Mapping[str, Size]) -> float:
    """Degrees of freedom of the variance between clusters."""
    parts = [(sum(noise.on(task).of_mean(size)), max(1.0, size.clusters - 1)) for task, size in sizes.items()]
    return added(parts)[1]


def _effective(noise: Noise, sizes: Mapping[str, Size]) -> float:
    """Items that share nothing and tell as much, as `effective_items`."""
    alone = len(sizes) ** 2 / sum(1 / size.items for size in sizes.values())
    wider = [(size.together - 1) * noise.on(task).alike for task, size in sizes.items()]
    return float(alone / (1 + np.mean(wider)))


def _one_of_each(items: Floats, difference: float, count: float) -> Floats:
    """As `bounded`: one more item that got better and one that got worse are counted in."""
    square, center = count * items + difference**2, difference * count / (count + 2)
    return np.asarray(((count * square + 2) / (count + 2) - center**2) / (count + 2), dtype=np.float64)


@cache
def _estimates(df: float, points: int) -> Floats:
    """Estimates of a variance of 1 with so many degrees of freedom, each as likely as any other."""
    chances = (np.arange(points) + 0.5) / points
    return np.asarray(chi2.ppf(chances, df) / df, dtype=np.float64)


@cache
def _quantiles(quantile: float) -> Floats:
    """Student's, at every one of `_DFS`."""
    return np.asarray(stdtrit(_DFS, quantile), dtype=np.float64)


def _t(df: float) -> float:
    return float(stdtrit(df, 0.975))


def _smallest(chance: Callable[[float], float], most: float) -> float | None:
    """The smallest size that is seen in four of five cases."""
    if chance(most) < POWER:
        return None
    low, high = 0.0, most
    while high - low > 1e-3 * high:
        middle = (low + high) / 2 if low > 0 else high / 8
        low, high = (low, middle) if chance(middle) >= POWER else (middle, high)
    return high


def seeds_needed(design: Design, chance: Callable[[Design], float]) -> int | None:
    """The fewest seeds, two at least, under which the chance is four in five; None where `MOST_SEEDS` are too few."""

    def enough(seeds: int) -> bool:
        return chance(replace(design, seeds=seeds)) >= POWER

    if not enough(MOST_SEEDS):
        return None
    low, high = 1, MOST_SEEDS
    while high - low > 1:
        middle = min((low + high) // 2, 2 * low)
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def items_needed(design: Design, chance: Callable[[Design], float]) -> int | None:
    """The fewest items of a task at which the chance is four in five, in clusters as they are; None where no number is
    enough: then seeds are what limits."""
    fewest, most = 2 / min(size.clusters for size in design.sizes.values()), MOST_ITEMS / design.items
    if chance(design.with_items(most)) < POWER:
        return None
    low, high = math.log(min(1.0, fewest)), math.log(most)
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (low, middle) if chance(design.with_items(math.exp(middle))) >= POWER else (middle, high)
    return math.ceil(math.exp(high) * design.items)


@dataclass(frozen=True)
class Needed:
    """What it takes, with four in five chances.

    Attributes:
        seeds: with the design's items; None where no number is enough.
        items: of a task, under the design's seeds; None where no number is enough.
        with_more_items: items of a task and seeds, by doubling the items, where neither alone is enough, or the answers
            are less than half of those with seeds alone; None else.
    """

    seeds: int | None
    items: int | None
    with_more_items: tuple[int, int] | None = None


def needed(design: Design, chance: Callable[[Design], float]) -> Needed:
    """The ways to a chance of four in five. Items are none where there is one seed: it stands for no other."""
    seeds, items = seeds_needed(design, chance), items_needed(design, chance) if design.seeds > 1 else None
    larger = [design.with_items(2.0**doubled) for doubled in range(1, 11)]
    ways = [(math.ceil(one.items), seeds_needed(one, chance)) for one in larger if one.items <= MOST_ITEMS]
    known = [(number, fewest) for number, fewest in ways if fewest is not None]
    both = min(known, key=lambda one: one[0] * one[1], default=None)
    cheaper = both is not None and (seeds is None or 2 * both[0] * both[1] < seeds * design.items)
    return Needed(seeds, items, both if cheaper and items is None else None)


@dataclass(frozen=True)
class Outlook:
    """What a run can tell of one comparison, and what a difference or equality of the size asked for takes.

    Attributes:
        difference: the smallest that shows in four of five cases; None where none does.
        margin: the smallest that equality shows within in four of five cases, where there is no difference.
        to_show, to_equal: what the size asked for takes.
    """

    difference: float | None
    margin: float | None
    to_show: Needed
    to_equal: Needed


def outlook(comparison: Comparison, design: Design, size: float) -> Outlook:
    """Of the run as it is asked for, and of what a size takes: as a difference to show, and as a margin of equality, in
    the metric's own unit."""
    return Outlook(
        comparison.smallest_difference(design),
        comparison.smallest_margin(design),
        needed(design, lambda other: comparison.shows(other, size)),
        needed(design, lambda other: comparison.equal(other, size)),
    )
