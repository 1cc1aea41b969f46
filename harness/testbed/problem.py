"""What an ability hands out: a question with one right answer, and the split that its problem belongs to."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Question:
    """One multiple-choice question.

    `context` never ends in a space; `right` and every one of `wrong` begin with exactly one, so that
    tokenizing context and continuation jointly or apart gives the same tokens. `problem` names what is asked
    apart from its wording: it alone decides the split. `cluster` names the template or passage that makes
    items alike.
    """

    context: str
    right: str
    wrong: tuple[str, ...]
    cluster: str
    problem: str


@dataclass(frozen=True)
class Row:
    """One training or test row of a target task; `completion` begins with one space and has no end token."""

    prompt: str
    completion: str
    cluster: str
    problem: str


def fraction(key: str) -> float:
    """A number in [0, 1) that depends on `key` alone: the same in every process and on every machine."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64


def split_of(problem: str, held: float = 0.12) -> Split:
    """The split of a problem: two thirds of the `held` share are test, one third validation."""
    place = fraction("split:" + problem)
    if place >= held:
        return "train"
    return "test" if place < held * 2 / 3 else "validation"


def draw(
    rng: random.Random,
    propose: Callable[[random.Random], Question],
    split: Split,
    held: float = 0.12,
    allowed: Callable[[Question], bool] = lambda question: True,
) -> Question:
    """The first allowed proposal whose problem lies in `split`.

    Raises:
        RuntimeError: 20,000 proposals held none; the ability's space of problems is too small.
    """
    for _ in range(20_000):
        question = propose(rng)
        if split_of(question.problem, held) == split and allowed(question):
            return question
    raise RuntimeError(f"no {split} problem in 20,000 proposals of {propose.__module__}; widen its problem space")
