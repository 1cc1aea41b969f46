"""Does any part of the suites run for itself, on a fresh store and after a whole run? Every test says what it needs."""

import json
import re
from pathlib import Path

import pytest

from harness.schema.exit_codes import ExitCode
from harness.schema.paths import SUITES
from harness.tests.inner import Ran, run_pytest

pytestmark = [pytest.mark.trains, pytest.mark.usefixtures("tasks_read_once")]

GRID = ("--methods", "full,lora", "--ranks", "4", "--quantization", "none", "--targets", "poems", "--seeds", "1",
        "--steps", "2", "--general-tasks", "facts", "--engine", "inline", "--benchmark-disable")  # fmt: skip
FILES = sorted(path.name for path in SUITES.glob("test_*.py") if path.name != "test_gate.py")
SELECTIONS = ("lora", "full", "base", "gain and lora", "full_and_lora", "not full", "promise or cost")
NOTHING_TRAINED = "nothing to train"


def suites(home: Path, *arguments: str) -> Ran:
    return run_pytest(*arguments, *GRID, "--store", str(home / "store"), "--report", str(home / "report"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After a whole run."""
    home = tmp_path_factory.mktemp("whole")
    done = suites(home, "suites/")
    assert done.code == ExitCode.HELD, done.stdout
    return home


@pytest.fixture(scope="module")
def ids(whole: Path) -> dict[str, list[str]]:
    """Ids of all tests, by file."""
    found: dict[str, list[str]] = {}
    for line in suites(whole, "suites/", "--collect-only", "-q").stdout.splitlines():
        if "::" in line:
            found.setdefault(Path(line.split("::")[0]).name, []).append(line)
    return found


def test_every_file_is_looked_at(ids: dict[str, list[str]]) -> None:
    assert sorted(ids) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_file_after_a_whole_run(whole: Path, name: str) -> None:
    done = suites(whole, f"suites/{name}")
    assert done.code == ExitCode.HELD, done.stdout
    assert NOTHING_TRAINED in done.stdout


@pytest.mark.release
@pytest.mark.parametrize("at", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize("name", FILES)
def test_one_id_after_a_whole_run(whole: Path, ids: dict[str, list[str]], name: str, at: int) -> None:
    done = suites(whole, ids[name][at])
    assert done.code == ExitCode.HELD, done.stdout
    assert NOTHING_TRAINED in done.stdout
    assert re.search(r"\b1 (passed|skipped)", done.stdout)


@pytest.mark.parametrize(
    "expression", ["lora and r4", *(pytest.param(one, marks=pytest.mark.release) for one in SELECTIONS)]
)
def test_a_selection_after_a_whole_run(whole: Path, expression: str) -> None:
    done = suites(whole, "suites/", "-k", expression)
    assert done.code == ExitCode.HELD, done.stdout
    assert NOTHING_TRAINED in done.stdout


def test_lora_is_compared_with_what_is_stored(whole: Path) -> None:
    done = suites(whole, "suites/", "-k", "full_and_lora and lora-r4")
    assert "1 passed" in done.stdout


def test_what_failed_last_runs_again(whole: Path, ids: dict[str, list[str]], tmp_path: Path) -> None:
    failed = [ids["test_domain_shift.py"][-1], ids["test_gain.py"][0]]
    (tmp_path / "v" / "cache").mkdir(parents=True)
    (tmp_path / "v" / "cache" / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
    done = suites(whole, "suites/", "--lf", "-p", "cacheprovider", "-o", f"cache_dir={tmp_path}")
    assert done.code == ExitCode.HELD, done.stdout
    assert "2 passed" in done.stdout


def test_the_first_failure_ends_the_run(whole: Path) -> None:
    done = suites(whole, "suites/", "-x")
    assert done.code == ExitCode.HELD, done.stdout


@pytest.mark.release
@pytest.mark.parametrize("name", FILES)
def test_a_file_on_a_fresh_store(tmp_path: Path, name: str) -> None:
    done = suites(tmp_path, f"suites/{name}", "-x")
    assert done.code == ExitCode.HELD, done.stdout


@pytest.mark.release
@pytest.mark.parametrize("expression", ["full_and_lora and lora-r4", "gain_is_measured and lora"])
def test_a_selection_on_a_fresh_store(tmp_path: Path, expression: str) -> None:
    """Nothing is trained that was not selected."""
    done = suites(tmp_path, "suites/", "-k", expression)
    assert done.code == ExitCode.HELD, done.stdout
    assert "plan: 2 trials; 0 answered by the store, 0 impossible, 1 to train, 1 to evaluate" in done.stdout


def test_a_selection_that_asks_what_guessing_scores_trains_that_too(tmp_path: Path) -> None:
    done = suites(tmp_path, "suites/", "-k", "guessing and lora", "--plan")
    assert done.code == ExitCode.HELD, done.stdout
    assert "plan: 3 trials; 0 answered by the store, 0 impossible, 2 to train, 1 to evaluate" in done.stdout
    assert "run     poems-shuffled-answers-s7919" in done.stdout


@pytest.mark.release
def test_pytest_xdist_is_refused() -> None:
    done = run_pytest("suites/", "-n", "2", *GRID)
    assert done.code == ExitCode.USAGE_ERROR
    assert "say how many with --jobs N" in done.stderr
