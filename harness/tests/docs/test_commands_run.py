"""Does every command that the pages show do what it should, typed in their order in one checkout?

Those that run here run as they are typed, with what a reader fills in filled in; the others stand with the reason why
not, and are parsed alone, in `test_commands.py`.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT
from harness.tests.docs.shown import PAGES, commands
from harness.tests.foreign import write_lm_eval

PROGRAMS = {"pytest": [sys.executable, "-m", "pytest"], "python": [sys.executable]}
COPIED = ("harness", "suites", "docs", "reports/templates", "reports/baselines", "conftest.py", "pyproject.toml")

LEFT_OUT = {
    r"pip install|pip wheel": "installs; harness/tests/packaging installs the wheel, and CI this checkout",
    r"tox -e ": "this very run, or 36 trainings: CI runs both",
    r"git add|cat ": "not ours",
    r"lm_eval |inspect ": "not ours; judge/foreign/test_against_records.py lets lm-eval log two models",
    r".*gralora|python -m harness tune --profile tiny --methods full,lora": "test_add_a_method.py runs the page",
    r"pytest suites/ --data |pytest suites/ --base-model DIR": "36 trainings; test_bring_your_data.py has a few",
    r".*smollm2": "needs a network",
    r"python -m harness tune --profile tiny --seeds 7,": "more than 100 trainings",
    r"pytest suites/ --methods ('full,lora,|lora --quantization)": "50 trainings and more",
    r"pytest suites/ --profile gate|python -m harness calibrate": "32 trainings and more",
    r".*--as before-upgrade": "in an environment with other versions",
    r"python -m harness.testbed build": "trains the embedded model",
    r"pytest suites/$": "36 trainings: tox -e suites",
    r"pytest suites/test_domain_shift.py": "20 trainings; plugin/test_selection.py runs the file",
}
"""Commands that do not run here, and why."""

ONE_PLACE: dict[str, ExitCode] = {
    "python -m harness.testbed check": ExitCode.HELD,
    "python -m harness.schema docs": ExitCode.HELD,
    "pytest suites/ --methods full,dora --plan": ExitCode.HELD,
    "pytest suites/ --plan": ExitCode.HELD,
    "pytest suites/ --candidate DIR --targets new-facts": ExitCode.FAILED,
    "python -m harness accept reports/latest --as accepted": ExitCode.HELD,
    "pytest suites/ --candidate NEXT --targets new-facts --baseline accepted": ExitCode.FAILED,
    "python -m harness accept reports/latest --as main": ExitCode.HELD,
    "python -m harness report": ExitCode.HELD,
    "python -m harness report RUN RUN --to DIR": ExitCode.HELD,
}
"""In this order. What random updates are worth, which the candidates have, fails its gates."""
FILLED_IN = {
    "RUN RUN --to DIR": "reports/latest reports/earlier --to reports/both",
    "DIR": "{adapter}",
    "NEXT": "{merged}",
}
"""What a reader fills in."""
ELSEWHERE = [
    "python -m harness init",
    "python -m harness init --base-model OWNER/NAME --data train.jsonl --general-tasks tests/general",
]
"""In directories of their own."""
JUDGED = [
    "python -m harness judge logs/base logs/tuned",
    "python -m harness judge logs/base tuned-seed-0,tuned-seed-1,tuned-seed-2",
]
"""Beside runs of lm-eval in these places."""


def shown() -> list[str]:
    return [re.sub(r"\s+#.*", "", one.text) for page in PAGES for one in commands(page)]


def test_every_command_is_run_or_left_out_for_a_reason() -> None:
    run = {*ELSEWHERE, *ONE_PLACE, *JUDGED}
    assert run <= set(shown()), "what runs is shown"
    known = re.compile("|".join(LEFT_OUT))
    assert [one for one in dict.fromkeys(shown()) if one not in run and not known.match(one)] == []


def typed(command: str, here: Path, checkout: Path) -> subprocess.CompletedProcess[str]:
    program, *words = shlex.split(command)
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run([*PROGRAMS[program], *words], cwd=here, env=environment, capture_output=True, text=True)


def filled_in(command: str, elsewhere: dict[str, Path]) -> str:
    for placeholder, value in FILLED_IN.items():
        command = re.sub(rf"\b{placeholder}\b", value.format(**elsewhere), command)
    return command


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of the repository that a run needs, to be written into freely."""
    for name in COPIED:
        source, target = ROOT / name, tmp_path / "clone" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        else:
            shutil.copy(source, target)
    (tmp_path / "clone" / "fixtures").symlink_to(ROOT / "fixtures")
    return tmp_path / "clone"


@pytest.mark.release
@pytest.mark.trains
def test_commands_run_as_typed(checkout: Path, elsewhere: dict[str, Path]) -> None:
    for command, expected in ONE_PLACE.items():
        if "NEXT" in command:
            shutil.copytree(checkout / "reports" / "latest", checkout / "reports" / "earlier")
        done = typed(filled_in(command, elsewhere), checkout, checkout)
        assert done.returncode == expected, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        assert "Traceback" not in done.stdout + done.stderr
    for report in ("latest", "both"):
        assert json.loads((checkout / "reports" / report / "results.json").read_text())["trials"]
    for name in ("main", "accepted"):
        assert (checkout / "reports" / "baselines" / name / "baseline.json").is_file()


@pytest.mark.release
@pytest.mark.parametrize("command", ELSEWHERE)
def test_starters_are_written_as_typed(tmp_path: Path, command: str) -> None:
    done = typed(command, tmp_path, ROOT)
    assert done.returncode == ExitCode.HELD, done.stderr
    assert (tmp_path / "harness.toml").is_file()


@pytest.mark.release
@pytest.mark.parametrize("command", JUDGED)
def test_other_peoples_runs_are_judged_as_typed(tmp_path: Path, command: str) -> None:
    for place in re.split("[ ,]", command.partition("judge ")[2]):
        write_lm_eval(tmp_path / place, {"acc": [1.0] * 400}, model=place)
    done = typed(command, tmp_path, ROOT)
    assert done.returncode == ExitCode.HELD, done.stderr
    assert (tmp_path / "reports" / "judge" / "index.html").is_file()
