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
from harness.report.charts.figure import Mark
from harness.report.charts.forest import MOST_ROWS, forests, selected
from harness.report.gate.page import QUESTION, GatePage, gate_page
from harness.report.gate.text import gate_summary, write_gate
from harness.report.model.links import numbered
from harness.report.tables.table import Table
from harness.report.words.escaping import visible_content
from harness.report.words.numbers import MINUS, MISSING
from harness.report.writers.html import render_page
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import Anchor, GateContent, GateResult, Look, Side, Verdict
from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.schema.results import Results, RunFields
from harness.tests.builders import ended, make_measured
from harness.tests.parsed import Page
from harness.tests.report.gate.test_rows import SCORE
from harness.tests.sides import COST, ITEMS, TASKS, comparison, record

HOSTILE = "</script><script>alert(1)</script>\"'&amp;<img src=x onerror=y>\x00\x1b[31m\u202egnp.exe\u2066\ud800"
BASELINE = Side(name="main", accepted_at="2026-11-21T10:00:00+00:00", command=("pytest", "a b"), trials=4)
PRESENT = Side(name="this run", trials=4)
SEEDS = range(4)


def after(shift: int = 0, **changes: Any) -> list[Measured]:
    return [record(seed, shift=shift and shift + 2 * (seed % 2), **changes) for seed in SEEDS]


def judged(present: list[Measured]) -> GateContent:
    return judge_all(comparison([record(seed) for seed in SEEDS], present)).as_content(BASELINE, PRESENT)


def results_of(present: list[Measured]) -> Results:
    return build_results(present, RunFields(command=("pytest", "suites/")))


def shown(present: list[Measured]) -> GatePage:
    return gate_page(judged(present), numbered(results_of(present)))


def rows_of(table: Table) -> list[list[str]]:
    assert table
    return [[cell.text for cell in row] for group in table.groups for row in group.rows]


def part(found: GatePage, anchor: str) -> list[list[str]]:
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
    assert found.says == "9 gates held, nothing got worse by more than its margin"
    table = next(one.table for one in found.parts if one.anchor == "got-worse")
    assert table
    assert (found.open_title, bool(found.open)) == ("", False)
    row = table.groups[0].rows[0]
    assert (row[1].text, row[7].text, row[7].detail) == ("peak memory", "✓ PASS", "inside the margin")
    assert "none beyond the margin" in found.counts


def test_improvements_stand_apart() -> None:
    found = shown(after(-30, cost=replace(COST, artifact_bytes=2000)))
    measures = [row[1] for row in part(found, "got-better")]
    assert measures == ["target score", "forgetting, mean", "forgetting", "forgetting", "size to keep"]
    assert not next(one for one in found.parts if one.anchor == "got-worse").table


def test_identical_runs_only_have_counts() -> None:
    found = shown(after())
    assert not any(one.table for one in found.parts)
    assert found.unchanged == "Identical on both sides, and not listed: 4 scores, item by item; 5 costs."
    assert "9 unchanged" in found.counts
    assert not any((found.changes, found.checks, found.tasks))


def test_rows_know_their_arm_so_that_filters_find_them() -> None:
    present = after(40)
    results = numbered(results_of(present))
    table = gate_page(judged(present), results).parts[0].table
    assert {row[0].key for row in table.groups[0].rows} == {arm.key for arm in results.arms if arm.arm == "lora-r4"}


def test_settings_that_differ_are_listed_with_both_values() -> None:
    found = shown(after(learning_rate=5e-2))
    assert rows_of(found.changes) == [["learning rate", "0.001", "0.05", "4 trials"]]


