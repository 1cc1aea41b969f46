"""Arithmetic told in words: small sums and differences, doubles, halves, counting, comparing. Four answers."""

import random
from collections.abc import Callable

from harness.testbed.english.groups import Group, group

NAME = "sums"
_ROUNDS = 5
"""Groups of each kind."""
_DRAWS = 2_000

# fmt: off
_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)
# fmt: on
_NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Frank", "Grace", "Henry", "Julia", "Kevin", "Laura", "Mark")
_THINGS = ("apples", "coins", "books", "eggs", "pencils", "stamps", "tickets", "shells", "balls", "cards")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# fmt: off
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)
# fmt: on

Asked = tuple[str, str]


def _word(number: int) -> str:
    return _NUMBERS[number]


def _plus(rng: random.Random) -> list[Asked]:
    second = rng.randint(1, 5)
    return [(f"What is {n} plus {second}? {n} plus {second} is", str(n + second)) for n in _four(rng, 1, 12)]


def _minus(rng: random.Random) -> list[Asked]:
    second = rng.randint(1, 5)
    return [(f"What is {n + second} minus {second}? {n + second} minus {second} is", str(n)) for n in _four(rng, 1, 12)]


def _more(rng: random.Random) -> list[Asked]:
    name, things, more = rng.choice(_NAMES), rng.choice(_THINGS), rng.randint(1, 3)
    told = f"{name} had {{0}} {things} and bought {more} more. How many are there now? Together {{0}} plus {more} is"
    return [(told.format(n), str(n + more)) for n in _four(rng, 2, 9)]


def _left(rng: random.Random) -> list[Asked]:
    name, things, fewer = rng.choice(_NAMES), rng.choice(_THINGS), rng.randint(1, 3)
    told = f"{name} had {{0}} {things} and lost {fewer}. How many are left? {{0}} minus {fewer} is"
    return [(told.format(n + fewer), str(n)) for n in _four(rng, 2, 9)]


def _twice(rng: random.Random) -> list[Asked]:
    told = rng.choice(("What is 2 times {0}? 2 times {0} is", "What is twice {0}? Twice {0} is", "{0} plus {0} is"))
    return [(told.format(n), str(2 * n)) for n in _four(rng, 1, 10)]


def _half(rng: random.Random) -> list[Asked]:
    told = rng.choice(
        ("What is half of {0}? Half of {0} is", "{0} people in two equal groups: each has half of {0}, that is")
    )
    return [(told.format(2 * n), str(n)) for n in _four(rng, 1, 20)]


def _next(rng: random.Random) -> list[Asked]:
    told = rng.choice(("Count: {}, {},", "The children counted: {}, {},", "After {} and {} comes"))
    return [(told.format(_word(n - 2), _word(n - 1)), _word(n)) for n in _four(rng, 3, 20)]


def _back(rng: random.Random) -> list[Asked]:
    told = rng.choice(("Count down: {}, {},", "They counted down from {}: {},", "Going down, after {} and {} comes"))
    return [(told.format(_word(n + 2), _word(n + 1)), _word(n)) for n in _four(rng, 1, 18)]


def _steps(rng: random.Random) -> list[Asked]:
    step = rng.randint(2, 4)
    told = f"In steps of {_word(step)}: {{}}, {{}},"
    return [(told.format(_word(n - 2 * step), _word(n - step)), _word(n)) for n in _four(rng, 2 * step, 20)]


def _ages(rng: random.Random) -> list[Asked]:
    ages, names = sorted(_four(rng, 2, 19)), rng.sample(_NAMES, 4)
    told = [f"{name} is {_word(age)} years old" for name, age in zip(names, ages, strict=True)]
    rng.shuffle(told)
    before = f"{', '.join(told[:3])}, and {told[3]}."
    asked = ("The youngest is", f"The one who is {_word(ages[1])} is", f"The one who is {_word(ages[2])} is")
    return [(f"{before} {one}", name) for one, name in zip((*asked, "The oldest is"), names, strict=True)]


_TOMORROW = (
    "The day after {} is",
    "If today is {}, then tomorrow is",
    "Yesterday was {}, so today is",
    "He comes one day later than {}: on",
    "The day that follows {} is",
)
_LAST_MONTH = (
    "The month right before {} is",
    "If this month is {}, then last month was",
    "Next month is {}, so this month is",
)


def _after(rng: random.Random) -> list[Asked]:
    told = rng.choice(_TOMORROW)
    return [(told.format(_DAYS[at - 1]), _DAYS[at]) for at in rng.sample(range(len(_DAYS)), 4)]


def _before(rng: random.Random) -> list[Asked]:
    told = rng.choice(_LAST_MONTH)
    return [(told.format(_MONTHS[(at + 1) % 12]), _MONTHS[at]) for at in rng.sample(range(len(_MONTHS)), 4)]


_KINDS: dict[str, Callable[[random.Random], list[Asked]]] = {
    "plus": _plus,
    "minus": _minus,
    "more": _more,
    "left": _left,
    "twice": _twice,
    "half": _half,
    "next": _next,
    "back": _back,
    "steps": _steps,
    "ages": _ages,
    "after": _after,
    "before": _before,
}


def groups() -> list[Group]:
    """Some groups of every kind, none twice."""
    return [one for kind, asks in _KINDS.items() for one in _of_kind(kind, asks, random.Random(f"{NAME}-{kind}"))]


def _of_kind(kind: str, asks: Callable[[random.Random], list[Asked]], rng: random.Random) -> list[Group]:
    """Groups that share no question.

    Raises:
        RuntimeError: the kind has too few questions for that.
    """
    found: list[list[Asked]] = []
    for _ in range(_DRAWS):
        drawn = asks(rng)
        if not {context for context, _ in drawn} & {context for one in found for context, _ in one}:
            found.append(drawn)
        if len(found) == _ROUNDS:
            return [group(f"{kind} {number}", asked) for number, asked in enumerate(found, 1)]
    raise RuntimeError(f"{_DRAWS} draws of {kind} hold fewer than {_ROUNDS} groups without a common question")


def _four(rng: random.Random, least: int, most: int) -> list[int]:
    """Four different numbers, both ends included."""
    return rng.sample(range(least, most + 1), 4)
