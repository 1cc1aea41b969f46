"""Is forgetting read off at the gain that both arms had reached, and left open where that is uncertain?"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from harness.judge.matched_gain import SHARE, compare_at_matched_gain, forgetting_at
from harness.judge.pairing import Bench
from harness.schema.comparisons import MatchedGain
from harness.schema.measured import VALIDATION, Measured, at_step, with_role
from harness.schema.record import Along
from harness.schema.trial import Trial
from harness.tests.builders import make_measured, make_trial

FULL, LORA = make_trial("full", None), make_trial()
ITEMS = 400
Steps = Sequence[tuple[float, float]]
"""Gain and forgetting after each step that was scored; the last is the end of training."""

STEEP: Steps = ((0.4, 0.2), (0.8, 0.6))
FLAT: Steps = ((0.8, 0.2), (0.8, 0.4))


def right(share: float, items: int = ITEMS) -> list[float]:
    """This share of items, spread over all clusters alike."""
    return [float(item % 100 < round(100 * share)) for item in range(items)]


def base(trial: Trial = FULL, metric: str = "exact_match") -> Measured:
    start = right(1.0 if metric == "nll_per_token" else 0.0)
    return make_measured(trial.base_arm(), start, {"facts": right(1.0)}, metric)


def traced(trial: Trial, steps: Steps, metric: str = "exact_match") -> Measured:
    """A trial whose scores along training are those planted; each step is one optimizer step."""
    points = [
        make_measured(trial, right(1 - gain if metric == "nll_per_token" else gain), {"facts": right(1 - drop)}, metric)
        for gain, drop in steps
    ]
    tables, along = [points[-1].items], []
    for step, point in enumerate(points[:-1], 1):
        assert point.record.target is not None
        along.append(Along(step, point.record.target, point.record.general))
        tables.append(with_role(point.items[point.items["role"] != VALIDATION], at_step(step)))
    return Measured(replace(points[-1].record, trace=tuple(along)), pd.concat(tables, ignore_index=True))


def rows_of(*measured: Measured) -> list[MatchedGain]:
    return compare_at_matched_gain(Bench(measured))


def only_row(*measured: Measured) -> MatchedGain:
    (row,) = rows_of(*measured)
    return row


@pytest.mark.parametrize("metric", ["exact_match", "nll_per_token"], ids=["higher is better", "lower is better"])
def test_known_curves_give_the_known_forgetting(metric: str) -> None:
    row = only_row(base(metric=metric), traced(FULL, FLAT, metric), traced(LORA, STEEP, metric))
    assert (row.target_task, row.arm, row.reference, row.seeds) == ("poems", "lora-r4", "full", (0,))
    assert row.gain == pytest.approx(SHARE * 0.8)
    assert row.forgetting == pytest.approx(0.4), "half way from 0.2 to 0.6"
    assert row.forgetting_reference == pytest.approx(0.15), "three quarters of the way from 0 to 0.2"
    assert row.forgetting_difference == pytest.approx(0.25)
    assert row.ci95 is not None
    assert 0.1 < row.ci95[0] < 0.25 < row.ci95[1] < 0.4


def test_smaller_of_both_gains_is_matched() -> None:
    row = only_row(base(), traced(FULL, FLAT), traced(LORA, ((0.2, 0.1), (0.4, 0.2))))
    assert row.gain == pytest.approx(SHARE * 0.4)
    assert row.forgetting == pytest.approx(0.15)
    assert row.forgetting_reference == pytest.approx(0.075)


def test_first_time_counts_where_a_gain_was_lost_and_won_again() -> None:
    wavering: Steps = ((0.8, 0.4), (0.4, 0.1), (0.8, 0.2))
    row = only_row(base(), traced(FULL, FLAT), traced(LORA, wavering))
    assert row.forgetting == pytest.approx(0.3)


def test_identical_arms_differ_by_nothing_but_what_the_items_cannot_show() -> None:
    trials = [make_trial(method, rank, seed) for method, rank in (("full", None), ("lora", 4)) for seed in (0, 1)]
    steps = {0: STEEP, 1: FLAT}
    row = only_row(base(), *(traced(trial, steps[trial.seed or 0]) for trial in trials))
    assert row.seeds == (0, 1)
    assert row.forgetting_difference == 0
    assert row.ci95 == pytest.approx((0, 0), abs=2 / ITEMS * 2)
    assert row.p_holm == 1
    assert row.equal_within is not None
    assert 0 < row.equal_within < 4 / ITEMS
    assert row.forgetting == row.forgetting_reference
    assert row.forgetting is not None
    assert row.forgetting > 0


def test_seeds_are_paired_whatever_their_order() -> None:
    steps = {0: STEEP, 1: FLAT}
    fulls = [traced(make_trial("full", None, seed), steps[seed]) for seed in (0, 1)]
    loras = [traced(make_trial(seed=seed), steps[seed]) for seed in (1, 0)]
    assert only_row(base(), *fulls, *loras).ci95 == pytest.approx((0, 0), abs=2 / ITEMS * 2)


def test_seeds_that_both_arms_have_are_compared() -> None:
    fulls = [traced(make_trial("full", None, seed), FLAT) for seed in (0, 1)]
    loras = [traced(make_trial(seed=seed), STEEP) for seed in (1, 2)]
    assert only_row(base(), *fulls, *loras).seeds == (1,)
    assert rows_of(base(), *fulls, *loras[1:]) == []


def test_nothing_is_claimed_where_many_resamples_never_reach_the_gain() -> None:
    """All that was gained is one cluster of four: a third of the resamples do not draw it."""
    few = [
        make_measured(trial, target, {"facts": [1.0] * 8})
        for trial, target in ((FULL.base_arm(), [0.0] * 8), (FULL, [1.0] * 8), (LORA, [1.0, 1.0] + [0.0] * 6))
    ]
    score = few[1].record.target
    assert score is not None
    with_trace = [
        Measured(
            replace(one.record, trace=(Along(1, score, one.record.general),)),
            pd.concat([one.items, with_role(one.items, at_step(1))], ignore_index=True),
        )
        for one in few[1:]
    ]
    row = only_row(few[0], *with_trace)
    assert row.gain == pytest.approx(SHARE * 0.25)
    names = ("forgetting", "forgetting_reference", "forgetting_difference", "ci95")
    assert [getattr(row, name) for name in names] == [None] * 4


def test_no_row_without_a_gain_to_match() -> None:
    assert rows_of(base(), traced(FULL, FLAT), traced(LORA, ((0.0, 0.1), (0.0, 0.2)))) == []


def test_no_row_without_a_trace_a_base_or_full_fine_tuning() -> None:
    full, lora = traced(FULL, FLAT), traced(LORA, STEEP)
    assert rows_of(full, lora) == []
    assert rows_of(base(), lora) == []
    assert rows_of(base(), full, make_measured(LORA, right(0.8), {"facts": right(0.4)})) == []
    assert len(rows_of(base(), full, lora)) == 1


def test_no_row_where_nothing_can_be_forgotten() -> None:
    bare = [Measured(replace(one.record, general=()), one.items) for one in (traced(FULL, FLAT), traced(LORA, STEEP))]
    assert rows_of(base(), *bare) == []


@pytest.mark.parametrize(
    ("gains", "drops", "gain", "forgotten"),
    [
        pytest.param([0, 0.2, 0.4], [0, 0.1, 0.3], 0.2, 0.1, id="exactly at a point"),
        pytest.param([0, 0.2, 0.4], [0, 0.1, 0.3], 0.4, 0.3, id="exactly at the last point"),
        pytest.param([0, 0.2, 0.4], [0, 0.1, 0.3], 0.3, 0.2, id="between two points"),
        pytest.param([0, 0.2, 0.4], [0, 0.1, 0.3], 0.1, 0.05, id="between the base and the first point"),
        pytest.param([0, 0.2, 0.4], [0, 0.1, 0.3], 0.5, np.nan, id="never reached"),
        pytest.param([0, -0.1, -0.2], [0, 0.1, 0.3], 0.1, np.nan, id="a gain that only falls"),
        pytest.param([0, 0.0, 0.4], [0, 0.2, 0.4], 0.2, 0.3, id="after a flat start"),
        pytest.param([0, 0.2, 0.2], [0, 0.1, 0.5], 0.2, 0.1, id="at the beginning of a flat segment"),
        pytest.param([0, 0.4, 0.2, 0.4], [0, 0.2, 0.1, 0.9], 0.3, 0.15, id="the first of several times"),
        pytest.param([0, -0.2, 0.2], [0, 0.4, 0.0], 0.1, 0.1, id="after a loss"),
        pytest.param([0, 0.2], [0, -0.1], 0.1, -0.05, id="with less forgotten than nothing"),
    ],
)
def test_forgetting_is_read_off(gains: list[float], drops: list[float], gain: float, forgotten: float) -> None:
    found = forgetting_at((np.array([gains], float), np.array([drops], float)), gain)
    assert found == pytest.approx([forgotten], nan_ok=True)


def test_every_resample_is_read_off_on_its_own() -> None:
    gains = np.array([[0, 0.2, 0.4], [0, 0.1, 0.2], [0, 0.4, 0.4]])
    drops = np.array([[0, 0.1, 0.3], [0, 0.1, 0.3], [0, 0.4, 0.8]])
    assert forgetting_at((gains, drops), 0.3) == pytest.approx([0.2, np.nan, 0.3], nan_ok=True)
