"""Does the command of a trial lead to exactly that trial again?"""

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.judge.results import build_results
from harness.plan.expand import expand
from harness.plan.job import Workload
from harness.plan.learning_rates import load_tuned
from harness.plan.reproduce import commands_of_run, repeat_command
from harness.plugin.options import OPTIONS, read_choices
from harness.run.environment import find_platform
from harness.schema.paths import FIXTURES, ROOT
from harness.schema.results import RunFields
from harness.schema.trial import Platform, Source, Trial
from harness.tests.builders import make_measured, make_trial
from harness.tests.inner import run_pytest
from harness.tests.lm_eval_files import choice_rows, write_task

pytestmark = pytest.mark.usefixtures("tasks_read_once")

DATA = '{{"prompt": "Where is {0}?", "completion": " in {0}"}}\n'


def options_of(command: Sequence[str]) -> dict[str, Any]:
    """What pytest would make of the arguments: every option of ours, and `-k`."""
    named = {name: option for option in OPTIONS for name in (option.flag, *option.aliases)}
    found: dict[str, Any] = {}
    parts = iter(shlex.split(" ".join(command)))
    for part in parts:
        name, equals, value = part.partition("=")
        if name in named:
            option = named[name]
            found[option.flag] = option.metavar is None or (value if equals else next(parts))
        elif name == "-k":
            found[name] = next(parts)
    return found


def workload_of(command: Sequence[str]) -> Workload:
    choices = read_choices(options_of(command).get)
    platform = find_platform(choices.device, choices.threads, choices.profile.attention)
    return expand(choices.profile, platform, load_tuned())


def selected(command: Sequence[str]) -> set[str]:
    """Digests of the trials that the command leads to, less base arms that stand beside others."""
    trials = workload_of(command).trials
    words = (options_of(command).get("-k") or "").split(" and ")
    kept = [one for one in trials if all(word in f"test[{one.id}]" for word in words)]
    measured = [one for one in kept if not one.is_base] or kept
    return {one.digest for one in measured}


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "my data.jsonl"
    path.write_text("".join(DATA.format(f"place {number}") for number in range(60)))
    return path


SETTINGS = "lora[alpha=8,targets=mlp],lora[layers=0,replay=0.25],lora,full,few-shot,zero-shot,prompt-tuning"
RUNS: dict[str, list[str]] = {
    "the default": ["suites/"],
    "options with a sign": [
        "suites/",
        "--profile=tiny",
        "--target=poems,json",
        "--seeds=0,7",
        "--ranks=2,8",
        "-kpoems",
    ],
    "one test of one file": ["suites/test_gain.py::test_gain_is_measured[poems-full-s0]", "suites/test_cost.py", "-x"],
    "settings": ["suites/", "--methods", SETTINGS, "--targets", "new-facts", "--seeds", "7,", "--steps", "7"],
    "the way of the weights": ["suites/", "--interpolate", "0.5,1", "--trace-every", "20", "--threads", "2"],
    "a task of lm-eval's": ["suites/", "--general-tasks", "facts,lm-eval:{here}/own", "--methods", "base,full,lora"],
    "selected trials": ["suites/", "-k", "lora and not nf4", "--quantization", "nf4,none", "-q", "--tune"],
}


