"""What is said of an arm that is pointed at."""

import pytest

from harness.report.charts.hover import facts
from harness.report.model.arms import FORGETS_NOTHING, gain, trained_arms
from harness.report.words.numbers import POINTS
from harness.report.words.phrases import told
from harness.tests.synthetic import FULL, TARGETS, base_arms, results_of, whole_results


def test_what_is_pointed_at_says_gain_forgetting_and_cost() -> None:
    results = whole_results()
    said = {(one.target, one.arm): dict(one.lines) for one in facts(results)}
    full = next(arm for arm in trained_arms(results, TARGETS[0]) if arm.arm == "full")
    found = gain(full)
    assert found is not None
    assert said[TARGETS[0], "full"]["Gain"] == f"{told(found, POINTS, plus=True)} points"
    assert said[TARGETS[0], "full"]["Trained"] == "1.31 M parameters"
    assert said[TARGETS[0], "zero-shot"]["Forgetting"] == FORGETS_NOTHING
    assert "Money" not in said[TARGETS[0], "full"]
    refused = said[TARGETS[1], "boft"]
    assert "Gain" not in refused
    assert "Forgetting" not in refused


@pytest.mark.parametrize(
    ("found", "text"),
    [((0.4512, 0.34, 0.55), "+45 (34 to 55)"), ((0.021, 0.018, 0.025), "+2.10 (1.80 to 2.50)")],
    ids=["wide", "narrow"],
)
def test_figures_are_no_finer_than_their_intervals(found: tuple[float, float, float], text: str) -> None:
    assert told(found, POINTS, plus=True) == text


def test_an_arm_that_was_not_measured_is_not_among_the_facts() -> None:
    assert FULL.method not in {fact.method for fact in facts(results_of([*base_arms(TARGETS[0])]))}
