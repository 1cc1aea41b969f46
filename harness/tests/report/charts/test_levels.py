"""Gain, forgetting and cost over ranks and quantization: panels instead of mush."""

import re

import pytest

from harness.report.charts.figure import COLORS, marks
from harness.report.charts.levels import quantization_levels, rank_curves
from harness.report.model.arms import methods, methods_at_levels
from harness.tests.synthetic import FULL, TARGETS, Arm, base_arms, completed, results_of, whole_results


@pytest.mark.slow
def test_more_lines_than_colours_get_a_panel_each() -> None:
    many = [Arm(f"method-{number}", rank, level, 0.5, 0.1, 900) for number in range(len(COLORS) + 1)
            for rank, level in ((4, "none"), (8, "none"), (8, "nf4"))]  # fmt: skip
    results = results_of([*base_arms(TARGETS[0]), *(completed(arm, TARGETS[0], 0) for arm in (FULL, *many))])
    known = marks(methods(results), methods_at_levels(results))
    for draw, figures in ((rank_curves, 4), (quantization_levels, 2)):
        figure = draw(results, TARGETS[0], known, "chart")
        assert figure is not None
        named = [len(re.findall(rf">method-{number}(?: 8)?<", figure.svg)) for number in range(len(COLORS) + 1)]
        assert named == [figures] * (len(COLORS) + 1)


def test_rank_is_set_against_gain_forgetting_and_cost() -> None:
    results = whole_results()
    figure = rank_curves(results, TARGETS[0], marks(methods(results), methods_at_levels(results)), "ranks")
    assert figure is not None
    titles = ("Gain (points)", "Forgetting (points)", "Memory while training (MiB)", "Training time (seconds)")
    assert all(f">{title}<" in figure.svg for title in titles)
