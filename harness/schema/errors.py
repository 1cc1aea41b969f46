"""Errors that are the user's to mend: one message, no traceback, exit code 4."""


class UserError(Exception):
    """Wrong input. The message names the thing, its value, what is allowed and what to do."""


def one_of(what: str, value: object, allowed: list[str], hint: str = "") -> UserError:
    """The error for a name that is not among the allowed ones."""
    import difflib

    near = difflib.get_close_matches(str(value), allowed, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return UserError(
        f"{what} {value!r} is not known.{guess} Allowed: {', '.join(allowed)}.{' ' + hint if hint else ''}"
    )
