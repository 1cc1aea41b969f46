"""Does `python -m harness plan` hand every option to pytest?"""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.schema.paths import SUITES


@pytest.mark.parametrize("own", [True, False], ids=["the project's suites", "those that ship"])
def test_options_reach_pytest(own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if own:
        (tmp_path / "suites").mkdir()
    ran: list[list[str]] = []

    def run(command: list[str], check: bool) -> "subprocess.CompletedProcess[str]":
        ran.append(command)
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "run", run)
    assert main(["plan", "--seeds", "1", "--methods=lora", "-q"]) == 7
    python, *_, plan, quiet, seeds, one, methods, again = ran[0]
    assert (python, "harness.plugin" in ran[0]) == (sys.executable, True)
    assert ("suites" if own else str(SUITES)) in ran[0]
    assert (plan, quiet, seeds, one, methods, again) == ("--plan", "-q", "--seeds", "1", "--methods=lora", "-q")
