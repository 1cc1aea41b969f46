"""Does the command line stay as documented, and answer wrong input with one message and exit code 4?"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.methods import METHODS, all_names
from harness.plugin.options import OPTIONS, read_options
from harness.run.session import RunSession
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import FIXTURES, ROOT

FLAGS = (
    "--profile --base-model --methods --ranks --quantization --seeds --target --general --data --objective "
    "--replay --interpolate --trace-every --artifacts --candidate --steps --engine --jobs --threads --device "
    "--store --report --baseline --gates --settle --allow --usd-per-hour --plan --tune"
)
EXIT_CODES = {
    "HELD": 0,
    "FAILED": 1,
    "INTERRUPTED": 2,
    "INTERNAL_ERROR": 3,
    "USAGE_ERROR": 4,
    "NOTHING_SELECTED": 5,
    "INCONCLUSIVE": 6,
    "NOTHING_MEASURED": 7,
}


def test_frozen_flags() -> None:
    assert [option.flag for option in OPTIONS] == FLAGS.split()


def test_frozen_exit_codes() -> None:
    assert {code.name: code.value for code in ExitCode} == EXIT_CODES


def test_exit_codes_up_to_5_are_pytests() -> None:
    ours = {code.value for code in ExitCode}
    assert {code.value for code in pytest.ExitCode} <= ours


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.flag)
def test_help_says_the_default_of(option: Any) -> None:
    assert option.help
    if option.default is not None and "/" not in option.default:
        assert option.default in option.help


def getter(given: Mapping[str, Any]) -> Callable[[str], Any]:
    defaults: dict[str, Any] = {option.flag: option.default for option in OPTIONS}
    return {**defaults, **given}.__getitem__


def flags(*pairs: str) -> dict[str, str]:
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


BAD: list[Any] = [
    pytest.param(flags("--engine", "locl"), "--engine 'locl' is not known. Did you mean 'local'?", id="engine"),
    pytest.param(flags("--profile", "none.toml"), "--profile 'none.toml' is not known", id="missing profile"),
    pytest.param(flags("--ranks", "0"), "--ranks: [0] is not allowed", id="rank 0"),
    pytest.param(flags("--ranks", "4,x"), "'4,x'", id="a rank that is a letter"),
    pytest.param(flags("--ranks", ""), "--ranks", id="no rank"),
    pytest.param(flags("--seeds", "0"), "--seeds 0: 0 gives no seed", id="no seeds"),
    pytest.param(flags("--seeds", "-1"), "--seeds -1", id="negative seeds"),
    pytest.param(flags("--seeds", "1,1"), "names a seed twice", id="a seed twice"),
    pytest.param(flags("--seeds", "a"), "gives no seed", id="a seed that is a letter"),
    pytest.param(flags("--methods", ","), "--methods: ',' names nothing", id="no method"),
    pytest.param(flags("--quantization", " "), "--quantization: ' ' names nothing", id="no level"),
    pytest.param(flags("--steps", "0"), "--steps: '0' is not allowed", id="no steps"),
    pytest.param(flags("--jobs", "two"), "--jobs: 'two' is not allowed", id="jobs in words"),
    pytest.param(flags("--threads", "1.5"), "--threads: '1.5' is not allowed", id="half a thread"),
    pytest.param(flags("--data", "a", "--target", "poems"), "--data and --target exclude each other", id="data twice"),
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
    pytest.param(flags("--trace-every", "0"), "--trace-every: '0' is not allowed", id="traced all the time"),
    pytest.param(flags("--quantization", "nf5"), "Quantization 'nf5' is not known", id="unknown level"),
    pytest.param(
        flags("--methods", "full", "--quantization", "nf4"),
        "--methods full cannot be run as asked: full trains the base's own weights",
        id="a method that the level forbids",
    ),
    pytest.param(flags("--target", "poem"), "task 'poem' is not known. Did you mean 'poems'?", id="unknown target"),
    pytest.param(flags("--general", "fact"), "task 'fact' is not known. Did you mean 'facts'?", id="unknown ability"),
    pytest.param(flags("--base-model", "./none"), "--base-model './none': no such model directory", id="no model"),
    pytest.param(flags("--base-model", "harness"), "holds no config.json", id="a directory without a model"),
    pytest.param(flags("--data", "none.jsonl"), "The file 'none.jsonl' does not exist", id="missing data"),
    pytest.param(flags("--candidate", "./none"), "--candidate './none': there is no such directory", id="no candidate"),
    pytest.param(flags("--candidate", ""), "--candidate '': there is no such directory", id="an empty candidate"),
    pytest.param(flags("--candidate", "harness"), "holds neither an adapter nor a model", id="nothing to evaluate"),
    pytest.param(flags("--methods", "candidate"), "goes in with --candidate DIR", id="a candidate as a method"),
    pytest.param(
        flags("--methods", "candidate[alpha=1]", "--candidate", "fixtures/model"),
        "'candidate' is no method, and has no settings",
        id="settings of a candidate",
    ),
    pytest.param(flags("--device", "gpu"), "--device 'gpu' is not known", id="unknown device"),
    pytest.param(flags("--store", "pyproject.toml/x"), "The store 'pyproject.toml/x' cannot be written", id="store"),
    pytest.param(
        flags("--report", "pyproject.toml/x"),
        "--report",
        id="report",
    ),
]


@pytest.mark.parametrize(("given", "message"), BAD)
def test_option_is_refused_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], message: str
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(UserError) as caught:
        RunSession(read_options(getter({"--store": str(tmp_path), **given})))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


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
    arms = read_options(getter({"--methods": text, "--profile": bare})).profile.arms
    assert [(arm.method, dict(arm.settings)) for arm in arms] == asked


def test_settings_of_the_command_line_are_added_to_those_of_the_profile() -> None:
    profile = read_options(getter({"--methods": "lora[alpha=16]"})).profile
    assert [(arm.ranks, dict(arm.settings)) for arm in profile.arms] == [
        (ranks, {"alpha": 16}) for ranks in ((1, 4, 16, 64), (16,))
    ]
    assert profile.asked == ("lora",)


def test_all_methods_are_every_method_and_none_that_must_be_possible(bare: str) -> None:
    profile = read_options(getter({"--methods": "all[replay=0.1]", "--profile": bare})).profile
    assert [arm.method for arm in profile.arms] == all_names()
    assert {arm.settings["replay"] for arm in profile.arms} == {0.1}
    assert profile.asked == ()


def test_options_of_what_is_kept_and_scored_beside() -> None:
    given = flags("--interpolate", "1,0.25,0.25", "--trace-every", "7", "--artifacts", "kept", "--replay", "a.jsonl")
    profile = read_options(getter(given)).profile
    assert (profile.interpolate, profile.trace) == ((0.25, 1.0), 7)
    assert (profile.artifacts, profile.replay) == ("kept", "a.jsonl")
    default = read_options(getter({})).profile
    assert (default.interpolate, default.trace, default.artifacts, default.replay) == ((), 0, None, None)


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
    profile = read_options(getter({"--candidate": "DIR", **given})).profile
    assert [(arm.method, arm.quantization) for arm in profile.arms] == arms
    assert profile.candidate == "DIR"
    assert "candidate" in profile.asked


def test_help_lists_every_method() -> None:
    with pytest.raises(UserError) as caught:
        read_options(getter(flags("--methods", "help")))
    lines = str(caught.value).splitlines()[1:]
    assert [line.split()[0] for line in lines] == [method.name for method in METHODS]


def pytest_run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "suites/", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_wrong_input_ends_with_exit_code_4_and_no_traceback() -> None:
    done = pytest_run("--methods", "lorra")
    assert done.returncode == ExitCode.USAGE_ERROR
    assert "Did you mean 'lora'?" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_plan_trains_nothing_and_writes_no_report(tmp_path: Path) -> None:
    store, report = tmp_path / "store", tmp_path / "report"
    given = ("--methods", "lora", "--ranks", "4", "--quantization", "none", "--target", "poems", "--seeds", "2")
    done = pytest_run("--plan", "--store", str(store), "--report", str(report), *given)
    assert done.returncode == ExitCode.HELD, done.stdout + done.stderr
    assert "2 to train" in done.stdout
    assert "poems-lora-r4-s0" in done.stdout
    assert list(store.rglob("*.json")) == []
    assert not report.exists()
