"""Memory by its parts, and trained parameters."""

import pytest

from harness.report.charts import cost
from harness.report.model.arms import trained_arms
from harness.tests.synthetic import TARGETS, base_arms, results_of, whole_results


@pytest.mark.parametrize("most", [3, 100], ids=["too many", "few"])
def test_bars_of_too_many_arms_are_left_out_and_the_caption_says_so(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "MOST_ROWS", most)
    results = whole_results()
    figure = cost.memory_parts(results, TARGETS[0], [], "memory")
    assert figure is not None
    arms = {row["arm"] for rows in figure.spec["datasets"].values() for row in rows}
    measured = [arm for arm in trained_arms(results, TARGETS[0]) if arm.cost.weight_bytes]
    assert len(arms) == min(most, len(measured))
    assert (f"Of {len(measured)} arms, the 3 that gained most" in figure.caption) == (most == 3)


def test_an_arm_that_was_not_measured_is_no_row_of_a_chart() -> None:
    assert cost.memory_parts(results_of([*base_arms(TARGETS[0])]), TARGETS[0], [], "memory") is None
