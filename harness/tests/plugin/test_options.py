"""Does the command line stay as documented, and answer wrong input with one message and exit code 4?"""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from harness.commands import tune
from harness.judge.gate.options import GateChoices
from harness.methods import METHODS, all_names
from harness.plan.profile import Overrides, load_profile
from harness.plan.reproduce import JUDGING, OWN, RENAMED
from harness.plugin.options import BY_FLAG, OPTIONS, Option, add_options, given_in, read_choices, read_gate_choices
from harness.run.session import Choices, RunSession
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import FIXTURES, ROOT
from harness.tests.inner import run_pytest

pytestmark = pytest.mark.usefixtures("tasks_read_once")

FLAGS = (
    "--profile --base-model --methods --ranks --quantization --seeds --targets --general-tasks --data --objective "
    "--replay --interpolate --trace-every --artifacts --candidate --steps --engine --jobs --threads --device "
    "--store --report --baseline --gates --max-seeds --allow --usd-per-hour --plan --difference --tune"
)
ALIASES = {"--target": "--targets", "--general": "--general-tasks", "--settle": "--max-seeds"}
OF_A_SWEEP = (
    "--profile --base-model --methods --ranks --quantization --seeds --targets --general-tasks --data --objective "
    "--replay --interpolate --trace-every --artifacts --steps --engine --jobs --threads --device --store"
)
EXIT_CODES = {
    "HELD": 0,
    "FAILED": 1,
    "INTERRUPTED": 2,
    "INTERNAL_ERROR": 3,
    "USAGE_ERROR": 4,
    "NOTHING_SELECTED": 5,
    "INCONCLUSIVE": 10,
    "NOTHING_MEASURED": 11,
}


def test_frozen_flags() -> None:
    assert [option.flag for option in OPTIONS] == FLAGS.split()
    assert {alias: option.flag for option in OPTIONS for alias in option.aliases} == ALIASES == RENAMED


def test_frozen_exit_codes() -> None:
    assert {code.name: code.value for code in ExitCode} == EXIT_CODES


def test_exit_codes_up_to_5_are_pytests_and_ours_are_none_of_its() -> None:
    pytests = {code.value for code in pytest.ExitCode}
    assert set(range(6)) <= pytests
    assert {ExitCode.INCONCLUSIVE, ExitCode.NOTHING_MEASURED}.isdisjoint(pytests)
    names = [pytest.ExitCode(code).name for code in range(6)]
    assert names == ["OK", "TESTS_FAILED", "INTERRUPTED", "INTERNAL_ERROR", "USAGE_ERROR", "NO_TESTS_COLLECTED"]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.flag)
def test_help_says_what_it_is_and_the_default_of(option: Option) -> None:
    said: dict[str, Any] = {}
    add_options(lambda *names, **rest: said.update(rest), [option.flag])
    assert said["help"].startswith(option.help)
    assert len(option.help) > 10
    assert str(option.default or "") in said["help"]


def test_every_field_is_filled_by_one_option_and_only_the_report_is_read_by_itself() -> None:
    filled = [option.field or option.name for option in OPTIONS]
    fillable = [field.name for kind in (Overrides, Choices, GateChoices) for field in fields(kind)]
    assert sorted(filled) == sorted([*fillable, "report"])


def test_tune_takes_what_says_anything_about_a_sweep() -> None:
    parser = argparse.ArgumentParser()
    tune.add_arguments(parser)
    assert [option.flag for option in OPTIONS if option.sweeps] == OF_A_SWEEP.split()
    words = ["--profile", "smollm2", "--target", "poems", "--targets", "json", "--steps", "3"]
    choices = read_choices(given_in(parser.parse_args(words)))
    assert (choices.profile.name, choices.profile.targets, choices.profile.recipe.steps) == ("smollm2", ("json",), 3)


def test_commands_that_repeat_a_trial_know_the_options() -> None:
    judging = {field.name for field in fields(GateChoices)}
    assert list(JUDGING) == [option.flag for option in OPTIONS if (option.field or option.name) in judging]
    assert {flag for flag in OWN if flag not in ("-k", "--deselect")} <= set(BY_FLAG)


