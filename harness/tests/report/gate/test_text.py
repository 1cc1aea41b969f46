"""Does the verdict read well where people meet it: a review comment, a terminal, a CI system's annotations?"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from harness.judge.gate.integrity import Evidence
from harness.judge.gate.judgement import judge_all
from harness.report.gate.rows import headline
from harness.report.gate.text import (
    MOST_ANNOTATIONS,
    MOST_ROWS,
    annotations,
    announce,
    forget_gate,
    gate_summary,
    gate_text,
    write_gate,
)
from harness.report.words.escaping import visible
from harness.report.words.numbers import MINUS, MISSING
from harness.schema.gate import Change, Counts, GateContent, Settling, Side, Verdict, read_gate
from harness.schema.record import Status
from harness.tests.builders import ended
from harness.tests.report.rendered import HOSTILE as HOSTILE_NAMES
from harness.tests.report.rendered import blocks, cells_of, pieces, tables
from harness.tests.sides import COST, comparison, record

HOSTILE = "</details><script>alert(1)</script> | `x` \x1b[31m \u202e @all https://evil.example ::error::x"
BLOCKS = {"heading", "paragraph", "bullet_list", "list_item", "html_block", "table", "thead", "tbody", "tr", "th", "td"}
BASELINE = Side(name="main", accepted_at="2026-11-21T10:00:00+00:00", trials=4)
PRESENT = Side(name="this run", trials=4)


def content(shift: int = 0, **changes: Any) -> GateContent:
    before = [record(seed) for seed in range(4)]
    after = [record(seed, shift=shift and shift + 2 * (seed % 2), **changes) for seed in range(4)]
    return judge_all(comparison(before, after)).as_content(BASELINE, PRESENT)


def test_a_pass_says_so_first() -> None:
    lines = gate_summary(content()).splitlines()
    assert lines[0].startswith("## ✅ Gate: PASS: ")
    assert "main" in lines[2]


def test_a_failure_names_gate_difference_bounds_margin_and_reason() -> None:
    text = gate_summary(content(40))
    assert text.splitlines()[0].startswith("## ❌ Gate: FAIL")
    row = next(line for line in text.splitlines() if "`poems-lora-r4-forgetting`" in line)
    assert "80.0 % | 59.5 %" in row
    assert f"{MINUS}20.5 points" in row
    assert f"| {MINUS}2 points |" in row
    assert text.index("poems-lora-r4-forgetting") < text.index("gates held")


def test_costs_read_as_ratios() -> None:
    text = gate_summary(content(cost=replace(COST, peak_memory_bytes=20_000)))
    row = next(line for line in text.splitlines() if "`poems-lora-r4-peak-memory`" in line)
    assert "| ❌ |" in row
    assert f"9.77 KiB | 19.5 KiB | 2.000 times | {MISSING} | 1.05 times" in row


def test_what_changed_is_listed() -> None:
    text = gate_summary(content(learning_rate=5e-2))
    assert "learning rate was 0.001, is 0.05 (4 trials)" in text


def test_what_cannot_be_compared_is_the_headline() -> None:
    before, after = [record(0), record(1)], [record(0), ended(record(1).trial, Status.FAILED, "boom")]
    found = judge_all(comparison(before, after)).as_content(BASELINE, PRESENT)
    assert headline(found) == "the two sides cannot be compared (completed)"
    assert gate_text(found).startswith("FAIL: the two sides cannot be compared")
    assert "boom" in gate_text(found)


def test_a_run_that_broke_off_cannot_be_taken_for_a_verdict() -> None:
    found = replace(judge_all(comparison([record(0)], [record(0)])), reached_end=False).as_content(BASELINE, PRESENT)
    assert found.verdict is Verdict.FAIL
    assert "broke off" in headline(found)


def test_without_a_baseline_the_base_is_what_is_compared_with() -> None:
    found = content().with_(baseline=None, present=Side(name="candidate x", trials=1))
    assert "candidate x against its own base" in gate_text(found)


def test_an_open_gate_says_what_would_settle_it() -> None:
    whole = content(40)
    row = whole.gates[1].with_(verdict=Verdict.INCONCLUSIVE, settle=Settling(seeds=12))
    found = whole.with_(verdict=Verdict.INCONCLUSIVE, counts=Counts(INCONCLUSIVE=1), gates=(row,))
    assert "about 12 seeds would settle it" in gate_text(found)
    assert "1 of 1 cannot tell yet" in headline(found)


def test_nothing_hostile_acts() -> None:
    found = content(40)
    gates = (found.gates[0].with_(verdict=Verdict.FAIL, id="poems`|<script>", reason=HOSTILE), *found.gates[1:])
    change = Change(what=HOSTILE, baseline=HOSTILE, present=HOSTILE, trials=(HOSTILE,))
    found = found.with_(present=Side(name=HOSTILE, trials=4), changes=(change,), gates=gates)
    text = gate_summary(found)
    assert "<script>" not in text.replace("``poems`\\|<script>``", "")
    assert "\x1b" not in text + gate_text(found)
    assert "\u202e" not in text + gate_text(found)
    assert "https://evil" not in text
    assert all(line.startswith("::") and "\n" not in line for line in annotations(found))


def test_annotations_are_errors_for_failures_and_few() -> None:
    found = content(40)
    lines = annotations(found)
    assert len(lines) <= MOST_ANNOTATIONS + 1
    assert lines[0].startswith("::error title=Gate::FAIL poems-lora-r4-")
    assert annotations(content()) == []


def test_long_tables_are_cut_and_say_so() -> None:
    found = content(40)
    row = found.gates[0]
    found = found.with_(gates=tuple(row.with_(id=f"gate-{number}") for number in range(MOST_ROWS + 5)))
    assert "and 5 more" in gate_summary(found)


def test_github_gets_a_summary_and_annotations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "step.md"
    page.write_text("earlier\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    print("pytest's line of progress", end="")
    announce(content(40))
    assert page.read_text().startswith("earlier\n## ❌ Gate")
    progress, *commands = capsys.readouterr().out.splitlines()
    assert progress == "pytest's line of progress"
    assert commands
    assert all(re.match("::(error|warning) title=Gate::", line) for line in commands)


@pytest.mark.parametrize("page", ["missing/step.md", "."])
def test_a_summary_that_github_cannot_take_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / page))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    announce(content(40))
    (_, line) = capsys.readouterr().out.splitlines()
    assert line.startswith("::warning title=Gate::")
    assert "could not be written" in line


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "a%0A::error::b", "title=x,file=y::z", "a\r\n::stop-commands::b"])
def test_no_name_can_give_a_command_of_its_own(name: str) -> None:
    found = content(40)
    found = found.with_(gates=tuple(row.with_(id=name, reason=name) for row in found.gates[:1]))
    (line,) = annotations(found)
    assert line.isprintable()
    properties, said = line.removeprefix("::").split("::", 1)
    assert properties == "error title=Gate"
    assert unquote(said).startswith(f"FAIL {visible(name)}: "), "as GitHub reads it"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_every_row_has_its_cells_whatever_the_names(name: str) -> None:
    found = content(40)
    rows = tuple(row.with_(id=name, reason=name, verdict=Verdict.FAIL) for row in found.gates)
    held = rows[0].with_(verdict=Verdict.PASS)
    change = Change(what=name, baseline=name, present=name, trials=(name,))
    checks = tuple(one.with_(verdict=Verdict.FAIL, reason=name) for one in found.comparable)
    found = found.with_(
        gates=(*rows, held), comparable=checks, changes=(change,), present=Side(name=name), baseline=Side(name=name)
    )
    text = gate_summary(found)
    failed, passed = tables(text)
    assert (len(failed), len(passed)) == (1 + len(rows), 1 + 1)
    for head, *rest in (failed, passed):
        assert {len(row) for row in rest} == {len(head)}
        assert {row[1].text.strip() for row in rest} == {visible(name).strip()}
        assert not any(piece.markup for row in rest for piece in row)
    assert {cells_of(line) for line in text.splitlines() if line.startswith("|")} == {len(failed[0])}
    assert {mark for piece in pieces(text) for mark in piece.markup} <= {"strong"}
    assert blocks(text) == BLOCKS


def test_elsewhere_nothing_is_announced(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    announce(content(40))
    assert capsys.readouterr().out == ""


def test_files(tmp_path: Path) -> None:
    """The gate stands before the run's own summary; not-a-number becomes null, as JSON has none."""
    found = content()
    found = found.with_(gates=(found.gates[0].with_(difference=float("nan")), *found.gates[1:]))
    write_gate(found, tmp_path, "the run\n")
    assert read_gate(tmp_path / "gate.json").gates[0].difference is None
    assert (tmp_path / "summary.md").read_text().endswith("the run\n")
    forget_gate(tmp_path)
    forget_gate(tmp_path)
    assert not (tmp_path / "gate.json").exists()


def test_the_whole_json_says_how_every_verdict_came_about() -> None:
    found = json.loads(content(40).model_dump_json())
    assert set(found) == {
        "schema", "verdict", "baseline", "present", "reached_end", "counts", "allowed", "comparable", "changes",
        "worse", "gates", "unjudged", "anchor", "looks", "looks_unkept",
    }  # fmt: skip
    gate = next(one for one in found["gates"] if one["id"] == "poems-lora-r4-forgetting")
    assert gate["limit_reason"] == "all tasks"
    assert gate["low"] < gate["difference"] < gate["high"] < -gate["limit"]
    assert gate["detectable"] > 0
    assert gate["seeds"] == [0, 1, 2, 3]
    assert gate["items"] == 400
    empty = judge_all(comparison([], [])).as_content(BASELINE, PRESENT)
    assert (empty.verdict, headline(empty)) == (Verdict.FAIL, "no gate was judged")
    assert isinstance(judge_all(comparison([], [])).evidence, Evidence)
