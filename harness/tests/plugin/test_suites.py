"""Are the suites of a user's own repository run like those that ship, with its own defaults?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.schema.exit_codes import ExitCode
from harness.schema.paths import FIXTURES, ROOT

SUITE = "from harness.suites.{0} import *  # noqa: F403\n"
GRID = ("--methods", "lora", "--ranks", "4", "--quantization", "none", "--targets", "poems")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with two suites and a profile of three seeds."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["harness.plugin"]\n')
    (tmp_path / "test_gate.py").write_text("def test_own(): pass\n")
    (tmp_path / "suites").mkdir()
    for name in ("test_gain", "test_gate"):
        (tmp_path / "suites" / f"{name}.py").write_text(SUITE.format(name))
    profile = (FIXTURES / "profiles" / "tiny.toml").read_text()
    (tmp_path / "harness.toml").write_text(profile.replace("seeds = 2", "seeds = 3"))
    return tmp_path


def pytest_in(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_defaults_are_those_of_the_repository_wherever_pytest_is_called(project: Path) -> None:
    done = pytest_in(project / "suites", ".", "--plan", *GRID)
    assert done.returncode == ExitCode.HELD, done.stdout + done.stderr
    assert "4 to train" in done.stdout, "three seeds, and one on shuffled answers"
    assert "gate" not in done.stdout
    assert not list(project.rglob("reports")), "a plan writes nothing, here or there"


@pytest.mark.slow
def test_baseline_that_ships_is_found_and_gates_come_last(project: Path) -> None:
    done = pytest_in(project, "suites", "--collect-only", "-q", "--baseline", "embedded", *GRID)
    assert done.returncode == ExitCode.HELD, done.stdout + done.stderr
    names = [line.split("::")[1].split("[")[0] for line in done.stdout.splitlines() if "::" in line]
    gain = ["test_gain_is_measured", "test_guessing_is_measured_beside_the_gain"]
    assert list(dict.fromkeys(names)) == [*gain, "test_sides_are_comparable", "test_gate"]


@pytest.mark.release
@pytest.mark.slow
def test_other_tests_of_the_repository_are_left_alone(project: Path) -> None:
    done = pytest_in(project, "test_gate.py", "--methods", "no such method")
    assert done.returncode == ExitCode.HELD, done.stdout + done.stderr
    assert not (project / "reports").exists()
    done = pytest_in(project, "--collect-only", "-q", *GRID)
    assert "test_gate.py::test_own" in done.stdout
    assert "suites/test_gain.py::" in done.stdout
    assert "suites/test_gate.py" not in done.stdout
