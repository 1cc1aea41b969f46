"""The page: one file that opens offline, shows whatever was measured, and lets no text act."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.judge.results import priced
from harness.report import write_report
from harness.report.advice.recommend import advice
from harness.report.words.numbers import MISSING
from harness.report.writers.html import render_page
from harness.schema.record import Status
from harness.schema.results import ArmResult, Results
from harness.tests.parsed import Page
from harness.tests.synthetic import (
    FULL,
    LADDER,
    NOTE,
    TARGETS,
    base_arms,
    completed,
    crowded_results,
    edited,
    ladder_results,
    results_of,
    stopped,
    whole_results,
)

HOSTILE = "</script><script>alert(1)</script>\"'&amp;<img src=x onerror=y>\x00\x1b[31m\u202egnp.exe\u2066\ud800"
OWN_SCRIPTS = 5
"""What can be filtered, the files, the charts' specifications, and the programs of the page and of the charts."""
CELL = re.compile(r"<(?=t[hd][ >])")


@pytest.fixture(scope="module")
def results() -> Results:
    return whole_results()


@pytest.fixture(scope="module")
def small() -> Results:
    """One arm on one target under one seed, beside its base."""
    return results_of([*base_arms(TARGETS[0]), completed(FULL, TARGETS[0], 0)])


@pytest.fixture(scope="module")
def html(results: Results) -> str:
    return render_page(results)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_every_tag_closes_in_order(page: Page) -> None:
    assert page.open == []


def test_only_the_own_scripts_and_no_handler_stand_in_the_page(page: Page) -> None:
    assert page.tags["script"] == OWN_SCRIPTS
    assert [name for _, name, _ in page.attributes if name.startswith("on")] == []


def test_nothing_is_loaded_from_anywhere(html: str, page: Page) -> None:
    assert page.values("src") == []
    assert all(target.startswith("#") for target in page.values("href") + page.values("xlink:href"))
    assert html.count("url(") == html.count("url(#")
    assert "@import" not in html
    assert any(value.startswith("default-src 'none'") for value in page.values("content"))
    assert "http:" not in html.replace("http://www.w3.org/", "")


def test_ids_are_unique_and_links_reach_them(html: str, page: Page) -> None:
    ids = Counter(page.values("id"))
    assert [name for name, times in ids.items() if times > 1] == []
    assert {target[1:] for target in page.values("href")} <= set(ids)
    assert {word for value in page.values("aria-labelledby") for word in value.split()} <= set(ids)
    assert {part.split(")")[0] for part in html.split("url(#")[1:]} <= set(ids)


def test_every_table_has_a_caption_and_scoped_headings(page: Page) -> None:
    assert page.tags["table"] == page.tags["caption"] >= 7


def test_every_heading_of_a_table_says_what_it_heads(html: str) -> None:
    """But for those of a trial's section, whose tables are so plain that HTML knows it itself."""
    page = Page(re.sub(r'<details class="trial".*?</div></details>', "", html, flags=re.S))
    scoped = [value for tag, name, value in page.attributes if tag == "th" and name == "scope"]
    assert len(scoped) == page.tags["th"]


def test_every_heading_has_an_id(page: Page) -> None:
    headed = [tag for tag, name, _ in page.attributes if tag in ("h2", "h3") and name == "id"]
    assert len(headed) == page.tags["h2"] + page.tags["h3"]


def test_every_section_shows_figures_for_every_target(page: Page) -> None:
    labels = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-label"]
    for figure in ("Gain against forgetting", "Rank curves", "Quantization levels", "Memory", "Trained parameters",
                   "Learning rates", "Loss curves", "Scaled back", "While training"):  # fmt: skip
        assert sum(label.startswith(figure) for label in labels) == len(TARGETS), figure


def test_page_stays_under_two_megabytes(html: str) -> None:
    assert len(html.encode()) < 2_000_000


def test_missing_values_are_said_to_be_missing(html: str) -> None:
    assert 'title="not measured"' in html
    words = "".join(Page(html).words).replace("loss became NaN", "").split()
    assert not {"None", "nan", "NaN", "inf", "null", "undefined"} & set(words)


def test_reasons_of_unfinished_trials_are_on_the_page(page: Page) -> None:
    text = "".join(page.words)
    for reason in ("loss became NaN at step 12", "4-bit is frozen", "KeyError: 'w1'"):
        assert reason in text


