"""Does the command line stay as documented, and answer wrong input with one message and exit code 4?"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from harness.exit_codes import ExitCode
from harness.paths import ROOT
from harness.plugin.options import OPTIONS, read_options
from harness.plugin.session import RunSession

FLAGS = (
    "--profile --base-model --methods --ranks --quantization --seeds --target --general --data --steps "
    "--engine --jobs --threads --device --store --report --plan"
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
    pytest.param(flags("--methods", "lorra"), "method 'lorra' is not known. Did you mean 'lora'?", id="unknown method"),
    pytest.param(flags("--quantization", "nf5"), "Quantization 'nf5' is not known", id="unknown level"),
    pytest.param(
        flags("--methods", "full", "--quantization", "nf4"),
        "--methods full with this --quantization cannot be: full trains the base's own weights",
        id="a method that the level forbids",
    ),
    pytest.param(flags("--target", "poem"), "task 'poem' is not known. Did you mean 'poems'?", id="unknown target"),
    pytest.param(flags("--general", "fact"), "task 'fact' is not known. Did you mean 'facts'?", id="unknown ability"),
    pytest.param(flags("--base-model", "./none"), "--base-model './none': no such model directory", id="no model"),
    pytest.param(flags("--base-model", "harness"), "holds no config.json", id="a directory without a model"),
    pytest.param(flags("--data", "none.jsonl"), "The file 'none.jsonl' does not exist", id="missing data"),
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
