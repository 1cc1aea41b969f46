"""Does docs/add-a-method.md work for someone who follows it to the letter?"""

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
from harness.tests.docs.shown import DOCS, blocks

COPIED = ("harness", "suites", "reports/templates", "conftest.py", "pyproject.toml")
PAGE = DOCS / "add-a-method.md"


def block(kind: str) -> str:
    """The page's only block of that kind."""
    (found,) = [one.text for one in blocks(PAGE) if one.kind == kind]
    return f"{found}\n"


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


@pytest.mark.release
def test_page_is_followed_to_the_letter(checkout: Path) -> None:
    """The file, its name in the list of them, and the command that the page shows."""
    page = PAGE.read_text(encoding="utf-8")
    file = re.search(r"`(harness/methods/(\w+)\.py)`", page)
    assert file is not None
    (checkout / file[1]).write_text(block("python"))
    registry = checkout / "harness" / "methods" / "__init__.py"
    assert f"add the file's name, `{file[2]}`, to `FILES`" in page
    text = registry.read_text().replace('FILES = """\n', f'FILES = """\n    {file[2]}\n', 1)
    registry.write_text(text)
    command = block("sh")
    short = shlex.split("--steps 3 --seeds 1 --targets new-facts --general-tasks agreement --engine inline")
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
