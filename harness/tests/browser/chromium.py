"""Which browser do these tests drive, and what becomes of them where there is none?"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NEEDED, OWN = "HARNESS_NEEDS_BROWSER", "CHROME"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
"""The pages are our own, and CI often runs as root in a container with little shared memory."""


def find_browser() -> str | None:
    """The program that `CHROME` names, else the first Chromium on the path; None where there is none."""
    if own := os.environ.get(OWN):
        return shutil.which(own) or pytest.fail(f"{OWN} names {own!r}, which is no program", pytrace=False)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def missing(reason: str) -> NoReturn:
    """Skip, or fail where `HARNESS_NEEDS_BROWSER=1` says that a browser must be there."""
    if os.environ.get(NEEDED) == "1":
        pytest.fail(f"{reason}, and {NEEDED}=1 asks for one", pytrace=False)
    pytest.skip(f"{reason}; install Chromium or set {OWN} to its path")


@contextmanager
def running() -> Iterator[Browser]:
    """A headless Chromium that is closed in the end."""
    program = find_browser()
    if program is None:
        missing("no Chromium was found")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        except Error as error:
            missing(f"{program} does not start: {error.message.splitlines()[0]}")
        try:
            yield browser
        finally:
            browser.close()
