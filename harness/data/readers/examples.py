"""What does a row mean? Recognises its format from its keys, and makes an example of it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from harness.schema.errors import UserError

ROLES = ("system", "user", "assistant")

FORMATS: dict[str, str] = {
    "instruction": '{"prompt", "completion"}',
    "chat": '{"messages": [{"role", "content"}, ...]} or {"user", "assistant"}, with "system" where there is one',
    "pretrain": '{"text"} or {"input"} alone',
}
"""Objectives that data can have, and the keys that a row of each needs. `id` and `cluster` may stand in any."""

PLAIN = ("text", "input")
BESIDE = {"id", "cluster"}


@dataclass(frozen=True)
class Example:
    """Something to learn: a prompt with its completion, a conversation, or a plain text.

    Exactly one form is filled: `prompt` and `completion`, or `messages` as (role, content) pairs of which
    the last is the assistant's. A plain text is a completion without a prompt.
    """

    id: str
    cluster: str
    prompt: str = ""
    completion: str = ""
    messages: tuple[tuple[str, str], ...] = ()
    where: str = field(default="", compare=False)
    """File and line, for messages; no part of what the example is."""

    @property
    def question(self) -> str:
        """All but the answer, as one text: what decides the split and what must not leak."""
        if not self.messages:
            return self.prompt
        return "\n".join(f"{role}: {content}" for role, content in self.messages[:-1])

    @property
    def answer(self) -> str:
        return self.messages[-1][1] if self.messages else self.completion

    @property
    def text(self) -> str:
        """Question and answer as one text."""
        return f"{self.question} {self.answer}"

    @property
    def place(self) -> str:
        """How a message names the example: by file and line, or by its id where it was in no file."""
        return self.where or f"Example {self.id!r}"


def format_of(row: dict[str, Any], where: str) -> str:
    """Which of `FORMATS` the row's keys are.

    Raises:
        UserError: none of them.
    """
    if "messages" in row:
        return "chat"
    if "prompt" in row and "completion" in row:
        return "instruction"
    if "user" in row and "assistant" in row:
        return "chat"
    if len(row.keys() - BESIDE) == 1 and any(name in row for name in PLAIN):
        return "pretrain"
    plain = next((name for name in PLAIN if name in row), None)
    hint = f" To train on `{plain}` and leave the rest out, say --objective pretrain." if plain else ""
    raise UserError(
        f"{where}: the keys {_keys(row)} fit no known format. Allowed: {'; '.join(FORMATS.values())}.{hint}"
    )


def examples_from_rows(
    rows: Iterable[tuple[str, dict[str, Any]]], objective: str | None = None
) -> tuple[str, list[Example]]:
    """The format of all rows, and their examples in order.

    Args:
        rows: place and object of each; at least one.
        objective: the format as stated; recognised from the first row where None.

    Raises:
        UserError: a row fits no format, not the stated one, or another than the first row.
    """
    examples: list[Example] = []
    found = objective
    for where, row in rows:
        own = objective or format_of(row, where)
        found = found or own
        if own != found:
            raise UserError(
                f"{where}: the keys {_keys(row)} are of the format {own}, but {examples[0].where} is of the format "
                f"{found}. Use one format in all rows."
            )
        examples.append(example_from_row(row, where, own))
    if found is None:
        raise ValueError("no rows")
    return found, examples


def example_from_row(row: dict[str, Any], where: str, objective: str | None = None) -> Example:
    """A row in one of `FORMATS`, with optional `id` and `cluster`.

    Args:
        objective: the format as stated; recognised from the row's keys where None. Keys that it does not
            need are left out.

    Raises:
        UserError: the format does not fit the row, or a value is of the wrong type or empty.
    """
    kind = objective or format_of(row, where)
    if kind == "instruction" and "prompt" in row and "completion" in row:
        prompt, completion = (_text(row[name], name, where) for name in ("prompt", "completion"))
        _not_empty(completion, "the completion", where)
        return Example(*_identity(row, prompt + "\0" + completion, where), prompt, completion, where=where)
    if kind == "chat" and ("messages" in row or ("user" in row and "assistant" in row)):
        messages = _messages(row["messages"], where) if "messages" in row else _exchange(row, where)
        return Example(*_identity(row, json.dumps(messages), where), messages=messages, where=where)
    if kind == "pretrain" and (name := next((name for name in PLAIN if name in row), None)):
        text = _text(row[name], name, where)
        _not_empty(text, f"the {name}", where)
        return Example(*_identity(row, "\0" + text, where), completion=text, where=where)
    raise UserError(
        f"{where}: the stated objective, {kind}, does not fit. "
        f"The row has the keys {_keys(row)}; it needs {FORMATS[kind]}."
    )


def _keys(row: dict[str, Any]) -> str:
    return ", ".join(sorted(map(str, row))) or "(none)"


def _identity(row: dict[str, Any], content: str, where: str) -> tuple[str, str]:
    item = _name(row, "id", where) or content_hash(content)[:12]
    return item, _name(row, "cluster", where) or item


def _name(row: dict[str, Any], key: str, where: str) -> str | None:
    """A whole number counts as its text: CSV knows no other, and tables often number their rows."""
    value = row.get(key)
    if value is None or value == "":
        return None
    return str(value) if type(value) is int else _text(value, key, where)


def _exchange(row: dict[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    """`{"user", "assistant"}` as a conversation; a `system` that is missing or empty (as in tables) is none."""
    roles = [role for role in ROLES if role != "system" or row.get("system")]
    messages = tuple((role, _text(row[role], role, where)) for role in roles)
    _not_empty(messages[-1][1], "the assistant's answer", where)
    return messages


def _messages(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not value:
        raise UserError(f"{where}: `messages` must be a list that is not empty.")
    messages = []
    for number, message in enumerate(value, 1):
        if not isinstance(message, dict) or not {"role", "content"} <= set(message):
            raise UserError(f"{where}: message {number} needs the keys role and content.")
        role = message["role"]
        if role not in ROLES:
            raise UserError(f"{where}: message {number} has the role {role!r}. Allowed: {', '.join(ROLES)}.")
        content = _text(message["content"], "content", where)
        if role == "assistant":
            _not_empty(content, f"message {number}, the assistant's,", where)
        messages.append((role, content))
    if messages[-1][0] != "assistant":
        raise UserError(f"{where}: the last message must be the assistant's, not the {messages[-1][0]}'s.")
    if len(messages) < 2:
        raise UserError(f"{where}: a conversation needs something before the assistant's answer.")
    return tuple(messages)


def _text(value: Any, name: str, where: str) -> str:
    if not isinstance(value, str):
        raise UserError(f"{where}: {name} must be a text, not {type(value).__name__}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UserError(f"{where}: {name} holds half of a surrogate pair (\\ud800 to \\udfff), no character.") from None
    return value


def _not_empty(text: str, what: str, where: str) -> None:
    if not text.strip():
        raise UserError(f"{where}: {what} is empty; there is nothing to learn. Remove the row.")


def content_hash(text: str) -> str:
    """sha256 (hex) of the text, blind to case and white space, so that trivial copies count as the same."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()
