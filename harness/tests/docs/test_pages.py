"""Do the pages list what there is: methods, profiles, exit codes, fields of files, rooms, files of a starter?"""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.commands.init import starter
from harness.judge.gate.margins import load_margins
from harness.judge.results import build_results
from harness.methods import METHODS
from harness.plan.profile import load_profile, shipped_profiles
from harness.report.writers.files import results_csv, results_json
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT
from harness.schema.results import Results
from harness.tests.builders import make_measured, make_trial
from harness.tests.docs.shown import DOCS, PAGES, README, blocks, rows


def names(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def listed(page: str, heading: str) -> list[str]:
    """The names in the first column."""
    return [name for row in rows(DOCS / page, heading) for name in names(row[0])]


def the_block(page: str, kind: str, words: str = "") -> str:
    (found,) = [one.text for one in blocks(DOCS / page) if one.kind == kind and words in one.text]
    return found


@pytest.fixture
def results() -> Results:
    """Of one trial and its base: half of the target learned, two of ten items forgotten."""
    trial = make_trial()
    before = make_measured(trial.base_arm(), [0.0] * 4, {"arithmetic": [1.0] * 8 + [0.0] * 2})
    return build_results([before, make_measured(trial, [0.0, 1.0] * 2, {"arithmetic": [1.0] * 6 + [0.0] * 4})])


def test_every_method_is_listed() -> None:
    told = {name for row in rows(DOCS / "ask-about-a-method.md", "Ask about a method") for name in names(row[1])}
    assert {method.name for method in METHODS} - told == set()


def test_every_profile_is_listed() -> None:
    assert sorted(listed("choose-what-runs.md", "Profiles")) == shipped_profiles()


def test_every_exit_code_is_listed() -> None:
    told = [int(code) for row in rows(DOCS / "results.md", "Exit codes") for code in row[0].split(",")]
    assert told == list(ExitCode)


@pytest.mark.parametrize(("kind", "parts"), [("results", ["TrialResult"]), ("gate", [])])
def test_every_field_is_listed(kind: str, parts: list[str]) -> None:
    schema = json.loads((DOCS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    fields = {*schema["properties"], *(name for part in parts for name in schema["$defs"][part]["properties"])}
    assert set(listed("results.md", f"{kind}.json")) == fields


def test_every_file_of_a_run_is_listed() -> None:
    assert set(listed("results.md", "Results")) == {
        "index.html", "results.json", "results.csv", "summary.md", "gate.json"
    }  # fmt: skip


def test_columns_of_the_csv_are_as_told(results: Results) -> None:
    told = (DOCS / "results.md").read_text(encoding="utf-8").split("## results.csv\n")[1].split("\n## ")[0]
    columns = results_csv(results).splitlines()[0].split(",")
    assert {"general_arithmetic_before", "target_gain", "forgetting_accuracy_drop"} <= set(columns)
    own = {name.replace("TASK", "arithmetic") for name in names(told)} - {"spec", "cost"}
    assert {name for name in own if not name.endswith("_")} <= set(columns)
    assert all(any(column.startswith(name) for column in columns) for name in own - {"teacher_"} if name.endswith("_"))


def test_every_room_is_listed() -> None:
    rooms = {f"{path.parent.name}/" for path in (ROOT / "harness").glob("*/__init__.py")}
    told = [name for row in rows(DOCS / "architecture.md", "Architecture") for name in names(" ".join(row))]
    inner = {f"{path.parent.name}/" for path in (ROOT / "harness").glob("*/*/__init__.py")}
    assert set(listed("architecture.md", "Architecture")) == rooms
    assert {name for name in told if name.endswith("/")} <= rooms | inner


def test_every_file_of_a_starter_is_listed() -> None:
    told = set(listed("use-in-your-repository.md", "What init writes"))
    assert {re.sub(r"test_\w+", "test_*", str(path)) for path in starter("")} == told


def test_profile_that_is_shown_loads(tmp_path: Path) -> None:
    path = tmp_path / "harness.toml"
    path.write_text(the_block("choose-what-runs.md", "toml"), encoding="utf-8")
    profile = load_profile(str(path))
    assert (profile.base_model, profile.data) == ("./my-model", "train.jsonl")
    assert [arm.method for arm in profile.arms] == ["base", "full", "lora"]


def test_margins_that_are_shown_load(tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_text(the_block("gate-a-change.md", "toml"), encoding="utf-8")
    assert [margin.measure for margin in load_margins(path)] == ["forgetting_task", "peak_memory"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_toml_and_json_can_be_read(page: Path) -> None:
    for one in blocks(page):
        if one.kind == "toml":
            tomllib.loads(one.text)
        if one.kind == "json":
            assert [json.loads(line) for line in one.text.splitlines()]


def test_reading_results_works_as_shown(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports" / "latest").mkdir(parents=True)
    (tmp_path / "reports" / "latest" / "results.json").write_text(results_json(results), encoding="utf-8")
    exec(the_block("results.md", "python"), {})
    assert "poems lora-r4" in capsys.readouterr().out


def test_own_test_works_as_shown() -> None:
    shown: dict[str, Callable[[Any, Any], None]] = {}
    exec(the_block("use-in-your-repository.md", "python", "def test_"), shown)
    many, most, few = (
        make_measured(make_trial(), general={"arithmetic": [1.0] * right + [0.0] * (20 - right)})
        for right in (19, 18, 12)
    )
    shown["test_arithmetic_stays"](most, many)
    with pytest.raises(AssertionError):
        shown["test_arithmetic_stays"](few, many)


def test_output_in_the_readme_is_a_part_of_the_whole() -> None:
    (part,) = [one.text for one in blocks(README) if not one.kind]
    (whole,) = [one.text for one in blocks(DOCS / "read-a-trade-off.md") if not one.kind]
    assert set(part.splitlines()) <= set(whole.splitlines())
    assert len(part.splitlines()) <= 12
