"""Does a training cost what its time costs, wherever the price of the machine comes from?"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.judge.results import build_results, priced
from harness.plugin.options import read_choices
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.measured import Measured
from harness.schema.record import Cost
from harness.schema.results import RunFields
from harness.store.records import Store
from harness.tests.builders import make_measured, make_trial


def timed(seed: int, train_s: float | None) -> Measured:
    one = make_measured(make_trial("full", None, seed))
    return Measured(replace(one.record, cost=Cost(train_s=train_s)), one.items)


@pytest.mark.parametrize(
    ("price", "each", "median"),
    [(3.6, [0.5, 1.0, 2.0, None], 1.0), (None, [None] * 4, None)],
    ids=["at a price", "without one"],
)
def test_training_costs_what_its_time_costs(
    price: float | None, each: list[float | None], median: float | None
) -> None:
    seconds = (500.0, 1000.0, 2000.0, None)
    measured = [timed(seed, train_s) for seed, train_s in enumerate(seconds)]
    content = build_results(measured, RunFields(usd_per_hour=price))
    assert [trial.cost.usd for trial in content.trials] == pytest.approx(each)
    assert [arm.cost.usd for arm in content.arms] == [median]
    assert content.usd_per_hour == price


def test_price_can_be_set_afterwards_and_replaces_an_earlier_one() -> None:
    content = build_results([timed(0, 1800.0)], RunFields(usd_per_hour=1.0))
    again = priced(content, 4.0)
    assert (again.usd_per_hour, again.trials[0].cost.usd, again.arms[0].cost.usd) == (4.0, 2.0, 2.0)
    assert content.trials[0].cost.usd == 0.5


@pytest.mark.parametrize("given", ["0", "-1", "nan", "inf", "cheap", ""])
def test_price_must_be_a_positive_number(given: str) -> None:
    with pytest.raises(UserError, match=f"--usd-per-hour: '{given}' is not allowed"):
        read_choices({"--usd-per-hour": given}.get)


def test_price_is_read_and_none_is_assumed() -> None:
    options: dict[str, str] = {}
    assert read_choices(options.get).usd_per_hour is None
    assert read_choices({"--usd-per-hour": "2.5"}.get).usd_per_hour == 2.5


def cost_in(directory: Path) -> float | None:
    content = json.loads((directory / "results.json").read_text())
    found: float | None = content["trials"][0]["cost"]["usd"]
    return found


def test_report_is_made_again_at_another_price(tmp_path: Path) -> None:
    """From a store first, then from the results.json that this left; without a price the earlier one stays."""
    store, first = tmp_path / "store", tmp_path / "first"
    Store(store).put(timed(0, 1800.0))
    assert main(["report", str(store), "--to", str(first)]) == ExitCode.HELD
    assert cost_in(first) is None
    for given, usd in ((["--usd-per-hour", "3"], 1.5), ([], 1.5), (["--usd-per-hour", "1"], 0.5)):
        assert main(["report", str(first), *given]) == ExitCode.HELD
        assert cost_in(first) == usd
    assert main(["report", str(first), "--usd-per-hour", "0"]) == ExitCode.USAGE_ERROR
