"""Target tasks: what a trial is meant to learn, with train, validation and test splits.

Shipped ones are directories `train.jsonl`, `validation.jsonl`, `test.jsonl`, `task.toml`. A user's own
file is split here by content hash, so that the split never changes when lines move, and equal prompts
always land on the same side.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UserError, one_of
from harness.formats import Example, content_hash, example_from_row, read_rows
from harness.paths import FIXTURES

SHIPPED = FIXTURES / "tasks" / "target"
SPLITS = ("train", "validation", "test")
METRICS = {"exact_match": True, "field_accuracy": True, "nll_per_token": False}
"""Metrics of target tasks, and whether higher is better."""


@dataclass(frozen=True)
class TargetTask:
    """Disjoint splits of examples, the metric they are judged by, and how they are trained on."""

    name: str
    metric: str
    objective: str
    """`instruction` (prompt and completion) or `chat` (messages)."""
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    sha256: str

    @property
    def higher_is_better(self) -> bool:
        return METRICS[self.metric]


def shipped_targets() -> list[str]:
    """Names of the targets that ship with the project, from near to far."""
    found = []
    for path in SHIPPED.glob("*/task.toml"):
        found.append((tomllib.loads(path.read_text()).get("distance", 0), path.parent.name))
    return [name for _, name in sorted(found)]


def load_target(name: str) -> TargetTask:
    """A target that ships with the project.

    Raises:
        UserError: no such target.
    """
    if name not in shipped_targets():
        raise one_of("--target: task", name, shipped_targets(), "Your own data goes in with --data FILE.")
    directory = SHIPPED / name
    task = tomllib.loads((directory / "task.toml").read_text())
    splits = {split: _read(directory / f"{split}.jsonl") for split in SPLITS}
    content = b"".join((directory / f"{split}.jsonl").read_bytes() for split in SPLITS)
    sha256 = hashlib.sha256(content + task["metric"].encode()).hexdigest()
    return _checked(TargetTask(name, task["metric"], _objective(splits["train"], directory), **splits, sha256=sha256))


def split_user_data(path: Path, metric: str = "nll_per_token") -> TargetTask:
    """A user's own JSONL file as a target: of ten prompts, eight train, one validates, one tests.

    The split is decided by the sha256 of the prompt (blind to case and white space); exact duplicates
    of a prompt and its answer are dropped.

    Raises:
        UserError: a broken line, mixed formats, or too few examples for three splits.
    """
    examples = _read(path)
    unique = {_identity(example): example for example in examples}
    splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for example in unique.values():
        bucket = int(content_hash(example.question)[:8], 16) % 10
        splits["test" if bucket == 0 else "validation" if bucket == 1 else "train"].append(example)
    if min(map(len, splits.values())) < 2:
        sizes = ", ".join(f"{split} {len(rows)}" for split, rows in splits.items())
        raise UserError(
            f"{path}: {len(unique)} different examples are too few for three splits ({sizes}). "
            "At least two in each are needed: give more data, 50 examples or so."
        )
    frozen = {split: tuple(rows) for split, rows in splits.items()}
    sha256 = hashlib.sha256(path.read_bytes() + metric.encode()).hexdigest()
    return _checked(TargetTask(path.stem, metric, _objective(frozen["train"], path), **frozen, sha256=sha256))


def leaked(target: TargetTask) -> list[str]:
    """Ids of validation and test items whose prompt and answer stand in the training split."""
    trained = {_identity(example) for example in target.train}
    held_out = target.validation + target.test
    return [example.id for example in held_out if _identity(example) in trained]


def _identity(example: Example) -> tuple[str, str]:
    return content_hash(example.question), content_hash(example.answer)


def _read(path: Path) -> tuple[Example, ...]:
    return tuple(example_from_row(row, where) for where, row in read_rows(path))


def _objective(examples: tuple[Example, ...], path: Path) -> str:
    forms = {bool(example.messages) for example in examples}
    if len(forms) > 1:
        raise UserError(f"{path}: some lines hold messages, others prompt and completion. Use one format in a file.")
    return "chat" if forms == {True} else "instruction"


def _checked(target: TargetTask) -> TargetTask:
    leaks = leaked(target)
    if leaks:
        raise UserError(
            f"Target {target.name!r}: {len(leaks)} held-out items stand in the training split "
            f"({', '.join(leaks[:3])}). Remove them there; a model that has seen the test measures nothing."
        )
    for split in (target.validation, target.test):
        if len({example.id for example in split}) < len(split):
            raise UserError(f"Target {target.name!r}: an id stands twice in one split. Ids must be unique.")
    return target
