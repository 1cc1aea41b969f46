"""Is a browser that is not there a skip, and a failure where one was asked for?"""

from pathlib import Path

import pytest

from harness.tests.browser.chromium import NEEDED, OWN, find_browser, missing, running


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any browser."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(OWN, raising=False)
    monkeypatch.delenv(NEEDED, raising=False)


def program(path: Path) -> Path:
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


def test_what_chrome_names_comes_before_what_is_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert find_browser() is None
    found = program(tmp_path / "google-chrome")
    assert find_browser() == str(found)
    (tmp_path / "own").mkdir()
    own = program(tmp_path / "own" / "browser")
    monkeypatch.setenv(OWN, str(own))
    assert find_browser() == str(own)


@pytest.mark.parametrize(
    ("needed", "outcome"),
    [("", pytest.skip.Exception), ("0", pytest.skip.Exception), ("1", pytest.fail.Exception)],
    ids=["not asked for", "not needed", "needed"],
)
def test_no_browser_is_a_skip_unless_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, needed: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv(NEEDED, needed)
    with pytest.raises(outcome, match="no Chromium was found"), running():
        pass


def test_chrome_that_names_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN, "/nowhere/chrome")
    with pytest.raises(pytest.fail.Exception, match="CHROME names '/nowhere/chrome'"):
        find_browser()


def test_the_way_out_is_named() -> None:
    with pytest.raises(pytest.skip.Exception, match=f"install Chromium or set {OWN}"):
        missing("no Chromium was found")
