"""Is every arm swept with the same budget, its rate chosen on validation alone, and found again later?"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.commands import report, tune
from harness.methods import method_named
from harness.plan.expand import at_rates, expand
from harness.plan.job import Workload
from harness.plan.learning_rates import FILE, arm_key, load_tuned
from harness.plan.profile import ArmRequest, Profile
from harness.plan.schedule import make_plan
from harness.plan.sweep import (
    GRID,
    arms_to_tune,
    grid_for,
    outcome,
    rates_of,
    read_grid,
    seed_beside,
    sweep,
)
from harness.plugin.options import read_choices
from harness.run.progress import Terminal
from harness.run.session import Choices, RunSession
from harness.run.tuning import planned_sweep, print_sweep, run_sweep, said
from harness.run.tuning import tune as run_tune
from harness.schema.errors import UserError
from harness.schema.measured import Measured
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


@pytest.mark.parametrize(("seeds", "seed"), [((0, 1), 7), ((7,), 8), ((9, 7, 8), 10)])
def test_sweep_takes_a_seed_that_the_run_does_not(seeds: tuple[int, ...], seed: int) -> None:
    assert seed_beside(seeds) == seed


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
    one = make_measured(make_trial(learning_rate=rate, seed=seed, **changes), target=(test,))
    score = one.record.validation
    assert score is not None
    return replace(one, record=replace(one.record, validation=replace(score, value=validation)))


def diverged(rate: float, status: Status = Status.DIVERGED, **changes: Any) -> Measured:
    return ended(make_trial(learning_rate=rate, seed=7, **changes), status, "loss is nan\nmore")


def test_validation_chooses_and_test_does_not() -> None:
    found = outcome([tried(1e-3, test=0.1, validation=0.9), tried(1e-2, test=1.0, validation=0.1)])
    (one,) = found.tuned.values()
    assert one.chosen == 1e-3
    assert one.trials == ((1e-3, 7, 0.9), (1e-2, 7, 0.1))
    assert (found.without, found.failed) == ({}, False)


def test_every_trial_of_the_sweep_is_kept_the_diverged_too() -> None:
    found = outcome([tried(1e-3), diverged(1e-2), tried(1e-1, validation=0.4)])
    assert found.tuned["lora-r4 on poems"].trials == ((1e-3, 7, 0.5), (1e-2, 7, None), (1e-1, 7, 0.4))


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
    found = outcome([_scored(trial) for trial in swept.trials])
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


def _scored(trial: Trial) -> Measured:
    """Better on validation the higher the rate, as if for real; poems are judged by exact match."""
    one = make_measured(trial, target=(0.0,))
    assert one.record.validation is not None
    score = replace(one.record.validation, value=float(trial.learning_rate or 0))
    return replace(one, record=replace(one.record, validation=score))


def test_stored_record_takes_the_source_that_is_asked_for_now(tmp_path: Path) -> None:
    """A rate that was a guess and is tuned now is the same number with another standing."""
    workload, store = work(seeds=(0,)), Store(tmp_path)
    (trial,) = workload.trials
    store.put(make_measured(trial))
    tuned = replace(workload, trials=(replace(trial, learning_rate_source="tuned"),))
    (found,) = make_plan(tuned, tuned.trials, store, with_base=False).found.values()
    assert (trial.learning_rate_source, found.trial.learning_rate_source) == ("untuned", "tuned")


class Lines(Terminal):
    """A terminal that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def line(self, text: str) -> None:
        self.said.append(text)


def choices(tmp_path: Path, **flags: str) -> Choices:
    given: Mapping[str, Any] = {
        "--methods": "lora[targets=attention]",
        "--ranks": "2",
        "--quantization": "none",
        "--seeds": "1",
        "--targets": "new-facts",
        "--steps": "2",
        "--engine": "inline",
        "--tune": True,
        "--store": str(tmp_path / "store"),
        **{f"--{name}": value for name, value in flags.items()},
    }
    read = read_choices(given.get)
    scoring = replace(read.profile.scoring, max_items=4)
    return replace(read, profile=replace(read.profile, general=(), scoring=scoring))


