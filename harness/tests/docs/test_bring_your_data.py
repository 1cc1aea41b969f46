"""Does what the README says about data hold, command by command?"""

import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.data.readers import FORMATS, format_of
from harness.schema.paths import ROOT

ROWS = 60
SECTION = re.compile(r"^## Bring your data\n(.*?)^## ", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(
    r"^`(?P<file>\S+)` with \*\*(?P<name>[^*]+)\*\*.*?^```json\n(?P<row>.*?)\n```\n\n {4}(?P<command>pytest .*?)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Shown:
    """An example of the README: a file, a row of it, and the command that uses it."""

    file: str
    name: str
    row: dict[str, Any]
    command: list[str]


def shown() -> list[Shown]:
    section = SECTION.search((ROOT / "README.md").read_text())
    assert section is not None
    found = EXAMPLE.finditer(section[1])
    return [Shown(one["file"], one["name"], json.loads(one["row"]), shlex.split(one["command"])) for one in found]


SHOWN = shown()


def varied(value: Any, number: int) -> Any:
    """The row with a number after every text; roles stay."""
    if isinstance(value, dict):
        return {key: inner if key == "role" else varied(inner, number) for key, inner in value.items()}
    if isinstance(value, list):
        return [varied(inner, number) for inner in value]
    return f"{value} {number}"


def run(example: Shown, directory: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """The command as shown, on a file of rows like the one shown, in a few steps of one method."""
    path = directory / example.file
    path.write_text("".join(json.dumps(varied(example.row, number)) + "\n" for number in range(ROWS)))
    program, *arguments = [str(path) if part == example.file else part for part in example.command]
    assert program == "pytest"
    limits = ["--methods", "full", "--steps", "5", "--seeds", "1", "--general", "agreement"]
    places = ("--store", directory / "store", "--report", directory / "report")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments, *limits, *places, *more]
    return subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_format_is_shown() -> None:
    assert {format_of(example.row, "README") for example in SHOWN} == set(FORMATS)
    assert len({tuple(example.row) for example in SHOWN}) == len(SHOWN) == 4


@pytest.mark.parametrize("example", SHOWN[1:], ids=lambda example: example.name)
def test_shown_row_is_planned(tmp_path: Path, example: Shown) -> None:
    done = run(example, tmp_path, "--plan")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "train-full-s0" in done.stdout


def test_shown_row_is_trained_on_and_measured(tmp_path: Path) -> None:
    done = run(SHOWN[0], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    trials = json.loads((tmp_path / "report" / "results.json").read_text())["trials"]
    (trained,) = [trial for trial in trials if trial["spec"]["method"] == "full"]
    assert (trained["status"], trained["spec"]["objective"]) == ("completed", "instruction")
    assert trained["target"]["metric"] == "nll_per_token"
    assert trained["target"]["before"] > 0
    assert trained["target"]["after"] > 0
