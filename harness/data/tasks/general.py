"""General tasks: abilities that the base already has. Only ever evaluated.

A file of JSONL rows in one of four forms, recognised from their keys:

- `{"context", "choices", "answer", "id"?, "cluster"?}`: given answers, scored by log-likelihood;
- `{"sentence_good", "sentence_bad"}`: minimal pairs, the same with two choices and no context;
- `{"prompt", "checks", "answer", "max_tokens"?, "id"?, "cluster"?}`: an instruction whose following code can check; the
  answer is one that follows it;
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
from harness.data.tasks.instructions import Check, checks_of, obeys
from harness.schema.edge import reading
from harness.schema.errors import UserError, one_of, shown
from harness.schema.paths import FIXTURES

SHIPPED = FIXTURES / "tasks" / "general"
ENGLISH = "en"
"""The shipped tasks in plain English: held-out abilities of any base but the embedded one."""


@dataclass(frozen=True)
class ChoiceItem:
    """A context and the answers to choose from; `answer` is the index of the right one."""

    id: str
    cluster: str
    context: str
    choices: tuple[str, ...]
    answer: int
    question: str = ""
    """The item's own part of the context, where more stands before it, such as solved examples; empty where it is all
    of it."""
    after: str = ""
    """What is scored in the choice's place and follows it, where choices are contexts; empty where they are not."""


@dataclass(frozen=True)
class ContinuationItem:
    """A context and the one text that should follow; right where greedy decoding would say exactly that."""

    id: str
    cluster: str
    context: str
    continuation: str
    question: str = ""
    """As of a choice."""


@dataclass(frozen=True)
class TextItem:
    id: str
    cluster: str
    text: str


@dataclass(frozen=True)
class InstructionItem:
    """What the model is told to write, the checks that all must hold, and an answer for which they do."""

    id: str
    cluster: str
    prompt: str
    checks: tuple[Check, ...]
    answer: str
    max_tokens: int
    """Of the answer that is generated."""


GeneralItem = ChoiceItem | ContinuationItem | InstructionItem | TextItem
KINDS: dict[type, str] = {
    ChoiceItem: "choice",
    ContinuationItem: "continuation",
    InstructionItem: "instruction",
    TextItem: "text",
}
DEFAULT_TOKENS, MOST_TOKENS = 64, 1024
"""Of an answer to an instruction, where the row says nothing, and at most."""
OTHERS = 20
"""Answers to other instructions that are tried on each: some forms are met by who does not heed what is asked."""


@dataclass(frozen=True)
class GeneralTask:
    """A held-out ability. `kind` is one of `KINDS`; all items are of that kind."""

    name: str
    kind: str
    items: tuple[GeneralItem, ...]
    sha256: str
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What of the file is not used, for the plan to say."""

    @property
    def chance(self) -> float:
        """Expected accuracy of a uniform guess; of instructions, what answers to other ones score; 0 for text."""
        if self.kind == "instruction":
            return _unheeded([item for item in self.items if isinstance(item, InstructionItem)])
        choices = [len(item.choices) for item in self.items if isinstance(item, ChoiceItem)]
        return sum(1 / count for count in choices) / len(choices) if choices else 0.0


def _unheeded(items: Sequence[InstructionItem]) -> float:
    """The share of right answers where each item is answered by those to the `OTHERS` that follow it in the file."""
    dealt = [
        obeys(item.checks, items[(place + step) % len(items)].answer)
        for place, item in enumerate(items)
        for step in range(1, min(len(items), OTHERS + 1))
    ]
    return sum(dealt) / len(dealt) if dealt else 0.0


def shipped_general_tasks() -> list[str]:
    """Names of the tasks that ship with the project: the embedded model's, then those in plain English (`en/world`)."""
    return [
        path.relative_to(SHIPPED).with_suffix("").as_posix()
        for path in _shipped("*.jsonl") + _shipped(f"{ENGLISH}/*.jsonl")
    ]


def _shipped(pattern: str) -> list[Path]:
    return sorted(SHIPPED.glob(pattern))


def find_general_tasks(name: str) -> list[Path]:
    """Files for a shipped task's name, or `en` for all in plain English, a JSONL file, or a directory of them (one task
    per file).

    Raises:
        UserError: there is none.
    """
    if name in shipped_general_tasks():
        return [SHIPPED / f"{name}.jsonl"]
    if name == ENGLISH:
        return _shipped(f"{ENGLISH}/*.jsonl")
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
    raise one_of(
        "--general-tasks: task",
        name,
        [*shipped_general_tasks(), ENGLISH],
        "Or give a JSONL file's or directory's path.",
    )


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
        raise UserError(f"{path}: rows of several kinds. A task file holds either choices, instructions or texts.")
    if len({item.id for item in items}) < len(items):
        raise UserError(f"{path}: the same id or the same item stands there twice. Ids must be unique.")
    kind = KINDS[kinds.pop()] if kinds else "text"
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


def text_of(item: GeneralItem) -> str:
    """With the right choice, or the answer, alone: only that would be learned."""
    if isinstance(item, InstructionItem):
        return f"{item.prompt} {item.answer}"
    if isinstance(item, TextItem):
        return item.text
    if isinstance(item, ContinuationItem):
        return f"{item.question or item.context} {item.continuation}"
    return f"{item.question or item.context} {item.choices[item.answer]}{item.after}"


def _item(fields: Fields) -> GeneralItem:
    if "sentence_good" in fields and "sentence_bad" in fields:
        pair = [fields.take("sentence_good"), fields.take("sentence_bad")]
        return _choice_item(fields, "", pair, 0, _name(fields, "pairID"), None)
    if "choices" in fields:
        context = fields.text("context") if "context" in fields else ""
        choices, answer = fields.take("choices"), fields.take("answer")
        return _choice_item(fields, context, choices, answer, _name(fields, "id"), _name(fields, "cluster"))
    if "checks" in fields:
        return _instruction_item(fields)
    if "text" in fields:
        text = fields.text("text")
        if not text.strip():
            raise UserError(f"{fields.where}: the text is empty; there is nothing to score. Remove the row.")
        item = _name(fields, "id") or content_hash(text)[:12]
        return TextItem(item, _name(fields, "cluster") or item, text)
    raise UserError(
        f"{fields.where}: the keys {fields.names()} fit no known form. Allowed: "
        '{"context", "choices", "answer"}, {"sentence_good", "sentence_bad"}, '
        '{"prompt", "checks", "answer"} or {"text"}.'
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


def _instruction_item(fields: Fields) -> InstructionItem:
    where, asked = fields.where, "prompt" if "prompt" in fields else "instruction"
    prompt, answer, limit = fields.text(asked), fields.text("answer"), fields.take("max_tokens")
    if not prompt.strip():
        raise UserError(f"{where}: the {asked} is empty; nothing is asked. Remove the row.")
    checks = checks_of(fields.take("checks"), where)
    if not obeys(checks, answer):
        broken = next((check.kind for check in checks if not obeys((check,), answer)), "any")
        raise UserError(f"{where}: the answer {shown(answer)} does not meet the check {broken!r}. Give one that does.")
    if limit is not None and (type(limit) is not int or not 1 <= limit <= MOST_TOKENS):
        raise UserError(f"{where}: max_tokens is {shown(limit)}; it must be a whole number from 1 to {MOST_TOKENS:,}.")
    item = _name(fields, "id") or content_hash(prompt)[:12]
    return InstructionItem(item, _name(fields, "cluster") or item, prompt, checks, answer, limit or DEFAULT_TOKENS)