@pytest.mark.parametrize("arguments", RUNS.values(), ids=RUNS)
def test_command_leads_to_its_trial_alone(tmp_path: Path, arguments: list[str]) -> None:
    write_task(tmp_path, "own", choice_rows())
    command = ["pytest", *(shlex.quote(part.replace("{here}", str(tmp_path))) for part in arguments)]
    workload = workload_of([part for part in command if part != "-kpoems"])
    trials = workload.trials
    assert len(trials) > 4
    possible = [trial for trial in trials if trial.digest not in workload.unsupported]
    for trial in possible[:: max(1, len(possible) // 12)]:
        own = repeat_command(trial, command, trials)
        assert own is not None
        assert own[:2] == ["pytest", "suites/"]
        assert "poems-full" not in " ".join(own[2:4])
        assert selected(own) == {trial.digest}, own


def test_own_data_stays_the_target(data: Path) -> None:
    command = ["pytest", "suites/", "--data", shlex.quote(str(data)), "--methods", "base,lora", "--ranks", "2,4"]
    trials = workload_of(command).trials
    assert {trial.target.name for trial in trials} == {trials[0].target.name}
    for trial in trials:
        own = repeat_command(trial, command, trials)
        assert own is not None
        assert not {"--targets", "--target"} & set(own)
        assert selected(own) == {trial.digest}


def test_arms_of_a_profile_that_differ_in_settings_are_told_apart(tmp_path: Path) -> None:
    text = (FIXTURES / "profiles" / "tiny.toml").read_text()
    arms = ["", "settings = {targets = 'mlp'}\n", "settings = {alpha = 8}\n"]
    profile = tmp_path / "own.toml"
    profile.write_text(text[: text.index("[[arms]]")] + "".join(f'[[arms]]\nmethod = "lora"\n{own}' for own in arms))
    command = ["pytest", "suites/", "--profile", str(profile)]
    trials = workload_of(command).trials
    assert len({trial.settings for trial in trials}) == 3
    for trial in trials:
        own = repeat_command(trial, command, trials)
        assert own is not None
        assert selected(own) == {trial.digest}, own


def test_a_rate_of_the_baselines_needs_the_baseline_again() -> None:
    """With --baseline the command leads to the same rate; without one, no command does."""
    command = ["pytest", "suites/", "--methods", "lora", "--baseline", "main", "--gates", "own.toml"]
    tuned = workload_of(command).trials[-1]
    kept = replace(tuned, learning_rate_source="the baseline's")
    own = repeat_command(kept, command, [kept])
    assert own is not None
    assert own[own.index("--baseline") + 1] == "main"
    assert "--gates" not in own
    assert "--baseline" not in (repeat_command(tuned, command, [tuned]) or [])
    assert repeat_command(kept, [], [kept]) is None


@pytest.mark.parametrize("flag", ["--max-seeds", "--settle"])
def test_judgement_of_the_whole_run_is_left_out(flag: str) -> None:
    command = ["pytest", "suites/", "--baseline", "main", f"{flag}=5", "--report", "'a b'", "--plan", "-x"]
    (trial, *_) = workload_of(["pytest", "suites/"]).trials
    own = repeat_command(trial, command, [trial])
    assert own is not None
    assert own[:5] == ["pytest", "suites/", "--report", "'a b'", "-x"]


def test_older_names_of_options_become_the_documented_ones() -> None:
    command = ["pytest", "suites/", "--target", "poems", "--general=facts", "--methods", "full", "--seeds", "1"]
    (trial,) = workload_of(command).trials
    own = repeat_command(trial, command, [trial])
    assert own is not None
    assert own[2:5] == ["--general-tasks=facts", "--targets", "poems"]
    assert selected(own) == {trial.digest}


@pytest.fixture(scope="module")
def stored() -> list[Trial]:
    """Trials of runs of which the command is not known."""
    found: list[Trial] = []
    ways = ("--interpolate", "0.5", "--trace-every", "9")
    for more in (
        (),
        ("--steps", "7"),
        ("--general-tasks", "facts,stories"),
        ("--general-tasks", "en/world,text"),
        ways,
    ):
        found += workload_of(["pytest", "suites/", "--device", "cpu", *more]).trials[::8]
    return found


def test_command_is_made_from_the_specification_where_a_shipped_profile_fits(stored: list[Trial]) -> None:
    assert len({trial.recipe for trial in stored}) == 3
    for trial in stored:
        own = repeat_command(trial, [], stored)
        assert own is not None
        assert selected(own) == {trial.digest}, own


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"target": Source("poems", "f" * 64)}, id="own data of a shipped target's name"),
        pytest.param({"target": Source("mine", "f" * 64)}, id="own data"),
        pytest.param({"base": Source("mine", "f" * 64)}, id="another model"),
        pytest.param({"general": (Source("mine", "f" * 64),)}, id="own general task"),
        pytest.param({"general": (Source("facts", "f" * 64),)}, id="own general task of a shipped one's name"),
        pytest.param({"replay": Source("mine", "f" * 64)}, id="own text to mix in"),
        pytest.param({"learning_rate_source": "given"}, id="a rate that an unknown profile gave"),
        pytest.param({"platform": Platform("cpu", 1, "sdpa", ())}, id="another attention"),
    ],
)
def test_no_command_is_made_up_for(stored: list[Trial], changes: dict[str, Any]) -> None:
    trial = next(one for one in stored if one.trains)
    assert repeat_command(trial, [], [trial]) is not None
    assert repeat_command(replace(trial, **changes), [], [trial]) is None


def test_no_command_is_made_up_for_another_recipe(stored: list[Trial]) -> None:
    trial = next(one for one in stored if one.trains)
    assert repeat_command(replace(trial, recipe=replace(trial.recipe, batch_size=8)), [], [trial]) is None


def test_results_say_the_command_of_every_trial() -> None:
    full = make_trial("full", None)
    command = ("pytest", "suites/", "--seeds", "3", "--data", "'my data'")
    measured = [make_measured(full), make_measured(full.base_arm())]
    results = build_results(measured, RunFields(command=command), commands_of_run(measured, command))
    head, tail = ["pytest", "suites/", "--data", "'my data'", "--methods"], ["--quantization", "none"]
    expected = [(*head, "full", *tail, "--seeds", "0,"), (*head, "base", *tail)]
    assert [trial.command for trial in results.trials] == expected


def test_candidate_is_given_again_and_other_trials_go_without_it() -> None:
    command = ["pytest", "suites/", "--candidate", "'my model'", "--methods=full"]
    full = make_trial("full", None)
    candidate = full.candidate_arm(Source("my model", "e" * 64), "nf4")
    start, level = ["pytest", "suites/", "--targets", "poems"], ["--quantization", "nf4"]
    assert repeat_command(candidate, command, []) == [*start, "--candidate", "'my model'", *level]
    assert repeat_command(replace(full, seed=None), command, []) == [
        *start,
        "--methods",
        "full",
        "--quantization",
        "none",
    ]
    assert repeat_command(candidate, [], []) is None


def test_pytest_itself_understands_the_command(tmp_path: Path) -> None:
    """Once through a shell: settings in brackets and the list of one seed must survive it."""
    run = ["pytest", "suites/", "--methods", "'lora[targets=mlp],lora'"]
    trials = workload_of(run).trials
    trial = next(one for one in trials if one.id == "poems-lora-r16-targets=mlp-s1")
    own = repeat_command(trial, run, trials)
    assert own is not None
    line = " ".join(["printf '%s\\0'", *own, "--plan", "--store", shlex.quote(str(tmp_path / "a b"))])
    printed = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    program, *words = printed.removesuffix("\0").split("\0")
    assert program == "pytest"
    done = run_pytest(*words)
    assert done.code == 0, done.stdout + done.stderr
    assert "2 to train" in done.stdout, "the trial, and what guessing scores"
    assert trial.id in done.stdout
