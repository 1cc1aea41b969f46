"""Answers to test items from models of which everything is known."""

import os
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from harness.judge.stats import Clusters, Floats, Paired

RUNS = int(os.environ.get("HARNESS_SIMULATIONS", "25"))
"""Simulations of each row of a table."""
ITEMS = 200
LASTING = 0.8
"""Share of what makes an item hard that is the same under every seed."""


@dataclass(frozen=True)
class World:
    """Items that are right with probability `p`, whichever cluster and seed they come from.

    Attributes:
        icc: how much alike the items of a cluster are (beta-binomial).
        seed_sd: how far a seed moves all items, in standard deviations of what makes one hard; 0 with a single seed,
            whose interval is about that one model.
    """

    p: float
    seeds: int
    clusters: int
    icc: float = 0.0
    items: int = ITEMS
    seed_sd: float = 0.15

    def answers(self, rng: np.random.Generator) -> tuple[Floats, list[str]]:
        """Right (1) or wrong (0), `(seeds, items)`, and the items' clusters."""
        where = np.arange(self.items) % self.clusters
        shares = np.full(self.items, self.p)
        if self.icc > 0:
            both = 1 / self.icc - 1
            drawn = rng.beta(self.p * both, (1 - self.p) * both, self.clusters)
            shares = np.clip(drawn, 1e-12, 1 - 1e-12)[where]
        moved = self.seed_sd if self.seeds > 1 else 0.0
        hard = np.sqrt(LASTING) * rng.standard_normal(self.items)
        hard = hard + np.sqrt(1 - LASTING) * rng.standard_normal((self.seeds, self.items))
        hard = hard + moved * rng.standard_normal((self.seeds, 1))
        right = hard < norm.ppf(shares) * np.sqrt(1 + moved**2)
        return right.astype(np.float64), [str(one) for one in where]

    def gained(self, rng: np.random.Generator) -> Paired:
        """From a base that has nothing right: the true difference is `p`."""
        scores, clusters = self.answers(rng)
        return Paired(scores, Clusters(clusters), right_or_wrong=True)


def at_most(share: float, runs: int = RUNS) -> float:
    """What a share that is at most this may look like in so many simulations: three standard errors more."""
    return share + 3 * float(np.sqrt(share * (1 - share) / runs))
