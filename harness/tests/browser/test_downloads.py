"""Are the files that the page saves those of the run?"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from harness.tests.browser.visit import Visit, visiting


@pytest.fixture(scope="module")
def visit(browser: Browser, index: Path) -> Iterator[Visit]:
    with visiting(browser, index) as visit:
        yield visit


def saved(visit: Visit, name: str) -> bytes:
    """What a click on the button puts on the disk."""
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name=f"Save {name}").click()
    assert waiting.value.suggested_filename == name
    expect(visit.page.locator("#said")).to_have_text(f"{name} saved")
    return Path(waiting.value.path()).read_bytes()


def test_the_saved_csv_is_the_file_beside_the_page(visit: Visit, report: Path) -> None:
    assert saved(visit, "results.csv") == (report / "results.csv").read_bytes()


def test_the_saved_csv_holds_what_the_json_holds(visit: Visit, report: Path) -> None:
    trials = json.loads((report / "results.json").read_text())["trials"]
    rows = list(csv.DictReader(io.StringIO(saved(visit, "results.csv").decode())))
    assert [row["id"] for row in rows] == [trial["id"] for trial in trials]
    for row, trial in zip(rows, trials, strict=True):
        target: dict[str, Any] = trial["target"] or {}
        assert (row["status"], row["reason"]) == (trial["status"], trial["reason"] or "")
        assert number(row["target_gain"]) == target.get("gain")
        for score in trial["general"]:
            assert number(row[f"general_{score['task']}_after"]) == score["after"]
        for name, cost in trial["cost"].items():
            assert row[name] == ("" if cost is None else str(cost)), name


def number(text: str) -> float | None:
    return float(text) if text else None


def test_the_saved_json_is_the_content_of_the_file_beside_the_page(visit: Visit, report: Path) -> None:
    text = saved(visit, "results.json").decode()
    assert json.loads(text) == json.loads((report / "results.json").read_text())
    assert text.count("\n") >= len(json.loads(text)["trials"])


def test_saving_asks_nobody_and_says_nothing(visit: Visit, index: Path) -> None:
    saved(visit, "results.json")
    assert visit.requests == [index.as_uri()]
    assert visit.messages == []
