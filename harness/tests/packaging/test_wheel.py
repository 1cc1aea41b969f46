"""Does the wheel work where the checkout is not: installed, `init`, and the main job on a small grid?"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT

pytestmark = [pytest.mark.release, pytest.mark.trains]

GRID = ("--methods", "lora", "--ranks", "4", "--quantization", "none", "--seeds", "1", "--steps", "5", "--jobs", "1")
REWRITTEN = """
from harness.suites import test_gain

def test_asserts_of_the_shipped_suites_explain_themselves():
    assert type(test_gain.__loader__).__name__ == "AssertionRewritingHook"
"""


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel, and a repository of a user's, both away from the checkout."""

    python: Path
    package: Path
    project: Path

    def run(self, *module: str) -> "subprocess.CompletedProcess[str]":
        """A module run as a command in the user's repository."""
        return self.interpret("-m", *module)

    def interpret(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """The environment's interpreter in the user's repository, without the checkout's settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=self.project,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def contents(self) -> dict[str, tuple[int, int]]:
        """Every file of the installed package, with its size and time of change."""
        found = ((path, path.stat()) for path in self.package.rglob("*") if path.is_file())
        return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in found}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(out), str(ROOT))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel alone in an environment that borrows its dependencies from this one."""
    home = tmp_path_factory.mktemp("elsewhere")
    venv.create(home / "venv", with_pip=False)
    python = home / "venv" / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home / "venv"), "platbase": str(home / "venv")}))
    _pip("--python", str(python), "install", "--no-deps", "--no-index", "--no-compile", str(wheel))
    # A path in a .pth file is searched last, and .pth files there (of an editable install, say) are not read. Written
    # only now: pip would find the checkout's own editable install there, of the same version, and install nothing.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (home / "project").mkdir()
    return Installed(python, site / "harness", home / "project")


def _pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_main_job_runs_in_a_repository_of_a_user(installed: Installed) -> None:
    before = installed.contents()
    started = installed.run("harness", "init")
    assert started.returncode == ExitCode.HELD, started.stdout + started.stderr
    (installed.project / "suites" / "test_rewritten.py").write_text(REWRITTEN)
    general = ("--targets", "new-facts", "--general-tasks", "facts,text")
    done = installed.run("pytest", "suites/", "-p", "no:cacheprovider", *GRID, *general)
    assert done.returncode == ExitCode.HELD, done.stdout + done.stderr
    latest = installed.project / "reports" / "latest"
    assert {path.name for path in latest.iterdir()} >= {"index.html", "results.json", "results.csv", "summary.md"}
    trials = json.loads((latest / "results.json").read_text())["trials"]
    ended = {(trial["spec"]["method"], trial["status"]) for trial in trials}
    assert ended == {("base", "completed"), ("lora", "completed")}
    here = {path.name for path in installed.project.iterdir()} - {".benchmarks"}  # pytest-benchmark's own
    assert here == {".github", "conftest.py", "harness.toml", "reports", "suites"}
    assert installed.contents() == before, "the installed package was written to"


def test_the_profile_of_the_repository_is_the_default(installed: Installed) -> None:
    profile = installed.project / "harness.toml"
    profile.write_text(profile.read_text().replace("seeds = 2", "seeds = [5]"))
    done = installed.run("pytest", "suites/", "--plan", "-p", "no:cacheprovider")
    assert done.returncode == ExitCode.HELD, done.stdout + done.stderr
    assert "-s5" in done.stdout
    assert "-s0" not in done.stdout


def test_a_run_is_accepted_and_judged_in_the_repository(installed: Installed) -> None:
    accepted = installed.run("harness", "accept", "--as", "main")
    assert accepted.returncode == ExitCode.HELD, accepted.stdout + accepted.stderr
    assert (installed.project / "reports" / "baselines" / "main" / "baseline.json").is_file()
    for name in ("main", "embedded"):
        done = installed.run("pytest", "suites/", "--plan", "--baseline", name, "-p", "no:cacheprovider")
        assert done.returncode == ExitCode.HELD, done.stdout + done.stderr
        assert f"against the baseline {name}" in done.stdout


def test_it_is_the_wheel_that_is_imported(installed: Installed) -> None:
    code = "import harness.suites.test_gain as one, harness; print(harness.__file__, one.__file__)"
    done = installed.interpret("-c", code)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(Path(path).is_relative_to(installed.package) for path in done.stdout.split())


def test_the_wheel_holds_no_tests_and_nothing_generated(installed: Installed) -> None:
    names = {str(Path(path).relative_to(installed.package)) for path in installed.contents()}
    unwanted = ("tests/", "shipped/reports/latest", "shipped/reports/store")
    assert not [name for name in names if name.startswith(unwanted)]
    assert {"shipped/fixtures/model/model.safetensors", "shipped/reports/templates/page.html"} <= names
