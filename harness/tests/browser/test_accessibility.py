"""Can everybody read it: no grave finding of axe-core, no page wider than a phone, everything within reach of keys?"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from harness.report import write_report
from harness.schema.record import Status
from harness.tests.browser.axe import grave
from harness.tests.browser.visit import DESKTOP, PHONE, Scheme, Visit, visiting
from harness.tests.synthetic import (
    ARMS,
    FEW_SHOT,
    FULL,
    STEPS,
    TARGETS,
    base_arms,
    completed,
    results_of,
    scaled_back,
    stopped,
    student,
    traced,
)

OVERFLOW = "() => document.scrollingElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def small(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with every section and few rows: axe-core looks at each element."""
    target = TARGETS[0]
    wild = replace(ARMS[4], rank=128)
    measured = [
        *base_arms(target),
        *(traced(scaled_back(arm, target, 0), arm, STEPS) for arm in (FULL, ARMS[3])),
        *(completed(arm, target, 0) for arm in (*ARMS[4:7], FEW_SHOT)),
        student(target, 0),
        stopped(wild, target, 0, Status.DIVERGED, "loss became NaN at step 12"),
        stopped(replace(FULL, quantization="nf4"), target, 0, Status.UNSUPPORTED, "4-bit is frozen"),
    ]
    return write_report(results_of(measured), tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.fixture(scope="module", params=[pytest.param("light", marks=pytest.mark.release), "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    found: Scheme = request.param
    return found


@pytest.fixture(scope="module")
def visit(browser: Browser, small: Path, width: int, scheme: Scheme) -> Iterator[Visit]:
    """Every picture alive, and the first section of each kind of trial opened."""
    with visiting(browser, small, scheme=scheme, width=width) as visit:
        visit.scroll_through()
        visit.page.evaluate(
            """() => document.querySelectorAll("details:not(.pick, .trial), details.trial:nth-of-type(4n)")
                .forEach(one => { one.open = true; })"""
        )
        yield visit


def test_axe_finds_nothing_grave(visit: Visit) -> None:
    assert grave(visit) == []


def test_the_page_is_no_wider_than_the_window(visit: Visit) -> None:
    assert visit.page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_whole_run_fits_a_phone(browser: Browser, index: Path, scripts: bool) -> None:
    with visiting(browser, index, width=PHONE, java_script_enabled=scripts, has_touch=True) as visit:
        assert visit.page.evaluate(OVERFLOW) <= 0
        assert visit.messages == []


def test_lists_of_choices_stay_on_a_phone(browser: Browser, index: Path) -> None:
    with visiting(browser, index, width=PHONE) as visit:
        for pick in visit.page.locator("details.pick").all():
            pick.locator("summary").click()
            box = pick.locator("fieldset").bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE
            pick.locator("summary").click()


def test_the_first_key_leads_past_the_contents(browser: Browser, index: Path) -> None:
    with visiting(browser, index) as visit:
        visit.page.keyboard.press("Tab")
        skip = visit.page.get_by_role("link", name="Skip to the verdict")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        visit.page.keyboard.press("Enter")
        assert visit.page.url.endswith("#main")


def test_what_scrolls_sideways_can_be_reached_by_keys(browser: Browser, index: Path) -> None:
    with visiting(browser, index, width=PHONE) as visit:
        script = """() => [...document.querySelectorAll("*")].filter(one => one.scrollWidth > one.clientWidth + 1
            && ["auto", "scroll"].includes(getComputedStyle(one).overflowX) && one.clientWidth > 0)
            .filter(one => one.tabIndex < 0 && !one.querySelector("a, button"))
            .map(one => one.outerHTML.slice(0, 120))"""
        assert visit.page.evaluate(script) == []
