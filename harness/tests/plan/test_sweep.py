"""Is every arm swept with the same budget, its rate chosen on validation alone, and found again later?"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.methods import method_named
from harness.plan.expand import at_rates, expand
from harness.plan.job import Workload
from harness.plan.profile import ArmRequest, Profile
from harness.plan.schedule import make_plan
from harness.plan.sweep import (
    GRID,
    arms_that_train,
    arms_to_tune,
    around,
    grid_for,
    measured_around,
    outcome,
    rates_of,
    read_grid,
    seeds_beside,
    sweep,
)
from harness.run.tuning import said
from harness.schema.errors import UserError
from harness.schema.measured import VALIDATION, Measured
from harness.schema.record import Status
from harness.schema.trial import RateSource, Trial
from harness.store.records import Store
from harness.tests.builders import PLATFORM, RECIPE, SCORING, ended, make_measured, make_trial

PROFILE = Profile("own", "embedded", ("poems",), ("facts",), (ArmRequest("lora", (4,)),), (0, 1), RECIPE, SCORING)
MANY = (
    ArmRequest("base"),
    ArmRequest("zero-shot"),
    ArmRequest("full", quantization=("none", "nf4")),
    ArmRequest("lora", (4,)),
    ArmRequest("lora", (4,), settings={"targets": "mlp"}),
)


def work(*arms: ArmRequest, **changes: Any) -> Workload:
    return expand(replace(PROFILE, arms=arms or PROFILE.arms, **changes), PLATFORM, ())


@pytest.mark.parametrize(
    ("name", "grid", "rates"),
    [
        pytest.param("lora", {}, [6e-5, 1.9e-4, 6e-4, 1.9e-3, 6e-3], id="around three times the documented rate"),
        pytest.param("lora", {"lora": [1e-3, 1e-2]}, [1e-3, 1e-2], id="as listed"),
        pytest.param("lora", {"full": [1e-3, 1e-2, 1e-1]}, [1.9e-4, 6e-4, 1.9e-3], id="as many as are listed"),
        pytest.param("peft:hira", {}, [3e-4, 9.5e-4, 3e-3, 9.5e-3, 3e-2], id="a type of PEFT's"),
    ],
)
def test_rates_of(name: str, grid: dict[str, list[float]], rates: list[float]) -> None:
    assert method_named("lora").untuned_learning_rate == 2e-4
    assert rates_of(method_named(name), grid) == rates


def test_grid_that_ships_is_for_the_model_that_ships() -> None:
    assert grid_for("embedded") == read_grid(GRID)
    assert grid_for("smollm2") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[rates]\nlora = [1e-3]\nfull = [1e-3, 1e-2]", "different numbers of rates"),
        ("[rates]\nlora = [1e-3, 1e-3]\nfull = [1e-3, 1e-2]", "different numbers of rates"),
        ("[rates]\nlora = []", r"rates\.lora is \[\]; it must not be empty"),
        ("[rates]", r"rates is {}; it must not be empty"),
        ("lora = [1]", "key 'lora' is not known. Allowed: rates"),
        ("", "rates is missing"),
        ("[rates]\nlora = ['a']", r"rates\.lora\[1\]: 'a' is not allowed\. Give a number above 0, up to 1,000"),
        ("[rates]\nlora = [0]", r"rates\.lora\[1\]: 0 is not allowed\. Give a number above 0, up to 1,000"),
        ("[rates]\nlora = [nan]", r"rates\.lora\[1\]: nan is not allowed\. Give a number above 0, up to 1,000"),
        ("[rates]\nlora = 1", r"rates\.lora is 1; it must be a list"),
        ("[rates", "not valid TOML"),
    ],
)
def test_grid_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "grid.toml").write_text(text)
    with pytest.raises(UserError, match=message):
        read_grid(tmp_path / "grid.toml")


def test_arms_to_tune_train_can_be_and_have_no_rate_of_their_own() -> None:
    assert [trial.arm for trial in arms_to_tune(work(*MANY))] == ["full", "lora-r4", "lora-r4-targets=mlp"]
    assert arms_to_tune(work(learning_rates={"lora": 1e-3})) == []


@pytest.mark.parametrize(
    ("seeds", "beside"), [((0, 1), (7, 8, 9)), ((7,), (8, 9, 10)), ((9, 7, 8), (10, 11, 12)), ((8,), (7, 9, 10))]
)
def test_sweep_takes_seeds_that_the_run_does_not(seeds: tuple[int, ...], beside: tuple[int, ...]) -> None:
    assert seeds_beside(seeds) == beside


def test_sweep_gives_every_arm_the_same_budget_and_no_general_task() -> None:
    workload = work(*MANY, interpolate=(0.5,), trace=1, artifacts="kept")
    swept = sweep(workload, arms_to_tune(workload), {"full": [1e-4, 1e-3], "lora": [1e-3, 1e-2]}, (7, 8))
    per_arm: dict[str, list[tuple[float | None, int | None]]] = {}
    for trial in swept.trials:
        per_arm.setdefault(trial.arm, []).append((trial.learning_rate, trial.seed))
    assert {len(pairs) for pairs in per_arm.values()} == {4}
    assert set(per_arm["lora-r4"]) == {(rate, seed) for rate in (1e-3, 1e-2) for seed in (7, 8)}
    assert {trial.general for trial in swept.trials} == {()}
    assert {(trial.scoring.interpolate, trial.scoring.trace, trial.learning_rate_source) for trial in swept.trials} == {
        ((), 0, RateSource.SWEPT)
    }
    assert swept.job(swept.trials[0]).inputs.general == ()
    assert swept.artifact_of(swept.trials[0]) is None


def tried(rate: float, test: float = 0.5, validation: float = 0.5, seed: int = 7, **changes: Any) -> Measured:
    return validated(make_measured(make_trial(learning_rate=rate, seed=seed, **changes), target=(test,)), validation)


def validated(one: Measured, value: float) -> Measured:
    """With this score on the validation split, and so many nats less than one."""
    assert one.record.validation is not None
    items = one.items.assign(nll=one.items["nll"].mask(one.items["role"] == VALIDATION, 1 - value))
    score = replace(one.record.validation, value=value, nll=1 - value)
    return Measured(replace(one.record, validation=score), items)


def diverged(rate: float, status: Status = Status.DIVERGED, **changes: Any) -> Measured:
    return ended(make_trial(learning_rate=rate, seed=7, **changes), status, "loss is nan\nmore")


def test_validation_chooses_and_test_does_not() -> None:
    found = outcome([tried(1e-3, test=0.1, validation=0.9), tried(1e-2, test=1.0, validation=0.1)])
    (one,) = found.tuned.values()
    assert one.chosen == 1e-3
    assert [tried[:3] for tried in one.trials] == [(1e-3, 7, 0.9), (1e-2, 7, 0.1)]
    assert [tried.nll for tried in one.trials] == pytest.approx([0.1, 0.9])
    assert one.errors == ((1e-3, 0.0), (1e-2, 0.0))
    assert (found.without, found.failed) == ({}, False)


def test_every_trial_of_the_sweep_is_kept_the_diverged_too() -> None:
    found = outcome([tried(1e-3), diverged(1e-2), tried(1e-1, validation=0.4)])
    assert found.tuned["lora-r4 on poems"].trials == (
        (1e-3, 7, 0.5, 0.5),
        (1e-2, 7, None, None),
        (1e-1, 7, 0.4, 0.6),
    )
    assert [rate for rate, _ in found.tuned["lora-r4 on poems"].errors] == [1e-3, 1e-1]


@pytest.mark.parametrize(
    ("second", "reason", "failed"),
    [
        pytest.param(
            [diverged(1e-3), diverged(1e-2)],
            "training diverged at every rate, 0.001 to 0.01",
            False,
            id="nothing but NaN",
        ),
        pytest.param(
            [tried(1e-3), diverged(1e-2, Status.FAILED)], "1 of 2 trials failed: loss is nan", True, id="a crash"
        ),
        pytest.param(
            [diverged(1e-3, Status.UNSUPPORTED), diverged(1e-2, Status.UNSUPPORTED)],
            "2 of 2 trials unsupported: loss is nan",
            False,
            id="a method that the base does not take",
        ),
        pytest.param(
            [tried(1e-3), diverged(1e-2)],
            None,
            False,
            id="one rate left",
        ),
    ],
)
def test_arm_without_a_rate_is_said_and_the_others_keep_theirs(
    second: list[Measured], reason: str | None, failed: bool
) -> None:
    others = [tried(1e-3, rank=8), tried(1e-2, rank=8, validation=0.9)]
    found = outcome([*others, *second])
    assert found.tuned["lora-r8 on poems"].chosen == 1e-2
    assert found.without == ({} if reason is None else {"lora-r4 on poems": reason})
    assert found.failed is failed
    lines = list(said(found))
    assert "lora-r8 on poems: learning rate 0.01 (at the edge of its grid: a better one may lie outside)" in lines
    assert reason is None or f"lora-r4 on poems: no rate can be chosen, it stays untuned; {reason}" in lines


def test_rate_of_which_a_seed_diverged_everywhere_gives_no_sweep() -> None:
    second = [tried(rate, seed=8) for rate in (1e-3, 1e-2)]
    assert outcome([diverged(1e-3), diverged(1e-2), *second]).tuned == {}


def test_smaller_rate_within_an_error_is_taken_and_said() -> None:
    """Seeds disagree on which of the two is better."""
    nearly = [tried(1e-3, validation=value, seed=seed) for seed, value in ((7, 0.9), (8, 0.6))]
    found = outcome([*nearly, *(tried(rate, validation=0.8, seed=seed) for rate in (1e-2, 1e-1) for seed in (7, 8))])
    (one,) = found.tuned.values()
    assert (one.best, one.chosen) == (1e-2, 1e-3)
    assert dict(one.errors) == pytest.approx({1e-3: 0.15, 1e-2: 0.0, 1e-1: 0.0})
    assert "learning rate 0.001, the smallest within one standard error of 0.01" in next(said(found))


def test_what_rates_around_the_chosen_one_gain_and_forget() -> None:
    """The chosen rate between its neighbours, under one seed, with the general tasks that the run asks for."""
    workload = work(trace=1, artifacts="kept")
    swept = sweep(workload, arms_that_train(workload), {}, (7,))
    (one,) = outcome([scored(trial) for trial in swept.trials]).tuned.values()
    near = around(workload, [one], 7)
    assert [(trial.learning_rate, trial.seed) for trial in near.trials] == [(rate, 7) for rate in one.around]
    assert {(trial.general, trial.scoring.trace) for trial in near.trials} == {(workload.trials[0].general, 0)}
    assert near.job(near.trials[0]).inputs.general == workload.general
    base = validated(make_measured(near.trials[0].base_arm(), general={"facts": (1.0, 1.0)}), 0.25)
    arms = [validated(make_measured(near.trials[0], general={"facts": (1.0, 0.0)}), 0.75)]
    lost = [*arms, ended(near.trials[1], Status.DIVERGED)]
    assert measured_around(one, lost, base).beside == (
        (one.around[0], 7, 0.5, 0.5),
        (one.around[1], 7, None, None),
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([tried(1e-3, rank=8)], id="fewer rates"),
        pytest.param([tried(1e-3, rank=8, seed=seed) for seed in (7, 8)], id="seeds for rates"),
        pytest.param([tried(r, rank=8, recipe=replace(RECIPE, steps=9)) for r in (1e-3, 1e-2)], id="more steps"),
    ],
)
def test_unequal_budgets_are_refused(other: list[Measured]) -> None:
    with pytest.raises(UserError, match="unequal budgets is not fair"):
        outcome([tried(1e-3), tried(1e-2), *other])


def test_rate_that_misses_a_seed_is_refused() -> None:
    with pytest.raises(UserError, match="does not try every rate with every seed"):
        outcome([tried(1e-3), tried(1e-2), tried(1e-2, seed=8)])


def test_found_rates_are_those_of_the_trials(tmp_path: Path) -> None:
    workload = work(*MANY)
    swept = sweep(workload, arms_to_tune(workload), {"full": [1e-4, 1e-3], "lora": [1e-3, 1e-2]}, (7,))
    found = outcome([scored(trial) for trial in swept.trials])
    profile = replace(PROFILE, arms=MANY)
    rated = at_rates(workload, profile, list(found.tuned.values()))
    assert {(t.arm, t.learning_rate, t.learning_rate_source) for t in rated.trials if _possible(rated, t)} == {
        ("full", 1e-3, "tuned"),
        ("lora-r4", 1e-2, "tuned"),
        ("lora-r4-targets=mlp", 1e-2, "tuned"),
    }
    assert arms_to_tune(rated) == []
    assert [t.id for t in rated.trials] == [t.id for t in workload.trials]
    assert set(rated.unsupported) <= {trial.digest for trial in rated.trials}


def _possible(workload: Workload, trial: Trial) -> bool:
    return trial.trains and trial.digest not in workload.unsupported


def scored(trial: Trial) -> Measured:
    """Better on validation the higher the rate, as if for real; poems are judged by exact match."""
    return validated(make_measured(trial, target=(0.0,)), float(trial.learning_rate or 0))


def test_stored_record_takes_the_source_that_is_asked_for_now(tmp_path: Path) -> None:
    """A rate that was a guess and is tuned now is the same number with another standing."""
    workload, store = work(seeds=(0,)), Store(tmp_path)
    (trial,) = workload.trials
    store.put(make_measured(trial))
    tuned = replace(workload, trials=(replace(trial, learning_rate_source="tuned"),))
    (found,) = make_plan(tuned, tuned.trials, store, with_base=False).found.values()
    assert (trial.learning_rate_source, found.trial.learning_rate_source) == ("untuned", "tuned")
