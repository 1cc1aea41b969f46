"""Does README's "Add a method" work for someone who follows it to the letter?"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.schema.paths import ROOT

COPIED = ("harness", "suites", "reports/templates", "conftest.py", "pyproject.toml")


def section() -> str:
    return (ROOT / "README.md").read_text().split("\n## Add a method\n")[1].split("\n## ")[0]


def fenced(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", section(), re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of the repository that a run needs, to be changed freely."""
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        else:
            shutil.copy(source, target)
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    return tmp_path


def test_section_is_followed_to_the_letter(checkout: Path) -> None:
    """The file, the two lines in the tuple's file, and the command that the section shows."""
    file = re.search(r"`(harness/methods/(\w+)\.py)`", section())
    assert file is not None
    (code,) = fenced("python")
    (checkout / file[1]).write_text(code)
    registry = checkout / "harness" / "methods" / "__init__.py"
    text = registry.read_text()
    imported, listed = re.findall(r"`(    [\w.]+,)`", section())
    assert (imported.strip(), listed.strip()) == (f"{file[2]},", f"{file[2]}.METHOD,")
    text = text.replace("from harness.methods import (\n", f"from harness.methods import (\n{imported}\n", 1)
    text = re.sub(r"(METHODS: .*? = \(\n)", rf"\1{listed}\n", text, count=1)
    registry.write_text(text)
    (command,) = fenced("sh")
    short = ["--steps", "3", "--seeds", "1", "--target", "new-facts", "--general", "agreement"]
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command), *short],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    trials = json.loads((checkout / "reports" / "latest" / "results.json").read_text())["trials"]
    own = [trial for trial in trials if trial["spec"]["method"] == file[2]]
    assert [trial["status"] for trial in own] == ["completed"]
    assert [promise for promise in own[0]["promises"] if promise["held"] is False] == []
