"""Two runs on one page: does each figure stand where its bounds put it, and can no text of a verdict act?"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.__main__ import main
from harness.judge.gate.judgement import judge_all
from harness.judge.results import build_results
from harness.report import write_report
from harness.report.charts.forest import MOST_ROWS, forests, selected
from harness.report.charts.theme import Mark
from harness.report.gate.page import Comparison, compare
from harness.report.model.links import numbered
from harness.report.tables.table import Table
from harness.report.words.escaping import visible_content
from harness.report.words.numbers import MINUS, MISSING
from harness.report.writers.html import render_page
from harness.schema.exit_codes import ExitCode
from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.tests.builders import ended
from harness.tests.parsed import Page
from harness.tests.report.gate.test_rows import SCORE
from harness.tests.sides import COST, comparison, record

HOSTILE = "</script><script>alert(1)</script>\"'&amp;<img src=x onerror=y>\x00\x1b[31m\u202egnp.exe\u2066\ud800"
NAMES = {
    "baseline": {"name": "main", "accepted_at": "2026-11-21T10:00:00+00:00", "command": ["pytest", "a b"], "trials": 4},
    "present": {"name": "this run", "command": [], "trials": 4},
}
SEEDS = range(4)


def after(shift: int = 0, **changes: Any) -> list[Measured]:
    return [record(seed, shift=shift and shift + 2 * (seed % 2), **changes) for seed in SEEDS]


def judged(present: list[Measured], names: dict[str, Any] = NAMES) -> dict[str, Any]:
    return judge_all(comparison([record(seed) for seed in SEEDS], present)).as_dict(names)


def results_of(present: list[Measured]) -> dict[str, Any]:
    return build_results(present, {"command": ["pytest", "suites/"], "environment": {}})


def shown(present: list[Measured]) -> Comparison:
    return compare(judged(present), numbered(results_of(present)))


def rows_of(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[cell.text for cell in row] for group in table.groups for row in group.rows]


def part(found: Comparison, anchor: str) -> list[list[str]]:
    return rows_of(next(one.table for one in found.parts if one.anchor == anchor))


def test_a_regression_stands_first_and_outside_its_margin() -> None:
    found = shown(after(40))
    assert found.verdict == "✕ FAIL"
    first = part(found, "got-worse")[0]
    assert first[:2] == ["lora-r4", "target score"]
    assert first[5].startswith(f"{MINUS}20.5")
    assert first[7] == "✕ FAIL"
    assert "beyond the margin" in found.counts
    assert [row[2] for row in rows_of(found.tasks)] == ["facts", "chat"]


def test_what_got_worse_within_its_margin_says_so() -> None:
    found = shown(after(cost=replace(COST, peak_memory_bytes=10_300)))
    assert found.verdict == "✓ PASS"
    assert found.says.startswith("every gate held")
    table = next(one.table for one in found.parts if one.anchor == "got-worse")
    assert table is not None
    row = table.groups[0].rows[0]
    assert (row[1].text, row[7].text, row[7].detail) == ("peak memory", "✓ PASS", "inside the margin")
    assert "none beyond the margin" in found.counts


def test_improvements_stand_apart() -> None:
    found = shown(after(-30, cost=replace(COST, artifact_bytes=2000)))
    measures = [row[1] for row in part(found, "got-better")]
    assert measures == ["target score", "forgetting, mean", "forgetting", "forgetting", "size to keep"]
    assert next(one for one in found.parts if one.anchor == "got-worse").table is None


def test_identical_runs_only_have_counts() -> None:
    found = shown(after())
    assert all(one.table is None for one in found.parts)
    assert found.unchanged == "Identical on both sides, and not listed: 4 scores, item by item; 5 costs."
    assert "9 unchanged" in found.counts
    assert (found.changes, found.checks, found.tasks) == (None, None, None)


def test_rows_know_their_arm_so_that_filters_find_them() -> None:
    present = after(40)
    results = numbered(results_of(present))
    table = compare(judged(present), results).parts[0].table
    assert table is not None
    assert {row[0].key for row in table.groups[0].rows} == {
        arm["key"] for arm in results["arms"] if arm["arm"] == "lora-r4"
    }


def test_settings_that_differ_are_listed_with_both_values() -> None:
    found = shown(after(learning_rate=5e-2))
    assert rows_of(found.changes) == [["learning rate", "0.001", "0.05", "4 trials"]]


def test_what_cannot_be_compared_and_what_was_allowed_stand_before_every_figure() -> None:
    present = after()
    content = judged(present)
    content["comparable"][3] |= {"verdict": "FAIL", "reason": "the general task facts changed"}
    content["comparable"][6] |= {"reason": "allowed, though they differ: torch was 1, is 2"}
    content["allowed"] = ["versions"]
    page = "".join(Page(render_page(results_of(present), content)).words)
    positions = [page.index(text) for text in ("cannot be compared (tasks)", "the general task facts changed",
                                               "torch was 1, is 2", "Got worse")]  # fmt: skip
    assert positions == sorted(positions)


def test_a_trial_that_crashed_is_not_compared() -> None:
    present = [*after()[:3], ended(record(3).trial, Status.FAILED, "boom")]
    found = shown(present)
    rows = rows_of(found.missing)
    assert {row[7] for row in rows} == {"✕ FAIL"}
    assert all("boom" in row[8] for row in rows)
    assert all(row[3:6] == [MISSING] * 3 for row in rows)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reached_end": False}, "broke off"),
        ({"unjudged": ["a", "b"]}, "2 gates were not judged and say nothing: a and b"),
    ],
)
def test_what_weakens_a_verdict_is_said(change: dict[str, Any], said: str) -> None:
    present = after()
    found = compare({**judged(present), **change}, numbered(results_of(present)))
    assert said in " ".join(found.warnings)


def test_sides_say_who_they_are() -> None:
    found = shown(after())
    assert found.title == "this run against main"
    assert found.sides[0].facts == "4 trials, accepted 2026-11-21"
    assert found.sides[0].command == "pytest 'a b'"
    names = {"baseline": None, "present": {"name": "candidate x", "trials": 1}}
    alone = compare(judged(after(), names), numbered(results_of(after())))
    assert alone.title == "candidate x against its own base"


def many(verdicts: list[str]) -> list[dict[str, Any]]:
    return [
        {**SCORE, "id": str(place), "arm": f"lora-r{place}", "verdict": verdict}
        for place, verdict in enumerate(verdicts)
    ]


def test_few_rows_are_all_drawn() -> None:
    assert selected(many(["PASS"] * MOST_ROWS)) == (many(["PASS"] * MOST_ROWS), "")


def test_of_many_rows_what_does_not_pass_is_drawn() -> None:
    rows, said = selected(many(["PASS"] * MOST_ROWS + ["INCONCLUSIVE", "FAIL"]))
    assert [row["verdict"] for row in rows] == ["INCONCLUSIVE", "FAIL"], "in the order of the run"
    assert f"Of {MOST_ROWS + 2} rows that differ, the 2 that do not pass are drawn" in said


def test_never_more_rows_are_drawn_and_failures_come_first() -> None:
    rows, said = selected(many(["INCONCLUSIVE"] * MOST_ROWS + ["FAIL"] * 3))
    assert len(rows) == MOST_ROWS
    assert sum(row["verdict"] == "FAIL" for row in rows) == 3
    assert f"{MOST_ROWS} of these are drawn" in said


def test_panels_keep_their_order_whichever_rows_are_drawn() -> None:
    """Of the target's score first, though the first row that is drawn is about a task."""
    task = many(["FAIL"] + ["PASS"] * MOST_ROWS)
    gain = {**SCORE, "id": "gain", "measure": "gain", "task": None, "verdict": "FAIL"}
    earlier = {**gain, "id": "earlier", "verdict": "PASS"}
    rows, _ = selected([earlier, *task, gain])
    assert [row["id"] for row in rows] == ["gain", "0"]


