"""Does a run sweep learning rates once, keep what it found, show what they decide, and end what it began?"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.commands import report, tune
from harness.plan.learning_rates import FILE, arm_key, load_tuned
from harness.plan.profile import ArmRequest
from harness.plan.sweep import arms_that_train
from harness.plugin.options import read_choices
from harness.run.progress import Terminal
from harness.run.session import Choices, RunSession
from harness.run.tuning import plan_sweep, planned_sweep, print_sweep, run_sweep, with_forgetting
from harness.run.tuning import tune as run_tune
from harness.schema.errors import UserError
from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.schema.trial import Trial
from harness.tests.builders import ended
from harness.tests.plan.test_sweep import scored, work


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
    """For real: short trainings at five rates; then the same again, and a run without `--tune`."""
    first, lines = RunSession(choices(tmp_path)), Lines()
    swept = planned_sweep(first)
    assert swept is not None
    print_sweep(lines, swept, in_full=False)
    assert (
        "1 arm without a rate tuned for exactly this; a sweep of 5 rates x 2 steps each, under 3 seeds (7, 8, 9): 15 tr"
        in lines.said[0]
    )
    run_tune(first, swept, lines, "pytest suites/ --tune")
    assert sum(line.startswith("tune: [") and " at 0.0" in line for line in lines.said) == 15
    (kept,) = load_tuned(tmp_path / "store" / FILE)
    assert len(kept.trials) == 15
    assert len(kept.errors) == 5
    assert kept.settings == (("targets", "attention"),)
    (trial,) = first.workload.trials
    assert (trial.learning_rate, trial.learning_rate_source) == (kept.chosen, "tuned")
    (row,) = first.run_fields().learning_rates
    assert (row.arm, row.steps, row.at_edge) == (trial.arm, 2, kept.at_edge)
    assert {point.learning_rate: point.nll for point in row.curve} == kept.nats
    again = RunSession(replace(choices(tmp_path), tune=False))
    assert again.workload.trials == (trial,)
    assert planned_sweep(again) is None
    more = planned_sweep(RunSession(choices(tmp_path, steps="3")))
    assert more is not None
    assert {one.recipe.steps for one in more.workload.trials} == {3}
    with pytest.raises(UserError, match="holds no readable record"):
        report._results(tmp_path / "store")


@pytest.mark.release
@pytest.mark.trains
def test_arms_train_again_around_their_rates(tmp_path: Path) -> None:
    """For real: two rates, then both again with a general task, and the base."""
    given = choices(tmp_path)
    run = RunSession(replace(given, profile=replace(given.profile, general=("agreement",))))
    swept, lines = plan_sweep(run, arms_that_train(run.workload), {"lora": [1e-3, 1e-2]}, (7,)), Lines()
    (one,) = with_forgetting(run, run_sweep(swept, lines), 7, lines).tuned.values()
    assert [(near.rate, near.seed) for near in one.beside] == [(1e-3, 7), (1e-2, 7)]
    assert all(near.gain is not None and near.accuracy_drop is not None for near in one.beside)
    assert any(line.startswith("around the rates: ") and "new-facts-base" in line for line in lines.said)


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


@pytest.mark.parametrize(
    ("given", "out", "rates"),
    [(["--out", "rates.json", "--no-forgetting"], "rates.json", 0), ([], f"s/{FILE}", 2)],
)
def test_tune_command_sweeps_every_arm_and_says_what_it_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: list[str],
    out: str,
    rates: int,
) -> None:
    """Away from the checkout its sweeps go where runs look for them."""
    parser = argparse.ArgumentParser()
    tune.add_arguments(parser)
    monkeypatch.chdir(tmp_path)
    grid = tmp_path / "grid.toml"
    grid.write_text("[rates]\nlora = [1e-3, 1e-2]\nfull = [1e-4, 1e-3]\n")
    words = "--methods full,lora --ranks 4 --quantization none --targets poems --store s"
    arguments = parser.parse_args([*words.split(), "--grid", str(grid), *given])
    monkeypatch.setattr(RunSession, "start", lambda self, *args: None)
    monkeypatch.setattr(RunSession, "measured", lambda self, trial: scored(trial))
    assert tune.run(arguments) == 0
    assert f"2 sweeps written to {out}" in capsys.readouterr().out
    swept = json.loads((tmp_path / out).read_text())["sweeps"]
    found = [(one["method"], len(one["trials"]), len(one["beside"])) for one in swept]
    assert found == [("full", 6, rates), ("lora", 6, rates)]
    assert {arm_key(trial)[:2] for trial in work(ArmRequest("full")).trials} == {
        (one["model_sha256"], one["target_sha256"]) for one in swept
    }


@pytest.mark.parametrize(
    ("planned", "said_so"),
    [
        (lambda path: planned_sweep(RunSession(choices(path))), "  sweep   new-facts-lora-r2-targets=attention-s9 at"),
        (lambda path: None, "nothing to sweep"),
    ],
    ids=["a sweep", "none"],
)
def test_plan_says_the_sweep(tmp_path: Path, planned: Callable[[Path], RunSession | None], said_so: str) -> None:
    lines = Lines()
    print_sweep(lines, planned(tmp_path), in_full=True)
    assert said_so in lines.said[-1]
