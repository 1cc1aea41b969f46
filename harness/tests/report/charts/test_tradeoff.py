"""Gain against forgetting of many arms: who stands out."""

import re

import pytest

from harness.report.charts.figure import marks
from harness.report.charts.tradeoff import MOST_NAMED, tradeoff
from harness.report.model.arms import methods, methods_at_levels
from harness.tests.synthetic import TARGETS, crowded_results


@pytest.mark.slow
def test_a_crowd_names_full_fine_tuning_and_the_unbeaten() -> None:
    results = crowded_results()
    figure = tradeoff(results, TARGETS[0], marks(methods(results), methods_at_levels(results)), "chart")
    assert figure is not None
    assert ">full<" in figure.svg
    assert ">retrieval-r4<" in figure.svg
    stand_out = re.search(r"Of (\d+) arms, (\d+) stand out", figure.caption)
    assert stand_out is not None
    arms, named = map(int, stand_out.groups())
    assert arms == 25
    assert 3 <= named <= MOST_NAMED + 2
