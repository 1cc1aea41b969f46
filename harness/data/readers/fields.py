"""Which keys of a row are used, and which are named as ignored? And what may a value be?"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.schema.errors import UserError, shown
from harness.schema.wording import kind_of

LONGEST_ID = 1000
"""Letters of an id or a cluster: they stand in every table of scores."""
MOST_NAMED = 20
LAST_PLACE = re.compile(r",? (?:line|row) \d+$")


class Fields:
    """An object of a row: what is read of it is taken key by key, and what nobody took is ignored, by name.

    Attributes:
        where: file and line, for messages.
        path: how keys are called in messages and notes, `messages.` before those of a message; empty for the row's own.
    """

    def __init__(self, values: Mapping[str, Any], where: str, path: str = "") -> None:
        self.where, self.path = where, path
        self._values = values
        self._taken: set[str] = set()
        self._beneath: list[Fields] = []
        self._said: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def names(self) -> str:
        """All keys, for a message."""
        return key_names(self._values)

    def has(self, key: str) -> bool:
        """Whether something stands under the key: tables fill up with nothing."""
        return not is_nothing(self._values.get(key))

    def keys_of(self, kind: type) -> list[str]:
        """The keys whose values are of the kind."""
        return [key for key, value in self._values.items() if isinstance(value, kind)]

    def take(self, key: str) -> Any:
        """The value, or None."""
        self._taken.add(key)
        return self._values.get(key)

    def text(self, key: str) -> str:
        """The text under the key.

        Raises:
            UserError: there is none, or something else.
        """
        return a_text(self.take(key), key, self.where)

    def name(self, key: str) -> str | None:
        """An id or a cluster; None where it is missing or empty. A whole number counts as its text: CSV knows no other.

        Raises:
            UserError: it is something else, or goes on and on.
        """
        value = self.take(key)
        if value is None or value == "":
            return None
        if type(value) not in (str, int):
            kind = kind_of(value)
            raise UserError(f"{self.where}: {key} must be a text or a whole number, not {kind}.")
        text = a_text(str(value), key, self.where)
        if len(text) > LONGEST_ID:
            raise UserError(f"{self.where}: {key} has {len(text):,} letters; {LONGEST_ID:,} at most are allowed.")
        return text

    def beneath(self, values: Mapping[str, Any], key: str) -> "Fields":
        """The keys of an object within this one."""
        inner = Fields(values, self.where, f"{self.path}{key}.")
        self._beneath.append(inner)
        return inner

    def ignore(self, what: str) -> None:
        """Names something that is no key, and that nothing uses."""
        self._said.append(what)

    def ignored(self) -> Iterator[str]:
        """What holds something and was not taken, here and beneath."""
        for key, value in self._values.items():
            if key not in self._taken and not is_nothing(value):
                yield self.path + key_name(key)
        yield from self._said
        for inner in self._beneath:
            yield from inner.ignored()


class Ignored:
    """What no row's reading used, said once for each file and split."""

    def __init__(self) -> None:
        self._rows: dict[str, Counter[str]] = {}

    def add(self, fields: Fields) -> None:
        self._rows.setdefault(LAST_PLACE.sub("", fields.where), Counter()).update(set(fields.ignored()))

    def lines(self) -> tuple[str, ...]:
        """One for each file: `train.jsonl: ignored: source, tags (500 rows)`."""
        return tuple(f"{file}: ignored: {_counted(rows)}" for file, rows in self._rows.items() if rows)


def _counted(rows: Counter[str]) -> str:
    """Keys that as many rows have stand together, the most frequent first."""
    by_count: dict[int, list[str]] = {}
    named = sorted(rows, key=lambda key: (-rows[key], key))
    for key in named[:MOST_NAMED]:
        by_count.setdefault(rows[key], []).append(key)
    parts = [f"{', '.join(keys)} ({count:,} row{'s' * (count > 1)})" for count, keys in by_count.items()]
    more = [f"and {len(named) - MOST_NAMED} other keys"] if len(named) > MOST_NAMED else []
    return "; ".join(parts + more)


def is_nothing(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def key_name(key: str) -> str:
    """As it is where that can be printed and told from the words around it."""
    plain = key.isprintable() and key == key.strip() and 0 < len(key) <= 60
    return key if plain else shown(key)


def key_names(row: Iterable[str]) -> str:
    """The keys of a row, for a message."""
    names = sorted(map(key_name, row))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return (", ".join(names[:MOST_NAMED]) or "(none)") + more


def a_text(value: Any, name: str, where: str) -> str:
    """The value, where it is a text of whole characters.

    Raises:
        UserError: it is none.
    """
    if not isinstance(value, str):
        raise UserError(f"{where}: {name} must be a text, not {kind_of(value)}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UserError(f"{where}: {name} holds half of a surrogate pair (\\ud800 to \\udfff), no character.") from None
    return value


def not_empty(text: str, what: str, where: str) -> str:
    """The text, where it holds something.

    Raises:
        UserError: it is empty or blank.
    """
    if not text.strip():
        raise UserError(f"{where}: {what} is empty; there is nothing to learn. Remove the row.")
    return text
