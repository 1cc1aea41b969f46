"""How messages and reports count things."""


def counted(number: int, what: str, one: str = "", more: str = "") -> str:
    """`1 trial`, `2,500 trials`; with a verb for one and for more also `1 gate was`, `2 gates were`.

    Args:
        what: the noun in singular, which takes an s.
    """
    noun, verb = (what, one) if number == 1 else (f"{what}s", more)
    return f"{number:,} {noun} {verb}".rstrip()
