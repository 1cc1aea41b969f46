"""Do pictures come to life where they are looked at, and answer to pointer, keys, filters and the choice of axes?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from harness.report.words.numbers import MINUS
from harness.schema.results import Results
from harness.tests.browser.visit import Visit, visiting

FIRST = "figure[data-chart=tradeoff-0]"
LIVE = f"{FIRST}[data-live]"


@pytest.fixture
def visit(browser: Browser, index: Path) -> Iterator[Visit]:
    with visiting(browser, index) as visit:
        yield visit
        assert visit.messages == []


@pytest.fixture
def picture(visit: Visit) -> Locator:
    """Gain against forgetting on the first target, alive."""
    visit.page.locator(FIRST).evaluate("figure => figure.scrollIntoView()")
    expect(visit.page.locator(LIVE)).to_be_visible()
    return visit.page.locator(f"{LIVE} svg")


@pytest.fixture
def explorer(visit: Visit) -> Locator:
    """The chart whose axes can be chosen, alive."""
    found = visit.page.locator("#explorer")
    found.evaluate("explorer => explorer.scrollIntoView()")
    expect(found.locator(".live")).to_be_visible()
    return found


def with_gain_and_forgetting(results: Results) -> set[str]:
    """Arms of the first target that the first picture has points for."""
    arms = [arm for arm in results.arms if arm.target_task == "new-facts" and arm.method != "base"]
    return {arm.arm for arm in arms if arm.target}


def test_a_picture_stays_still_until_it_comes_near(visit: Visit) -> None:
    assert visit.page.locator("figure[data-chart^=losses][data-live]").count() == 0
    still = visit.page.locator("figure[data-chart^=losses]").first
    before = still.locator("svg").get_attribute("aria-label")
    still.evaluate("figure => figure.scrollIntoView()")
    alive = visit.page.locator("figure[data-chart^=losses][data-live]").first
    expect(alive).to_be_visible()
    expect(alive.locator("svg")).to_have_attribute("aria-label", f"{before}. Arrow keys go from mark to mark.")


def test_arrow_keys_tell_of_every_arm_in_turn(visit: Visit, picture: Locator, results: Results) -> None:
    tip = visit.page.locator(".chart-tip")
    expect(tip).to_be_hidden()
    expected, told = with_gain_and_forgetting(results), []
    for _ in expected:
        picture.press("ArrowRight")
        expect(tip).to_be_visible()
        told.append(tip.locator("strong").inner_text())
    assert sorted(told) == sorted(expected)
    picture.press("ArrowRight")
    expect(tip.locator("strong")).to_have_text(told[0])
    picture.press("ArrowLeft")
    expect(tip.locator("strong")).to_have_text(told[-1])
    visit.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_the_pointer_tells_the_figures_of_an_arm(visit: Visit, picture: Locator, results: Results) -> None:
    picture.locator(".mark-symbol path").last.hover(force=True)
    tip = visit.page.locator(".chart-tip")
    expect(tip).to_be_visible()
    arm = tip.locator("strong").inner_text()
    found = next(one for one in results.arms if (one.target_task, one.arm) == ("new-facts", arm))
    said = dict(zip(tip.locator("dt").all_inner_texts(), tip.locator("dd").all_inner_texts(), strict=True))
    assert found.target is not None
    assert found.target.gain is not None
    assert abs(float(said["Gain"].split()[0].replace(MINUS, "-")) - 100 * found.target.gain) <= 0.5


def test_filters_fade_what_they_hide_in_tables(visit: Visit, picture: Locator) -> None:
    box = visit.page.locator("input[name=methods][value=lora]")
    box.evaluate("box => box.click()")
    told = """figure => [...figure.querySelectorAll(".mark-symbol path")]
        .map(path => [path.__data__?.datum?.arm, path.classList.contains("faded")]).filter(([arm]) => arm)"""
    marks = visit.page.locator(FIRST).evaluate(told)
    assert {arm.startswith("lora") for arm, faded in marks if not faded} == {True}
    assert not any(arm.startswith("lora") for arm, faded in marks if faded)
    box.evaluate("box => box.click()")
    expect(visit.page.locator(f"{FIRST} .faded")).to_have_count(0)


def test_the_chosen_axes_are_drawn_for_every_target(visit: Visit, explorer: Locator, results: Results) -> None:
    expect(explorer.locator(".still")).to_be_hidden()
    captions = explorer.locator(".live figcaption")
    for price, measure, said in (
        ("artifact_bytes", "forgetting", "forgetting against size to keep"),
        ("peak_memory_bytes", "gain", "gain against memory while training"),
        ("trainable_params", "gain", "gain against trained parameters"),
    ):
        if explorer.locator(f"select[name=price] option[value={price}]").count() == 0:
            continue
        explorer.locator("select[name=price]").select_option(price)
        explorer.locator("select[name=measure]").select_option(measure)
        expect(captions.first).to_contain_text(said)
        titles = [option.lower() for option in explorer.locator("option:checked").all_inner_texts()]
        for target, label in zip(("new-facts", "sort-digits"), _labels(explorer), strict=True):
            assert all(title in label.lower() for title in (*titles, f"on {target}")), label
            assert _drawn(explorer, target) == _with_cost(results, target, price)


def _labels(explorer: Locator) -> list[str]:
    script = "found => [...found.querySelectorAll('.live svg')].map(svg => svg.getAttribute('aria-label'))"
    found: list[str] = explorer.evaluate(script)
    return found


def _drawn(explorer: Locator, target: str) -> set[str]:
    script = """(found, target) => [...found.querySelectorAll(`figure[data-target="${target}"] .mark-symbol path`)]
        .map(path => path.__data__?.datum?.arm).filter(Boolean)"""
    return set(explorer.evaluate(script, target))


def _with_cost(results: Results, target: str, price: str) -> set[str]:
    arms = [arm for arm in results.arms if arm.target_task == target and arm.method != "base"]
    return {arm.arm for arm in arms if arm.target and getattr(arm.cost, price)}
