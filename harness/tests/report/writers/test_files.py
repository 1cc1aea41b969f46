"""CSV, Markdown, terminal and the numbers in them."""

import base64
import copy
import csv
import gzip
import io
import json
from typing import Any

import pytest

from harness.report.advice.criteria import Standing
from harness.report.advice.recommend import advice
from harness.report.words.escaping import MOST_LETTERS, finite, markdown, shortened, spreadsheet, visible
from harness.report.words.numbers import count, dollars, duration, fixed, rate, size, supported_decimals, unit_of
from harness.report.writers.embed import both_files, packed, script_json
from harness.report.writers.files import results_csv, results_json
from harness.report.writers.markdown import render_summary
from harness.report.writers.terminal import render_table
from harness.tests.synthetic import (
    ARMS,
    CHOICE_TASKS,
    NOTE,
    TARGETS,
    TEXT_TASK,
    crowded_results,
    results_of,
    whole_results,
)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return whole_results()


def rows_of(results: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(results_csv(results))))


def number(text: str) -> float | None:
    return None if text == "" else float(text)


def test_csv_has_the_trials_of_the_json_and_their_numbers(results: dict[str, Any]) -> None:
    loaded = json.loads(results_json(results))
    rows = rows_of(results)
    assert [row["id"] for row in rows] == [trial["id"] for trial in loaded["trials"]]
    for row, trial in zip(rows, loaded["trials"], strict=True):
        target, lost = trial["target"] or {}, trial["forgetting"] or {}
        assert number(row["target_gain"]) == target.get("gain")
        assert number(row["target_ci_low"]) == (target.get("ci95") or [None])[0]
        assert number(row["forgetting_accuracy_drop"]) == lost.get("accuracy_drop")
        assert number(row["trainable_params"]) == trial["cost"]["trainable_params"]
        assert row["reason"] == (trial["reason"] or "")
        for score in trial["general"]:
            assert number(row[f"general_{score['task']}_after"]) == score["after"]


def test_csv_has_a_pair_of_columns_per_general_task(results: dict[str, Any]) -> None:
    columns = set(rows_of(results)[0])
    assert {f"general_{task}_{side}" for task in (*CHOICE_TASKS, TEXT_TASK) for side in ("before", "after")} <= columns


def test_both_files_are_told_apart_again(results: dict[str, Any]) -> None:
    """As the page's program does it: JSON on even lines, the CSV file on odd ones."""
    lines = both_files(finite(results)).split("\n")
    json_lines, csv_lines = lines[::2], lines[1::2]
    assert "\n".join(csv_lines) == results_csv(results)
    text = json_lines[0] + ",".join(json_lines[1:-1]) + json_lines[-1]
    assert json.loads(text) == json.loads(results_json(results))
    assert json.loads(json_lines[3])["id"] == results["trials"][2]["id"]


def test_no_trial_makes_two_files_too() -> None:
    empty = finite(results_of([], learning_rates=[]))
    lines = both_files(empty).split("\n")
    assert json.loads(lines[0] + lines[2]) == empty
    assert "\n".join(lines[1::2]) == results_csv(empty)


def test_what_is_packed_is_the_same_each_time_and_unpacks(results: dict[str, Any]) -> None:
    text = both_files(finite(results))
    assert packed(text) == packed(text)
    assert gzip.decompress(base64.b64decode(packed(text))).decode() == text
    assert len(packed(text)) < len(text) / 4


@pytest.mark.parametrize("text", ["</script>", "<!--", "&amp;", "\u2028\u2029", '"quoted"'])
def test_json_in_a_script_can_be_read_and_ends_nothing(text: str) -> None:
    embedded = script_json({text: [text]})
    assert not set("<>&\u2028\u2029") & set(embedded)
    assert json.loads(embedded) == {text: [text]}


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        (-0.25, -0.25),
        (None, None),
        ("a-b", "a-b"),
    ],
)
def test_text_that_a_spreadsheet_would_run_is_quoted(value: Any, cell: Any) -> None:
    assert spreadsheet(value) == cell


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a␀b"),
        ("\u202eevil", "⟨U+202E⟩evil"),
        ("x\x1b[0m", "x␛[0m"),
        ("\ud800", "⟨U+D800⟩"),
        ("ä\n汉", "ä 汉"),
    ],
)
def test_control_characters_become_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_markdown_has_what_to_take_before_the_table_and_the_findings_after_it(results: dict[str, Any]) -> None:
    summary = render_summary(results)
    assert summary.index("| Most gain | No clear winner") < summary.index("| Method |") < summary.index("### Findings")
    assert all(target in summary for target in TARGETS)


def test_markdown_has_notes_under_their_table(results: dict[str, Any]) -> None:
    summary = render_summary(results)
    assert "| few-shot<sup>1</sup> (no training) | 8 |" in summary
    assert summary.count(f"<sup>1</sup> {NOTE}") == len(TARGETS)


def test_csv_has_notes_and_teachers(results: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in rows_of(results)}
    assert rows["new-facts-few-shot-r8-s0"]["notes"] == NOTE
    student = rows["new-facts-distill-s0"]
    assert (student["teacher_value"], student["teacher_agreement"]) == ("0.64", "0.71")
    assert rows["new-facts-full-s0"]["teacher_value"] == ""


def test_markdown_shows_names_and_follows_none_of_them() -> None:
    escaped = markdown("[x](https://e.org) | <b> *y* `z` @team\n# h")
    assert escaped == "\\[x\\](https:<!-- -->//e.org) \\| \\<b\\> \\*y\\* \\`z\\` @<!-- -->team \\# h"


