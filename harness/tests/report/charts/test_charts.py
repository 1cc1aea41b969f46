"""Charts of many arms: labels that do not cover each other, marks that stay apart, panels instead of mush."""

import copy
import re
from itertools import combinations

import numpy as np
import pytest

from harness.report.charts.labels import Box, Plane, place
from harness.report.charts.levels import quantization_levels, rank_curves
from harness.report.charts.theme import COLORS, MOST_MARKS, legend, marks
from harness.report.charts.tradeoff import MOST_NAMED, tradeoff
from harness.report.model.arms import methods, methods_at_levels
from harness.report.topics.domain_shift_chart import domain_shift
from harness.report.topics.while_training_chart import while_training
from harness.tests.synthetic import (
    FULL,
    TARGETS,
    Arm,
    base_arms,
    completed,
    crowded_results,
    ladder_results,
    results_of,
    traced,
)

PLANE = Plane((0.0, 10.0), (0.0, 10.0), 800.0, 500.0)


def boxes(points: list[tuple[float, float]], texts: list[str], wanted: list[bool]) -> list[Box]:
    """Pixels that the placed labels cover, as narrow as any font draws them."""
    found = []
    for spot, text in zip(place(PLANE, points, texts, wanted), texts, strict=True):
        if spot is not None:
            left, top = PLANE.pixel(spot.x, spot.y)
            start = left - 6 * len(text) if spot.align == "right" else left
            found.append(Box(start, top - 6, start + 6 * len(text), top + 6))
    return found


@pytest.mark.parametrize("wanted", [True, False])
def test_labels_cover_neither_each_other_nor_a_point(wanted: bool) -> None:
    draws = np.random.default_rng(3).uniform(0.5, 9.5, (12 if wanted else 60, 2))
    points = [(float(x), float(y)) for x, y in draws]
    labels = boxes(points, [f"peft:type-{number}" for number in range(len(points))], [wanted] * len(points))
    dots = [Box(left - 4, top - 4, left + 4, top + 4) for left, top in (PLANE.pixel(*point) for point in points)]
    assert len(labels) == 12 if wanted else 10 < len(labels) < 60
    assert all(one.overlap(other) == 0 for one, other in combinations(labels, 2))
    assert all(label.overlap(dot) == 0 for label in labels for dot in dots)


def test_a_wanted_label_stands_even_where_points_coincide() -> None:
    points = [(5.0, 5.0)] * 6
    labels = boxes(points, ["lora-r16-nf4"] * 6, [True] * 6)
    assert len(labels) == 6
    assert all(one.overlap(other) == 0 for one, other in combinations(labels, 2))


def test_pixels_and_data_are_inverse() -> None:
    assert PLANE.data(*PLANE.pixel(2.5, 7.5)) == pytest.approx((2.5, 7.5))


def test_every_mark_is_another_one_while_colour_and_shape_last() -> None:
    known = marks(["full", *(f"m{number}" for number in range(MOST_MARKS))], [])
    assert len({(mark.color, mark.shape) for mark in known}) == MOST_MARKS + 1
    assert known[0].color == COLORS[0]
    assert len(legend(known)) == len(known)


def test_beyond_that_only_methods_at_several_levels_have_their_own() -> None:
    names = [f"m{number}" for number in range(50)]
    known = {mark.name: mark for mark in marks(["full", *names], ["m40", "m41"])}
    assert [name for name, mark in known.items() if not mark.shared] == ["full", "m40", "m41"]
    assert [mark.name for mark in legend(list(known.values()))][-1] == "48 other methods"


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


def test_gains_in_other_units_share_no_axis() -> None:
    results = copy.deepcopy(ladder_results())
    figure = domain_shift(results, marks(methods(results), []), "chart")
    assert figure is not None
    assert ">Gain (points)<" in figure.svg
    for arm in results["arms"]:
        if arm["target_task"] == "poems":
            arm["target"]["metric"] = "nll_per_token"
    mixed = domain_shift(results, marks(methods(results), []), "chart")
    assert mixed is not None
    assert "Gain" not in mixed.svg
    assert ">Forgetting (points)<" in mixed.svg


@pytest.mark.parametrize("others", [2, len(COLORS)], ids=["one panel", "a panel each"])
def test_every_traced_arm_is_named_beside_its_gain_and_its_forgetting(others: int) -> None:
    arms = [FULL, *(Arm(f"method-{number}", 4, "none", 0.5, 0.1, 900) for number in range(others))]
    measured = [traced(completed(arm, TARGETS[0], 0), arm) for arm in arms]
    results = results_of(
        [*base_arms(TARGETS[0]), *measured, completed(Arm("silent", 4, "none", 0.5, 0.1, 900), TARGETS[0], 0)]
    )
    figure = while_training(results, TARGETS[0], marks(methods(results), []), "chart")
    assert figure is not None
    assert all(len(re.findall(f">method-{number}-r4<", figure.svg)) == 2 for number in range(others))
    assert ">silent-r4<" not in figure.svg
    assert all(f">{title} (points)<" in figure.svg for title in ("Gain", "Forgetting"))


def test_training_that_was_not_traced_has_no_chart() -> None:
    results = results_of([*base_arms(TARGETS[0]), completed(FULL, TARGETS[0], 0)])
    assert while_training(results, TARGETS[0], marks(methods(results), []), "chart") is None


def test_only_what_was_measured_on_the_way_is_drawn() -> None:
    results = copy.deepcopy(results_of([*base_arms(TARGETS[0]), traced(completed(FULL, TARGETS[0], 0), FULL)]))
    for arm in results["arms"]:
        for point in arm["trace"]:
            point |= {"accuracy_drop": None, "accuracy_drop_ci95": None}
    figure = while_training(results, TARGETS[0], marks(methods(results), []), "chart")
    assert figure is not None
    assert "Gain (points)" in figure.svg
    assert "Forgetting (points)" not in figure.svg
