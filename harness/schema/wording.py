"""How messages and reports count things, and name kinds of values."""

KINDS: dict[type, str] = {
    type(None): "null",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "a text",
    bytes: "bytes",
    list: "a list",
    dict: "an object",
}


def kind_of(value: object) -> str:
    """What a value of a file is, in the words of JSON."""
    return KINDS.get(type(value), type(value).__name__)


def counted(number: int, what: str, one: str = "", more: str = "") -> str:
    """`1 trial`, `2,500 trials`; with a verb for one and for more also `1 gate was`, `2 gates were`.

    Args:
        what: the noun in singular, which takes an s.
    """
    noun, verb = (what, one) if number == 1 else (f"{what}s", more)
    return f"{number:,} {noun} {verb}".rstrip()
