"""General tasks: abilities that the base already has. Only ever evaluated.

A file of JSONL rows in one of three forms, recognised from their keys:

- `{"context", "choices", "answer", "id"?, "cluster"?}`: given answers, scored by log-likelihood;
- `{"sentence_good", "sentence_bad"}`: minimal pairs, the same with two choices and no context;
- `{"text", "id"?, "cluster"?}`: text for perplexity.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data.readers.examples import Example, content_hash
from harness.data.readers.files import read_rows
from harness.data.tasks.decontamination import contained
from harness.schema.errors import UserError, one_of
from harness.schema.paths import FIXTURES

SHIPPED = FIXTURES / "tasks" / "general"


@dataclass(frozen=True)
class ChoiceItem:
    """A context and the answers to choose from; `answer` is the index of the right one."""

    id: str
    cluster: str
    context: str
    choices: tuple[str, ...]
    answer: int


@dataclass(frozen=True)
class TextItem:
    id: str
    cluster: str
    text: str


@dataclass(frozen=True)
class GeneralTask:
    """A held-out ability. `kind` is `choice` or `text`; all items are of that kind."""

    name: str
    kind: str
    items: tuple[ChoiceItem | TextItem, ...]
    sha256: str

    @property
    def chance(self) -> float:
        """Expected accuracy of a uniform guess; 0 for text."""
        choices = [len(item.choices) for item in self.items if isinstance(item, ChoiceItem)]
        return sum(1 / count for count in choices) / len(choices) if choices else 0.0


def shipped_general_tasks() -> list[str]:
    """Names of the tasks that ship with the project."""
    return sorted(path.stem for path in SHIPPED.glob("*.jsonl"))


def find_general_tasks(name: str) -> list[Path]:
    """Files for a shipped task's name, a JSONL file, or a directory of them (one task per file).

    Raises:
        UserError: there is none.
    """
    if name in shipped_general_tasks():
        return [SHIPPED / f"{name}.jsonl"]
    path = Path(name)
    if path.is_dir():
        files = sorted(path.glob("*.jsonl"))
        if not files:
            raise UserError(f"--general-tasks: the directory {name!r} holds no .jsonl file.")
        return files
    if path.is_file():
        return [path]
    raise one_of("--general-tasks: task", name, shipped_general_tasks(), "Or give a JSONL file's or directory's path.")


def load_general(path: Path) -> GeneralTask:
    """Reads one task file; its name is the file's.

    Raises:
        UserError: a row fits none of the forms, the rows are of several kinds, or ids repeat.
    """
    items = [_item(row, where) for where, row in read_rows(path)]
    kinds = {type(item) for item in items}
    if len(kinds) > 1:
        raise UserError(f"{path}: rows of several kinds. A task file holds either choices or texts.")
    if len({item.id for item in items}) < len(items):
        raise UserError(f"{path}: the same id or the same item stands there twice. Ids must be unique.")
    kind = "choice" if kinds == {ChoiceItem} else "text"
    return GeneralTask(path.stem, kind, tuple(items), hashlib.sha256(path.read_bytes()).hexdigest())


def check_untrained(tasks: Iterable[GeneralTask], target: str, train: Sequence[Example]) -> None:
    """Raises UserError where a training example holds the whole text of an item, if that is long enough to tell."""
    items = [(task, item) for task in tasks for item in task.items]
    found = contained([text_of(item) for _, item in items], [one.text for one in train])
    for at, where in found.items():
        task, item = items[at]
        more = f" ({len(found)} items are held so)" if len(found) > 1 else ""
        raise UserError(
            f"{train[where].place} holds the whole text of {item.id!r}, an item of the general task {task.name!r}"
            f"{more}. Take it out of the training data of {target!r}, or leave the task out (--general-tasks): "
            "forgetting would be measured on trained text."
        )


def text_of(item: ChoiceItem | TextItem) -> str:
    """With the right choice alone: only that would be learned."""
    return item.text if isinstance(item, TextItem) else f"{item.context} {item.choices[item.answer]}"


def _item(row: dict[str, Any], where: str) -> ChoiceItem | TextItem:
    if "sentence_good" in row and "sentence_bad" in row:
        row = {
            "id": row.get("pairID"),
            "context": "",
            "choices": [row["sentence_good"], row["sentence_bad"]],
            "answer": 0,
        }
    if "choices" in row:
        return _choice_item(row, where)
    if isinstance(row.get("text"), str) and row["text"].strip():
        item = str(row.get("id") or content_hash(row["text"])[:12])
        return TextItem(item, str(row.get("cluster") or item), row["text"])
    raise UserError(
        f"{where}: the keys {', '.join(sorted(row)) or '(none)'} fit no known form. Allowed: "
        '{"context", "choices", "answer"}, {"sentence_good", "sentence_bad"} or {"text"}.'
    )


def _choice_item(row: dict[str, Any], where: str) -> ChoiceItem:
    context, choices, answer = row.get("context", ""), row["choices"], row.get("answer")
    if not isinstance(context, str) or not isinstance(choices, list) or len(choices) < 2:
        raise UserError(f"{where}: context must be a text and choices a list of at least two.")
    if not all(isinstance(choice, str) and choice for choice in choices) or len(set(choices)) < len(choices):
        raise UserError(f"{where}: choices must be texts, not empty and all different.")
    if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer < len(choices):
        raise UserError(
            f"{where}: answer is {answer!r}; it must be the index of the right choice, 0 to {len(choices) - 1}."
        )
    item = str(row.get("id") or content_hash(context + "\0".join(choices))[:12])
    return ChoiceItem(item, str(row.get("cluster") or item), context, tuple(choices), answer)