@pytest.mark.trains
def test_sweep_runs_once_and_later_runs_find_its_rates(tmp_path: Path) -> None:
    """For real: five short trainings; then the same again, and a run without `--tune`."""
    first, lines = RunSession(choices(tmp_path)), Lines()
    swept = planned_sweep(first)
    assert swept is not None
    print_sweep(lines, swept, in_full=False)
    assert (
        "1 arm without a rate tuned for exactly this; a sweep of 5 rates x 2 steps each (seed 7): 5 tr" in lines.said[0]
    )
    run_tune(first, swept, lines, "pytest suites/ --tune")
    assert sum(line.startswith("tune: [") and " at 0.0" in line for line in lines.said) == 5
    (kept,) = load_tuned(tmp_path / "store" / FILE)
    assert len(kept.trials) == 5
    assert kept.settings == (("targets", "attention"),)
    (trial,) = first.workload.trials
    assert (trial.learning_rate, trial.learning_rate_source) == (kept.chosen, "tuned")
    (row,) = first.run_fields().learning_rates
    assert (row.arm, row.steps, row.at_edge) == (trial.arm, 2, kept.at_edge)
    again = RunSession(replace(choices(tmp_path), tune=False))
    assert again.workload.trials == (trial,)
    assert planned_sweep(again) is None
    more = planned_sweep(RunSession(choices(tmp_path, steps="3")))
    assert more is not None
    assert {one.recipe.steps for one in more.workload.trials} == {3}
    with pytest.raises(UserError, match="holds no readable record"):
        report._results(tmp_path / "store")


def test_sweep_in_which_nothing_can_be_chosen_leaves_the_arm_untuned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, lines = RunSession(choices(tmp_path)), Lines()
    swept = planned_sweep(run)
    assert swept is not None
    untuned = run.workload.trials
    monkeypatch.setattr(RunSession, "start", lambda self, *args: None)
    monkeypatch.setattr(RunSession, "measured", lambda self, trial: ended(trial, Status.DIVERGED, "nan"))
    run_tune(run, swept, lines, "")
    assert run.workload.trials == untuned
    assert "lora-r2-targets=attention on new-facts: no rate can be chosen, it stays untuned" in lines.said[-1]
    assert not (tmp_path / "store" / FILE).exists()


def test_sweep_ends_its_workers_when_it_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swept = planned_sweep(RunSession(choices(tmp_path)))
    assert swept is not None
    closed: list[bool] = []

    def interrupt(self: RunSession, trial: Trial) -> Measured:
        raise KeyboardInterrupt

    monkeypatch.setattr(RunSession, "start", lambda self, *args: None)
    monkeypatch.setattr(RunSession, "measured", interrupt)
    monkeypatch.setattr(RunSession, "close", lambda self: closed.append(True))
    with pytest.raises(KeyboardInterrupt):
        run_sweep(swept, Lines())
    assert closed == [True]


@pytest.mark.parametrize(("given", "out"), [(["--out", "rates.json"], "rates.json"), ([], f"s/{FILE}")])
def test_tune_command_sweeps_every_arm_and_says_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: list[str], out: str
) -> None:
    """Away from the checkout its sweeps go where runs look for them."""
    parser = argparse.ArgumentParser()
    tune.add_arguments(parser)
    monkeypatch.chdir(tmp_path)
    grid = tmp_path / "grid.toml"
    grid.write_text("[rates]\nlora = [1e-3, 1e-2]\nfull = [1e-4, 1e-3]\n")
    words = "--methods full,lora --ranks 4 --quantization none --seeds 7, --targets poems --store s"
    arguments = parser.parse_args([*words.split(), "--grid", str(grid), *given])
    monkeypatch.setattr(RunSession, "start", lambda self, *args: None)
    monkeypatch.setattr(RunSession, "measured", lambda self, trial: _scored(trial))
    assert tune.run(arguments) == 0
    assert f"2 sweeps written to {out}" in capsys.readouterr().out
    swept = json.loads((tmp_path / out).read_text())["sweeps"]
    assert [(one["method"], len(one["trials"])) for one in swept] == [("full", 2), ("lora", 2)]
    assert {arm_key(trial)[:2] for trial in work(ArmRequest("full")).trials} == {
        (one["model_sha256"], one["target_sha256"]) for one in swept
    }


@pytest.mark.parametrize(
    ("planned", "said_so"),
    [
        (lambda path: planned_sweep(RunSession(choices(path))), "  sweep   new-facts-lora-r2-targets=attention-s7 at"),
        (lambda path: None, "nothing to sweep"),
    ],
    ids=["a sweep", "none"],
)
def test_plan_says_the_sweep(tmp_path: Path, planned: Callable[[Path], RunSession | None], said_so: str) -> None:
    lines = Lines()
    print_sweep(lines, planned(tmp_path), in_full=True)
    assert said_so in lines.said[-1]