@pytest.mark.parametrize("name", ["--targets", "--target"])
@pytest.mark.parametrize("asked", ["--targets", "--target"])
def test_pytest_answers_under_either_name(pytestconfig: pytest.Config, name: str, asked: str) -> None:
    """The last one counts where both are given, as everywhere in argparse."""
    parsed = pytestconfig._parser.parse([name, "poems"])
    assert parsed.targets == "poems"
    assert pytestconfig._parser.parse(["--target", "a", "--targets", "b"]).targets == "b"
    assert pytestconfig.getoption(asked) is None


def test_defaults_lie_below_the_project_and_what_is_given_does_not(tmp_path: Path) -> None:
    own = tmp_path / "harness.toml"
    own.write_text((FIXTURES / "profiles" / "gate.toml").read_text())
    choices = read_choices(flags().get, tmp_path)
    assert choices.store == tmp_path / "reports" / "store"
    assert BY_FLAG["--report"].read(flags().get, tmp_path) == tmp_path / "reports" / "latest"
    assert choices.profile.name == "harness"
    given = read_choices({"--store": "kept", "--profile": "tiny"}.get, tmp_path)
    assert (given.store, given.profile.name) == (Path("kept"), "tiny")


def flags(*pairs: str) -> dict[str, str]:
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


BAD: list[Any] = [
    pytest.param(flags("--engine", "locl"), "--engine 'locl' is not known. Did you mean 'local'?", id="engine"),
    pytest.param(flags("--profile", "none.toml"), "--profile 'none.toml' is not known", id="missing profile"),
    pytest.param(flags("--ranks", "0"), "--ranks: [0] is not allowed", id="rank 0"),
    pytest.param(flags("--ranks", "4,x"), "--ranks: [4, 'x'] is not allowed", id="a rank that is a letter"),
    pytest.param(flags("--ranks", ""), "--ranks", id="no rank"),
    pytest.param(flags("--seeds", "0"), "--seeds 0: 0 is not allowed", id="no seeds"),
    pytest.param(flags("--seeds", "-1"), "--seeds -1", id="negative seeds"),
    pytest.param(flags("--seeds", "1,1"), "none twice", id="a seed twice"),
    pytest.param(flags("--seeds", "a"), "how many seeds", id="a seed that is a letter"),
    pytest.param(flags("--methods", ","), "--methods: ',' names nothing", id="no method"),
    pytest.param(flags("--quantization", " "), "--quantization: ' ' names nothing", id="no level"),
    pytest.param(flags("--steps", "0"), "--steps: 0 is not allowed", id="no steps"),
    pytest.param(flags("--steps", "1" + 21 * "0"), "Give a whole number from 1 to 10,000,000.", id="steps for ever"),
    pytest.param(flags("--steps", 5000 * "9"), "--steps: '99999", id="more digits than Python reads"),
    pytest.param(flags("--ranks", "1" + 20 * "0"), "Ranks are whole numbers from 1 to 65,536", id="an endless rank"),
    pytest.param(flags("--seeds", "100000000"), "Give how many seeds (2 means 0 and 1), up to 1,000", id="seeds"),
    pytest.param(flags("--jobs", "1000000"), "Give a whole number from 1 to 1,024.", id="a million jobs"),
    pytest.param(flags("--store", ""), "--store is empty. Give a path, or leave it out.", id="no store"),
    pytest.param(flags("--artifacts", ""), "--artifacts is empty", id="no artifacts"),
    pytest.param(flags("--base-model", 300 * "m"), "has 300 bytes; file systems take 255", id="a long base model"),
    pytest.param(flags("--data", 300 * "m"), "has 300 bytes; file systems take 255", id="a long file"),
    pytest.param(flags("--profile", 300 * "m"), "has 300 bytes; file systems take 255", id="a long profile"),
    pytest.param(flags("--general-tasks", "\udc80"), "is not UTF-8. Rename the file", id="half of a character"),
    pytest.param(flags("--data", "a\0b"), "holds a NUL character, which no path can", id="NUL"),
    pytest.param(flags("--methods", "lora[alpha=0]"), "alpha of method lora is 0; a number above 0", id="alpha 0"),
    pytest.param(flags("--methods", f"lora[alpha={5000 * '9'}]"), "alpha of method lora is '999", id="alpha for ever"),
    pytest.param(flags("--methods", f"lora[alpha={900 * '['}]"), "a number is needed", id="brackets for ever"),
    pytest.param(flags("--jobs", "two"), "--jobs: 'two' is not allowed", id="jobs in words"),
    pytest.param(flags("--threads", "1.5"), "--threads: '1.5' is not allowed", id="half a thread"),
    pytest.param(
        flags("--data", "a", "--targets", "poems"), "--data and --targets exclude each other", id="data twice"
    ),
    pytest.param(flags("--objective", "chat"), "--objective says what the rows of --data are", id="no data"),
    pytest.param(
        flags("--data", "a", "--objective", "chats"),
        "--objective 'chats' is not known. Did you mean 'chat'?",
        id="unknown objective",
    ),
    pytest.param(flags("--data", ""), "--data is empty", id="empty data"),
    pytest.param(flags("--methods", "lorra"), "method 'lorra' is not known. Did you mean 'lora'?", id="unknown method"),
    pytest.param(flags("--methods", "lora[targets=mlp"), "'lora[targets=mlp' cannot be read", id="an open bracket"),
    pytest.param(flags("--methods", "lora]"), "'lora]' cannot be read", id="a closing bracket alone"),
    pytest.param(flags("--methods", "[alpha=1]"), "Write a name, and settings in brackets", id="settings of nothing"),
    pytest.param(flags("--methods", "lora[a=1]x"), "'lora[a=1]x' cannot be read", id="more after the brackets"),
    pytest.param(flags("--methods", "lora[alpha]"), "'alpha' in 'lora[alpha]' is no setting", id="a name alone"),
    pytest.param(flags("--methods", "lora[alpha=]"), "Write name=value: lora[targets=mlp]", id="a setting of nothing"),
    pytest.param(flags("--methods", "lora[=1]"), "'=1' in 'lora[=1]' is no setting", id="a value alone"),
    pytest.param(flags("--methods", "lora[alhpa=1]"), "lora: 'alhpa' is not known. Did you mean 'alpha'", id="setting"),
    pytest.param(flags("--methods", "lora[replay=1]"), "replay of method lora is 1", id="nothing but replay"),
    pytest.param(flags("--methods", "lora[kl=-1]"), "kl of method lora is -1", id="a negative weight"),
    pytest.param(flags("--methods", "few-shot[replay=0.5]"), "few-shot: 'replay' is not known", id="nothing to mix"),
    pytest.param(flags("--methods", "lora[targets=mpl]"), "targets 'mpl' names no linear layer", id="no layer"),
    pytest.param(flags("--methods", "lora[layers=5]"), "'5' names no blocks of this base model", id="no block"),
    pytest.param(flags("--methods", "distill[width=50]"), "multiples of 32 below 128", id="a width between heads"),
    pytest.param(flags("--methods", "distill[teacher=x]"), "teacher 'x' is not known", id="an unknown teacher"),
    pytest.param(flags("--methods", "distill[kl=1]"), "distill follows its teacher", id="kl beside a teacher"),
    pytest.param(
        flags("--methods", "prompt-tuning", "--ranks", "65536"),
        "65,536 virtual tokens leave no room in a context of 512 tokens",
        id="a prompt longer than the context",
    ),
    pytest.param(flags("--methods", "peft:lroa"), "method 'peft:lroa' is not known", id="an unknown type of PEFT's"),
    pytest.param(flags("--methods", "peft:xlora"), "a trial starts from the base alone", id="an impossible type"),
    pytest.param(flags("--replay", "none.jsonl"), "--replay gives general text, but no arm mixes any in", id="no arm"),
    pytest.param(
        flags("--methods", "lora[replay=0.5]", "--replay", "none.jsonl"),
        "The file 'none.jsonl' does not exist",
        id="missing replay",
    ),
    pytest.param(flags("--interpolate", "0.5,2"), "--interpolate: [0.5, 2.0] is not allowed", id="twice the update"),
    pytest.param(flags("--interpolate", "-0.5"), "parts of the update between 0 (the base) and 1", id="backwards"),
    pytest.param(flags("--interpolate", "half"), "--interpolate: 'half' is not allowed", id="a part in words"),
    pytest.param(flags("--interpolate", "nan"), "--interpolate: [nan] is not allowed", id="a part that is no number"),
    pytest.param(flags("--trace-every", "0"), "--trace-every: 0 is not allowed", id="traced all the time"),
    pytest.param(flags("--quantization", "nf5"), "--quantization 'nf5' is not known", id="unknown level"),
    pytest.param(
        flags("--methods", "full", "--quantization", "nf4"),
        "--methods full cannot be run as asked: full trains the base's own weights",
        id="a method that the level forbids",
    ),
    pytest.param(flags("--targets", "poem"), "task 'poem' is not known. Did you mean 'poems'?", id="unknown target"),
    pytest.param(
        flags("--general-tasks", "fact"), "task 'fact' is not known. Did you mean 'facts'?", id="unknown ability"
    ),
    pytest.param(flags("--base-model", "./none"), "--base-model './none': no such model directory", id="no model"),
    pytest.param(flags("--base-model", "harness"), "holds no config.json", id="a directory without a model"),
    pytest.param(flags("--data", "none.jsonl"), "The file 'none.jsonl' does not exist", id="missing data"),
    pytest.param(flags("--candidate", "./none"), "--candidate './none': there is no such directory", id="no candidate"),
    pytest.param(flags("--candidate", ""), "--candidate is empty", id="an empty candidate"),
    pytest.param(flags("--candidate", "harness"), "holds neither an adapter nor a model", id="nothing to evaluate"),
    pytest.param(flags("--methods", "candidate"), "goes in with --candidate DIR", id="a candidate as a method"),
    pytest.param(
        flags("--methods", "candidate[alpha=1]", "--candidate", "fixtures/model"),
        "'candidate' is no method, and has no settings",
        id="settings of a candidate",
    ),
    pytest.param(flags("--difference", "0"), "--difference: '0' is not allowed. Give a number above 0 to 1", id="none"),
    pytest.param(flags("--difference", "2"), "such as 0.02 for 2 points", id="a difference of more than all"),
    pytest.param(flags("--difference", "nan"), "--difference: 'nan' is not allowed", id="a difference that is none"),
    pytest.param(flags("--difference", "0.05"), "--difference says what --plan counts seeds and items for", id="plan"),
    pytest.param(flags("--device", "gpu"), "--device 'gpu' is not known", id="unknown device"),
    pytest.param(flags("--store", "pyproject.toml/x"), "The store 'pyproject.toml/x' cannot be written", id="store"),
]


