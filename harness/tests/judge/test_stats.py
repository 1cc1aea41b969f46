"""Are intervals as wide as they should be, and p-values and detectable differences what the books say?"""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm, ttest_1samp

from harness.judge.p_values import holm, mcnemar
from harness.judge.stats import (
    Clusters,
    Floats,
    Interval,
    Paired,
    SeedNoise,
    mean_interval,
    minimum_detectable_difference,
    moderated,
    retention,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def paired(differences: Floats, clusters: list[str] | None = None, **known: bool) -> Paired:
    """One task's differences `(seeds, items)`; every item is a cluster where none are given."""
    return Paired(differences, Clusters(clusters or [str(item) for item in range(differences.shape[1])]), **known)


def interval(differences: Floats, clusters: list[str] | None = None, **known: bool) -> Interval:
    return mean_interval([paired(differences, clusters, **known)])


def width(of: Interval) -> float:
    return of.high - of.low


def flips(seeds: int, items: int, share: float = 0.2, seed: int = 0) -> Floats:
    """Items that change from right to wrong, from wrong to right, or not at all."""
    return rng(seed).choice([-1.0, 0.0, 1.0], (seeds, items), p=[share / 2, 1 - share, share / 2])


def test_interval_of_items_alone_is_that_of_a_t_test() -> None:
    data = rng(3).exponential(1.0, (1, 200))
    theirs = ttest_1samp(data[0], 0.0)
    ours = interval(data)
    assert ours.bounds == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    assert ours.p == pytest.approx(theirs.pvalue)


def test_cluster_interval_is_that_of_a_t_test_over_cluster_means() -> None:
    """With equal clusters: as many degrees of freedom as there are clusters, less one."""
    data = rng(5).normal(0, 1, (1, 60))
    clusters = [str(item // 3) for item in range(60)]
    theirs = ttest_1samp(data.reshape(20, 3).mean(axis=1), 0.0).confidence_interval(0.95)
    assert interval(data, clusters).bounds == pytest.approx((theirs.low, theirs.high))


def test_one_model_differs_from_itself_by_exactly_nothing() -> None:
    found = interval(np.zeros((3, 40)), right_or_wrong=True, same=True)
    assert (found.value, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_a_ceiling_leaves_room_for_what_was_not_seen() -> None:
    """Nothing wrong among 200 is no proof of nothing wrong: the exact bound is 1 - 3.69 / 200."""
    found = interval(np.ones((1, 200)), right_or_wrong=True)
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.96 < found.low < 0.985
    assert interval(np.ones((1, 200))).low == 1.0, "of a score without a ceiling nothing is known"


def test_no_change_among_few_items_is_no_proof_of_none() -> None:
    few, many = (interval(np.zeros((1, items)), right_or_wrong=True) for items in (20, 400))
    assert few.value == many.value == 0
    assert -few.low == few.high > 0.1
    assert -many.low == many.high < 0.01


def test_one_cluster_shows_no_noise() -> None:
    found = interval(flips(2, 40), ["one"] * 40)
    assert np.isfinite(found.value)
    assert not np.isfinite([found.low, found.high, found.p]).any()


def test_noise_of_an_item_under_one_seed_counts_once() -> None:
    """Items that answer at random under every seed: all noise is of that kind, and 4 x 200 answers are 800."""
    data = rng(8).normal(0, 1, (4, 200))
    assert interval(data).error == pytest.approx(1 / np.sqrt(800), rel=0.25)


def test_the_margin_that_equality_is_shown_for() -> None:
    found = interval(rng(4).normal(0.02, 1.0, (1, 400)))
    theirs = ttest_1samp(rng(4).normal(0.02, 1.0, (1, 400))[0], 0.0).confidence_interval(0.90)
    assert found.equal_within == pytest.approx(max(-theirs.low, theirs.high))


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
    together, alone = (mean_interval([paired(offsets)] * count) for count in (5, 1))
    assert together.bounds == pytest.approx(alone.bounds)


def test_seed_interval_is_that_of_a_t_test() -> None:
    """Without item noise, seeds alone: Student's t over their means."""
    offsets = np.array([[-0.2], [-0.1], [0.15], [0.2]]) + np.zeros((4, 50))
    found = interval(offsets)
    theirs = ttest_1samp(offsets[:, 0], 0.0).confidence_interval(0.95)
    assert found.bounds == pytest.approx((theirs.low, theirs.high))


def test_other_arms_steady_the_noise_of_two_seeds() -> None:
    data = rng(2).normal(0, 0.1, (2, 100)) + np.array([[-0.1], [0.1]])
    alone, steadied = (mean_interval([paired(data)], others=others) for others in (None, SeedNoise(0.01, 8)))
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
    tasks = [paired(one) for one in (np.ones((1, 2)), np.zeros((1, 98)))]
    assert mean_interval(tasks).value == pytest.approx(0.5)


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
        found = interval(draw(seed), clusters)
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


WRONG: dict[str, Callable[[], object]] = {
    "no task": lambda: mean_interval([]),
    "no item": lambda: Clusters([]),
    "fewer items than clusters name": lambda: Paired(np.zeros((1, 2)), Clusters(list("abc"))),
    "differences without a seed axis": lambda: Paired(np.zeros(3), Clusters(list("abc"))),
    "tasks under other seeds": lambda: mean_interval([paired(np.zeros((seeds, 3))) for seeds in (2, 3)]),
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


def test_p_value_falls_below_five_percent_where_the_interval_excludes_zero() -> None:
    for shift in np.linspace(-0.4, 0.4, 17):
        found = interval(rng(11).normal(shift, 1.0, (1, 100)))
        excluded = found.low > 0 or found.high < 0
        assert (found.p < 0.05) == excluded


def test_nothing_changed_has_a_p_value_of_one() -> None:
    assert interval(np.zeros((2, 30))).p == 1.0


def test_detectable_effect_is_seen_four_times_in_five() -> None:
    """Planting what one interval calls detectable, fresh draws of items show it in about 80 %."""
    effect = interval(rng(0).normal(0, 1, (1, 150))).detectable
    seen = [interval(rng(seed).normal(effect, 1, (1, 150))).low > 0 for seed in range(1, 301)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)


def test_p_values_are_small_enough_for_many_tests() -> None:
    """A loss of 90 points stays one after Holm's correction over 126 tasks."""
    lost = interval(-(rng(6).random((2, 100)) < 0.9).astype(float), right_or_wrong=True)
    assert holm([lost.p] + [0.5] * 125)[0] < 1e-6
