"""General tasks: abilities that the base already has. Only ever evaluated.

A file of JSONL rows in one of three forms, recognised from their keys:

- `{"context", "choices", "answer", "id"?, "cluster"?}`: given answers, scored by log-likelihood;
- `{"sentence_good", "sentence_bad"}`: minimal pairs, the same with two choices and no context;
- `{"text", "id"?, "cluster"?}`: text for perplexity.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.data.readers.examples import Example, content_hash
from harness.data.readers.fields import Fields, Ignored, a_text
from harness.data.readers.files import File, local_file, place_of, rows_of
from harness.data.tasks.decontamination import contained
from harness.schema.edge import reading
from harness.schema.errors import UserError, one_of, shown
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
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What of the file is not used, for the plan to say."""

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
    if not name.strip():
        raise UserError(
            "--general-tasks: a name is empty. Give a task's name, a JSONL file or a directory of such files."
        )
    path = Path(name)
    with reading(f"--general-tasks {shown(name)}"):
        place_of(path)
        is_directory, is_file = path.is_dir(), path.is_file()
        files = sorted(path.glob("*.jsonl")) if is_directory else []
    if is_directory and not files:
        raise UserError(f"--general-tasks: the directory {name!r} holds no .jsonl file.")
    if is_directory or is_file:
        return files or [path]
    raise one_of("--general-tasks: task", name, shipped_general_tasks(), "Or give a JSONL file's or directory's path.")


def load_general(path: Path) -> GeneralTask:
    """Reads one task file; its name is the file's.

    Raises:
        UserError: a row fits none of the forms, the rows are of several kinds, or ids repeat.
    """
    file, notes, ignored, items = local_file(path), list[str](), Ignored(), []
    content = file.read()
    for where, row in rows_of(File(file.where, file.name, lambda: content), notes):
        fields = Fields(row, where)
        items.append(_item(fields))
        ignored.add(fields)
    kinds = {type(item) for item in items}
    if len(kinds) > 1:
        raise UserError(f"{path}: rows of several kinds. A task file holds either choices or texts.")
    if len({item.id for item in items}) < len(items):
        raise UserError(f"{path}: the same id or the same item stands there twice. Ids must be unique.")
    kind = "choice" if kinds == {ChoiceItem} else "text"
    sha256 = hashlib.sha256(content).hexdigest()
    return GeneralTask(path.stem, kind, tuple(items), sha256, (*notes, *ignored.lines()))


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


def _item(fields: Fields) -> ChoiceItem | TextItem:
    if "sentence_good" in fields and "sentence_bad" in fields:
        pair = [fields.take("sentence_good"), fields.take("sentence_bad")]
        return _choice_item(fields, "", pair, 0, _name(fields, "pairID"), None)
    if "choices" in fields:
        context = fields.text("context") if "context" in fields else ""
        choices, answer = fields.take("choices"), fields.take("answer")
        return _choice_item(fields, context, choices, answer, _name(fields, "id"), _name(fields, "cluster"))
    if "text" in fields:
        text = fields.text("text")
        if not text.strip():
            raise UserError(f"{fields.where}: the text is empty; there is nothing to score. Remove the row.")
        item = _name(fields, "id") or content_hash(text)[:12]
        return TextItem(item, _name(fields, "cluster") or item, text)
    raise UserError(
        f"{fields.where}: the keys {fields.names()} fit no known form. Allowed: "
        '{"context", "choices", "answer"}, {"sentence_good", "sentence_bad"} or {"text"}.'
    )


def _name(fields: Fields, key: str) -> str | None:
    """An id or a cluster. The number 0 is none: so it was for the first records, whose items are told by their ids."""
    value = fields.take(key)
    return None if type(value) is int and value == 0 else fields.name(key)


def _choice_item(
    fields: Fields, context: str, choices: Any, answer: Any, item: str | None, cluster: str | None
) -> ChoiceItem:
    where = fields.where
    if not isinstance(choices, list) or len(choices) < 2:
        raise UserError(f"{where}: choices must be a list of at least two.")
    if not all(isinstance(choice, str) and choice for choice in choices) or len(set(choices)) < len(choices):
        raise UserError(f"{where}: choices must be texts, not empty and all different.")
    choices = [a_text(choice, "a choice", where) for choice in choices]
    if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer < len(choices):
        raise UserError(
            f"{where}: answer is {shown(answer)}; it must be the index of the right choice, 0 to {len(choices) - 1}."
        )
    item = item or content_hash(context + "\0".join(choices))[:12]
    return ChoiceItem(item, cluster or item, context, tuple(choices), answer)
