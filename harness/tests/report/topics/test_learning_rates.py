"""Around the learning rate of each arm: what its neighbours gained and forgot, or that nobody looked."""

from typing import Any

import pytest

from harness.report.charts.figure import marks
from harness.report.charts.training import learning_rates as chart
from harness.report.model.arms import methods
from harness.report.topics.learning_rates import CONDITIONAL, table
from harness.schema.results import RatePoint, Results, Sweep
from harness.tests.report.topics.runs import TARGET, run_of
from harness.tests.synthetic import FULL

NEAR = {"gain": 0.25, "accuracy_drop": 0.031}
POINTS = (
    {"learning_rate": 1e-4, "validation": 0.1, "nll": 2.0, "nll_error": 0.02},
    {"learning_rate": 3e-4, "validation": 0.4, "nll": 1.52, "nll_error": 0.004, "gain": 0.1, "accuracy_drop": -0.002},
    {"learning_rate": 1e-3, "validation": 0.5, "nll": 1.502, "nll_error": 0.003, **NEAR},
    {"learning_rate": 3e-3, "validation": 0.6, "nll": 1.5, "nll_error": 0.0, "gain": 0.3, "accuracy_drop": 0.12},
    {"learning_rate": 1e-2, "validation": None},
)


def swept(*points: dict[str, Any], chosen: float = 1e-3) -> Results:
    curve = tuple(RatePoint(**point) for point in points)
    own = Sweep(target=TARGET, arm="full", method="full", rank=None, quantization="none", metric="exact_match",
                chosen=chosen, at_edge=False, seeds=(7, 8, 9), steps=100, curve=curve)  # fmt: skip
    return run_of(FULL).with_(learning_rates=(own,))


def test_the_chosen_rate_stands_between_its_neighbours() -> None:
    found = table(swept(*POINTS))
    (group,) = found.groups
    assert [(row[1].text, row[1].detail) for row in group.rows] == [("0.0003", ""), ("0.001", "chosen"), ("0.003", "")]
    assert [(row[3].text, row[3].detail) for row in group.rows] == [
        ("1.520", "+0.020 ± 0.004"),
        ("1.502", "+0.002 ± 0.003"),
        ("1.500", "the fewest"),
    ]
    assert [(row[4].text, row[5].text) for row in group.rows] == [
        ("+10.0", "\N{MINUS SIGN}0.2"),
        ("+25.0", "+3.1"),
        ("+30.0", "+12.0"),
    ]
    assert CONDITIONAL in found.caption
    assert "not measured" not in found.caption


def test_a_neighbour_that_diverged_says_so() -> None:
    (group,) = table(swept(*POINTS, chosen=3e-3)).groups
    assert [row[3].text for row in group.rows] == ["1.502", "1.500", "diverged"]


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        pytest.param(("gain", "accuracy_drop"), "not measured: python -m harness tune does", id="no forgetting"),
        pytest.param(("nll", "nll_error"), "there the best score chose", id="scores alone"),
    ],
)
def test_what_was_not_measured_is_said(left_out: tuple[str, ...], said: str) -> None:
    found = table(swept(*({name: point[name] for name in point if name not in left_out} for point in POINTS)))
    assert said in found.caption
    assert {row[3].text == "\N{EN DASH}" for row in found.groups[0].rows} == {"nll" in left_out}


@pytest.mark.parametrize(("left_out", "title"), [((), "Validation nats"), (("nll",), "Validation score")])
def test_the_chart_shows_what_the_rate_was_chosen_by(left_out: tuple[str, ...], title: str) -> None:
    results = swept(*({name: point[name] for name in point if name not in left_out} for point in POINTS))
    figure = chart(results, TARGET, marks(methods(results), []), "chart")
    assert figure is not None
    assert f">{title}</text>" in figure.svg


def test_a_run_without_a_sweep_has_no_table() -> None:
    assert not table(run_of(FULL))