@pytest.mark.parametrize(("given", "message"), BAD)
def test_option_is_refused_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], message: str
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(UserError) as caught:
        RunSession(read_choices({"--store": str(tmp_path), **given}.get))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (flags("--max-seeds", "8"), "Give --baseline too"),
        (flags("--baseline", "a", "--max-seeds", "0"), "--max-seeds: 0 is not allowed"),
        (flags("--baseline", "a", "--max-seeds", "1"), "--max-seeds 1 is less than the 2 seeds that the run begins"),
        (flags("--baseline", "a", "--max-seeds", "1000000"), "Give a whole number from 1 to 1,000."),
        (flags("--allow", "version"), "--allow 'version' is not known. Did you mean 'versions'?"),
        (flags("--allow", "versions"), "--allow says how to judge, and there is nothing to compare with."),
        (flags("--gates", "mine.toml"), "--gates says how to judge, and there is nothing to compare with."),
        (flags("--baseline", ""), "--baseline is empty"),
    ],
)
def test_option_of_the_gate_is_refused_for(given: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_gate_choices(given.get, load_profile("tiny"))
    assert message in str(caught.value)


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """The default profile with the base arm alone."""
    text = (FIXTURES / "profiles" / "tiny.toml").read_text()
    path = tmp_path / "bare.toml"
    path.write_text(text[: text.index("[[arms]]")] + '[[arms]]\nmethod = "base"\n')
    return str(path)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("lora", [("lora", {})]),
        ("lora, full ,lora", [("lora", {}), ("full", {})]),
        ("lora[targets=mlp,replay=0.25],full", [("lora", {"targets": "mlp", "replay": 0.25}), ("full", {})]),
        ("full,lora[ alpha = 16 ]", [("full", {}), ("lora", {"alpha": 16})]),
        ("lora[layers=-2]", [("lora", {"layers": -2})]),
        ("lora[layers=0-3]", [("lora", {"layers": "0-3"})]),
        ("lora[layers=0,2-3,alpha=1]", [("lora", {"layers": "0,2-3", "alpha": 1})]),
        ('lora[targets="mlp"]', [("lora", {"targets": "mlp"})]),
        (r"lora[targets=.*\.[qv]_proj],full", [("lora", {"targets": r".*\.[qv]_proj"}), ("full", {})]),
        ("lora[]", [("lora", {})]),
        ("lora[alpha=1],lora[alpha=2]", [("lora", {"alpha": 1}), ("lora", {"alpha": 2})]),
        ("peft:oft[coft=true,eps=1e-4]", [("peft:oft", {"coft": True, "eps": 1e-4})]),
        ("distill[teacher=base,layers=2]", [("distill", {"teacher": "base", "layers": 2})]),
        ("lora+[ratio=4]", [("lora+", {"ratio": 4})]),
    ],
)
def test_methods_are_read_with_their_settings(bare: str, text: str, asked: list[tuple[str, dict[str, Any]]]) -> None:
    arms = read_choices({"--methods": text, "--profile": bare}.get).profile.arms
    assert [(arm.method, dict(arm.settings)) for arm in arms] == asked