def test_where_all_of_many_pass_the_means_are_drawn() -> None:
    mean = {**SCORE, "measure": "forgetting", "task": None}
    rows, said = selected([*many(["PASS"] * MOST_ROWS), mean])
    assert rows == [mean]
    assert "all of which pass" in said


def test_scores_and_costs_have_pictures_of_their_own() -> None:
    present = after(40, cost=replace(COST, flops_per_token=900.0))
    results = numbered(results_of(present))
    points, costs = forests(judged(present), results, [Mark("lora", "#0072b2", "circle")], "comparison")
    assert (points.name, costs.name) == ("comparison-0", "comparison-1")
    assert "points" in points.caption
    assert all(text in points.svg for text in ("target score", "forgetting, chat", "lora-r4", "✕ FAIL", "#0072b2"))
    assert "log scale" in costs.svg
    assert "operations, training" in costs.svg
    assert "size to keep" not in costs.svg, "an identical row is not drawn"


def test_an_arm_that_the_results_lack_is_drawn_without_a_method() -> None:
    content = {**judged(after()), "gates": [{**SCORE, "arm": "gone", "low": -0.02, "high": -0.01}]}
    (drawn,) = forests(content, numbered(results_of(after())), [], "comparison")
    assert ">gone<" in drawn.svg


