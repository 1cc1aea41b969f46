"""Does the page of two runs hold to what the page of one does: quiet, readable by all, sortable, harmless?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from harness.judge.gate.judgement import judge_all
from harness.judge.results import build_results
from harness.report import write_report
from harness.schema.gate import Side
from harness.schema.results import RunFields
from harness.tests.browser.axe import grave
from harness.tests.browser.hostile import TAGS
from harness.tests.browser.visit import DESKTOP, PHONE, SCHEMES, Scheme, Visit, visiting
from harness.tests.sides import comparison, record

OVERFLOW = "() => document.scrollingElement.scrollWidth - innerWidth"
SEEDS = range(4)
TASK = 2
"""Place of the column in the table of what got worse."""


def compared(directory: Path, command: str, name: str) -> Path:
    """The page of a run that lost a fifth of what its baseline had right, by texts that others wrote."""
    baseline = Side(name=name, accepted_at="2025-01-31T10:00:00+00:00", command=("a", command), trials=4)
    after = [record(seed, shift=40 + 2 * (seed % 2), learning_rate=5e-2) for seed in SEEDS]
    judgement = judge_all(comparison([record(seed) for seed in SEEDS], after))
    gate = judgement.as_content(baseline, Side(name="this run", trials=4))
    results = build_results(after, RunFields(command=("pytest", command), environment={"cpu": name}))
    return write_report(results, directory, gate)


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compared(tmp_path_factory.mktemp("compared"), "suites/", "main")


@pytest.fixture(scope="module", params=[(one, width) for one in SCHEMES for width in (DESKTOP, PHONE)], ids=str)
def visit(browser: Browser, page: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    scheme: Scheme
    scheme, width = request.param
    with visiting(browser, page, scheme=scheme, width=width) as visit:
        visit.scroll_through()
        visit.page.evaluate(
            "() => document.querySelectorAll('details:not(.pick)').forEach(one => { one.open = true; })"
        )
        yield visit


def test_it_is_quiet_readable_and_no_wider_than_the_window(visit: Visit, page: Path) -> None:
    assert grave(visit) == []
    assert visit.page.evaluate(OVERFLOW) <= 0
    assert visit.messages == []
    assert visit.requests == [page.as_uri()]


def rows(visit: Visit) -> list[list[str]]:
    """What got worse, cell by cell."""
    script = """() => [...document.querySelectorAll("#table-got-worse-rows tbody tr:not(.group, .notes)")]
        .map(row => [...row.cells].map(cell => cell.textContent.trim()))"""
    found: list[list[str]] = visit.page.evaluate(script)
    return found


def test_what_got_worse_sorts(browser: Browser, page: Path) -> None:
    with visiting(browser, page, "got-worse") as visit:
        expect(visit.page.locator("#got-worse")).to_be_in_viewport()
        heading = visit.heading("got-worse-rows", "Task")
        before = rows(visit)
        heading.click()
        after = rows(visit)
        assert [row[TASK] for row in after] == ["all general tasks", "chat", "facts", "poems"]
        assert after != before
        assert sorted(after) == sorted(before)
        expect(visit.page.locator("#table-got-worse-rows [aria-sort=ascending]")).to_have_text("Task")


def test_the_verdict_stands_without_scripts(browser: Browser, page: Path) -> None:
    with visiting(browser, page, java_script_enabled=False) as visit:
        expect(visit.page.locator("section[aria-labelledby=verdict] .headline")).to_contain_text("FAIL")
        assert len(rows(visit)) == 4
        expect(visit.page.locator("#table-got-worse-rows")).to_be_visible()


def test_texts_of_a_verdict_do_nothing(browser: Browser, tmp_path: Path) -> None:
    with visiting(browser, compared(tmp_path, TAGS, TAGS)) as visit:
        visit.scroll_through()
        expect(visit.page.locator("section[aria-labelledby=comparison]")).to_contain_text("alert(1)</script>")
        told: list[Any] = [*visit.dialogs, *visit.messages, visit.page.evaluate("() => window.acted ?? null")]
        assert told == [None]
