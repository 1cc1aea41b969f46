"""The section of every trial: what it shows, what it leaves out, and that it stays small."""

import html
import json
import re

import pytest

from harness.report.model.links import numbered
from harness.report.tables.trial_sections import LONGEST, MOST_FLIPS, MOST_SAMPLES, Section, sections, shared_settings
from harness.report.words.numbers import MISSING, absolute
from harness.report.writers.html import render_page
from harness.schema.results import Flip, Results, Sample, TrialResult
from harness.tests.many import many_results
from harness.tests.synthetic import FULL, TARGETS, base_arms, completed, results_of, whole_results

TRIAL = "new-facts-lora-r8-s0"


@pytest.fixture(scope="module")
def results() -> Results:
    return numbered(whole_results())


def section(results: Results, name: str = TRIAL) -> Section:
    return next(one for one in sections(results) if one.trial.id == name)


def trial(results: Results, name: str = TRIAL) -> TrialResult:
    return next(one for one in results.trials if one.id == name)


def test_every_trial_has_a_section_and_an_address_of_its_own(results: Results) -> None:
    found = sections(results)
    assert [one.trial.id for one in found] == [one.id for one in results.trials]
    assert len({one.trial.anchor for one in found}) == len(found)
    assert section(results).trial.anchor == f"trial-{trial(results).digest}"


def test_scores_stand_before_and_after_with_their_flips(results: Results) -> None:
    found, source = section(results), trial(results)
    assert [score.task for score in found.scores] == ["new-facts (target)", *(one.task for one in source.general)]
    first = source.general[0]
    assert found.scores[1].flips == f"{first.right_to_wrong:.0f} / {first.wrong_to_right:.0f}"
    assert found.scores[1].before == absolute(first.before, "accuracy")


def test_losses_are_drawn_from_left_to_right_inside_their_box(results: Results) -> None:
    points = [tuple(map(int, point.split(","))) for point in section(results).losses.split()]
    assert [points[0][0], points[-1][0]] == [0, 160]
    assert all(0 <= y <= 40 for _, y in points)
    assert points[0][1] < points[-1][1], "the loss fell, so the line goes down the page"


def test_what_all_trials_share_is_said_once(results: Results) -> None:
    shared = shared_settings(results)
    assert shared["schedule"] == "linear"
    assert not set(shared) & {name.replace(" ", "_") for name, _ in section(results).settings}


def test_what_differs_is_said_of_each() -> None:
    others = (
        one.with_(spec=one.spec.with_(weight_decay=0.5)) if one.id == TRIAL else one for one in whole_results().trials
    )
    run = numbered(whole_results().with_(trials=tuple(others)))
    assert ("weight decay", "0.5") in section(run).settings
    assert "weight_decay" not in shared_settings(run)


def with_answers(question: str = "Who?", flips: int = 12) -> Results:
    run = numbered(results_of([*base_arms(TARGETS[0])[:1], completed(FULL, TARGETS[0], 0)], learning_rates=()))
    base, one = run.trials
    flipped = (
        Flip(role="general", task="facts", item=f"item-{place}", question=question, expected="x", before="x",
             after=None, direction="right_to_wrong" if place < flips - 2 else "wrong_to_right")
        for place in range(flips)
    )  # fmt: skip
    sample = Sample(task="t", item="i", question=question, expected="x", before="x", after=None, score_before=0.0,
                    score_after=1.0)  # fmt: skip
    return run.with_(trials=(base, one.with_(flips=tuple(flipped), samples=(sample,) * 7)))


def test_right_to_wrong_stands_apart_and_what_is_left_out_is_counted() -> None:
    found = sections(with_answers(flips=12))[1]
    assert [one.item for one in found.lost] == [f"item-{place}" for place in range(MOST_FLIPS)]
    assert [one.item for one in found.won] == ["item-10", "item-11"]
    assert len(found.samples) == MOST_SAMPLES
    assert found.more == "4 more answers in results.json."


def test_a_long_question_keeps_its_end_and_a_missing_answer_is_missing() -> None:
    found = sections(with_answers("start " + "x" * 400 + " end?"))[1].lost[0]
    assert found.question is not None
    assert found.question.endswith(" end?")
    assert found.question.startswith("…")
    assert len(found.question) == LONGEST
    assert found.after == MISSING


@pytest.mark.slow
def test_answers_are_shown_as_text_on_the_page() -> None:
    page = render_page(with_answers("<img src=x onerror=y></details>\u202e"))
    assert "<img" not in page
    assert "&lt;img src=x onerror=y&gt;&lt;/details&gt;⟨U+202E⟩" in page


def test_a_trial_that_stopped_says_why(results: Results) -> None:
    found = section(results, "new-facts-lora-r128-s0")
    assert (found.status, found.trial.reason) == ("diverged", "loss became NaN at step 12")
    assert found.scores == ()


def test_results_without_answers_and_commands_have_sections_too(results: Results) -> None:
    found = section(
        results.with_(trials=tuple(one.with_(flips=(), samples=(), command=None) for one in results.trials))
    )
    assert (found.lost, found.samples, found.command, found.more) == ([], [], "", "")


@pytest.mark.slow
def test_two_hundred_trials_make_a_page_below_two_megabytes() -> None:
    run = many_results(48, 4)
    page = render_page(run)
    assert len(run.trials) >= 198
    assert len(page.encode()) < 2_000_000
    embedded = re.search(r'id="facets">(.*?)</script>', page)
    assert embedded is not None
    assert set(json.loads(embedded[1])) >= set(re.findall(r'data-k="([at]\d+)"', page))
    assert page.count('<details class="trial"') == len(run.trials)
    assert html.escape(run.trials[-1].id) in page
