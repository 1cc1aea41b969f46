"""`python -m harness judge`: exit codes, files and refusals."""

import json
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.report.words.numbers import MINUS
from harness.schema.exit_codes import ExitCode
from harness.tests.foreign import write_inspect, write_lm_eval


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of 400 items: `base`, `same` (one item differs), `worse` (a quarter lost) and `unclear` (5 points)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    for name, lost in (("base", 0), ("same", 1), ("worse", 100), ("unclear", 20)):
        write_lm_eval(tmp_path / name, {"acc": [0.0] * lost + [1.0] * (400 - lost)}, model=f"org/{name}")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["base", "same"], ExitCode.HELD),
        (["base", "worse"], ExitCode.FAILED),
        (["base", "unclear", "--margin", "0.05"], ExitCode.INCONCLUSIVE),
        (["base", "unclear", "--margin", "0.05", "--allow", "inconclusive"], ExitCode.HELD),
        (["base", "unclear", "--margin", "0.02"], ExitCode.FAILED),
        (["base", "worse", "--gates", "own.toml"], ExitCode.FAILED),
        (["base", "same", "--tasks", "sums", "--metrics", "acc", "--cluster", "question"], ExitCode.HELD),
        (["worse", "base", "--less-is-better", "acc"], ExitCode.FAILED),
        (["base", "nowhere"], ExitCode.USAGE_ERROR),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_exit_codes(runs: Path, words: list[str], code: ExitCode, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / "own.toml").write_text('[[gates]]\nmeasure = "forgetting_task"\nmargin = 0.1\nreason = "a test"\n')
    assert main(["judge", *words]) == code, capsys.readouterr()


def test_the_verdict_is_printed_and_written(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["judge", "base", "worse"])
    said = capsys.readouterr().out
    assert "FAIL: 1 of 1 gate failed" in said
    assert f"sums acc: {MINUS}25" in said
    report = runs / "reports" / "judge"
    assert json.loads((report / "gate.json").read_text())["verdict"] == "FAIL"
    assert json.loads((report / "judge.json").read_text())["tasks"][0]["right_to_wrong"] == 100
    assert "sums acc" in (report / "summary.md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["base"], "the following arguments are required: after"),
        (["", "base"], "BEFORE is empty"),
        (["base", "\0"], "AFTER: '\\x00' holds a NUL character"),
        (["base", "base"], "on both sides"),
        (["base", "same", "--margin", "much"], "--margin: 'much' is not allowed. Give a number from 0 to 1"),
        (["base", "same", "--margin", "nan"], "--margin: 'nan' is not allowed"),
        (["base", "same", "--margin", "2"], "--margin: '2' is not allowed"),
        (["base", "same", "--allow", "versions"], "--allow 'versions' is not known. Allowed: prompts, config, inconcl"),
        (["base", "same", "--tasks", ","], "--tasks"),
        (["base", "same", "--metrics", "accc"], "--metrics 'accc' is not known. Did you mean 'acc'?"),
        (["base", "same", "--cluster", " "], "--cluster"),
        (["base", "same", "--gates", "none.toml"], "--gates: 'none.toml' is no file"),
        (["base", "same", "--report", "base/samples"], ""),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_wrong_input_is_one_message(
    runs: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "base" / "samples").write_text("a file")
    assert main(["judge", *words]) == ExitCode.USAGE_ERROR
    message = capsys.readouterr().err
    assert message.startswith("ERROR: ")
    assert said in message
    assert message.count("\n") == 1
    assert not (runs / "reports" / "judge" / "gate.json").exists()


def test_logs_of_inspect(runs: Path) -> None:
    for name in ("one", "other"):
        write_inspect(runs / f"{name}.eval", {"match": ["C"] * 399 + ["P"]}, model=name)
    assert main(["judge", "one.eval", "other.eval"]) == ExitCode.HELD
