"""Are chances those that the tables have, and does it come out what limits: seeds or items?"""

import math
from dataclasses import replace

import pytest
from scipy.stats import nct
from scipy.stats import t as student

from harness.judge.noise import Noise, Size, TaskNoise
from harness.judge.power import MOST_SEEDS, Comparison, Design, needed

ITEMS = {"target": Size(200, 200)}


def comparison(lasting: float = 0.05, alone: float = 0.05, seed_sd: float = 0.0, binary: bool = False) -> Comparison:
    return Comparison(Noise({"target": TaskNoise(lasting, alone, 0.0)}, seed_sd**2, 99.0, binary))


@pytest.mark.parametrize("clusters", [8, 30, 200])
@pytest.mark.parametrize("difference", [0.02, 0.05])
def test_items_alone_have_the_power_of_the_noncentral_t(clusters: int, difference: float) -> None:
    variance, df = 0.1, clusters - 1
    design = Design(1, {"target": Size(200, clusters)})
    bound, center = float(student.ppf(0.975, df)), difference / math.sqrt(variance / 200)
    exact = float(nct.sf(bound, df, center) + nct.cdf(-bound, df, center))
    assert comparison(variance, 0.0).shows(design, difference) == pytest.approx(exact, abs=0.01)


def test_nothing_to_show_is_shown_in_one_of_twenty_cases() -> None:
    assert comparison().shows(Design(1, ITEMS), 0.0) == pytest.approx(0.05, abs=0.005)


def test_more_seeds_and_more_items_show_more() -> None:
    noisy = comparison(seed_sd=0.02)
    by_seeds = [noisy.smallest_difference(Design(seeds, ITEMS)) or 1 for seeds in (2, 3, 4, 8, 16)]
    by_items = [noisy.smallest_margin(Design(4, ITEMS).with_items(factor)) or 1 for factor in (1, 2, 8)]
    assert by_seeds == sorted(by_seeds, reverse=True)
    assert by_items == sorted(by_items, reverse=True)


def test_what_is_needed_is_what_is_enough_and_no_less() -> None:
    noisy, design = comparison(seed_sd=0.02), Design(12, ITEMS)
    found = needed(design, lambda other: noisy.shows(other, 0.05))
    assert found.seeds is not None
    assert found.items is not None
    assert noisy.shows(replace(design, seeds=found.seeds), 0.05) >= 0.8
    assert noisy.shows(replace(design, seeds=found.seeds - 1), 0.05) < 0.8
    assert noisy.shows(design.with_items(found.items / 200), 0.05) >= 0.8
    assert noisy.shows(design.with_items((found.items - 5) / 200), 0.05) < 0.8


def test_no_number_of_items_makes_up_for_two_seeds_that_differ() -> None:
    noisy = comparison(seed_sd=0.02)
    found = needed(Design(2, ITEMS), lambda other: noisy.shows(other, 0.02))
    assert (found.seeds, found.items) == (None, None)
    assert found.with_more_items is not None
    items, seeds = found.with_more_items
    assert noisy.shows(Design(seeds, {"target": Size(items, items)}), 0.02) >= 0.8


def test_no_number_of_seeds_makes_up_for_few_items() -> None:
    lasting = comparison(lasting=0.1, alone=0.0)
    found = needed(Design(2, ITEMS), lambda other: lasting.shows(other, 0.02))
    assert found.seeds is None
    assert found.items is not None
    assert lasting.shows(Design(MOST_SEEDS, ITEMS), 0.02) < 0.8


def test_items_under_one_seed_are_no_way() -> None:
    found = needed(Design(1, ITEMS), lambda other: comparison(seed_sd=0.01).shows(other, 0.04))
    assert found.items is None


def test_arms_beside_each_other_make_two_seeds_say_more() -> None:
    noisy = comparison(seed_sd=0.03)
    alone, beside = (noisy.smallest_difference(Design(2, ITEMS, arms)) or 1 for arms in (1, 9))
    assert beside < 0.8 * alone


def test_a_family_asks_for_more() -> None:
    first = comparison().smallest_difference(Design(4, ITEMS, 9), 1 - 0.05 / 16)
    assert (first or 0) > 1.2 * (comparison().smallest_difference(Design(4, ITEMS, 9)) or 1)


def test_one_cluster_shows_nothing() -> None:
    design = Design(4, {"target": Size(200, 1, 200)})
    assert comparison().smallest_difference(design) is None
    assert comparison().smallest_margin(design) is None


def test_what_does_not_vary_shows_all() -> None:
    still = comparison(0.0, 0.0)
    assert still.shows(Design(2, ITEMS), 0.001) == 1.0
    assert still.equal(Design(2, ITEMS), 0.001) == 1.0


def test_right_and_wrong_answers_that_never_vary_still_have_an_interval() -> None:
    """One of each is counted in; and who answers so many items otherwise chose them."""
    at_ceiling = comparison(0.0, 0.0, binary=True)
    assert (at_ceiling.smallest_margin(Design(2, ITEMS)) or 0) > 0.005
    assert (at_ceiling.smallest_difference(Design(2, ITEMS)) or 0) > 0.02