@pytest.mark.slow
def test_what_cannot_be_compared_and_what_was_allowed_stand_before_every_figure() -> None:
    present = after()
    checks = list(judged(present).comparable)
    checks[3] = checks[3].with_(verdict=Verdict.FAIL, reason="the general task facts changed")
    checks[6] = checks[6].with_(reason="allowed, though they differ: torch was 1, is 2")
    content = judged(present).with_(verdict=Verdict.FAIL, comparable=tuple(checks), allowed=("versions",))
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
        ({"unjudged": ("a", "b")}, "2 gates were not judged and say nothing: a and b"),
    ],
)
def test_what_weakens_a_verdict_is_said(change: dict[str, Any], said: str) -> None:
    present = after()
    found = gate_page(judged(present).with_(**change), numbered(results_of(present)))
    assert said in " ".join(found.warnings)


@pytest.mark.slow
def test_sides_say_who_they_are() -> None:
    found = shown(after())
    assert found.title == "this run against main"
    assert found.sides[0].facts == "4 trials, accepted 2026-11-21"
    assert found.sides[0].command == "pytest 'a b'"
    content = judged(after()).with_(baseline=None, present=Side(name="candidate x", trials=1))
    alone = gate_page(content, numbered(results_of(after())))
    assert alone.title == "candidate x against its own base"


@pytest.mark.slow
def test_the_anchor_and_a_further_look_are_said_on_the_page() -> None:
    anchor = Anchor(accepted_at="2026-01-31T10:00:00+00:00", trials=4, moved_at="2026-01-31", reason=f"why{HOSTILE}")
    look = Look(target="poems", arm="lora-r4", comparison="c", number=2, seeds=(0, 1), error=0.025, left=0.0)
    present = after()
    first = [record(seed) for seed in SEEDS]
    content = judge_all(comparison(first, present, anchor=first)).as_content(BASELINE, PRESENT, anchor)
    content = content.with_(looks=(look,))
    html = render_page(results_of(present), content)
    assert "<dt>Anchor</dt><dd>4 trials, accepted 2026-01-31, moved here on 2026-01-31: why" in html
    assert "Look 2 at poems lora-r4, under 2 seeds: it spends 2.5 % of error" in html
    assert "<script>alert(1)" not in html
    summary = gate_summary(content)
    assert "and its anchor (4 trials, accepted 2026-01-31" in summary
    assert "Look 2 at poems lora-r4" in summary
    assert "`poems-lora-r4-forgetting-vs-anchor`" in summary


@pytest.mark.parametrize(("alpha", "said"), [(0.05, "at 95 %, and"), (0.0125, "at 98.75 %, and")])
def test_bounds_say_how_sure_they_are(alpha: float, said: str) -> None:
    present = after(20)
    content = judge_all(replace(comparison([record(seed) for seed in SEEDS], present), alpha=alpha))
    found = gate_page(content.as_content(BASELINE, PRESENT), numbered(results_of(present)))
    worse = next(one for one in found.parts if one.anchor == "got-worse")
    assert f"Bounds are one-sided, {said} each row has its own" in worse.table.caption
    assert f"up to one score in {1 / alpha:.0f} stands here by chance" in worse.table.caption


def many(verdicts: list[str]) -> list[GateResult]:
    return [
        SCORE.with_(id=str(place), arm=f"lora-r{place}", verdict=Verdict(verdict))
        for place, verdict in enumerate(verdicts)
    ]


def test_few_rows_are_all_drawn() -> None:
    assert selected(many(["PASS"] * MOST_ROWS)) == (many(["PASS"] * MOST_ROWS), "")


def test_of_many_rows_what_does_not_pass_is_drawn() -> None:
    rows, said = selected(many(["PASS"] * MOST_ROWS + ["INCONCLUSIVE", "FAIL"]))
    assert [row.verdict for row in rows] == ["INCONCLUSIVE", "FAIL"], "in the order of the run"
    assert f"Of {MOST_ROWS + 2} rows that differ, those that do not pass (2) are drawn" in said


def test_never_more_rows_are_drawn_and_failures_come_first() -> None:
    rows, said = selected(many(["INCONCLUSIVE"] * MOST_ROWS + ["FAIL"] * 3))
    assert len(rows) == MOST_ROWS
    assert sum(row.verdict == "FAIL" for row in rows) == 3
    assert f"{MOST_ROWS} of these are drawn" in said


