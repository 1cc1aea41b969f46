"""Which arms are drawn where they are many."""

import pytest

from harness.report.charts.selection import evenly, most_gained
from harness.report.model.arms import trained_arms
from harness.schema.results import ArmResult
from harness.tests.synthetic import TARGETS, whole_results

MODEL = trained_arms(whole_results(), TARGETS[0])[0]


def arm(name: str, gained: float | None) -> ArmResult:
    assert MODEL.target is not None
    target = None if gained is None else MODEL.target.with_(gain=gained, ci95=(0.0, 1.0))
    return MODEL.with_(arm=name, target=target)


def test_of_many_arms_full_and_those_that_gained_most_are_kept_in_their_order() -> None:
    arms = [arm("b", 0.1), arm("c", None), arm("full", 0.0), arm("d", 0.4), arm("e", 0.2)]
    assert [one.arm for one in most_gained(arms, 3)] == ["full", "d", "e"]
    assert most_gained(arms, 5) == arms


@pytest.mark.parametrize(("count", "kept"), [(3, [0, 1, 2]), (4, [0, 1, 2, 3]), (9, [0, 3, 5, 8])])
def test_of_many_points_a_few_are_kept_evenly_with_both_ends(count: int, kept: list[int]) -> None:
    assert evenly(range(count), 4) == kept
