"""Are the parts of noise found again where they are known?"""

import numpy as np
import pytest

from harness.judge.noise import Size, TaskNoise, pooled
from harness.judge.stats import Clusters, Paired

ITEMS, CLUSTERS, SEEDS = 200, 100, 4


def sample(
    rng: np.random.Generator, lasting: float, alone: float, alike: float, seed_sd: float, seeds: int = SEEDS
) -> dict[str, Paired]:
    """One arm's differences, of which every part is known."""

    def of_items(variance: float, count: int) -> np.ndarray:
        shared = rng.standard_normal((count, CLUSTERS))[:, np.arange(ITEMS) % CLUSTERS]
        own = rng.standard_normal((count, ITEMS))
        return np.sqrt(variance) * (np.sqrt(alike) * shared + np.sqrt(1 - alike) * own)

    found = of_items(lasting, 1) + of_items(alone, seeds) + seed_sd * rng.standard_normal((seeds, 1))
    return {"task": Paired(found, Clusters([str(item % CLUSTERS) for item in range(ITEMS)]))}


@pytest.mark.parametrize("alike", [0.0, 0.3])
def test_parts_are_found_again(alike: float) -> None:
    rng = np.random.default_rng(0)
    noise = pooled([sample(rng, 0.05, 0.1, alike, 0.03) for _ in range(60)])
    assert noise is not None
    found = noise.on("task")
    assert found.lasting == pytest.approx(0.05, rel=0.15)
    assert found.alone == pytest.approx(0.1, rel=0.1)
    assert found.alike == pytest.approx(alike, abs=0.06)
    assert noise.seeds == pytest.approx(0.03**2, rel=0.25)
    assert noise.seeds_df == 60 * (SEEDS - 1)


def test_noise_of_one_mean_is_that_of_its_interval() -> None:
    rng = np.random.default_rng(1)
    one = sample(rng, 0.05, 0.1, 0.2, 0.0)
    pair, noise = one["task"], pooled([one])
    assert noise is not None
    lasting, alone = noise.of_mean({"task": Size.of(pair.clusters)})
    assert lasting + alone / SEEDS == pytest.approx(pair.variance)
    assert alone / SEEDS == pytest.approx(pair.variance_within)


def test_one_seed_cannot_tell_what_lasts() -> None:
    rng = np.random.default_rng(2)
    noise = pooled([sample(rng, 0.05, 0.05, 0.0, 0.0, seeds=1) for _ in range(40)], lasting_share=0.7)
    assert noise is not None
    assert noise.seeds is None
    assert noise.on("task").lasting == pytest.approx(0.07, rel=0.1)
    assert noise.on("task").alone == pytest.approx(0.03, rel=0.1)


def test_arms_of_one_seed_stand_back_behind_those_of_several() -> None:
    rng = np.random.default_rng(3)
    several = sample(rng, 0.05, 0.05, 0.0, 0.0)
    assert pooled([several, sample(rng, 9.0, 9.0, 0.0, 0.0, seeds=1)]) == pooled([several])


def test_one_cluster_tells_nothing() -> None:
    pair = Paired(np.ones((2, 3)), Clusters(["a", "a", "a"]))
    assert pooled([{"task": pair}]) is None
    assert pooled([]) is None


def test_a_task_that_was_not_stored_is_as_the_others_are() -> None:
    rng = np.random.default_rng(4)
    noise = pooled([{**sample(rng, 0.05, 0.1, 0.1, 0.0), "other": sample(rng, 0.15, 0.3, 0.1, 0.0)["task"]}])
    assert noise is not None
    known = [noise.on("task"), noise.on("other")]
    assert noise.on("new").lasting == pytest.approx((known[0].lasting + known[1].lasting) / 2)


def test_larger_clusters_make_items_tell_less() -> None:
    noise = TaskNoise(0.1, 0.0, alike=0.5)
    alone, _ = noise.of_mean(Size(100, 100, 1.0))
    together, _ = noise.of_mean(Size(100, 20, 5.0))
    assert together == pytest.approx(3 * alone)
