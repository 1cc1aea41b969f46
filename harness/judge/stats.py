"""Statistics of paired comparisons: pure, deterministic, numpy and scipy only.

Scores come as arrays `(seeds, items)`: the same items under several seeds. Items that share a template or a passage
form a cluster. The variance of a mean is that between clusters plus that between seeds, less what an item does under
one seed alone, which both of them hold (two-way clustering; Cameron, Gelbach & Miller 2011); intervals are Student's,
with the degrees of freedom that clusters and seeds leave. Nothing is drawn: 2,000 resamples cannot show a p-value small
enough for a hundred tests, and bound intervals of few seeds badly. statsmodels has robust covariances by one grouping
with large-sample degrees of freedom, and no correction at a ceiling.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit
from scipy.stats import norm

Floats = NDArray[np.float64]

POWER = 0.8
FEWEST_DF = 2.0
MANY = 1e9
"""Degrees of freedom of what is known for certain."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its two-sided interval; bounds are NaN where fewer than two clusters allow none."""

    value: float
    low: float
    high: float
    p: float = 1.0
    """Two-sided p-value that the true value is 0."""
    center: float = math.nan
    """Of the interval: the value, drawn a little towards 0 where scores are right or wrong."""
    error: float = 0.0
    """Standard error."""
    df: float = MANY

    @property
    def bounds(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def detectable(self) -> float:
        """The smallest true value that as many items and seeds would show in four of five cases."""
        return self.error * float(stdtrit(self.df, 0.975) + stdtrit(self.df, POWER))

    def bound(self, confidence: float) -> tuple[float, float]:
        """One-sided bounds, each of which holds with this confidence."""
        half = self.error * float(stdtrit(self.df, confidence))
        return self.center - half, self.center + half

    @property
    def equal_within(self) -> float:
        """The smallest margin within which the true value is shown to lie (two one-sided tests at 5 % each)."""
        return float(np.max(np.abs(self.bound(0.95))))

    def p_below(self, value: float) -> float:
        """One-sided p-value that the true value is not below this one."""
        if not self.error > 0:
            return 0.0 if self.center < value else 1.0
        return float(stdtr(self.df, (self.center - value) / self.error))


UNKNOWN = Interval(math.nan, math.nan, math.nan, math.nan, error=math.nan, df=math.nan)
"""Of what was not measured: results write None for all of it."""


class Clusters:
    """Which items of a task belong together.

    Attributes:
        sizes: `(clusters,)`, items of each.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Raises ValueError where there is no item."""
        if len(names) == 0:
            raise ValueError("no item to compare")
        _, self._index, self.sizes = np.unique(np.asarray(names, str), return_inverse=True, return_counts=True)

    @property
    def items(self) -> int:
        return len(self._index)

    @property
    def shares(self) -> Floats:
        """Of all items: `(clusters,)`."""
        return np.asarray(self.sizes / self.items, dtype=np.float64)

    def sums(self, values: Floats) -> Floats:
        """Sums of `values (seeds, items)` over each cluster: `(seeds, clusters)`."""
        return np.stack([np.bincount(self._index, weights=row, minlength=len(self.sizes)) for row in values])


@dataclass(frozen=True)
class Paired:
    """Differences on one task, `(seeds, items)`: after minus before, or candidate minus baseline.

    Attributes:
        right_or_wrong: every score on both sides is 0 or 1, so that a difference is -1, 0 or 1.
        same: both sides answered alike to the last digit, so that they are one model and nothing is left to chance.
    """

    differences: Floats
    clusters: Clusters
    right_or_wrong: bool = False
    same: bool = False

    def __post_init__(self) -> None:
        if self.differences.ndim != 2 or self.differences.shape[1] != self.clusters.items:
            raise ValueError(f"differences {self.differences.shape} for {self.clusters.items} items")
        if not np.isfinite(self.differences).all():
            raise ValueError("differences contain NaN or infinity")

    def times(self, factor: float) -> "Paired":
        kind = self.right_or_wrong and abs(factor) == 1
        return Paired(factor * self.differences, self.clusters, kind, self.same)

    def minus(self, other: "Paired") -> "Paired":
        """The difference of two changes of the same items under the same seeds."""
        kind = self.right_or_wrong and other.right_or_wrong
        return Paired(self.differences - other.differences, self.clusters, kind, self.same and other.same)

    @cached_property
    def seeds(self) -> int:
        return len(self.differences)

    @cached_property
    def mean(self) -> float:
        return float(self.differences.mean())

    @cached_property
    def by_seed(self) -> Floats:
        """Means over items: `(seeds,)`."""
        return np.asarray(self.differences.mean(axis=1), dtype=np.float64)

    @cached_property
    def _parts(self) -> tuple[Floats, Floats, Floats]:
        """What each cluster adds to the mean beyond its share of it: by seed, over seeds, and what is left of both."""
        sums = self.clusters.sums(self.differences) / self.clusters.items - self.clusters.shares * self.mean  # (S, C)
        over = sums.mean(axis=0)
        return sums, over, sums - over - np.outer(sums.sum(axis=1), self.clusters.shares)

    @property
    def _correction(self) -> float:
        count = len(self.clusters.sizes)
        return count / (count - 1) if count > 1 else math.nan

    @cached_property
    def variance(self) -> float:
        """Of the mean, from cluster to cluster; NaN for a single cluster."""
        return self._correction * float((self._parts[1] ** 2).sum())

    @cached_property
    def variance_within(self) -> float:
        """Of the mean, from what an item does under one seed alone: a part of both other variances."""
        seeds = self.seeds
        return self._correction * float((self._parts[2] ** 2).sum()) / (seeds * (seeds - 1)) if seeds > 1 else 0.0

    @cached_property
    def variance_of_items(self) -> float:
        """Of the mean, were no two items alike."""
        items = self.differences.mean(axis=0)
        return float(items.var(ddof=1)) / len(items) if len(items) > 1 else math.nan

    @cached_property
    def events(self) -> int:
        """Items that differ from what most items do: what any estimate of variance rests on."""
        items = self.differences.mean(axis=0)
        return int((items != np.median(items)).sum())

    @property
    def left_out(self) -> Floats:
        """Means without each of the clusters: `(clusters,)`."""
        sums, sizes = self.clusters.sums(self.differences).mean(axis=0), self.clusters.sizes
        rest = self.clusters.items - sizes
        return np.divide(sums.sum() - sums, rest, out=np.full(len(sizes), np.nan), where=rest > 0)


@dataclass(frozen=True)
class SeedNoise:
    """How much the mean of one trained model varies from seed to seed, and how well that is known."""

    variance: float
    """Between seeds, of the mean over tasks."""
    df: float
    """Degrees of freedom of the estimate."""

    @property
    def of_difference(self) -> "SeedNoise":
        """Of the difference of two trained models, which varies twice as much as one."""
        return SeedNoise(2 * self.variance, self.df)


def pooled_noise(groups: Iterable[Sequence[float]]) -> SeedNoise | None:
    """Noise within groups of values, one per seed; None where no group has two."""
    several = [group for group in groups if len(group) > 1]
    df = sum(len(group) - 1 for group in several)
    squares = sum(float(np.var(group, ddof=1)) * (len(group) - 1) for group in several)
    return SeedNoise(squares / df, df) if df else None


PRIOR_DF = 4.0
"""What the other arms' seed noise counts at most, beside an arm's own: as much as five seeds of its own would."""


def moderated(own: SeedNoise, others: SeedNoise | None) -> SeedNoise:
    """An arm's seed noise, steadied by that of the other arms (moderated t, Smyth 2004).

    Two seeds alone leave one degree of freedom, and intervals that say nothing. Arms on the same target vary
    by amounts of the same order, so their pooled variance counts as well, up to `PRIOR_DF`. An arm whose
    seeds agree to the last item stands at a ceiling or a floor, where the noise of others says nothing.
    """
    if others is None or not others.df > 0 or not own.variance > 0:
        return own
    weight = min(others.df, PRIOR_DF)
    variance = (weight * others.variance + own.df * own.variance) / (weight + own.df)
    return SeedNoise(variance, weight + own.df)


@dataclass(frozen=True)
class Spread:
    """Where the noise of a mean comes from, as variances of that mean."""

    items: float
    """Between clusters: what would shrink with more of them."""
    items_df: float
    seeds: float = 0.0
    """Between seeds: what would shrink with more of them."""
    seeds_df: float = math.inf
    both: float = 0.0
    """What an item does under one seed alone: held by either of the two, and counted once."""

    @property
    def parts(self) -> list[tuple[float, float]]:
        """Variances that add up, each with its degrees of freedom.

        What both hold is taken off once. Not where seeds leave less than two degrees of freedom: the noise of seeds is
        then known too badly to take anything off, and intervals would hold the truth in 87 of 100 cases.
        """
        if self.seeds_df < FEWEST_DF:
            return [(self.items, self.items_df), (self.seeds, self.seeds_df)]
        if self.seeds > self.both:
            return [(max(0.0, self.items - self.both), self.items_df), (self.seeds, self.seeds_df)]
        return [(self.items, self.items_df)]

    @property
    def total(self) -> float:
        return sum(variance for variance, _ in self.parts)

    @property
    def df(self) -> float:
        """Those at which Student's 95 % interval is as wide as those of the parts together, each at its own.

        Satterthwaite's are too many where a part has one or two.
        """
        parts = [(variance, df) for variance, df in self.parts if variance > 0]
        if not parts:
            return MANY
        few, many = min(df for _, df in parts), max(df for _, df in parts)
        wide = math.sqrt(sum(variance * stdtrit(df, 0.975) ** 2 for variance, df in parts) / self.total)
        if not stdtrit(many, 0.975) < wide < stdtrit(few, 0.975):
            return few
        return float(brentq(lambda df: stdtrit(df, 0.975) - wide, few, many))


def added(parts: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The sum of independent variances, each with its degrees of freedom, and those of the sum (Satterthwaite)."""
    known = list(parts)
    total, weighed = sum(one for one, _ in known), sum(one**2 / df for one, df in known if df)
    return total, total**2 / weighed if weighed > 0 else float(sum(df for _, df in known))


def means_by_seed(tasks: Sequence[Paired]) -> Floats:
    """Of the mean differences, over tasks: `(seeds,)`."""
    return np.asarray(np.mean([task.by_seed for task in tasks], axis=0), dtype=np.float64)


PRIOR_ICC, PRIOR_EVENTS = 0.1, 4.0
"""How much alike the items of a cluster are taken to be where hardly one of them differs from the rest: the prior's
correlation within clusters, and how many differing items it counts as."""


def spread_of(tasks: Sequence[Paired], others: SeedNoise | None = None) -> Spread:
    """Of the mean over tasks of the mean difference. A seed is one trained model, so it moves all tasks at once.

    Args:
        others: seed noise of comparable arms, which steadies that of few seeds.

    Raises:
        ValueError: no task, or tasks with different numbers of seeds.
    """
    if not tasks:
        raise ValueError("no task to compare")
    if len({task.seeds for task in tasks}) > 1:
        raise ValueError("tasks were measured under different numbers of seeds")
    count, seeds = len(tasks), tasks[0].seeds
    items, df = added((task.variance / count**2, len(task.clusters.sizes) - 1) for task in tasks)
    if seeds == 1:
        return Spread(items, df)
    noise = moderated(SeedNoise(float(means_by_seed(tasks).var(ddof=1)), seeds - 1), others)
    both = sum(task.variance_within for task in tasks) / count**2
    return Spread(items, df, noise.variance / seeds, noise.df, both)


def effective_items(tasks: Sequence[Paired]) -> float:
    """How many items that share nothing would tell as much of the mean over tasks.

    Items of a cluster are as much alike as they show; where next to none differs from the rest they show nothing,
    and the prior counts.
    """
    count = len(tasks)
    alone = count**2 / sum(1 / task.clusters.items for task in tasks)
    alike = float(np.mean([(task.clusters.shares * task.clusters.sizes).sum() for task in tasks])) - 1
    if not alike > 0:
        return alone
    of_items = sum(task.variance_of_items for task in tasks)
    ratio = sum(task.variance for task in tasks) / of_items if of_items > 0 else 1.0
    seen, events = min(max((ratio - 1) / alike, 0.0), 1.0), sum(task.events for task in tasks)
    icc = (events * seen + PRIOR_EVENTS * PRIOR_ICC) / (events + PRIOR_EVENTS)
    return alone / (1 + alike * icc)


def mean_interval(tasks: Sequence[Paired], confidence: float = 0.95, others: SeedNoise | None = None) -> Interval:
    """Interval of the mean over tasks of the mean difference, over items and seeds together.

    Where items are right or wrong, one more item that got better and one that got worse are counted in (Bonett & Price
    2012, for pairs that share nothing; here with the effective number of items): without them an interval at a ceiling
    or a floor has no width. A single seed shows item noise alone.

    Args:
        others: seed noise of comparable arms, which steadies that of few seeds.

    Raises:
        ValueError: no task, or tasks with different numbers of seeds.
    """
    spread, value = spread_of(tasks, others), round(float(np.mean([task.mean for task in tasks])), 12)
    if all(task.same for task in tasks):
        return Interval(value, value, value, center=value)
    if min(len(task.clusters.sizes) for task in tasks) < 2:
        return Interval(value, math.nan, math.nan, math.nan, error=math.nan, df=math.nan)
    if all(task.right_or_wrong for task in tasks):
        return bounded(value, spread, effective_items(tasks), confidence)
    return interval_of(value, value, spread, confidence)


def bounded(value: float, spread: Spread, items: float, confidence: float = 0.95) -> Interval:
    """The interval of a mean of -1, 0 and 1 over this many effective items, one of each end counted in."""
    center, square = value * items / (items + 2), items * spread.items + value**2
    variance = ((items * square + 2) / (items + 2) - center**2) / (items + 2)
    more = Spread(variance, spread.items_df, spread.seeds, spread.seeds_df, spread.both)
    found = interval_of(value, center, more, confidence)
    # The value itself lies inside, and no interval reaches beyond what can be.
    low, high = max(-1.0, min(found.low, value)), min(1.0, max(found.high, value))
    return Interval(value, low, high, found.p, center, found.error, found.df)


def interval_of(value: float, center: float, spread: Spread, confidence: float = 0.95) -> Interval:
    """Student's interval with this spread."""
    error, df = math.sqrt(spread.total), spread.df
    half = error * float(stdtrit(df, (1 + confidence) / 2))
    p = 2 * float(stdtr(df, -abs(center) / error)) if error > 0 else float(center == 0)
    # What agrees may differ in the last bits of a float; an interval of no width is to have none.
    return Interval(value, round(center - half, 12), round(center + half, 12), p, center, error, df)


def minimum_detectable_difference(discordant: float, items: int, power: float = 0.8, confidence: float = 0.95) -> float:
    """Smallest true difference in accuracy that `items` paired items would show with this power.

    Normal approximation with the discordant share as the variance of one paired difference
    (Miettinen 1968): item noise alone.

    Raises:
        ValueError: no items, or a share outside 0..1.
    """
    if items < 1 or not 0 <= discordant <= 1:
        raise ValueError(f"{items} items, discordant share {discordant}")
    z = norm.ppf(1 - (1 - confidence) / 2) + norm.ppf(power)
    return float(z * np.sqrt(discordant / items))


def retention(before: float, after: float, chance: float) -> float | None:
    """Chance-corrected share of an ability that is left; None where there was none to lose."""
    return None if before <= chance else (after - chance) / (before - chance)
