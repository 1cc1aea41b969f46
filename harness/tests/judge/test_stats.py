"""Are intervals as wide as they should be, and p-values and detectable differences what the books say?"""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import bootstrap, norm, ttest_1samp

from harness.judge.stats import (
    ClusterDraws,
    Floats,
    Interval,
    Paired,
    SeedNoise,
    bootstrap_mean,
    holm,
    mcnemar,
    minimum_detectable_difference,
    moderated,
    retention,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def interval(differences: Floats, clusters: list[str] | None = None, seed: int = 0, resamples: int = 2000) -> Interval:
    """Of one task's differences `(seeds, items)`; every item is a cluster where none are given."""
    names = clusters or [str(item) for item in range(differences.shape[1])]
    draws = ClusterDraws(names, rng(seed), resamples)
    return bootstrap_mean([Paired(differences, draws)], rng(seed + 1))


def width(of: Interval) -> float:
    return of.high - of.low


def flips(seeds: int, items: int, share: float = 0.2, seed: int = 0) -> Floats:
    """Items that change from right to wrong, from wrong to right, or not at all."""
    return rng(seed).choice([-1.0, 0.0, 1.0], (seeds, items), p=[share / 2, 1 - share, share / 2])


def test_interval_equals_scipys_percentile_bootstrap() -> None:
    data = rng(3).exponential(1.0, (1, 200))
    ours = interval(data, resamples=9999)
    theirs = bootstrap((data[0],), np.mean, method="percentile", n_resamples=9999, rng=rng(4)).confidence_interval
    error = data.std() / np.sqrt(200)
    assert ours.value == pytest.approx(data.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.15 * error)
    assert ours.high == pytest.approx(theirs.high, abs=0.15 * error)


def test_cluster_interval_equals_the_one_over_cluster_means() -> None:
    """Equal clusters drawn whole are the same as their means drawn one by one."""
    data = rng(5).normal(0, 1, (1, 60))
    clusters = [str(item // 3) for item in range(60)]
    means = data.reshape(1, 20, 3).mean(axis=2)
    ours, theirs = interval(data, clusters, resamples=9999), interval(means, resamples=9999)
    assert width(ours) == pytest.approx(width(theirs), rel=0.05)


def test_identical_arms_differ_by_exactly_nothing() -> None:
    assert interval(np.zeros((3, 40))) == Interval(0.0, 0.0, 0.0)


def test_items_that_move_together_widen_the_interval() -> None:
    data = np.repeat(flips(1, 100), 2, axis=1)
    pairs = [str(item // 2) for item in range(200)]
    assert width(interval(data, pairs)) == pytest.approx(np.sqrt(2) * width(interval(data)), rel=0.1)


def test_seeds_that_disagree_widen_the_interval() -> None:
    data = flips(4, 100)
    offsets = np.array([[-0.2], [-0.1], [0.1], [0.2]])
    assert width(interval(data + offsets)) > 1.5 * width(interval(data))


def test_one_draw_of_seeds_serves_all_tasks() -> None:
    """A seed that is bad everywhere moves the mean over tasks as much as it moves each of them."""
    offsets = np.array([[-0.2], [-0.1], [0.1], [0.2]]) + np.zeros((4, 50))
    draws = [ClusterDraws([str(item) for item in range(50)], rng(seed)) for seed in range(5)]
    together, alone = (bootstrap_mean([Paired(offsets, one) for one in some], rng()) for some in (draws, draws[:1]))
    assert (together.low, together.high) == pytest.approx((alone.low, alone.high))


def test_seed_interval_is_that_of_a_t_test() -> None:
    """Without item noise, seeds alone: Student's t over their means."""
    offsets = np.array([[-0.2], [-0.1], [0.15], [0.2]]) + np.zeros((4, 50))
    found = interval(offsets, resamples=50_000)
    theirs = ttest_1samp(offsets[:, 0], 0.0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=0.05)


def test_other_arms_steady_the_noise_of_two_seeds() -> None:
    data = rng(2).normal(0, 0.1, (2, 100)) + np.array([[-0.1], [0.1]])
    draws = ClusterDraws([str(item) for item in range(100)], rng())
    alone, steadied = (
        bootstrap_mean([Paired(data, draws)], rng(1), others=others) for others in (None, SeedNoise(0.01, 8))
    )
    assert width(steadied) < width(alone) / 2


@pytest.mark.parametrize(
    ("own", "others", "variance", "df"),
    [
        pytest.param(SeedNoise(1.0, 1), SeedNoise(2.0, 2), 5 / 3, 3, id="few others count in full"),
        pytest.param(SeedNoise(1.0, 1), SeedNoise(2.0, 50), 9 / 5, 5, id="many count as four"),
        pytest.param(SeedNoise(1.0, 1), None, 1.0, 1, id="no others"),
        pytest.param(SeedNoise(0.0, 1), SeedNoise(2.0, 50), 0.0, 1, id="seeds that agree to the last item"),
    ],
)
def test_moderated_noise(own: SeedNoise, others: SeedNoise | None, variance: float, df: float) -> None:
    found = moderated(own, others)
    assert (found.variance, found.df) == pytest.approx((variance, df))


def test_tasks_weigh_the_same_whatever_their_size() -> None:
    small, large = np.ones((1, 2)), np.zeros((1, 98))
    tasks = [Paired(d, ClusterDraws([str(i) for i in range(d.shape[1])], rng())) for d in (small, large)]
    assert bootstrap_mean(tasks, rng()).value == pytest.approx(0.5)


def test_order_of_items_does_not_matter() -> None:
    data, clusters = flips(2, 60), [f"c{item % 7}" for item in range(60)]
    order = rng(9).permutation(60)
    shuffled = interval(data[:, order], [clusters[item] for item in order])
    ours = interval(data, clusters)
    assert (shuffled.value, shuffled.low, shuffled.high) == pytest.approx((ours.value, ours.low, ours.high))


def coverage(draw: Callable[[int], Floats], clusters: list[str], trials: int = 400) -> float:
    """Share of simulated comparisons without a true difference whose interval holds zero."""
    held = 0
    for seed in range(trials):
        found = interval(draw(seed), clusters, seed=10_000 + seed, resamples=500)
        held += found.low <= 0 <= found.high
    return held / trials


def noisy_seeds(seeds: int, deviation: float = 0.1) -> Callable[[int], Floats]:
    """Item noise, and seeds that shift all items together; by 0.1 is as much as item noise moves the mean."""
    return lambda seed: rng(seed).normal(0, 1, (seeds, 100)) + rng(seed + 10**6).normal(0, deviation, (seeds, 1))


ITEMS_ALONE = [str(item) for item in range(100)]
IN_PAIRS = [str(item // 2) for item in range(100)]
COVERAGES: dict[str, tuple[Callable[[int], Floats], list[str], float, float]] = {
    "one seed, items alone": (lambda seed: flips(1, 100, seed=seed), ITEMS_ALONE, 0.92, 0.98),
    "one seed, pairs of items": (
        lambda seed: np.repeat(flips(1, 50, share=0.5, seed=seed), 2, axis=1),
        IN_PAIRS,
        0.91,
        0.98,
    ),
    "five noisy seeds": (noisy_seeds(5), ITEMS_ALONE, 0.91, 1.0),
}


@pytest.mark.parametrize(("draw", "clusters", "low", "high"), COVERAGES.values(), ids=COVERAGES)
def test_95_percent_interval_covers_with(
    draw: Callable[[int], Floats], clusters: list[str], low: float, high: float
) -> None:
    assert low <= coverage(draw, clusters) <= high


def test_95_percent_interval_covers_where_two_seeds_disagree_more_than_items_explain() -> None:
    """Seed noise three times the item noise of the mean."""
    assert coverage(noisy_seeds(2, 0.3), ITEMS_ALONE) >= 0.92


def test_interval_that_ignores_clusters_would_cover_too_rarely() -> None:
    """The simulation above can tell a right interval from a wrong one."""
    assert coverage(lambda seed: np.repeat(flips(1, 50, share=0.5, seed=seed), 2, axis=1), ITEMS_ALONE) < 0.88


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=["NaN", "infinity"])
def test_refuses(value: float) -> None:
    data = np.zeros((1, 3))
    data[0, 1] = value
    with pytest.raises(ValueError, match="NaN or infinity"):
        interval(data)


def two_tasks(seeds: int, resamples: int) -> list[Paired]:
    one = Paired(np.zeros((2, 3)), ClusterDraws(list("abc"), rng(), 100))
    return [one, Paired(np.zeros((seeds, 3)), ClusterDraws(list("abc"), rng(), resamples))]


WRONG: dict[str, Callable[[], object]] = {
    "no task": lambda: bootstrap_mean([], rng()),
    "no item": lambda: ClusterDraws([], rng()),
    "fewer items than clusters name": lambda: Paired(np.zeros((1, 2)), ClusterDraws(list("abc"), rng())),
    "differences without a seed axis": lambda: Paired(np.zeros(3), ClusterDraws(list("abc"), rng())),
    "tasks under other seeds": lambda: bootstrap_mean(two_tasks(3, 100), rng()),
    "tasks with other resamples": lambda: bootstrap_mean(two_tasks(2, 50), rng()),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_refuses_input_with(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"no |items|different"):
        call()


@pytest.mark.parametrize(
    ("right_to_wrong", "wrong_to_right", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (1, 0, 1.0),
        (0, 6, 2 / 2**6),
        (6, 0, 2 / 2**6),
        (1, 9, 2 * (1 + 10) / 2**10),
        (10, 2, 2 * (1 + 12 + 66) / 2**12),
    ],
)
def test_mcnemar_by_hand(right_to_wrong: int, wrong_to_right: int, p: float) -> None:
    assert mcnemar(right_to_wrong, wrong_to_right) == pytest.approx(p)


@pytest.mark.parametrize(
    ("items", "two_sided", "one_sided"), [(200, 0.0626, 0.0556), (500, 0.0396, 0.0352), (2000, 0.0198, 0.0176)]
)
def test_detectable_difference_at_ten_percent_discordant(items: int, two_sided: float, one_sided: float) -> None:
    """(1.960 + 0.842) x sqrt(0.1 / n); with 1.645 for a one-sided test."""
    assert minimum_detectable_difference(0.1, items) == pytest.approx(two_sided, abs=1e-4)
    assert minimum_detectable_difference(0.1, items, confidence=0.9) == pytest.approx(one_sided, abs=1e-4)


def test_detectable_difference_is_detected_with_the_stated_power() -> None:
    effect, items = minimum_detectable_difference(0.1, 500), 500
    shares = [(0.1 - effect) / 2, 0.9, (0.1 + effect) / 2]
    draws = rng(1).choice([-1.0, 0.0, 1.0], (2000, items), p=shares)
    z = draws.mean(axis=1) / (draws.std(axis=1, ddof=1) / np.sqrt(items))
    assert 0.76 < np.mean(z > norm.ppf(0.975)) < 0.86


@pytest.mark.parametrize(("discordant", "items"), [(0.1, 0), (-0.1, 10), (1.1, 10), (np.nan, 10)])
def test_detectable_difference_refuses(discordant: float, items: int) -> None:
    with pytest.raises(ValueError, match="discordant share"):
        minimum_detectable_difference(discordant, items)


@pytest.mark.parametrize(
    ("before", "after", "chance", "left"),
    [
        pytest.param(0.75, 0.75, 0.25, 1.0, id="all is left"),
        pytest.param(0.75, 0.5, 0.25, 0.5, id="half is left"),
        pytest.param(0.75, 0.25, 0.25, 0.0, id="nothing is left"),
        pytest.param(0.75, 0.85, 0.25, 1.2, id="more than before"),
        pytest.param(0.25, 0.75, 0.25, None, id="there was nothing to lose"),
        pytest.param(0.2, 0.75, 0.25, None, id="before was below chance"),
    ],
)
def test_retention_where(before: float, after: float, chance: float, left: float | None) -> None:
    found = retention(before, after, chance)
    assert found == (left if left is None else pytest.approx(left))


@pytest.mark.parametrize(
    ("given", "adjusted"),
    [
        pytest.param([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02], id="four by hand"),
        pytest.param([0.5], [0.5], id="one alone"),
        pytest.param([0.9, 0.8], [1.0, 1.0], id="never above one"),
        pytest.param([], [], id="none"),
    ],
)
def test_holm(given: list[float], adjusted: list[float]) -> None:
    assert holm(given) == pytest.approx(adjusted)


def test_p_value_is_near_that_of_a_t_test() -> None:
    data = rng(7).normal(0.15, 1.0, (1, 200))
    assert interval(data, resamples=9999).p == pytest.approx(ttest_1samp(data[0], 0.0).pvalue, abs=0.02)


def test_p_value_falls_below_five_percent_where_the_interval_excludes_zero() -> None:
    for shift in np.linspace(-0.4, 0.4, 17):
        found = interval(rng(11).normal(shift, 1.0, (1, 100)))
        excluded = found.low > 0 or found.high < 0
        assert (found.p < 0.05) == excluded or found.p == pytest.approx(0.05, abs=0.002)


def test_nothing_changed_has_a_p_value_of_one() -> None:
    assert interval(np.zeros((2, 30))).p == 1.0


def test_detectable_effect_is_seen_four_times_in_five() -> None:
    """Planting what one interval calls detectable, fresh draws of items show it in about 80 %."""
    effect = interval(rng(0).normal(0, 1, (1, 150)), resamples=800).detectable
    seen = [interval(rng(seed).normal(effect, 1, (1, 150)), resamples=400).low > 0 for seed in range(1, 301)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)
