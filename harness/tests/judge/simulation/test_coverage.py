"""Does a 95 % interval hold the truth in 95 of 100 cases, with few clusters, at a ceiling, under few seeds?"""

import numpy as np
import pytest

from harness.judge.stats import mean_interval
from harness.tests.judge.simulation.truth import RUNS, World, at_most

pytestmark = pytest.mark.slow

SHARES = (0.5, 0.9, 0.98, 0.99, 0.995, 0.998)


def covered(world: World, runs: int) -> float:
    """Share of simulated comparisons whose interval holds the truth."""
    rng = np.random.default_rng(0)
    found = [mean_interval([world.gained(rng)]) for _ in range(runs)]
    return float(np.mean([one.low <= world.p <= one.high for one in found]))


@pytest.mark.parametrize(
    "world",
    [
        World(0.5, seeds=1, clusters=5),
        World(0.9, seeds=1, clusters=8, icc=0.3),
        World(0.9, seeds=2, clusters=12, icc=0.1),
        World(0.998, seeds=1, clusters=200),
        World(0.99, seeds=4, clusters=25, icc=0.1),
        World(0.5, seeds=12, clusters=50),
    ],
    ids=str,
)
def test_intervals_hold_the_truth_in_hard_corners(world: World) -> None:
    assert covered(world, 150) >= 0.89


@pytest.mark.release
@pytest.mark.parametrize("icc", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("seeds", [1, 2, 4, 12])
def test_intervals_hold_the_truth_everywhere(seeds: int, icc: float) -> None:
    """At least .93 in every corner."""
    least = 1.0
    for clusters in (5, 8, 12, 25, 50, 200):
        row = [covered(World(p, seeds, clusters, icc), RUNS) for p in SHARES if clusters < 200 or icc == 0]
        if row:
            print(f"| {seeds} | {icc:g} | {clusters} | " + " | ".join(f"{one:.3f}" for one in row) + " |")
            least = min(least, *row)
    assert 1 - least <= at_most(0.07)


def test_two_clusters_cover_and_one_says_nothing() -> None:
    assert covered(World(0.5, seeds=1, clusters=2, icc=0.1), 200) >= 0.91
    alone = mean_interval([World(0.5, seeds=1, clusters=1).gained(np.random.default_rng(0))])
    assert np.isnan([alone.low, alone.high]).all()
