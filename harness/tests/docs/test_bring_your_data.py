"""Does what docs/bring-your-data.md says hold, command by command?"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.data.readers.forms import FORMATS, examples_from_rows, format_of
from harness.data.tasks.general import load_general
from harness.plugin.options import BY_FLAG, read_choices
from harness.run.session import RunSession
from harness.schema.paths import ROOT
from harness.tests.docs.shown import DOCS, blocks

ROWS = 60
PAGE = DOCS / "bring-your-data.md"
EXAMPLE = re.compile(
    r"^`(?P<file>\S+)` with \*\*(?P<name>[^*]+)\*\*.*?^```json\n(?P<row>.*?)\n```\n\n {4}(?P<command>pytest .*?)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Shown:
    """An example of the page: a file, a row of it, and the command that uses it."""

    file: str
    name: str
    row: dict[str, Any]
    command: list[str]


def shown() -> list[Shown]:
    found = EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))
    return [Shown(one["file"], one["name"], json.loads(one["row"]), shlex.split(one["command"])) for one in found]


SHOWN = shown()


def varied(value: Any, number: int) -> Any:
    """The row with a number after every text; roles stay."""
    if isinstance(value, dict):
        return {key: inner if key == "role" else varied(inner, number) for key, inner in value.items()}
    if isinstance(value, list):
        return [varied(inner, number) for inner in value]
    return f"{value} {number}"


def arguments(example: Shown, directory: Path) -> list[str]:
    """Those of the command as shown, on a file of rows like the one shown, in a few steps of one method."""
    path = directory / example.file
    path.write_text("".join(json.dumps(varied(example.row, number)) + "\n" for number in range(ROWS)))
    program, *words = [str(path) if part == example.file else part for part in example.command]
    assert program == "pytest"
    limits = shlex.split("--methods full --steps 5 --seeds 1 --general-tasks agreement --engine inline")
    return [*words, *limits, "--store", str(directory / "store"), "--report", str(directory / "report")]


def test_every_format_is_shown() -> None:
    assert {format_of(example.row, PAGE.name) for example in SHOWN} == set(FORMATS)
    assert len({tuple(example.row) for example in SHOWN}) == len(SHOWN) == 4


def test_shown_rows_of_other_tools_are_read_whole() -> None:
    (rows,) = [one.text.splitlines() for one in blocks(PAGE) if one.kind == "json" and "conversations" in one.text]
    answers = set()
    for number, row in enumerate(rows, 1):
        read = examples_from_rows([(f"{PAGE.name}, row {number}", json.loads(row))])
        assert read.ignored == ()
        answers.add(read.examples[0].answer)
    assert answers == {"In Fenn."}


def test_general_tasks_of_every_shown_kind_are_read(tmp_path: Path) -> None:
    (rows,) = [one.text.splitlines() for one in blocks(PAGE) if one.kind == "json" and "sentence_good" in one.text]
    kinds = []
    for number, row in enumerate(rows):
        path = tmp_path / f"task-{number}.jsonl"
        path.write_text(f"{row}\n")
        kinds.append(load_general(path).kind)
    assert kinds == ["choice", "choice", "instruction", "text"]


@pytest.mark.parametrize("example", SHOWN[1:], ids=lambda example: example.name)
def test_shown_row_is_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: Shown, parse: Callable[[list[str]], dict[str, Any]]
) -> None:
    monkeypatch.chdir(ROOT)
    given = parse(arguments(example, tmp_path))
    run = RunSession(read_choices(lambda flag: given[BY_FLAG[flag].name]))
    run.make_plan(run.workload.trials)
    assert run.plan is not None
    assert "train-full-s0" in {trial.id for trial in run.plan.missing}


@pytest.mark.release
@pytest.mark.trains
def test_shown_row_is_trained_on_and_measured(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments(SHOWN[0], tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    trials = json.loads((tmp_path / "report" / "results.json").read_text())["trials"]
    (trained,) = [trial for trial in trials if trial["spec"]["method"] == "full"]
    assert (trained["status"], trained["spec"]["objective"]) == ("completed", "instruction")
    assert trained["target"]["metric"] == "nll_per_token"
    assert trained["target"]["before"] > 0
    assert trained["target"]["after"] > 0
