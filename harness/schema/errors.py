"""Errors that are the user's to mend: one message, no traceback, exit code 4."""

import re

LONGEST_MESSAGE = 2000


class UserError(Exception):
    """Wrong input. The message names the thing, its value, what is allowed and what to do, on one line.

    What the user gave stands in it, so it is tamed here: a line break, a control character or half of a character can
    neither break the line nor drive the terminal, and nothing is shown for pages.
    """

    def __init__(self, message: str) -> None:
        super().__init__(_on_one_line(message))


class UnwritableError(UserError):
    """What the run makes cannot be kept: a full disk, a lost right. Nothing that comes later could be kept either."""


class ListingError(UserError):
    """What was asked for in place of a run: `--methods help`. It has as many lines as it needs."""

    def __init__(self, text: str) -> None:
        Exception.__init__(self, text)


def _on_one_line(text: str) -> str:
    broken = re.sub(r"\s*[\r\n]+\s*", " ", text)
    line = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in broken)
    half = LONGEST_MESSAGE // 2
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:half]} ... {line[-half:]}"


LONGEST_SHOWN = 100


def shown(value: object) -> str:
    """A value as a message shows it: as Python writes it, cut where it goes on and on."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, a table in a table in a table
        text = f"(a value too large to show, {type(value).__name__})"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def one_of(what: str, value: object, allowed: list[str], hint: str = "") -> UserError:
    """The error for a name that is not among the allowed ones."""
    import difflib

    near = difflib.get_close_matches(str(value), allowed, n=1) if isinstance(value, str) else []
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return UserError(
        f"{what} {shown(value)} is not known.{guess} Allowed: {', '.join(allowed)}.{' ' + hint if hint else ''}"
    )
