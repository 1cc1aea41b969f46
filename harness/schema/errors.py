"""Errors that are the user's to mend: one message, no traceback, exit code 4."""


class UserError(Exception):
    """Wrong input. The message names the thing, its value, what is allowed and what to do."""


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
