"""Do pages of hundreds of trials stay small, open, and give what they left out; and how long does a thousand take?

    pytest harness/tests/browser/test_many_trials.py

prints how long a page of a thousand trials takes to be made and to be opened, sorted and filtered.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from harness.report import write_report
from harness.report.writers.html import render_page
from harness.schema.results import Results
from harness.tests.browser.visit import Visit, visiting
from harness.tests.many import many_results


@pytest.fixture(scope="module")
def hundreds() -> Results:
    return many_results(48, 4)


@pytest.fixture(scope="module")
def two_hundred(browser: Browser, hundreds: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(hundreds, tmp_path_factory.mktemp("two-hundred"))


@pytest.fixture
def visit(browser: Browser, two_hundred: Path) -> Iterator[Visit]:
    with visiting(browser, two_hundred) as visit:
        yield visit
        assert visit.messages == []


def test_two_hundred_trials_take_less_than_two_megabytes(two_hundred: Path, visit: Visit) -> None:
    assert len(visit.trials()) >= 198
    assert two_hundred.stat().st_size < 2_000_000


def test_answers_that_were_left_out_come_when_a_section_opens(visit: Visit, hundreds: Results) -> None:
    trial = hundreds.trials[-1]
    section = visit.page.locator(f"#trial-{trial.digest}")
    section.evaluate("section => { section.open = true; section.scrollIntoView(); }")
    expect(section.locator(".more-answers")).to_have_count(0)
    for direction in ("right_to_wrong", "wrong_to_right"):
        expected = [flip.item for flip in trial.flips if flip.direction == direction]
        rows = section.locator(f"[data-kind={direction}] tr:not(.kind) th")
        assert [text.split()[0] for text in rows.all_text_contents()] == expected


def test_the_saved_json_of_a_long_page_is_whole(visit: Visit, hundreds: Results) -> None:
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name="Save results.json").click()
    assert json.loads(Path(waiting.value.path()).read_text()) == hundreds.model_dump(mode="json", by_alias=True)


@pytest.fixture(scope="module")
def thousand(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page of a thousand trials is put by the test that times its making."""
    return tmp_path_factory.mktemp("thousand") / "index.html"


@pytest.mark.release
def test_a_thousand_trials_become_a_page(benchmark: Any, thousand: Path) -> None:
    page = benchmark.pedantic(render_page, args=(many_results(248, 4),), rounds=1)
    thousand.write_text(page)
    assert page.count('<details class="trial"') >= 998


@pytest.mark.release
def test_a_page_of_a_thousand_trials_opens(benchmark: Any, browser: Browser, thousand: Path) -> None:
    def opened() -> tuple[int, list[str]]:
        with visiting(browser, thousand, "verdict?methods=lora&sort.trials=6d") as visit:
            return len(visit.trials()), visit.messages

    if not thousand.exists():
        thousand.write_text(render_page(many_results(248, 4)))
    shown, messages = benchmark.pedantic(opened, rounds=3, warmup_rounds=1)
    assert 0 < shown < 998
    assert messages == []