def test_the_page_of_a_run_without_a_gate_says_nothing_of_one() -> None:
    html = render_page(results_of(after()))
    assert 'id="comparison"' not in html
    assert "<title>Gain, forgetting, cost" in html


def test_the_page_names_both_sides_and_holds_together() -> None:
    present = after(40)
    html = render_page(results_of(present), judged(present))
    page = Page(html)
    assert page.open == []
    assert "<title>this run against main</title>" in html
    assert {target[1:] for target in page.values("href")} <= set(page.values("id"))
    assert len(page.values("id")) == len(set(page.values("id")))
    assert page.tags["table"] == page.tags["caption"]
    headed = [tag for tag, name, _ in page.attributes if tag in ("h2", "h3") and name == "id"]
    assert len(headed) == page.tags["h2"] + page.tags["h3"]


def poisoned(content: Any) -> Any:
    """Every text replaced, wherever it stands; keys and numbers stay."""
    if isinstance(content, dict):
        return {key: poisoned(value) for key, value in content.items()}
    if isinstance(content, list):
        return [poisoned(value) for value in content]
    return HOSTILE if isinstance(content, str) else content


def test_hostile_text_in_every_field_is_shown_and_does_nothing() -> None:
    present = after(40, learning_rate=5e-2)
    content = judged(present)
    content |= {"unjudged": ["x"], "allowed": ["versions"]}
    results = results_of(present)
    own = Page(render_page(results, content)).tags["script"]
    page = Page(html := render_page(results, {**poisoned(content), "schema": 1}))
    assert page.open == []
    assert (page.tags["script"], page.tags["img"]) == (own, 0)
    assert not set(html) & set("\x00\x1b\u202e\u2066\ud800")
    assert [name for _, name, _ in page.attributes if name.startswith("on")] == []
    assert "<script>alert(1)</script>" in "".join(page.words)


def test_verdicts_that_are_none_fail_and_keep_every_figure() -> None:
    content = visible_content({**poisoned(judged(after(40))), "schema": 1})
    found = compare(content, numbered(results_of(after())))
    assert found.verdict == "✕ FAIL"
    rows = part(found, "got-worse")
    assert len(rows) == 4
    assert all("PASS" not in row[7] for row in rows)


def test_figures_that_are_no_numbers_are_missing() -> None:
    present = after(40)
    content = judged(present)
    for row in content["gates"]:
        row |= dict.fromkeys(("before", "after", "difference", "low", "high", "p_value", "detectable"), float("nan"))
    content["worse"][0] |= {"difference": float("nan"), "p_holm": float("inf")}
    page = Page(render_page(results_of(present), content))
    words = "".join(page.words).split()
    assert not {"None", "nan", "NaN", "inf"} & set(words)
    assert page.open == []


def test_the_verdict_is_written_before_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> str:
        raise RuntimeError("no page")

    monkeypatch.setattr("harness.report.writers.html.render_page", broken)
    with pytest.raises(RuntimeError):
        write_report(results_of(after()), tmp_path, judged(after()))
    assert json.loads((tmp_path / "gate.json").read_text())["verdict"] == "PASS"
    assert (tmp_path / "summary.md").read_text().startswith("## ✅ Gate")


def test_the_report_made_again_shows_the_verdict_beside_the_results(tmp_path: Path) -> None:
    present = after(40)
    write_report(results_of(present), tmp_path / "run", judged(present))
    (tmp_path / "run" / "index.html").unlink()
    assert main(["report", str(tmp_path / "run"), "--to", str(tmp_path / "again")]) == ExitCode.HELD
    assert 'id="comparison"' in (tmp_path / "again" / "index.html").read_text()
    assert (tmp_path / "again" / "gate.json").is_file()
    summary = (tmp_path / "again" / "summary.md").read_text()
    assert summary.index("## ❌ Gate") < summary.index("## Gain, forgetting and cost")


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 99, "gates": []}', '{"schema": 1}'])
def test_a_damaged_verdict_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    write_report(results_of(after()), tmp_path)
    (tmp_path / "gate.json").write_text(text)
    assert main(["report", str(tmp_path)]) == ExitCode.USAGE_ERROR
    assert "take the file away" in capsys.readouterr().err