def test_every_line_of_a_markdown_table_has_its_cells(results: dict[str, Any]) -> None:
    hostile = copy.deepcopy(results)
    for arm in hostile["arms"]:
        arm["method"] += "|x"
    tables = [line for line in render_summary(hostile).splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in tables} == {4, 11}


@pytest.mark.parametrize("width", [80, 100, 120])
def test_terminal_lines_fit(results: dict[str, Any], width: int) -> None:
    assert max(len(line) for line in render_table(results, width, color=False).splitlines()) <= width


@pytest.mark.parametrize("width", [80, 100, 160])
def test_terminal_cuts_no_figure(results: dict[str, Any], width: int) -> None:
    lines = render_table(results, width, color=False).splitlines()
    assert not any("…" in line for line in lines)
    full = next(line for line in lines if line.startswith("full"))
    assert full.split()[:3] == ["full", "-", "none"]
    assert full.endswith("26.1 MiB")
    assert ("[" in full) is (width >= 120)


def test_terminal_has_every_arm_of_every_target(results: dict[str, Any]) -> None:
    table = render_table(results, 120, color=False)
    starts = [line.split()[0] for line in table.splitlines() if line]
    assert starts.count("lora") == 2 * sum(arm.method == "lora" for arm in ARMS) + 1
    assert {"diverged", "failed"} <= set(table.split())
    assert "Unsupported: full-nf4: 4-bit is frozen." in table


def test_terminal_has_arms_without_training_first(results: dict[str, Any]) -> None:
    lines = render_table(results, 80, color=False).splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["zero-shot", "few-shot", "retrieval", "full"]
    assert all("nothing" in line and "no training" in line for line in lines[2:5])


def test_terminal_ends_with_what_to_take_for_every_target(results: dict[str, Any]) -> None:
    text = " ".join(render_table(results, 120, color=False).split())
    for one in advice(results):
        shown = text[text.index(f"{one.target}: {one.settled}") :]
        assert all(row.concern.label in shown for row in one.chosen)
        assert all(row.answer in shown for row in one.chosen if row.standing is Standing.CLEAR)


def test_terminal_has_notes_under_the_table(results: dict[str, Any]) -> None:
    text = render_table(results, 120, color=False)
    assert text.count(f"* few-shot-r8: {NOTE}") == len(TARGETS)


def test_terminal_sorts_many_arms_by_gain() -> None:
    lines = render_table(crowded_results(), 80, color=False).splitlines()
    assert lines[0].endswith("by gain")
    arms = lines[2 : lines.index("")]
    gains = [int(line.split()[3]) for line in arms if line.startswith(("adapter", "peft"))]
    assert gains == sorted(gains, reverse=True)
    assert len(gains) == 21
    assert max(map(len, lines)) <= 80


def test_terminal_colours_only_where_asked(results: dict[str, Any]) -> None:
    assert "\x1b" not in render_table(results, 100, color=False)
    assert "\x1b[1m" in render_table(results, 100, color=True)


def test_terminal_is_not_driven_by_names(results: dict[str, Any]) -> None:
    hostile = copy.deepcopy(results)
    hostile["trials"][-1]["reason"] = "\x1b]0;owned\x07[bold red]x"
    text = render_table(hostile, 100, color=False)
    assert "\x1b" not in text
    assert "[bold red]x" in text


def test_no_trial_is_no_table() -> None:
    assert render_table(results_of([], learning_rates=[]), 80, color=False).startswith("Nothing measured:")


@pytest.mark.parametrize(
    ("half_width", "decimals"), [(0.21, 0), (0.042, 0), (0.021, 1), (0.0042, 1), (0.0021, 2), (0.000021, 3)]
)
def test_points_are_as_fine_as_their_interval_supports(half_width: float, decimals: int) -> None:
    assert supported_decimals([(-half_width, half_width), (0.0, 0.0), None], scale=100) == decimals


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (fixed(-1.26, 1), "\N{MINUS SIGN}1.3"),
        (fixed(-0.01, 1), "0.0"),
        (fixed(4.0, 0, plus=True), "+4"),
        (fixed(None, 1), "\N{EN DASH}"),
        (fixed(float("nan"), 1), "\N{EN DASH}"),
        (count(999), "999"),
        (count(999_900), "1 M"),
        (size(1536), "1.5 KiB"),
        (duration(0.0314), "31.4 ms"),
        (duration(0.0), "0 ms"),
        (duration(59.9), "59.9 s"),
        (duration(412.6), "6 min 53 s"),
        (duration(3 * 3600 + 300), "3 h 05 min"),
        (dollars(0.01234), "$0.0123"),
        (dollars(4.5), "$4.50"),
        (dollars(1234.5), "$1234"),
        (dollars(None), "\N{EN DASH}"),
        (rate(3e-5), "3e\N{MINUS SIGN}5"),
        (unit_of("exact_match").name, "points"),
        (unit_of("nll_per_token").name, "nats"),
    ],
)
def test_numbers_read_well(shown: str, expected: str) -> None:
    assert shown == expected


def test_texts_of_a_picture_are_short_and_still_differ() -> None:
    name, long = "lora-r8", "w" * 20_000
    found = shortened({"arms": [{"arm": name, "gain": 0.5}, {"arm": long + "a"}, {"arm": long + "b"}], "none": None})
    assert found["arms"][0] == {"arm": name, "gain": 0.5}
    assert found["none"] is None
    texts = [one["arm"] for one in found["arms"][1:]]
    assert texts[0] != texts[1]
    assert {len(text) for text in texts} == {MOST_LETTERS}
    assert shortened(long + "a") == texts[0]
