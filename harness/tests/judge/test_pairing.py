"""Is the right thing paired with the right thing, item by item?"""

from dataclasses import replace

import numpy as np
import pytest

from harness.judge.pairing import Bench
from harness.judge.stats import mean_interval
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.record import Status
from harness.tests.builders import ended, make_measured, make_trial

FULL = make_trial("full", None)
BEFORE = make_measured(FULL.base_arm(), [0, 1, 0, 1], {"facts": [1, 1, 0, 0]})
AFTER = make_measured(FULL, [1, 1, 0, 0], {"facts": [1, 0, 1, 0]})
CRASHED = ended(FULL, Status.FAILED)


def reordered(one: Measured, order: list[int]) -> Measured:
    """The same items, of each task, in another order."""
    parts = [table.iloc[order] for _, table in one.items.groupby(["role", "task"], sort=False)]
    return Measured(one.record, one.items.loc[[row for part in parts for row in part.index]])


def differences(after: Measured, before: Measured, column: str = "score") -> list[list[float]]:
    pairs = Bench([after, before]).paired([after], [before], TARGET, "poems", column)
    assert pairs is not None
    return pairs.differences.tolist()


def test_differences_are_after_minus_before_per_item() -> None:
    assert differences(AFTER, BEFORE) == [[1, 0, 0, -1]]
    assert differences(AFTER, BEFORE, "nll") == [[-1, 0, 0, 1]]


def test_items_are_paired_by_id_not_by_place() -> None:
    assert differences(reordered(AFTER, [3, 1, 0, 2]), BEFORE) == differences(AFTER, BEFORE)


def test_one_base_arm_serves_all_seeds() -> None:
    other = make_measured(make_trial("full", None, seed=1), [1, 1, 1, 1])
    pairs = Bench([]).paired([AFTER, other], [BEFORE], TARGET, "poems", "score")
    assert pairs is not None
    assert pairs.differences.tolist() == [[1, 0, 0, -1], [1, 0, 1, 0]]


@pytest.mark.parametrize("scores", [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0, 0.0]], ids=["fewer items", "more items"])
def test_pairing_refuses(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="items on one side"):
        differences(AFTER, make_measured(FULL.base_arm(), scores))


def test_pairing_refuses_other_items() -> None:
    other = Measured(BEFORE.record, BEFORE.items.assign(item=BEFORE.items["item"] + "-new"))
    with pytest.raises(ValueError, match="or other ids"):
        differences(AFTER, other)


def test_pairing_refuses_a_missing_score() -> None:
    torn = Measured(AFTER.record, AFTER.items.assign(score=np.nan))
    with pytest.raises(ValueError, match="NaN"):
        differences(torn, BEFORE)


@pytest.mark.parametrize(
    ("after", "before"),
    [
        pytest.param([], [BEFORE], id="nothing after"),
        pytest.param([AFTER], [], id="nothing before"),
        pytest.param([CRASHED], [BEFORE], id="a crash after"),
        pytest.param([AFTER, CRASHED], [BEFORE], id="a crash of one seed"),
    ],
)
def test_there_is_no_pair_with(after: list[Measured], before: list[Measured]) -> None:
    assert Bench([]).paired(after, before, TARGET, "poems", "score") is None


def test_clusters_follow_their_items_whatever_the_order() -> None:
    """The same comparison, asked of a bench that has already seen the items in another order."""
    scores = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    after, before = make_measured(FULL, scores), make_measured(FULL.base_arm(), [0.0] * 8)
    mixed = [0, 2, 4, 6, 1, 3, 5, 7]
    bench = Bench([after, before])
    assert bench.paired([after], [before], TARGET, "poems", "score") is not None
    pairs = bench.paired([after], [reordered(before, mixed)], TARGET, "poems", "score")
    expected = Bench([]).paired([after], [before], TARGET, "poems", "score")
    assert pairs is not None
    assert expected is not None
    assert mean_interval([pairs]) == mean_interval([expected])


@pytest.mark.parametrize(
    ("quantization", "asked", "found"),
    [("none", None, "none"), ("nf4", None, "nf4"), ("nf4", "none", "none"), ("int8", None, None)],
)
def test_before_is_the_base_arm_at(quantization: str, asked: str | None, found: str | None) -> None:
    bench = Bench([make_measured(FULL.base_arm()), make_measured(FULL.base_arm("nf4"))])
    before = bench.before(make_trial(quantization=quantization), asked)
    assert (before.trial.quantization if before else None) == found


def test_before_is_none_where_the_base_arm_crashed_or_saw_other_items() -> None:
    assert Bench([ended(FULL.base_arm(), Status.OUT_OF_MEMORY)]).before(FULL) is None
    other = replace(FULL, scoring=replace(FULL.scoring, max_items=3))
    assert Bench([make_measured(FULL.base_arm())]).before(other) is None


def test_groups_differ_in_nothing_but_the_seed() -> None:
    trials = [make_trial("lora", rank, seed) for rank in (4, 16) for seed in (0, 1, 2)]
    groups = Bench([make_measured(trial) for trial in trials]).groups()
    assert [[one.trial.seed for one in group] for group in groups] == [[0, 1, 2], [0, 1, 2]]
    assert [{one.trial.rank for one in group} for group in groups] == [{4}, {16}]


def test_tables_are_looked_up_by_role_and_task() -> None:
    table = AFTER.table(GENERAL, "facts")
    assert table is not None
    assert table["score"].to_list() == [1, 0, 1, 0]
    assert AFTER.table(TARGET, "facts") is None