POISONED = (
    "target", "target_task", "task", "model", "reason", "detail", "arm", "id", "name", "python", "profile", "question",
    "expected", "before", "after", "item", "digest",
)  # fmt: skip


def poison(content: Any) -> Any:
    """Hostile text in names, reasons, details and environment, wherever a user or a library could have put it."""
    if isinstance(content, dict):
        return {
            name: value + HOSTILE
            if name in POISONED and isinstance(value, str)
            else [note + HOSTILE for note in value]
            if name == "notes"
            else poison(value)
            for name, value in content.items()
        }
    return [poison(value) for value in content] if isinstance(content, list) else content


def poisoned(results: Results) -> Results:
    return edited(results, lambda content: content.update(poison(content)))


@pytest.mark.slow
def test_hostile_text_is_shown_and_does_nothing(results: Results) -> None:
    html = render_page(poisoned(results))
    page = Page(html)
    assert page.open == []
    assert (page.tags["script"], page.tags["img"]) == (OWN_SCRIPTS, 0)
    assert not set(html) & set("\x00\x1b\u202e\u2066\ud800")
    text = "".join(page.words)
    assert "<script>alert(1)</script>" in text
    assert "⟨U+202E⟩" in text
    assert "␀" in text


@pytest.mark.slow
def test_hostile_names_are_shown_in_a_ladder_and_a_crowd_too() -> None:
    for results in (ladder_results(), crowded_results()):
        html = render_page(poisoned(results))
        page = Page(html)
        assert page.open == []
        assert (page.tags["script"], page.tags["img"]) == (OWN_SCRIPTS, 0)
        assert not set(html) & set("\x00\x1b\u202e\u2066\ud800")


def rows_under(html: str, table: str) -> list[list[str]]:
    """Texts of the cells of one table, row by row."""
    body = html.split(f'<table id="table-{table}"')[1].split("</table>")[0]
    rows = [row.split("</tr>")[0] for row in body.split("<tr")[1:]]
    return [["".join(Page(f"<{cell}").words).strip() for cell in CELL.split(row)[1:]] for row in rows]


def test_notes_stand_under_their_target_and_beside_their_trial(html: str) -> None:
    notes = html.split('class="notes"')
    assert len(notes) == len(TARGETS) + 2
    assert all(f"<li>{NOTE}</li>" in part for part in notes[1:])
    assert html.count("few-shot<sup>1</sup>") == len(TARGETS)
    assert ">new-facts-few-shot-r8-s0</a><sup>1</sup>" in html
    assert rows_under(html, "trials")[-1] == [NOTE]


def test_arms_without_training_stand_after_the_base_and_before_all_others(html: str) -> None:
    rows = rows_under(html, "arms")
    first = [row[0].split()[0] for row in rows[2:9]]
    assert first == ["base", "base", "base", "zero-shot", "few-shot1", "retrieval", "full"]
    retrieval = rows[7]
    assert retrieval[0] == "retrieval no training"
    assert retrieval[3:5] == [MISSING, f"{MISSING} trial"]
    assert retrieval[6] == "0.0", "of its gain, by storing"
    assert retrieval[8] == "0 by construction"
    assert retrieval[9:18] == [*[MISSING] * 6, "0", MISSING, MISSING]


def test_what_was_refused_stands_in_one_table_with_its_reason(html: str) -> None:
    assert rows_under(html, "unsupported")[1] == ["full-nf4", "new-facts", "4-bit is frozen"]
    assert sum(row[:1] == ["full"] for row in rows_under(html, "arms")) == len(TARGETS)


def test_a_student_stands_beside_its_teacher(html: str) -> None:
    row = rows_under(html, "students")[2]
    assert row[:3] == ["distill", "fine-tuned first", "64.0 %"]
    assert row[4:6] == ["71 %", "770 k 59 % of 1.31 M"]
    assert row[-1] == "1.45 times"


def test_every_part_of_an_update_has_a_row(html: str) -> None:
    rows = [row for row in rows_under(html, "scaled-back") if row and row[0] == "full"]
    assert [row[1] for row in rows] == ["0.25", "0.5", "0.75", "1 whole"] * len(TARGETS)
    assert rows[3][3] == "100 %"


def test_every_traced_step_has_a_row(html: str) -> None:
    rows = [row for row in rows_under(html, "while-training") if row and row[0] == "full"]
    assert [row[1] for row in rows] == ["15", "30", "45", "60 the end"] * len(TARGETS)
    assert all(row[2].startswith("+") and " to " in row[3] for row in rows)