def test_panels_keep_their_order_whichever_rows_are_drawn() -> None:
    """Of the target's score first, though the first row that is drawn is about a task."""
    task = many(["FAIL"] + ["PASS"] * MOST_ROWS)
    gain = SCORE.with_(id="gain", measure="gain", task=None, verdict=Verdict.FAIL)
    earlier = gain.with_(id="earlier", verdict=Verdict.PASS)
    rows, _ = selected([earlier, *task, gain])
    assert [row.id for row in rows] == ["gain", "0"]


def test_where_all_of_many_pass_the_means_are_drawn() -> None:
    mean = SCORE.with_(measure="forgetting", task=None)
    rows, said = selected([*many(["PASS"] * MOST_ROWS), mean])
    assert rows == [mean]
    assert "all of which pass" in said


@pytest.mark.slow
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
    content = judged(after()).with_(gates=(SCORE.with_(arm="gone", low=-0.02, high=-0.01),))
    (drawn,) = forests(content, numbered(results_of(after())), [], "comparison")
    assert ">gone<" in drawn.svg


def test_the_page_of_a_run_without_a_gate_says_nothing_of_one() -> None:
    html = render_page(results_of(after()))
    assert 'id="comparison"' not in html
    assert "<title>Gain, forgetting, cost" in html
    assert "<h1>Which way of fine-tuning should I use?</h1>" in html
    assert QUESTION not in html


def test_a_judged_page_answers_the_reviewer_first_and_recommends_last() -> None:
    """The question, the verdict, what failed, the comparison, the figures of the run; then what to take."""
    present = after(40)
    page = Page(html := render_page(results_of(present), judged(present)))
    assert f"<h1>{QUESTION}</h1>" in html
    words = "".join(page.words)
    anchors = [value for tag, name, value in page.attributes if tag in ("h2", "h3") and name == "id"]
    wanted = ["verdict", "open", "comparison", "got-worse", "arms", "cost", "trials", "advice", "findings", "glossary"]
    assert [anchor for anchor in anchors if anchor in wanted] == wanted
    assert words.index("4 of 9 gates failed") < words.index("What failed (4)") < words.index("Got worse")
    assert "Which way of fine-tuning should I use?" not in html
    links = [value for tag, name, value in page.attributes if tag == "a" and name == "href"]
    assert links.index("#verdict") < links.index("#comparison") < links.index("#trials") < links.index("#advice")


def test_what_failed_stands_before_what_is_open() -> None:
    verdicts = [Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.PASS, Verdict.FAIL]
    rows = tuple(SCORE.with_(id=str(place), verdict=verdict) for place, verdict in enumerate(verdicts))
    present = after()
    content = judged(present).with_(verdict=Verdict.FAIL, gates=rows)
    found = gate_page(content, numbered(results_of(present)))
    assert found.open_title == "What failed (2), and what cannot be told yet (1)"
    assert [row[-2] for row in rows_of(found.open)] == ["✕ FAIL", "✕ FAIL", "? INCONCLUSIVE"]
    alone = gate_page(content.with_(gates=rows[:1]), numbered(results_of(present)))
    assert alone.open_title == "What cannot be told yet (1)"


def test_the_page_names_both_sides_and_holds_together() -> None:
    present = after(40)
    html = render_page(results_of(present), judged(present))
    page = Page(html)
    assert page.open == []
    assert f"<title>{QUESTION} this run against main</title>" in html
    assert {target[1:] for target in page.values("href")} <= set(page.values("id"))
    assert len(page.values("id")) == len(set(page.values("id")))
    assert page.tags["table"] == page.tags["caption"]
    headed = [tag for tag, name, _ in page.attributes if tag in ("h2", "h3") and name == "id"]
    assert len(headed) == page.tags["h2"] + page.tags["h3"]


def poisoned(content: Any, name: str = "") -> Any:
    """Every text replaced, wherever it stands, but for verdicts; keys and numbers stay."""
    if isinstance(content, dict):
        return {key: poisoned(value, key) for key, value in content.items()}
    if isinstance(content, list):
        return [poisoned(value, name) for value in content]
    return HOSTILE if isinstance(content, str) and name != "verdict" else content


