"""Does text that tries to act stay text: no script of it runs, nothing is asked, and the page still works?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from harness.report import write_report
from harness.schema.results import Results
from harness.tests.browser.hostile import HOSTILE, LONG, TAGS, poisoned
from harness.tests.browser.visit import DESKTOP, PHONE, Visit, visiting
from harness.tests.synthetic import ARMS, FULL, RETRIEVAL, TARGETS, base_arms, completed, results_of

SHOWN = ("⟨U+202E⟩", "⟨U+2028⟩", "⟨U+FEFF⟩", "⟨U+D800⟩", "␀", "␛[31m")
"""What is put for what cannot be seen."""


@pytest.fixture(scope="module")
def results() -> Results:
    measured = [one for target in TARGETS for one in base_arms(target)[:1]]
    measured += [completed(arm, target, 0) for target in TARGETS for arm in (FULL, *ARMS[2:5])]
    return poisoned(results_of([*measured, completed(RETRIEVAL, TARGETS[0], None)]))


@pytest.fixture(scope="module")
def hostile(browser: Browser, results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(results, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visit(browser: Browser, hostile: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Every picture alive, and everything opened."""
    with visiting(browser, hostile, width=request.param) as visit:
        visit.scroll_through()
        visit.page.evaluate(
            "() => document.querySelectorAll('details:not(.pick)').forEach(one => { one.open = true; })"
        )
        yield visit


def acted(visit: Visit) -> list[Any]:
    """What happened that no text may bring about."""
    made = "() => [window.acted ?? 0, document.querySelectorAll('img, [onerror], [onmouseover]').length]"
    return [*visit.dialogs, *visit.messages, *visit.requests[1:], *filter(None, visit.page.evaluate(made))]


def test_nothing_acts_when_it_is_looked_at(visit: Visit) -> None:
    for selector in ("#table-arms tbody th", "#table-arms thead button", ".choices a", "#table-trials td"):
        visit.page.locator(selector).first.hover(force=True)
    assert acted(visit) == []


def test_what_it_says_is_shown(visit: Visit) -> None:
    text = visit.page.evaluate("() => document.body.innerText")
    for expected in (TAGS, "{{ 7 * 7 }}", "${window.acted = true}", LONG, *SHOWN):
        assert expected in text, expected[:80]
    assert not set("\x00\x1b\u202e\u2066\ufeff\ufffd") & set(text)


def test_lines_of_any_length_make_no_page_wider(visit: Visit) -> None:
    assert visit.page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0


def test_marks_are_told_of_as_text(visit: Visit) -> None:
    visit.page.locator("figure[data-chart=tradeoff-0] svg").press("ArrowRight")
    expect(visit.page.locator(".chart-tip")).to_contain_text("alert(1)</script>")
    visit.page.keyboard.press("Escape")
    assert acted(visit) == []


def test_it_sorts(visit: Visit) -> None:
    before = visit.trials()
    button = visit.heading("trials", "Gain")
    button.evaluate("button => button.click()")
    after = visit.trials()
    assert after != before
    assert sorted(after) == sorted(before)
    button.evaluate("button => { button.click(); button.click(); }")
    assert visit.trials() == before


def test_it_filters_and_a_link_keeps_it(browser: Browser, hostile: Path, visit: Visit, results: Results) -> None:
    visit.page.locator("input[name=targets]").last.evaluate("box => box.click()")
    visit.page.get_by_role("searchbox").fill("<script>")
    chosen = [trial for trial in results.trials if trial.spec.target.startswith(TARGETS[1])]
    assert len(visit.trials()) == len(chosen) == 5
    with visiting(browser, hostile, visit.page.url.partition("#")[2]) as other:
        assert other.trials() == visit.trials()
        assert acted(other) == []
    visit.page.locator("#clear").evaluate("button => button.click()")
    assert len(visit.trials()) == len(results.trials)


def test_the_saved_file_holds_it_as_it_was(visit: Visit, results: Results) -> None:
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name="Save results.json").click()
    saved = json.loads(Path(waiting.value.path()).read_text())
    assert saved["trials"] == [trial.model_dump(mode="json") for trial in results.trials]
    assert saved["trials"][0]["id"].removesuffix(LONG).endswith(HOSTILE)


def test_a_link_that_tries_to_act_does_not(browser: Browser, hostile: Path) -> None:
    fragment = "verdict?text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&methods=%3Cscript%3E&sort.arms=%3Cscript%3E"
    with visiting(browser, hostile, fragment) as other:
        expect(other.page.get_by_role("searchbox")).to_have_value("<img src=x onerror=alert(1)>")
        assert acted(other) == []
