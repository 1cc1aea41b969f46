"""How surely is one learning rate better than another? Standard errors of differences in validation nats.

A rate is chosen by the one-standard-error rule (Breiman et al. 1984, section 3.4.3): the smallest rate whose mean lies
within one standard error of the best one's. Smaller rates move the base less, so what cannot be told apart on the
target is decided in favour of what was known before. Nats are compared, not the metric: they still differ where every
answer is right, or none is, and one item says more of a rate than whether its answer was right.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def errors(nats: Mapping[float, Floats], clusters: Sequence[str]) -> dict[float, float]:
    """Of every rate the standard error of its mean less that of the best rate, over the same seeds and items.

    Args:
        nats: by rate, `(seeds, items)`.
        clusters: of the items.
    """
    best = min(nats.values(), key=lambda one: float(one.mean()))
    return {rate: standard_error(one - best, clusters) for rate, one in nats.items()}


def standard_error(differences: Floats, clusters: Sequence[str]) -> float:
    """Of the mean of `differences (seeds, items)`: seeds and clusters of items are both drawn, and crossed.

    The variances of both means are added, less that of what is left when both are taken off, which each of them holds
    already (Cameron, Gelbach & Miller 2011). One seed leaves the noise of items alone, one cluster that of seeds.
    """
    _, index, sizes = np.unique(np.asarray(clusters, str), return_inverse=True, return_counts=True)
    seeds, count = len(differences), len(sizes)
    sums = np.stack([np.bincount(index, weights=row, minlength=count) for row in differences]) / len(index)  # (S, C)
    off = sums - sums.sum(axis=1).mean() * sizes / len(index)
    by_seed, by_cluster = off.sum(axis=1), off.mean(axis=0)
    rest = off - by_cluster - by_seed[:, None] * sizes / len(index)
    of_seeds = float(np.square(by_seed).sum()) / (seeds * max(1, seeds - 1))
    of_items = float(np.square(by_cluster).sum()) * count / max(1, count - 1)
    both = float(np.square(rest).sum()) * count / (seeds * max(1, seeds - 1) * max(1, count - 1))
    return float(np.sqrt(max(of_seeds + of_items - both, of_seeds, of_items)))
