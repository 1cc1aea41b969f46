"""Do tables sort and filter as their headings and choices say, and do links keep what was chosen?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from harness.report.words.numbers import MINUS, MISSING
from harness.schema.results import Results
from harness.tests.browser.visit import Visit, visiting

GAIN, STATUS = 6, 1
"""Places of columns in the table of trials."""
NOTHING = ("", MISSING)


@pytest.fixture
def visit(browser: Browser, index: Path) -> Iterator[Visit]:
    with visiting(browser, index) as visit:
        yield visit
        assert visit.messages == []


def numbers(visit: Visit, column: int) -> list[float | None]:
    """What the cells of a column of trials begin with, in their order; None where nothing was measured."""
    cells = [row[column] for row in visit.rows("trials")]
    return [None if cell in NOTHING else float(cell.split()[0].replace(MINUS, "-")) for cell in cells]


def ordered(visit: Visit, down: bool) -> bool:
    """Whether the table of trials is sorted by gain, with what is missing at its end."""
    found = numbers(visit, GAIN)
    known = [number for number in found if number is not None]
    return len(set(known)) > 5 and found == [*sorted(known, reverse=down), *[None] * (len(found) - len(known))]


def matching(results: Results, **choice: list[Any]) -> list[str]:
    """Ids of the trials whose specification has one of the values for every name, in the order of the run."""
    held = [
        trial for trial in results.trials if all(getattr(trial.spec, name) in values for name, values in choice.items())
    ]
    return [trial.id for trial in held]


def pick(visit: Visit, name: str) -> Locator:
    return visit.page.locator("details.pick").filter(has=visit.page.locator(f"input[name={name}]"))


def choose(visit: Visit, name: str, *values: str) -> None:
    """Tick values of a list, as a reader does."""
    pick(visit, name).locator("summary").click()
    for value in values:
        pick(visit, name).get_by_role("checkbox", name=value, exact=True).check()
    visit.page.keyboard.press("Escape")


def gain_heading(visit: Visit) -> Locator:
    return visit.page.locator("#table-trials thead th").nth(GAIN)


def test_clicks_sort_down_up_and_back(visit: Visit) -> None:
    before = visit.trials()
    button = visit.heading("trials", "Gain")
    button.click()
    assert ordered(visit, down=True)
    expect(gain_heading(visit)).to_have_attribute("aria-sort", "descending")
    button.click()
    assert ordered(visit, down=False)
    expect(gain_heading(visit)).to_have_attribute("aria-sort", "ascending")
    button.click()
    assert visit.trials() == before
    assert visit.page.locator("[aria-sort]").count() == 0


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keys_sort_too_and_it_is_said(visit: Visit, key: str) -> None:
    visit.heading("trials", "Gain").focus()
    visit.page.keyboard.press(key)
    assert ordered(visit, down=True)
    expect(visit.page.locator("#said")).to_have_text("Sorted by Gain, descending")
    visit.page.keyboard.press(key)
    assert ordered(visit, down=False)


def test_words_sort_as_words(visit: Visit) -> None:
    visit.heading("trials", "Status").click()
    statuses = [row[STATUS] for row in visit.rows("trials")]
    assert statuses == sorted(statuses)
    assert len(set(statuses)) > 2


def test_sorting_keeps_every_row_in_its_group_and_the_base_first(visit: Visit) -> None:
    groups = """() => [...document.querySelectorAll("#table-arms tbody")]
        .map(one => [...one.rows].map(row => row.cells[0].textContent.trim()))"""
    before = visit.page.evaluate(groups)
    visit.heading("arms", "Peak memory").click()
    after = visit.page.evaluate(groups)
    assert after != before
    assert [sorted(one) for one in after] == [sorted(one) for one in before]
    assert [one[:4] for one in after] == [one[:4] for one in before]


@pytest.mark.parametrize(
    ("choice", "values"),
    [
        ({"methods": ["lora"]}, {"method": ["lora"]}),
        ({"methods": ["lora", "full"]}, {"method": ["lora", "full"]}),
        ({"methods": ["lora"], "ranks": ["8"]}, {"method": ["lora"], "rank": [8]}),
        ({"ranks": ["none"]}, {"rank": [None]}),
        (
            {"quantization": ["nf4"], "targets": ["sort-digits"], "seeds": ["1"]},
            {"quantization": ["nf4"], "target": ["sort-digits"], "seed": [1]},
        ),
    ],
    ids=["a method", "two methods", "a method at a rank", "no rank", "three lists"],
)
def test_choices_show_the_trials_of_the_results_that_have_them(
    visit: Visit, results: Results, choice: dict[str, list[str]], values: dict[str, list[Any]]
) -> None:
    for name, chosen in choice.items():
        choose(visit, name, *chosen)
    expected = matching(results, **values)
    assert visit.trials() == expected
    sections = visit.page.locator("details.trial:visible summary b")
    assert sections.all_text_contents() == expected
    count = f"{len(expected)} of {len(results.trials)} trials"
    expect(visit.page.locator("#count")).to_contain_text(count)


def test_text_shows_rows_that_hold_every_word(visit: Visit, results: Results) -> None:
    visit.page.get_by_role("searchbox", name="Find text").fill("Lora new-facts s1")
    expected = [trial.id for trial in results.trials if "new-facts-lora" in trial.id and "s1" in trial.id]
    assert visit.trials() == expected != []


def test_what_no_row_holds_shows_none_and_says_so(visit: Visit, results: Results) -> None:
    visit.page.get_by_role("searchbox").fill("nothing is called this")
    assert (visit.trials(), visit.rows("arms")) == ([], [])
    expect(visit.page.locator("#count")).to_contain_text(f"0 of {len(results.trials)} trials")
    assert visit.page.locator("#table-arms tr.group:visible").count() == 0


def test_a_link_keeps_filter_text_and_order(browser: Browser, index: Path, visit: Visit) -> None:
    choose(visit, "methods", "lora")
    choose(visit, "seeds", "0")
    visit.page.get_by_role("searchbox").fill("digits")
    visit.heading("trials", "Gain").click()
    visit.heading("arms", "Artifact").click()
    expected = visit.trials(), visit.rows("arms")
    with visiting(browser, index, visit.page.url.partition("#")[2]) as other:
        assert (other.trials(), other.rows("arms")) == expected
        assert len(other.trials()) == 5
        expect(gain_heading(other)).to_have_attribute("aria-sort", "descending")
        expect(other.page.get_by_role("searchbox")).to_have_value("digits")
        assert other.page.locator("#filters :checked").count() == 2
        expect(other.page.locator("#count")).to_have_text(visit.page.locator("#count").inner_text())


def test_a_written_link_opens_a_section_with_its_filter(browser: Browser, index: Path, results: Results) -> None:
    with visiting(browser, index, f"trials?methods=lora&ranks=8&ranks=32&sort.trials={GAIN}u") as visit:
        assert sorted(visit.trials()) == sorted(matching(results, method=["lora"], rank=[8, 32]))
        found = numbers(visit, GAIN)
        assert found == sorted(found)  # type: ignore[type-var]
        expect(visit.page.locator("#trials")).to_be_in_viewport()


@pytest.mark.parametrize(
    "fragment",
    ["trials?methods=unheard-of&sort.trials=99d&sort.nothing=1u&sort.trials=x", "%E0%A4%A", "nothing?text=%E0%A4%A"],
    ids=["unknown names", "not an encoding", "not an encoding in the text"],
)
def test_a_broken_link_still_opens_the_page(browser: Browser, index: Path, fragment: str) -> None:
    with visiting(browser, index, fragment) as visit:
        expect(visit.page.locator("#filters")).to_be_visible()
        assert visit.messages == []


def test_clearing_shows_everything_again_and_cleans_the_link(visit: Visit, results: Results) -> None:
    clear = visit.page.get_by_role("button", name="Clear")
    expect(clear).to_be_disabled()
    choose(visit, "methods", "lora")
    assert "methods=lora" in visit.page.url
    clear.click()
    assert visit.trials() == matching(results)
    assert "?" not in visit.page.url
    assert visit.page.locator("#filters :checked").count() == 0
    expect(clear).to_be_disabled()


def test_a_list_of_choices_is_worked_by_keys_alone(visit: Visit, results: Results) -> None:
    summary = pick(visit, "quantization").locator("summary")
    summary.focus()
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Space")
    first = visit.page.locator("input[name=quantization]").first
    expect(first).to_be_checked()
    assert visit.trials() == matching(results, quantization=[first.input_value()])
    visit.page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    expect(summary).to_be_focused()
