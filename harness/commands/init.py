"""Writes a starter for a repository of your own: a profile, the shipped tests, and a workflow for CI.

`harness.toml` says what `pytest suites/` runs there. Nothing that exists is overwritten.
"""

import argparse
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

from harness.plugin.options import BY_FLAG, given_in
from harness.plugin.values import AsPath
from harness.schema.codec import read_value
from harness.schema.edge import writing
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import DEFAULT_PROFILE, FIXTURES, REPORTS, SUITES

HELP = "write a starter into your own repository: profile, suites, CI workflow"

EMBEDDED = "embedded"
PLUGIN = "harness.plugin"
CONFTEST = f'"""Loads the fine-tuning harness into pytest."""\n\npytest_plugins = ["{PLUGIN}"]\n'
IGNORED = "compare/\njudge/\nlatest/\nstore/\n"
WORKFLOW = Path(".github", "workflows", "fine-tuning.yml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", nargs="?", default=".", metavar="DIR", help="the repository (default: here)")
    parser.add_argument("--base-model", metavar="DIR|HUB_ID", help="the causal LM to fine-tune")
    parser.add_argument("--data", metavar="PATH|URL|HUB_ID", help="what it is fine-tuned on")
    parser.add_argument("--general-tasks", metavar="LIST", help="held-out tasks: shipped names, files or directories")


def run(arguments: argparse.Namespace) -> int:
    directory = read_value(AsPath, arguments.directory, "The directory")
    general, data = (BY_FLAG[flag].read(given_in(arguments)) for flag in ("--general-tasks", "--data"))
    base_model = BY_FLAG["--base-model"].read(given_in(arguments)) or EMBEDDED
    written = write_new(directory, starter(profile_text(base_model, data, general)))
    print("\n".join(f"wrote {path}" for path in written) or "everything was there")
    there = "" if directory.resolve() == Path.cwd() else f"cd {directory}; "
    print(f"Read {DEFAULT_PROFILE}, then: {there}pytest suites/ --plan, and: pytest suites/")
    return ExitCode.HELD


def starter(profile: str) -> dict[Path, str]:
    """The files of a starter, by their paths in the repository."""
    workflow = Path(__file__).with_name("starter") / WORKFLOW.name
    return {
        Path("conftest.py"): CONFTEST,
        DEFAULT_PROFILE: profile,
        **{Path("suites", path.name): suite_text(path) for path in sorted(SUITES.glob("test_*.py"))},
        WORKFLOW: workflow.read_text(encoding="utf-8"),
        REPORTS / ".gitignore": IGNORED,
    }


def suite_text(path: Path) -> str:
    """A test file that takes its tests from a shipped one, and asks its question."""
    question = path.read_text(encoding="utf-8").split("\n", 1)[0].removesuffix('"""')
    return f'{question}"""\n\nfrom harness.suites.{path.stem} import *  # noqa: F403\n'


def profile_text(base_model: str, data: str | None, general: Sequence[str] | None) -> str:
    """A profile: recipe and arms of a shipped one, the questions of the user's own.

    Args:
        data: the target; the shipped targets, which are of the embedded model's world, where None.
        general: the general tasks; those that ship for the base, where None.
    """
    embedded = base_model == EMBEDDED
    shipped = (FIXTURES / "profiles" / ("tiny.toml" if embedded else "gpu.toml")).read_text(encoding="utf-8")
    known = tomllib.loads(shipped)
    general = known["general"] if general is None else general
    targets = f'targets = {json.dumps(known["targets"])}\n# data = "train.jsonl"'
    return f"""\
# What `pytest suites/` runs here. Options of the command line change it for one run; `--plan` shows it.

# A directory, OWNER/NAME on the hub, or the embedded model that ships.
base_model = {_toml(base_model)}
# What is learned: tasks that ship; or, instead, your own examples: JSONL, JSON, CSV, Parquet, texts, s3://...
{targets if data is None else f"data = {_toml(data)}"}
# What must not be forgotten: tasks that ship, or questions of your own, as files or directories.
general = [{", ".join(map(_toml, general))}]
# Two or more, to tell an effect from chance.
seeds = {known["seeds"]}
attention = {json.dumps(known["attention"])}

{shipped[shipped.index("[recipe]") :]}"""


def _toml(text: str) -> str:
    """A text as TOML has it: like JSON's, but for characters beyond the first 65,536 and for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_new(directory: Path, files: dict[Path, str]) -> list[Path]:
    """Writes all files, or none. What is there already with this very content stays, and so does a `conftest.py`
    that loads the plugin.

    Returns:
        The paths that were written.

    Raises:
        UserError: other files are in the way, or the directory cannot be written to.
    """
    missing = {directory / path: text for path, text in files.items() if not _is_there(directory / path, text)}
    if taken := [str(path) for path in missing if path.exists()]:
        raise UserError(
            f"Already there, and never overwritten: {', '.join(taken)}. Nothing was written. Move them away, or name "
            f"another directory: python -m harness init DIR. A conftest.py may stay if it says pytest_plugins = "
            f'["{PLUGIN}"].'
        )
    written: list[Path] = []
    with writing(f"The starter in {str(directory)!r}", "No file was left behind."):
        try:
            for path, text in missing.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("x", encoding="utf-8") as file:
                    written.append(path)
                    file.write(text)
        except OSError:
            for path in written:
                path.unlink()
            raise
    return written


def _is_there(path: Path, text: str) -> bool:
    if not path.is_file():
        return False
    found = path.read_text(encoding="utf-8", errors="replace")
    return found == text or (path.name == "conftest.py" and PLUGIN in found)