def test_settings_of_the_command_line_are_added_to_those_of_the_profile() -> None:
    profile = read_choices({"--methods": "lora[alpha=16]"}.get).profile
    assert [(arm.ranks, dict(arm.settings)) for arm in profile.arms] == [
        (ranks, {"alpha": 16}) for ranks in ((1, 4, 16, 64), (16,))
    ]
    assert profile.asked == ("lora",)


def test_all_methods_are_every_method_and_none_that_must_be_possible(bare: str) -> None:
    profile = read_choices({"--methods": "all[replay=0.1]", "--profile": bare}.get).profile
    assert [arm.method for arm in profile.arms] == all_names()
    assert {arm.settings["replay"] for arm in profile.arms} == {0.1}
    assert profile.asked == ()


def test_options_of_what_is_kept_and_scored_beside() -> None:
    given = flags("--interpolate", "1,0.25,0.25", "--trace-every", "7", "--artifacts", "kept", "--replay", "a.jsonl")
    profile = read_choices(given.get).profile
    assert (profile.interpolate, profile.trace) == ((0.25, 1.0), 7)
    assert (profile.artifacts, profile.replay) == ("kept", "a.jsonl")
    default = read_choices(flags().get).profile
    assert (default.interpolate, default.trace, default.artifacts, default.replay) == ((), 35, None, None)


