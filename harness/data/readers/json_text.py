"""What does a text of JSON hold? Its value, in which no object says the same key twice."""

import json
from typing import Any

from harness.data.readers.fields import key_name
from harness.schema.edge import reading
from harness.schema.errors import UserError


class SeveralValuesError(UserError):
    """More than one JSON value in a text."""


class Twice(dict[str, Any]):
    """An object that says a key twice: all of its values but the last are lost."""

    key: str


def parsed(text: str, where: str, one_line: bool = False) -> Any:
    """The value.

    Args:
        one_line: whether the text is a line, which `where` names.

    Raises:
        UserError: it is not JSON, holds what Python cannot, or an object says a key twice.
    """
    twice: list[Twice] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        return found if len(found) == len(pairs) else _told(twice, pairs)

    with reading(where, "JSON"):
        try:
            value = json.loads(text, object_pairs_hook=keep)
        except json.JSONDecodeError as error:
            kind = SeveralValuesError if error.msg == "Extra data" else UserError
            place = where if one_line else f"{where}, line {error.lineno}"
            raise kind(f"{place}: not valid JSON ({error.msg} at column {error.colno}).") from None
        if twice:
            place = where if one_line else _row_of(value, where)
            key = key_name(twice[0].key)
            raise UserError(f"{place}: the key {key} stands twice in an object, and one value would be lost. Keep one.")
    return value


def _told(twice: list[Twice], pairs: list[tuple[str, Any]]) -> Twice:
    keys = [key for key, _ in pairs]
    found = Twice(pairs)
    found.key = next(key for at, key in enumerate(keys) if key in keys[:at])
    twice.append(found)
    return found


def _row_of(value: Any, where: str) -> str:
    """The first row that holds an object with a key twice."""
    lists = [value] if isinstance(value, list) else [one for one in value.values() if isinstance(one, list)]
    numbers = (number for rows in lists for number, row in enumerate(rows, 1) if _holds_twice(row))
    number = next(numbers, None)
    return where if number is None else f"{where}, row {number}"


def _holds_twice(value: Any) -> bool:
    if isinstance(value, Twice):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_twice, inner))
