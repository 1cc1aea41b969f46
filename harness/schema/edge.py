"""The edge of the program: what an operating system or a parser raises about the world outside, as one message.

Files, options and models come from users. Whatever is wrong with them ends as a `UserError` that names the thing,
says why, and what to do; code on the inside need not think of it again.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.schema.errors import UnwritableError, UserError

LONGEST_REASON = 300
LONGEST_NAME = 255
"""Bytes of one part of a path, on every file system in use."""


@contextmanager
def reading(where: str, kind: str = "", way_out: str = "", also: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Reads something of a user's: what the system or a parser raises within is a message about it.

    Args:
        where: what messages call the thing: a file's path, with the line where there is one.
        kind: what it should hold, such as `TOML`.
        way_out: what to do about it, a sentence or several.
        also: what the parser raises beyond Python's own kinds.

    Raises:
        UserError: it cannot be read, or does not hold what it should.
    """
    caught: tuple[type[Exception], ...] = (*also, OSError, ValueError, RecursionError, OverflowError, MemoryError)
    try:
        yield
    except UserError:
        raise
    except caught as error:
        cannot = "cannot be read" if isinstance(error, OSError | MemoryError) or not kind else f"not valid {kind}"
        raise UserError(f"{where}: {cannot} ({reason(error)}). {way_out}".rstrip()) from None


@contextmanager
def writing(where: str, way_out: str) -> Iterator[None]:
    """Writes something for a user: a full disk, a lost right or a vanished directory is a message about it.

    Raises:
        UnwritableError: it could not be written.
    """
    try:
        yield
    except OSError as error:
        raise UnwritableError(f"{where}: could not be written ({reason(error)}). {way_out}") from None


def reason(error: BaseException) -> str:
    """Why, on one line, in words for a user."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, MemoryError):
        return "more than fits into memory"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if "integer string conversion" in str(error):
        return f"a number of more than {sys.get_int_max_str_digits():,} digits"
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}..."


def usable_path(text: str) -> str:
    """The text as it is, where it could name a file or directory.

    Raises:
        ValueError: it is empty, holds what no path can, or a part longer than file systems take; worded for the end of
            a message that begins with what it is.
    """
    if not text.strip():
        raise ValueError(" is empty. Give a path, or leave it out.")
    if "\0" in text:
        raise ValueError(f": {text[:100]!r} holds a NUL character, which no path can.")
    try:
        longest = max(len(part.encode()) for part in text.split("/"))
    except UnicodeEncodeError:
        raise ValueError(f": {text[:100]!r} is not UTF-8. Rename the file, or give another.") from None
    if longest > LONGEST_NAME:
        raise ValueError(
            f": a name in {text[:60]!r}... has {longest:,} bytes; file systems take {LONGEST_NAME}. Give a shorter one."
        )
    return text