@pytest.mark.parametrize(
    ("given", "arms"),
    [
        (flags(), [("candidate", ("none",))]),
        (flags("--quantization", "none,nf4"), [("candidate", ("none", "nf4"))]),
        (flags("--methods", "top-layers"), [("top-layers", ("none",)), ("candidate", ("none",))]),
        (
            flags("--methods", "top-layers", "--quantization", "int8"),
            [("top-layers", ("int8",)), ("candidate", ("int8",))],
        ),
    ],
    ids=["alone", "at levels", "beside methods", "beside methods at a level"],
)
def test_candidate_stands_alone_or_beside_methods_that_are_named(
    given: dict[str, str], arms: list[tuple[str, tuple[str, ...]]]
) -> None:
    profile = read_choices({"--candidate": "DIR", **given}.get).profile
    assert [(arm.method, arm.quantization) for arm in profile.arms] == arms
    assert profile.candidate == "DIR"
    assert "candidate" in profile.asked


def test_help_lists_every_method() -> None:
    with pytest.raises(UserError) as caught:
        read_choices(flags("--methods", "help").get)
    lines = str(caught.value).splitlines()[1:]
    assert [line.split()[0] for line in lines] == [method.name for method in METHODS]


def test_wrong_input_ends_with_exit_code_4_and_no_traceback() -> None:
    done = run_pytest("suites/", "--methods", "lorra")
    assert done.code == ExitCode.USAGE_ERROR
    assert "Did you mean 'lora'?" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_plan_trains_nothing_and_writes_no_report(tmp_path: Path) -> None:
    store, report = tmp_path / "store", tmp_path / "report"
    given = ("--methods", "lora", "--ranks", "4", "--quantization", "none", "--targets", "poems", "--seeds", "2")
    done = run_pytest("suites/", "--plan", "--store", str(store), "--report", str(report), *given)
    assert done.code == ExitCode.HELD, done.stdout + done.stderr
    assert "3 to train" in done.stdout, "two seeds, and one on shuffled answers"
    assert "poems-lora-r4-s0" in done.stdout
    assert list(store.rglob("*.json")) == []
    assert not report.exists()
