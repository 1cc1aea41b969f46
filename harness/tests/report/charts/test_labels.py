"""Labels that cover neither each other nor a point."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from harness.report.charts.labels import Box, Plane, place

PLANE = Plane((0.0, 10.0), (0.0, 10.0), 800.0, 500.0)


def boxes(points: list[tuple[float, float]], texts: list[str], wanted: list[bool]) -> list[Box]:
    """Pixels that the placed labels cover, as narrow as any font draws them."""
    found = []
    labels = pd.DataFrame([(*point, text) for point, text in zip(points, texts, strict=True)])
    spots = place(PLANE, labels, ("x", "y"), wanted)
    for number, x, y, align in zip(spots.index, spots["x"], spots["y"], spots["align"], strict=True):
        (left, top), width = PLANE.pixel(x, y), 6 * len(texts[number])
        start = left - width if align == "right" else left
        found.append((start, top - 6, start + width, top + 6))
    return found


def overlap(one: Box, other: Box) -> bool:
    starts, ends = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    return bool((starts < ends).all())


@pytest.mark.parametrize("wanted", [True, False])
def test_labels_cover_neither_each_other_nor_a_point(wanted: bool) -> None:
    draws = np.random.default_rng(3).uniform(0.5, 9.5, (12 if wanted else 60, 2))
    points = [(float(x), float(y)) for x, y in draws]
    labels = boxes(points, [f"peft:type-{number}" for number in range(len(points))], [wanted] * len(points))
    dots = [(left - 4, top - 4, left + 4, top + 4) for left, top in (PLANE.pixel(*point) for point in points)]
    assert len(labels) == 12 if wanted else 10 < len(labels) < 60
    assert all(not overlap(one, other) for one, other in combinations(labels, 2))
    assert all(not overlap(label, dot) for label in labels for dot in dots)


def test_a_wanted_label_stands_even_where_points_coincide() -> None:
    points = [(5.0, 5.0)] * 6
    labels = boxes(points, ["lora-r16-nf4"] * 6, [True] * 6)
    assert len(labels) == 6
    assert all(not overlap(one, other) for one, other in combinations(labels, 2))


@pytest.mark.parametrize("plane", [PLANE, Plane((1.0, 1000.0), (0.0, 10.0), 800.0, 500.0, log_x=True)])
def test_pixels_and_data_are_inverse(plane: Plane) -> None:
    assert plane.data(*plane.pixel(2.5, 7.5)) == pytest.approx((2.5, 7.5))


def test_on_a_logarithmic_axis_a_power_of_ten_is_a_step() -> None:
    plane = Plane((1.0, 1000.0), (0.0, 10.0), 900.0, 500.0, log_x=True)
    assert [plane.pixel(10.0**power, 0.0)[0] for power in range(4)] == pytest.approx([0.0, 300.0, 600.0, 900.0])
