"""Which runs make one side of a comparison? Every log that the named files and directories hold, task by task."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.judge.foreign.inspect_log import read_log
from harness.judge.foreign.lm_eval import is_samples, read_samples
from harness.judge.foreign.sheet import Sheet
from harness.schema.edge import reading, usable_path
from harness.schema.errors import UserError, one_of

CLUSTER = "cluster"
"""The field that says which items belong together, where no other is named."""
OLD_LOG = re.compile(r"\d{4}-\d\d-\d\dT.*_.*\.json")
"""Names that Inspect gives its logs of JSON; other JSON beside them is none of its logs."""
WHAT_TO_GIVE = (
    "Give samples_*.jsonl of lm_eval --log_samples, logs of Inspect (.eval, .json), or directories that hold some."
)


@dataclass(frozen=True)
class Asked:
    """What of the files is judged."""

    tasks: tuple[str, ...] = ()
    """All where none is named."""
    metrics: tuple[str, ...] = ()
    """All where none is named."""
    cluster: str = CLUSTER


@dataclass(frozen=True)
class Side:
    """The runs of one side.

    Attributes:
        name: as the user called it.
        sheets: by task, one for every run, in the order of the runs.
    """

    name: str
    sheets: dict[str, list[Sheet]]

    @property
    def models(self) -> list[str]:
        return list(dict.fromkeys(sheet.model for sheets in self.sheets.values() for sheet in sheets))


def read_side(text: str, asked: Asked) -> Side:
    """The runs that a user names: a file or directory, or several, comma-separated.

    Raises:
        UserError: nothing is there that can be read, or it is damaged.
    """
    sheets: dict[str, list[Sheet]] = {}
    for path in dict.fromkeys(file for one in _named(text) for file in _files(one)):
        sheet = _sheet(path, asked)
        sheets.setdefault(sheet.task, []).append(sheet)
    for task in asked.tasks:
        if task not in sheets:
            raise one_of("--tasks", task, sorted(sheets), f"That is what {text} holds.")
    return Side(text, {task: own for task, own in sheets.items() if not asked.tasks or task in asked.tasks})


def _sheet(path: Path, asked: Asked) -> Sheet:
    """Raises UserError where a field that is asked for is not there: without clusters, intervals are too narrow."""
    sheet = (read_samples if path.suffix == ".jsonl" else read_log)(path, asked.cluster)
    without = [item for item in sheet.items.values() if item.cluster is None]
    if without and asked.cluster != CLUSTER:
        raise UserError(
            f"--cluster {asked.cluster!r}: {without[0].where} has no such field, nor have {len(without) - 1:,} more. "
            "Name a field that every item has, or leave it out."
        )
    return sheet


def _named(text: str) -> list[Path]:
    """One path, or several with commas between: a path may hold commas itself."""
    try:
        usable_path(text)
        if Path(text).exists():
            return [Path(text)]
        return [Path(usable_path(part.strip())) for part in text.split(",")]
    except ValueError as error:
        raise UserError(f"The runs{error}") from None


def _files(path: Path) -> list[Path]:
    with reading(str(path), way_out=WHAT_TO_GIVE):
        if not path.exists():
            raise UserError(f"{str(path)!r} does not exist. {WHAT_TO_GIVE}")
        found = sorted(_logs_below(path)) if path.is_dir() else [path]
    if not found:
        hint = " It is a report of this harness: python -m harness compare." if (path / "results.json").exists() else ""
        raise UserError(f"{str(path)!r} holds no log with scores per item.{hint} {WHAT_TO_GIVE}")
    known = path.is_dir() or path.suffix in (".jsonl", ".eval", ".json")
    if not known or path.name.startswith("results"):
        raise UserError(f"{path}: no file with scores per item. {WHAT_TO_GIVE}")
    for file in found:
        with reading(repr(str(file))):
            usable_path(str(file))
    return found


def _logs_below(directory: Path) -> Iterator[Path]:
    for path in directory.rglob("*"):
        if path.is_file() and (is_samples(path) or path.suffix == ".eval" or OLD_LOG.fullmatch(path.name)):
            yield path


Paired = tuple[str, Sequence[Sheet], Sequence[Sheet]]
"""A task, its runs before, and as many after."""


def paired_runs(before: Side, after: Side) -> list[Paired]:
    """Task by task, the runs of both sides, as many on each; a single run before serves all after.

    Raises:
        UserError: a file or a task is on one side too many or too few, or the sides do not have as many runs.
    """
    _require_other_files(before, after)
    _require_same_tasks(before, after)
    found: list[Paired] = []
    for task, own in before.sheets.items():
        old, new = own, after.sheets[task]
        if len(old) not in (1, len(new)):
            raise UserError(
                f"{task}: {len(old)} runs in {before.name} ({_files_of(old)}) and {len(new)} in {after.name} "
                f"({_files_of(new)}). Several runs are seeds: give as many on each side, or one before."
            )
        found.append((task, old * len(new) if len(old) < len(new) else old, new))
    _require_as_many(found)
    return found


def _require_other_files(before: Side, after: Side) -> None:
    files = {Path(sheet.where).resolve() for sheets in before.sheets.values() for sheet in sheets}
    for sheet in (sheet for sheets in after.sheets.values() for sheet in sheets):
        if Path(sheet.where).resolve() in files:
            raise UserError(f"{sheet.where}: on both sides, and a run is no change from itself. Give two runs.")


def _require_same_tasks(before: Side, after: Side) -> None:
    for one, other in ((before, after), (after, before)):
        missing = [task for task in one.sheets if task not in other.sheets]
        if missing:
            raise UserError(
                f"{one.sheets[missing[0]][0].where}: the task {missing[0]} is not in {other.name}. Judge what both "
                "have: --tasks LIST."
            )


def _require_as_many(found: Sequence[Paired]) -> None:
    first, _, runs = found[0]
    for task, _, own in found:
        if len(own) != len(runs):
            raise UserError(
                f"{first} has {len(runs)} runs and {task} has {len(own)}. Every task needs as many: give those that "
                "belong together, or judge these apart: --tasks LIST."
            )


def _files_of(sheets: Sequence[Sheet]) -> str:
    more = f" and {len(sheets) - 3} more" if len(sheets) > 3 else ""
    return ", ".join(sheet.where for sheet in sheets[:3]) + more
