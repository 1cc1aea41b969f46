"""Reads training examples and evaluation items from JSONL, one clear message per wrong line."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UserError

ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Example:
    """Something to learn: a prompt with its completion, or a conversation.

    Exactly one form is filled: `prompt` and `completion`, or `messages` as (role, content) pairs of which
    the last is the assistant's.
    """

    id: str
    cluster: str
    prompt: str = ""
    completion: str = ""
    messages: tuple[tuple[str, str], ...] = ()

    @property
    def question(self) -> str:
        """All but the answer, as one text: what decides the split and what must not leak."""
        if not self.messages:
            return self.prompt
        return "\n".join(f"{role}: {content}" for role, content in self.messages[:-1])

    @property
    def answer(self) -> str:
        return self.messages[-1][1] if self.messages else self.completion


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields `file, line n` and the object on each non-empty line of a JSONL file.

    Raises:
        UserError: the file is missing, empty, not UTF-8, or a line is not a JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # not splitlines: JSON texts may hold U+2028
    except FileNotFoundError:
        raise UserError(f"The file {str(path)!r} does not exist. Give the path of a JSONL file.") from None
    except IsADirectoryError:
        raise UserError(f"{str(path)!r} is a directory. Give the path of a JSONL file.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 (byte {error.start}). Save the file as UTF-8.") from None
    found = False
    for number, line in enumerate(lines, 1):
        if line.strip():
            found = True
            where = f"{path}, line {number}"
            yield where, _parse(line, where)
    if not found:
        raise UserError(f"{path}: the file is empty. It needs one JSON object per line.")


def _parse(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UserError(f"{where}: not valid JSON ({error.msg} at column {error.colno}).") from None
    if not isinstance(row, dict):
        raise UserError(f"{where}: a JSON object is needed, not {type(row).__name__}.")
    return row


def example_from_row(row: dict[str, Any], where: str) -> Example:
    """A row `{"prompt", "completion"}` or `{"messages": [{"role", "content"}, ...]}`, optional `id`, `cluster`.

    Raises:
        UserError: neither form, or a value of the wrong type.
    """
    if "messages" in row:
        messages = _messages(row["messages"], where)
        key = json.dumps(messages)
        return Example(*_identity(row, key, where), messages=messages)
    if "prompt" in row and "completion" in row:
        prompt, completion = (_text(row[name], name, where) for name in ("prompt", "completion"))
        if not completion.strip():
            raise UserError(f"{where}: the completion is empty; there is nothing to learn. Remove the line.")
        return Example(*_identity(row, prompt + "\0" + completion, where), prompt=prompt, completion=completion)
    raise UserError(
        f"{where}: the keys {', '.join(sorted(map(str, row))) or '(none)'} fit no known format. "
        'Allowed: {"prompt", "completion"} or {"messages": [{"role", "content"}, ...]}.'
    )


def _identity(row: dict[str, Any], content: str, where: str) -> tuple[str, str]:
    default = content_hash(content)[:12]
    item = _text(row.get("id", default), "id", where)
    return item, _text(row.get("cluster", item), "cluster", where)


def _messages(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not value:
        raise UserError(f"{where}: `messages` must be a list that is not empty.")
    messages = []
    for number, message in enumerate(value, 1):
        if not isinstance(message, dict) or not {"role", "content"} <= set(message):
            raise UserError(f"{where}: message {number} needs the keys role and content.")
        if message["role"] not in ROLES:
            raise UserError(f"{where}: message {number} has the role {message['role']!r}. Allowed: {', '.join(ROLES)}.")
        messages.append((message["role"], _text(message["content"], "content", where)))
    if messages[-1][0] != "assistant":
        raise UserError(f"{where}: the last message must be the assistant's, not the {messages[-1][0]}'s.")
    if not messages[-1][1].strip():
        raise UserError(f"{where}: the assistant's last message is empty; there is nothing to learn. Remove the line.")
    if len(messages) < 2:
        raise UserError(f"{where}: a conversation needs something before the assistant's answer.")
    return tuple(messages)


def _text(value: Any, name: str, where: str) -> str:
    if not isinstance(value, str):
        raise UserError(f"{where}: {name} must be a text, not {type(value).__name__}.")
    return value


def content_hash(text: str) -> str:
    """sha256 (hex) of the text, blind to case and white space, so that trivial copies count as the same."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()
