"""One browser and one report for all tests of this room; both end with it, since the browser's loop hinders others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from harness.report import write_report
from harness.schema.results import Results
from harness.tests.browser.chromium import running
from harness.tests.browser.visit import PATIENCE_MS
from harness.tests.synthetic import whole_results


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with running() as browser:
        yield browser


@pytest.fixture(scope="package")
def results() -> Results:
    return whole_results()


@pytest.fixture(scope="package")
def report(browser: Browser, results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the report of a whole run; not made where no browser can open it."""
    return write_report(results, tmp_path_factory.mktemp("report")).parent


@pytest.fixture(scope="package")
def index(report: Path) -> Path:
    return report / "index.html"
