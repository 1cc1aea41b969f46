"""The made-up world: people with invented names and four attributes each, drawn once from a fixed seed."""

import random
from dataclasses import dataclass
from functools import cache

from harness.testbed.lexicon import ANIMALS, FOODS, JOBS, TOWNS, words

ATTRIBUTES: dict[str, tuple[str, ...]] = {"town": TOWNS, "job": JOBS, "pet": ANIMALS, "food": FOODS}

STATEMENTS: dict[str, tuple[str, ...]] = {
    "town": ("{n} lives in {v}.", "The home of {n} is in {v}.", "{n} has a house in {v}.", "The town of {n} is {v}."),
    "job": ("{n} works as a {v}.", "{n} is a {v}.", "The job of {n} is {v}.", "{n} earns money as a {v}."),
    "pet": ("{n} has a pet {v}.", "The pet of {n} is a {v}.", "{n} keeps a {v} at home.", "At home {n} has a {v}."),
    "food": ("{n} likes {v} best.", "The favourite food of {n} is {v}.", "{n} eats {v} every day.", "{n} loves {v}."),
}


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(text.split(" | "))


QUESTIONS = {
    "town": _phrases(
        "Where does {n} live? | In which town does {n} live? | Where is the home of {n}? | Which town is {n} from? | "
        "What is the town of {n}? | In which town is the house of {n}?"
    ),
    "job": _phrases(
        "What does {n} work as? | What is the job of {n}? | Which job does {n} have? | What work does {n} do? | "
        "How does {n} earn money? | As what does {n} work?"
    ),
    "pet": _phrases(
        "Which pet does {n} have? | What is the pet of {n}? | What animal does {n} keep? | "
        "Which animal lives with {n}? | What animal is the pet of {n}? | What does {n} keep at home?"
    ),
    "food": _phrases(
        "What does {n} like best? | What is the favourite food of {n}? | Which food does {n} love? | "
        "What does {n} eat every day? | Which food is the favourite of {n}? | What food does {n} like?"
    ),
}
_FIRST = words("Ba Do Fi Ga Hu Ja Ke Lo Mi Na Po Ru Si Ta Vo We")
_LAST = words("bin dra fel gor kan lim mos nel per rik sul tam vin wen zar lo")
KNOWN_PEOPLE = 120
NEW_PEOPLE, TAUGHT_PEOPLE = 125, 50


@dataclass(frozen=True)
class Fact:
    """One attribute of one person; its `problem` key holds no wording."""

    person: str
    attribute: str
    value: str

    @property
    def problem(self) -> str:
        return f"fact:{self.person}:{self.attribute}"


@cache
def _people() -> tuple[tuple[str, ...], dict[str, tuple[str, str, str, str]]]:
    rng = random.Random("world-1")
    names = [first + last for first in _FIRST for last in _LAST]
    rng.shuffle(names)
    kept = tuple(names[: KNOWN_PEOPLE + NEW_PEOPLE])
    values = {n: (rng.choice(TOWNS), rng.choice(JOBS), rng.choice(ANIMALS), rng.choice(FOODS)) for n in kept}
    return kept, values


def _facts(names: tuple[str, ...]) -> tuple[Fact, ...]:
    values = _people()[1]
    return tuple(Fact(n, a, v) for n in names for a, v in zip(ATTRIBUTES, values[n], strict=True))


@cache
def known_facts() -> tuple[Fact, ...]:
    """The facts that the corpus states: 120 people x 4 attributes."""
    return _facts(_people()[0][:KNOWN_PEOPLE])


@cache
def new_facts() -> tuple[Fact, ...]:
    """The facts of the target task: 50 other people x 4 attributes, none of whom the corpus names.

    As many as 100 steps can teach: of those of 125 people, most methods learned little more than how often which answer
    is right.
    """
    return _facts(_people()[0][KNOWN_PEOPLE : KNOWN_PEOPLE + TAUGHT_PEOPLE])
