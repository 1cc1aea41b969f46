"""Gain and forgetting against each cost: which costs can be chosen, who is drawn, and where the front runs."""

from dataclasses import replace

import pandas as pd
import pytest

from harness.report.charts.explorer import MAIN, PRICES, Explorer, explorer
from harness.report.charts.figure import VegaLite, marks
from harness.report.charts.scatter import Axis, front, standing_out, unbeaten
from harness.report.model.arms import methods
from harness.schema.results import ArmResult, Results
from harness.tests.synthetic import FULL, TARGETS, base_arms, completed, crowded_results, results_of, whole_results

LESS_X, MORE_X = Axis("x", False, (0, 10)), Axis("x", True, (0, 10))
LESS_Y, MORE_Y = Axis("y", False, (-5, 50)), Axis("y", True, (-5, 50))
POINTS = ((2.0, 10.0), (4.0, 10.0), (5.0, 30.0), (6.0, 20.0))


def frame(points: tuple[tuple[float, float], ...] = POINTS) -> pd.DataFrame:
    rows = [{"arm": f"arm-{place}", "trains": True, "x": x, "y": y} for place, (x, y) in enumerate(points)]
    return pd.DataFrame(rows)


def explored(results: Results) -> Explorer:
    found = explorer(results, marks(methods(results), []), "explorer")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def whole() -> Explorer:
    return explored(whole_results())


def rows(spec: VegaLite) -> list[VegaLite]:
    """Every row that a specification draws."""
    return [row for found in spec["datasets"].values() for row in found]


@pytest.mark.parametrize(
    ("x", "y", "corners"),
    [
        (LESS_X, MORE_Y, [(2, -5), (2, 10), (5, 10), (5, 30), (10, 30)]),
        (LESS_X, LESS_Y, [(2, 50), (2, 10), (10, 10)]),
        (MORE_X, MORE_Y, [(6, -5), (6, 20), (5, 20), (5, 30), (0, 30)]),
        (MORE_X, LESS_Y, [(6, 50), (6, 20), (4, 20), (4, 10), (0, 10)]),
    ],
    ids=["cheaper and more", "cheaper and less", "faster and more", "faster and less"],
)
def test_the_front_steps_around_all_that_was_reached(x: Axis, y: Axis, corners: list[tuple[float, float]]) -> None:
    assert front(frame(), x, y) == corners


def test_what_coincides_does_not_beat_each_other() -> None:
    both = frame(((1.0, 5.0), (1.0, 5.0), (1.0, 4.0)))
    assert list(unbeaten(both, LESS_X, MORE_Y)) == [True, True, False]
    assert front(both, LESS_X, MORE_Y) == [(1, -5), (1, 5), (10, 5)]


def test_full_fine_tuning_and_the_best_without_training_stand_out_too() -> None:
    arms = frame().assign(trains=[True, True, True, False])
    arms.loc[1, "arm"] = "full"
    assert list(standing_out(arms, LESS_X, MORE_Y, most=10)) == [True, True, True, True]
    assert list(standing_out(arms.drop(index=2), LESS_X, MORE_Y, most=10)) == [True, True, True]
    arms.loc[1, "arm"] = "beaten"
    assert list(standing_out(arms, LESS_X, MORE_Y, most=10)) == [True, False, True, True]


def alike(arm: ArmResult) -> ArmResult:
    """As many operations as every other arm, at a price that differs."""
    usd = 1e-9 * (arm.cost.trainable_params or 0)
    return arm.with_(cost=replace(arm.cost, flops_per_token=4e6, usd=usd))


@pytest.mark.slow
def test_only_costs_that_differ_can_be_chosen(whole: Explorer) -> None:
    results = whole_results()
    assert "usd" not in dict(whole.prices)
    prices = dict(explored(results.with_(arms=tuple(map(alike, results.arms)))).prices)
    assert prices["usd"] == "Money for training (US dollars)"
    assert "flops_per_token" not in prices
    assert list(prices) == [price.field for price in PRICES if price.field in prices]


@pytest.mark.slow
def test_every_arm_with_the_cost_is_drawn_and_no_other() -> None:
    results = crowded_results()
    found = explored(results)
    for place, target in enumerate(found.targets):
        arms = [arm for arm in results.arms if arm.target_task == target and arm.target]
        with_cost = {arm.arm for arm in arms if arm.cost.artifact_bytes and arm.method != "base"}
        drawn = {row["arm"] for row in rows(found.specs[f"{place}/artifact_bytes/gain"]) if "arm" in row}
        assert drawn == with_cost


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "kind"), [(2.0, "linear"), (100.0, "log")])
def test_costs_that_lie_far_apart_stand_on_a_logarithmic_axis(factor: float, kind: str) -> None:
    arms = [FULL, FULL.__class__("lora", 8, "none", 0.6, 0.05, int(FULL.trainable_params / factor))]
    results = results_of([*base_arms(TARGETS[0]), *(completed(arm, TARGETS[0], 0) for arm in arms)])
    spec = explored(results).specs["0/trainable_params/gain"]
    x = next(layer["encoding"]["x"] for layer in spec["layer"] if layer["mark"]["type"] == "point")
    low, high = x["scale"]["domain"]
    assert x["scale"]["type"] == kind
    assert ("log scale" in x["title"]) == (kind == "log")
    assert 0 <= low < FULL.trainable_params / factor < FULL.trainable_params < high
    assert all(low <= tick <= high for tick in x["axis"].get("values", []))


@pytest.mark.slow
def test_the_main_costs_stand_still_for_every_target(whole: Explorer) -> None:
    shown = [price.title for price in PRICES if price.field in MAIN and price.field in dict(whole.prices)]
    assert len(shown) > 1
    assert len(whole.figures) == len(shown) * len(TARGETS)
    for figure, title in zip(whole.figures, shown * len(TARGETS), strict=True):
        assert f">{title}" in figure.svg
        assert figure.caption.startswith(f"{figure.target}: gain against {title.lower()}")


def test_without_a_cost_there_is_nothing_to_explore() -> None:
    results = results_of([*base_arms(TARGETS[0]), completed(FULL, TARGETS[0], 0)])
    assert explorer(results, marks(methods(results), []), "explorer") is None
