"""Does `--plan` leave a project as it is, to the last file?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT
from harness.schema.trial import Trial
from harness.store.records import Store
from harness.tests.builders import make_measured, make_trial

GRID = ("--methods", "lora", "--ranks", "2", "--targets", "new-facts", "--general-tasks", "agreement")
WAYS = {
    "pytest --plan": ("-m", "pytest", "suites", "--plan", "--artifacts", "kept"),
    "pytest --plan --tune": ("-m", "pytest", "suites", "--plan", "--tune"),
    "pytest --collect-only": ("-m", "pytest", "suites", "--collect-only", "-q"),
    "python -m harness plan": ("-m", "harness", "plan"),
}


def paths(directory: Path) -> dict[str, int]:
    """Everything in it, and when each file was changed last."""
    found = directory.rglob("*")
    return {str(path.relative_to(directory)): path.stat().st_mtime_ns if path.is_file() else 0 for path in found}


def damaged(store: Path) -> Trial:
    trial = make_trial()
    Store(store).put(make_measured(trial))
    os.truncate(store / trial.digest[:2] / f"{trial.digest}.json", 50)
    return trial


def project(directory: Path) -> Path:
    """A project with suites, a report with a verdict, and a store with a damaged record and what a dead run left."""
    (directory / "suites").mkdir(parents=True)
    (directory / "conftest.py").write_text('pytest_plugins = ["harness.plugin"]\n')
    shipped = "from harness.suites.test_training import *  # noqa: F403\n"
    (directory / "suites" / "test_training.py").write_text(shipped)
    damaged(directory / "reports" / "store")
    (directory / "reports" / "store" / ".tmp" / "0").mkdir(parents=True)
    (directory / "reports" / "store" / ".tmp" / "0.lock").touch()
    (directory / "reports" / "latest").mkdir()
    (directory / "reports" / "latest" / "gate.json").write_text("{}")
    return directory


@pytest.mark.trains
@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, id=name, marks=() if name == "pytest --plan" else pytest.mark.release)
        for name, way in WAYS.items()
    ],
)
def test_plan_changes_no_file(tmp_path: Path, way: tuple[str, ...]) -> None:
    place = project(tmp_path / "project")
    caches = {name: str(tmp_path / name) for name in ("TMPDIR", "XDG_CACHE_HOME", "HF_HOME")}
    for made in caches.values():
        Path(made).mkdir()
    before = paths(tmp_path)
    environment = {**os.environ, **caches, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *way, *GRID]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (ExitCode.HELD, ExitCode.NOTHING_MEASURED), done.stdout + done.stderr
    assert "new-facts" in done.stdout
    assert paths(tmp_path) == before
