"""Is the page complete and quiet, in either colour scheme, with scripts and without, on paper and by its links?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from harness.schema.results import Results
from harness.tests.browser.visit import SCHEMES, Scheme, Visit, visiting

BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
WHITE = "rgb(255, 255, 255)"


@pytest.fixture(scope="module")
def still(browser: Browser, index: Path) -> Iterator[Visit]:
    """The page where scripts are blocked."""
    with visiting(browser, index, java_script_enabled=False) as visit:
        yield visit


@pytest.fixture
def visit(browser: Browser, index: Path) -> Iterator[Visit]:
    with visiting(browser, index) as visit:
        yield visit


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_else_is_loaded_and_the_console_is_empty(
    browser: Browser, index: Path, scheme: Scheme, scripts: bool
) -> None:
    with visiting(browser, index, scheme=scheme, java_script_enabled=scripts) as visit:
        if scripts:
            visit.scroll_through()
        assert visit.requests == [index.as_uri()]
        assert visit.messages == []
        assert (visit.page.evaluate(BACKGROUND) == WHITE) == (scheme == "light")


def test_every_arm_and_trial_stands_in_a_table_without_scripts(still: Visit, results: Results) -> None:
    names = [row[0] for row in still.rows("trials")]
    assert len(names) == len(results.trials)
    assert all(name.startswith(trial.id) for name, trial in zip(names, results.trials, strict=True))
    measured = [arm for arm in results.arms if arm.statuses != ("unsupported",)]
    assert len(still.rows("arms")) == len(measured)


def test_every_picture_stands_still_without_scripts(still: Visit) -> None:
    figures = still.page.locator("figure:visible")
    assert figures.count() >= 20
    assert figures.locator("svg[role=img][aria-label]:visible").count() == figures.count()


def test_what_needs_scripts_is_not_offered_without_them(still: Visit) -> None:
    for selector in ("#filters", "#tools", ".picker", "thead button"):
        assert still.page.locator(f"{selector}:visible").count() == 0, selector
    expect(still.page.locator(".without-scripts")).to_be_visible()


def test_a_trial_opens_without_scripts(still: Visit, results: Results) -> None:
    last = results.trials[-1]
    section = still.page.locator(f"#trial-{last.digest}")
    section.locator("summary").click()
    expect(section.get_by_text(last.reason or "")).to_be_visible()


def test_the_link_of_a_trial_opens_its_section(browser: Browser, index: Path, results: Results) -> None:
    trial = next(trial for trial in results.trials if trial.flips)
    with visiting(browser, index, f"trial-{trial.digest}") as visit:
        section = visit.page.locator(f"#trial-{trial.digest}")
        expect(section.locator("summary")).to_be_in_viewport()
        expect(section.get_by_role("table", name="Answers")).to_be_visible()
        expect(section).to_contain_text(trial.flips[0].question or "")
        assert visit.page.locator("details.trial[open]").count() == 1


def test_a_name_in_a_table_leads_to_its_section(visit: Visit, results: Results) -> None:
    trial = results.trials[-1]
    visit.page.locator("#table-trials").get_by_role("link", name=trial.id).click()
    expect(visit.page.get_by_text(trial.reason or "").last).to_be_in_viewport()
    assert visit.page.url.endswith(f"#trial-{trial.digest}")


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.release), "dark"])
def test_the_switch_overrules_the_system_and_is_remembered(browser: Browser, index: Path, scheme: Scheme) -> None:
    with visiting(browser, index, scheme=scheme) as visit:
        switch = visit.page.locator("#scheme")
        seen = [visit.page.evaluate(BACKGROUND)]
        for label in ("Light", "Dark"):
            switch.click()
            expect(switch).to_have_text(label)
            seen.append(visit.page.evaluate(BACKGROUND))
        assert (seen[1] == WHITE, seen[2] == WHITE) == (True, False)
        assert seen[0] == seen[1 if scheme == "light" else 2]
        visit.page.reload()
        expect(switch).to_have_text("Dark")
        switch.click()
        assert visit.page.evaluate(BACKGROUND) == seen[0]


def test_paper_gets_everything_but_what_is_to_be_clicked(browser: Browser, index: Path) -> None:
    with visiting(browser, index, scheme="dark") as visit:
        visit.page.emulate_media(media="print")
        for selector in ("nav", "#tools", "#filters", ".anchor", ".copy", ".picker"):
            assert visit.page.locator(f"{selector}:visible").count() == 0, selector
        assert visit.page.evaluate(BACKGROUND) == WHITE
        cut = """() => [...document.querySelectorAll(".scroll")].filter(one => one.getClientRects().length > 0)
            .filter(one => getComputedStyle(one).overflow !== "visible").length"""
        assert visit.page.evaluate(cut) == 0
        expect(visit.page.locator("#table-trials tr[data-k]").last).to_be_visible()


def test_a_definition_shows_on_hover_and_on_focus_and_goes_with_escape(visit: Visit) -> None:
    note = visit.page.locator("#definition")
    heading = visit.heading("trials", "Right to wrong")
    heading.hover()
    expect(note).to_contain_text("the base had right and the trial has wrong")
    visit.page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    heading.focus()
    expect(note).to_be_visible()
    assert visit.messages == []
