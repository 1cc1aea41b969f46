"""Statistics of paired comparisons: pure, seeded, numpy and scipy only.

Scores come as arrays `(seeds, items)`: the same items under several seeds. Items that share a template
or a passage form a cluster and are drawn together; seed noise is added to every resample, because item
noise and seed noise are different things and an item bootstrap alone ignores the second.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate with its two-sided interval."""

    value: float
    low: float
    high: float
    p: float = 1.0
    """Two-sided p-value that the true value is 0: twice the share of resamples on the rarer side of it."""

    @property
    def bounds(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def detectable(self) -> float:
        """The smallest true value that as many items and seeds would show in four of five cases."""
        return (self.high - self.low) / 2 * float((norm.ppf(0.975) + norm.ppf(0.8)) / norm.ppf(0.975))


UNKNOWN = Interval(math.nan, math.nan, math.nan, math.nan)
"""Of what was not measured: results write None for all of it."""


class ClusterDraws:
    """Resampling weights for the clusters of one task, drawn once and shared by every comparison on it.

    Sharing the draws makes comparisons of many arms cheap, and their intervals comparable.

    Attributes:
        weights: `(resamples, clusters)`, how often each cluster was drawn.
        sizes: `(clusters,)`, items per cluster.
    """

    def __init__(
        self, clusters: Sequence[str], rng: np.random.Generator, resamples: int = 2000, weights: Floats | None = None
    ) -> None:
        """Draws, or takes the `weights` that were drawn for as many clusters before: they know no item.

        Raises:
            ValueError: no item, or weights for another number of clusters.
        """
        if len(clusters) == 0:
            raise ValueError("no item to compare")
        _, self._index, self.sizes = np.unique(np.asarray(clusters, str), return_inverse=True, return_counts=True)
        count = len(self.sizes)
        if weights is None:
            weights = rng.multinomial(count, np.full(count, 1 / count), size=resamples).astype(np.float64)
        if weights.shape[1] != count:
            raise ValueError(f"weights for {weights.shape[1]} clusters, {count} there")
        self.weights = weights
        self._drawn = weights @ self.sizes  # items in each resample: (B,)

    @property
    def items(self) -> int:
        return len(self._index)

    def means(self, differences: Floats) -> Floats:
        """Means of `differences (seeds, items)` over seeds and drawn items: `(resamples,)`."""
        sums = np.bincount(self._index, weights=differences.mean(axis=0), minlength=len(self.sizes))  # (C,)
        return np.asarray((self.weights @ sums) / self._drawn, dtype=np.float64)


@dataclass(frozen=True)
class Paired:
    """Differences on one task, `(seeds, items)`: after minus before, or candidate minus baseline."""

    differences: Floats
    draws: ClusterDraws

    def __post_init__(self) -> None:
        if self.differences.ndim != 2 or self.differences.shape[1] != self.draws.items:
            raise ValueError(f"differences {self.differences.shape} for {self.draws.items} items")
        if not np.isfinite(self.differences).all():
            raise ValueError("differences contain NaN or infinity")

    def times(self, sign: float) -> "Paired":
        return Paired(sign * self.differences, self.draws)


@dataclass(frozen=True)
class SeedNoise:
    """How much the mean of one trained model varies from seed to seed, and how well that is known."""

    variance: float
    """Between seeds, of the mean over tasks."""
    df: float
    """Degrees of freedom of the estimate."""


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


def bootstrap_mean(
    tasks: Sequence[Paired], rng: np.random.Generator, confidence: float = 0.95, others: SeedNoise | None = None
) -> Interval:
    """Interval of the mean over tasks of the mean difference, over items and seeds together.

    Clusters of items are resampled per task (Davison & Hinkley 1997). To each resample a draw of seed noise
    is added, from Student's t with the degrees of freedom that the seeds leave: a seed is one trained model,
    so one draw serves all tasks. Resampling two or three seeds themselves would show too little: intervals
    of two seeds then missed the truth four times as often as they should. A single seed shows item noise alone.

    Args:
        others: seed noise of comparable arms, which steadies that of few seeds.

    Raises:
        ValueError: no task, or tasks with different numbers of seeds or resamples.
    """
    if not tasks:
        raise ValueError("no task to compare")
    seeds = tasks[0].differences.shape[0]
    resamples = tasks[0].draws.weights.shape[0]
    if any(task.differences.shape[0] != seeds or task.draws.weights.shape[0] != resamples for task in tasks):
        raise ValueError("tasks were measured under different numbers of seeds or resamples")
    means = np.mean([task.draws.means(task.differences) for task in tasks], axis=0)  # (B,)
    if seeds > 1:
        per_seed = np.mean([task.differences.mean(axis=1) for task in tasks], axis=0)  # (S,)
        noise = moderated(SeedNoise(float(per_seed.var(ddof=1)), seeds - 1), others)
        means = means + np.sqrt(noise.variance / seeds) * rng.standard_t(noise.df, resamples)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    value = np.mean([task.differences.mean() for task in tasks])
    # Resamples that agree differ in the last bits of a float; an interval of no width is to have none.
    value, low, high = (round(float(number), 12) for number in (value, low, high))
    return Interval(value, low, high, _p_value(means))


def _p_value(means: Floats) -> float:
    """Davison & Hinkley 1997, section 4.4: one is added to both counts, so that no p-value is 0."""
    rounded = np.round(means, 12)
    rarer = min(int((rounded <= 0).sum()), int((rounded >= 0).sum()))
    return min(1.0, 2 * (1 + rarer) / (1 + len(means)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given (Holm 1979).

    Rejecting those that are at most alpha rejects a true hypothesis, any of them, with at most alpha.
    """
    given = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    adjusted = np.zeros(len(order))
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, np.arange(len(order), 0, -1) * given[order]))
    return [float(one) for one in adjusted]


def mcnemar(right_to_wrong: int, wrong_to_right: int) -> float:
    """Exact two-sided p-value that both directions of change are equally likely (McNemar 1947)."""
    changed = right_to_wrong + wrong_to_right
    return 1.0 if changed == 0 else float(binomtest(right_to_wrong, changed, 0.5).pvalue)


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