def hostile(content: GateContent) -> GateContent:
    return GateContent.model_validate(poisoned(content.model_dump(mode="json", by_alias=True)))


@pytest.mark.slow
def test_hostile_text_in_every_field_is_shown_and_does_nothing() -> None:
    present = after(40, learning_rate=5e-2)
    content = judged(present).with_(unjudged=("x",), allowed=("versions",))
    results = results_of(present)
    own = Page(render_page(results, content)).tags["script"]
    page = Page(html := render_page(results, hostile(content)))
    assert page.open == []
    assert (page.tags["script"], page.tags["img"]) == (own, 0)
    assert not set(html) & set("\x00\x1b\u202e\u2066\ud800")
    assert [name for _, name, _ in page.attributes if name.startswith("on")] == []
    assert "<script>alert(1)</script>" in "".join(page.words)


def test_hostile_names_keep_every_figure() -> None:
    found = gate_page(visible_content(hostile(judged(after(40)))), numbered(results_of(after())))
    assert found.verdict == "✕ FAIL"
    rows = part(found, "got-worse")
    assert len(rows) == 4
    assert all("PASS" not in row[7] for row in rows)


def test_figures_that_are_no_numbers_are_missing() -> None:
    present, nan = after(40), float("nan")
    content = judged(present)
    names = ("before", "after", "difference", "low", "high", "p_value", "detectable")
    gates = [{**row.model_dump(), **dict.fromkeys(names, nan)} for row in content.gates]
    worse = [{**one.model_dump(), "difference": nan} for one in content.worse]
    read = GateContent.model_validate({**content.model_dump(), "gates": gates, "worse": worse})
    page = Page(render_page(results_of(present), read))
    words = "".join(page.words).split()
    assert not {"None", "nan", "NaN", "inf"} & set(words)
    assert page.open == []


def test_a_page_that_fails_leaves_the_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> str:
        raise RuntimeError("no page")

    monkeypatch.setattr("harness.report.writers.html.render_page", broken)
    write_gate(judged(after()), tmp_path)
    with pytest.raises(RuntimeError):
        write_report(results_of(after()), tmp_path, judged(after()))
    assert json.loads((tmp_path / "gate.json").read_text())["verdict"] == "PASS"
    assert (tmp_path / "summary.md").read_text().startswith("## ✅ Gate")


@pytest.mark.slow
def test_the_report_made_again_shows_the_verdict_beside_the_results(tmp_path: Path) -> None:
    present = after(40)
    base = make_measured(present[0].trial.base_arm(), [0.0] * ITEMS, {task: [1.0] * ITEMS for task in TASKS})
    write_report(results_of([base, *present]), tmp_path / "run", judged(present))
    (tmp_path / "run" / "index.html").unlink()
    assert main(["report", str(tmp_path / "run"), "--to", str(tmp_path / "again")]) == ExitCode.HELD
    assert 'id="comparison"' in (tmp_path / "again" / "index.html").read_text()
    assert (tmp_path / "again" / "gate.json").is_file()
    summary = (tmp_path / "again" / "summary.md").read_text()
    parts = ("## ❌ Gate", "## Gain, forgetting and cost", "### Findings", "## Which way of fine-tuning to take")
    places = [summary.index(part) for part in (*parts, "| If you care about |")]
    assert places == sorted(places), "the verdict first, recommendations last"


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 99, "gates": []}', '{"schema": 1}', "a verdict that is none"])
def test_a_damaged_verdict_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    write_report(results_of(after()), tmp_path)
    if text == "a verdict that is none":
        text = judged(after()).model_dump_json(by_alias=True).replace('"PASS"', '"GREEN"')
    (tmp_path / "gate.json").write_text(text)
    assert main(["report", str(tmp_path)]) == ExitCode.USAGE_ERROR
    assert "take the file away" in capsys.readouterr().err