def test_forgetting_at_matched_gain_has_a_table(html: str, results: Results) -> None:
    rows = [row for row in rows_under(html, "matched-gain") if row and row[0] == "lora-r8"]
    first = results.matched_gain[0]
    figures = [f"{100 * (value or 0.0):.1f}" for value in (first.gain, first.forgetting, first.forgetting_reference)]
    assert rows[0][1:5] == ["2", f"+{figures[0]} points", *figures[1:]]
    own = [row for row in results.matched_gain if row.arm == "lora-r8"]
    shown = [(row.p_holm or 0.0) < 0.05 and ("less" if (row.forgetting_difference or 0) < 0 else "more") for row in own]
    assert [row[-1].split()[0] for row in rows] == [one or "undecided" for one in shown]
    assert all("the same within" in row[-1] for row in rows if row[-1].startswith("undecided"))


@pytest.mark.slow
def test_what_is_not_settled_is_said(results: Results) -> None:
    first, *others = results.matched_gain
    open_ = first.with_(forgetting=None, forgetting_reference=None, forgetting_difference=None, ci95=None)
    html = render_page(results.with_(matched_gain=(open_, *others)))
    rows = [row for row in rows_under(html, "matched-gain") if row and row[0] == "lora-r8"]
    assert rows[0][3:] == ["not settled"] * 4


def test_text_is_shown_before_and_after_with_its_distance_from_the_base(html: str) -> None:
    rows = rows_under(html, "perplexity")
    assert rows[0][0:] == ["Arm", "Perplexity per token", "Perplexity per word", "Bits per byte", "KL to the base"]
    base, full = (next(row for row in rows if row[0] == arm) for arm in ("base", "full"))
    assert base[-1] == MISSING
    assert full[-1] == "0.280"
    assert all(after.split(" before ")[1] == before for after, before in zip(full[1:4], base[1:4], strict=True))


def test_serving_costs_are_in_the_cost_table(html: str) -> None:
    rows = {row[0]: row for row in rows_under(html, "costs") if row}
    assert rows["base"][-3:] == ["15", "2.6 M", "19.6 k"]
    assert rows["few-shot-r8 no training"][-3:] == ["87", "2.6 M", "19.6 k"]
    assert rows["few-shot-r8 no training"][2:8] == [MISSING] * 6


def test_money_is_a_column_where_a_price_was_given(small: Results, html: str) -> None:
    assert "Training, US dollars" not in html
    rows = rows_under(render_page(priced(small, 36.0)), "costs")
    assert rows[0][1] == "Training, US dollars"
    full = next(row for row in rows if row[0] == "full")
    assert full[1] == "$0.0240"


def test_every_arm_leads_to_its_trials_and_every_trial_to_its_section(html: str, results: Results) -> None:
    anchors = set(Page(html).values("href"))
    assert {f"#trial-{trial.digest}" for trial in results.trials} <= anchors


def test_the_first_screen_says_what_to_take_and_why(html: str, results: Results) -> None:
    first = html[: html.index('id="findings"')]
    for one in advice(results):
        assert one.settled in first
        assert all(row.evidence.replace("'", "&#39;") in first for row in one.chosen)


@pytest.mark.slow
def test_only_a_ladder_has_a_domain_shift(html: str) -> None:
    assert "Domain shift</h2>" not in html
    ladder = render_page(ladder_results())
    assert 'aria-label="Domain shift"' in ladder
    assert [row[0] for row in rows_under(ladder, "domain-shift")[1:]] == [f"{name} exact match" for name in LADDER]


@pytest.mark.slow
def test_a_crowd_has_a_short_legend_and_tables_that_scroll() -> None:
    html = render_page(crowded_results())
    legend = html.split('aria-label="Methods"')[1].split("</ul>")[0]
    assert legend.count("<li>") == 2
    assert "other methods" in legend
    assert 'class="scroll tall"' in html
    assert "stand out with their intervals" in html


