"""Statistics of paired comparisons: pure, seeded, numpy and scipy only.

Scores come as arrays `(seeds, items)`: the same items under several seeds. Items that share a template
or a passage form a cluster and are drawn together; seeds and clusters are resampled at once, because
item noise and seed noise are different things and an item bootstrap alone ignores the second.
"""

from collections.abc import Sequence
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

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


class ClusterDraws:
    """Resampling weights for the clusters of one task, drawn once and shared by every comparison on it.

    Sharing the draws makes comparisons of many arms cheap, and their intervals comparable.

    Attributes:
        weights: `(resamples, clusters)`, how often each cluster was drawn.
        sizes: `(clusters,)`, items per cluster.
    """

    def __init__(self, clusters: Sequence[str], rng: np.random.Generator, resamples: int = 2000) -> None:
        if len(clusters) == 0:
            raise ValueError("no item to compare")
        _, self._index, self.sizes = np.unique(np.asarray(clusters, str), return_inverse=True, return_counts=True)
        count = len(self.sizes)
        self.weights = rng.multinomial(count, np.full(count, 1 / count), size=resamples).astype(np.float64)

    @property
    def items(self) -> int:
        return len(self._index)

    def means(self, differences: Floats, seed_weights: Floats) -> Floats:
        """Means of `differences (seeds, items)` under `seed_weights (resamples, seeds)`: `(resamples,)`."""
        sums = np.zeros((len(self.sizes), differences.shape[0]))  # (C, S)
        np.add.at(sums, self._index, differences.T)
        totals = ((self.weights @ sums) * seed_weights).sum(axis=1)  # (B,)
        return np.asarray(totals / (self.weights @ self.sizes), dtype=np.float64)


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


def bootstrap_mean(tasks: Sequence[Paired], rng: np.random.Generator, confidence: float = 0.95) -> Interval:
    """Percentile interval of the mean over tasks of the mean difference.

    One draw of seeds serves all tasks (a seed is one trained model, evaluated on all of them);
    clusters are drawn per task. Davison & Hinkley 1997, section 3.8 (hierarchical resampling). Two seeds
    that differ by much more than their items explain still get too narrow an interval: 85 % instead of 95 %
    where seed noise is three times item noise.

    Raises:
        ValueError: no task, or tasks with different numbers of seeds or resamples.
    """
    if not tasks:
        raise ValueError("no task to compare")
    seeds = tasks[0].differences.shape[0]
    resamples = tasks[0].draws.weights.shape[0]
    if any(task.differences.shape[0] != seeds or task.draws.weights.shape[0] != resamples for task in tasks):
        raise ValueError("tasks were measured under different numbers of seeds or resamples")
    seed_weights = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples) / seeds  # (B, S)
    # Resampling S seeds shows only (S - 1) / S of their variance, half of it for two.
    seed_weights = 1 / seeds + (seed_weights - 1 / seeds) * np.sqrt(seeds / max(1, seeds - 1))
    means = np.mean([task.draws.means(task.differences, seed_weights) for task in tasks], axis=0)  # (B,)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    value = np.mean([task.differences.mean() for task in tasks])
    # Resamples that agree differ in the last bits of a float; an interval of no width is to have none.
    return Interval(*(round(float(number), 12) for number in (value, low, high)))


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
