"""No difference as a finding: do the results say how small it must be, and nothing where it cannot be known?"""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from harness.judge.pairing import Bench
from harness.judge.results import build_results
from harness.judge.versus_full import compare_with_full
from harness.schema.comparisons import VersusFull
from harness.schema.measured import GENERAL, Measured
from harness.schema.results import ArmResult
from harness.schema.scores import Forgetting
from harness.tests.builders import make_measured, make_trial

ITEMS, SEEDS = 100, 4
FULL, LORA = make_trial("full", None), make_trial("lora", 4)


def stored(lost: float, rng: np.random.Generator) -> Iterator[Measured]:
    """Full fine-tuning, which keeps nine answers of ten, and an arm that loses this share more of what is right."""
    half = [float(item % 2) for item in range(ITEMS)]
    yield make_measured(FULL.base_arm(), half, {"facts": [1.0] * ITEMS})
    for arm, kept in ((FULL, 0.9), (LORA, 0.9 - lost)):
        for seed in range(SEEDS):
            right = (rng.random((2, ITEMS)) < kept).astype(float).tolist()
            yield make_measured(make_trial(arm.method, arm.rank, seed), right[0], {"facts": right[1]})


def arm_of(measured: list[Measured], method: str) -> ArmResult:
    return next(arm for arm in build_results(measured).arms if arm.method == method)


def forgotten(measured: list[Measured], method: str = "lora") -> Forgetting:
    found = arm_of(measured, method).forgetting
    assert found is not None
    return found


def compared(measured: list[Measured]) -> VersusFull:
    (row,) = compare_with_full(Bench(measured))
    return row


def test_a_loss_is_bounded_by_the_upper_end_of_its_90_percent_interval() -> None:
    lost = forgotten(list(stored(0.0, np.random.default_rng(0))))
    assert lost.lost_at_most is not None
    assert lost.ci95 is not None
    assert lost.accuracy_drop is not None
    assert lost.accuracy_drop < lost.lost_at_most < lost.ci95[1]
    assert lost.equal_within == pytest.approx(lost.lost_at_most)


def test_bound_is_that_of_a_t_test_where_nothing_else_is_known() -> None:
    """One seed of scores that are no whole numbers, each in a cluster of two that are alike."""
    rng = np.random.default_rng(1)
    pairs = rng.uniform(-0.1, 0.12, ITEMS // 2)
    after = np.repeat(0.5 - pairs, 2).tolist()
    measured = [
        make_measured(FULL.base_arm(), [0.5] * 8, {"facts": [0.5] * ITEMS}),
        make_measured(make_trial("full", None, 0), [0.5] * 8, {"facts": after}),
    ]
    theirs = ttest_1samp(pairs, 0.0).confidence_interval(0.9)
    lost = forgotten(measured, "full")
    assert lost.lost_at_most == pytest.approx(theirs.high)
    assert lost.equal_within == pytest.approx(max(-theirs.low, theirs.high))


def test_arms_that_are_alike_are_the_same_within_less_than_could_be_told_apart() -> None:
    row = compared(list(stored(0.0, np.random.default_rng(2))))
    assert (row.gain, row.forgets) in [("undecided", "undecided"), ("equal", "undecided")]
    for bound, interval in ((row.gain_equal_within, row.gain_ci95), (row.forgetting_equal_within, row.forgetting_ci95)):
        assert bound is not None
        assert interval is not None
        assert 0 < bound < max(map(abs, interval))


def test_arms_that_differ_are_the_same_within_more_than_they_differ() -> None:
    row = compared(list(stored(0.3, np.random.default_rng(3))))
    assert row.forgets == "more"
    assert row.forgetting_equal_within is not None
    assert row.forgetting_difference is not None
    assert row.forgetting_equal_within > row.forgetting_difference


def test_a_single_cluster_bounds_nothing() -> None:
    measured = [
        Measured(one.record, one.items.assign(cluster=["one"] * len(one.items)))
        for one in stored(0.0, np.random.default_rng(4))
    ]
    lost, row = forgotten(measured), compared(measured)
    assert (lost.ci95, lost.lost_at_most, lost.equal_within) == (None, None, None)
    assert (row.gain_equal_within, row.forgetting_equal_within) == (None, None)


def test_the_base_has_lost_nothing() -> None:
    lost = forgotten(list(stored(0.0, np.random.default_rng(5))), "base")
    assert (lost.lost_at_most, lost.equal_within) == (0.0, 0.0)


def test_where_forgetting_was_not_measured_nothing_is_said_of_it() -> None:
    measured = [
        Measured(one.record, one.items[one.items["role"] != GENERAL]) for one in stored(0.0, np.random.default_rng(6))
    ]
    assert compared(measured).forgetting_equal_within is None
    assert compared(measured).gain_equal_within is not None