def older(content: dict[str, Any]) -> None:
    """As a version wrote it that knew less."""
    del content["matched_gain"]
    for arm in content["arms"]:
        del arm["notes"], arm["interpolation"], arm["trace"]
        for score in arm["general"]:
            for name in ("bits_per_byte", "word_perplexity"):
                del score[f"{name}_before"], score[f"{name}_after"]
            del score["kl_to_base"]
    for trial in content["trials"]:
        del trial["notes"], trial["teacher"]
    for one in (*content["arms"], *content["trials"]):
        for name in ("prompt_tokens", "forward_flops_per_token", "forward_tokens_per_s"):
            del one["cost"][name]


@pytest.mark.slow
def test_results_of_an_older_version_still_have_a_page(results: Results) -> None:
    html = render_page(edited(results, older))
    assert Page(html).open == []
    assert "Scaled back</h2>" not in html
    assert "While training</h2>" not in html
    assert rows_under(html, "perplexity")[0] == ["Arm", "Perplexity per token"]
    assert "Student and teacher</h2>" not in html


def without_forgetting(arm: ArmResult) -> ArmResult:
    unknown = {"accuracy_drop": None, "accuracy_drop_ci95": None}
    return arm.with_(
        forgetting=None,
        interpolation=tuple(point.with_(**unknown) for point in arm.interpolation),
        trace=tuple(point.with_(**unknown) for point in arm.trace),
    )


@pytest.mark.slow
def test_a_curve_without_forgetting_has_a_table_and_no_chart(results: Results) -> None:
    html = render_page(results.with_(arms=tuple(map(without_forgetting, results.arms))))
    assert "there is no curve to draw" in html
    assert len(rows_under(html, "scaled-back")) > len(TARGETS)
    assert len(rows_under(html, "while-training")) > len(TARGETS)


def test_a_broken_promise_stands_first(small: Results) -> None:
    *trials, last = small.trials
    kept, checked, *rest = last.promises
    wrong = replace(checked, held=False, detail="largest difference 0.31")
    broken = small.with_(trials=(*trials, last.with_(promises=(kept, wrong, *rest))))
    text = "".join(Page(render_page(broken)).words)
    assert "No promise was broken" not in text
    assert text.index("largest difference 0.31") < text.index("and in how many trials it did")


@pytest.mark.parametrize(
    "measured",
    [
        pytest.param([], id="nothing"),
        pytest.param(base_arms(TARGETS[0]), id="only-the-base"),
        pytest.param([completed(FULL, TARGETS[0], 0)], id="no-base-to-compare-with"),
        pytest.param([stopped(FULL, TARGETS[0], 0, Status.FAILED, "boom")], id="only-a-failure"),
    ],
)
def test_a_run_that_measured_little_still_has_a_page(measured: list[Any]) -> None:
    page = Page(render_page(results_of(measured, learning_rates=())))
    assert page.open == []
    assert "Nothing measured" in "".join(page.words)


@pytest.mark.parametrize("field", ["generated_at", "command", "profile", "environment", "seconds", "learning_rates"])
def test_what_a_run_did_not_say_is_left_out(small: Results, field: str) -> None:
    rest = edited(small, lambda content: content.pop(field))
    assert Page(render_page(rest)).open == []


def test_all_files_are_written_and_no_other(small: Results, tmp_path: Path) -> None:
    index = write_report(small, tmp_path / "deep" / "latest")
    assert {path.name for path in index.parent.iterdir()} == {"index.html", "results.json", "results.csv", "summary.md"}
    assert json.loads((index.parent / "results.json").read_text())["trials"]


def wild(content: dict[str, Any]) -> None:
    """As a version wrote it, or a script, that let pass what is no number."""
    arm = next(arm for arm in content["arms"] if arm["arm"] == "lora-r8")
    arm["target"]["gain"], arm["target"]["ci95"] = float("nan"), [float("-inf"), float("inf")]
    arm["forgetting"]["retention"] = float("nan")
    content["comparisons"][0] |= {"gain_ci95": [float("nan")] * 2, "gain_difference": float("nan")}


@pytest.mark.slow
def test_not_a_number_is_null_in_json_and_missing_on_the_page(results: Results, tmp_path: Path) -> None:
    directory = write_report(edited(results, wild), tmp_path).parent
    text = (directory / "results.json").read_text()
    loaded = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    found = next(arm for arm in loaded["arms"] if arm["arm"] == "lora-r8")
    assert found["target"]["gain"] is None
    assert found["target"]["ci95"] is None
    rows = rows_under((directory / "index.html").read_text(), "arms")
    assert next(row for row in rows if row[0] == "lora" and row[1] == "8")[5] == MISSING
