"""Arithmetic: sums, differences, products and three-term sums of numbers below one hundred.

Distractors have as many digits as the answer, so that no end token is needed to tell 4 from 47.
"""

import random

from harness.testbed.problem import Question, Split, draw

NAME = "arithmetic"


def _near(rng: random.Random, answer: int) -> tuple[str, ...]:
    """Three wrong answers with the digits' count of the right one: slips of a digit, a carry or a place."""
    low, high = (0, 9) if answer < 10 else (10, 99) if answer < 100 else (100, 999)
    slips = [answer + d for d in (-20, -11, -10, -9, -3, -2, -1, 1, 2, 3, 9, 10, 11, 20)]
    allowed = [n for n in slips if low <= n <= high]
    return tuple(f" {n}" for n in rng.sample(allowed, 3))


def propose(rng: random.Random) -> Question:
    """One problem of any split; half of them in symbols, half in words."""
    kind = rng.choices(("add", "subtract", "times", "chain"), (36, 34, 12, 18))[0]
    a, b, c = rng.randint(10, 99), rng.randint(10, 99), rng.randint(1, 9)
    if kind == "add":
        answer, symbols, words = a + b, f"{a} + {b}", f"{a} plus {b}"
    elif kind == "subtract":
        a, b = max(a, b), min(a, b)
        answer, symbols, words = a - b, f"{a} - {b}", f"{a} minus {b}"
    elif kind == "times":
        b = rng.randint(2, 9)
        answer, symbols, words = a * b, f"{a} * {b}", f"{a} times {b}"
    else:
        a, b = rng.randint(10, 60), rng.randint(2, 30)
        answer, symbols, words = a + b - c, f"{a} + {b} - {c}", f"{a} plus {b} minus {c}"
    context = f"Solve: {symbols} =" if rng.random() < 0.6 else f"Question: What is {words}?\nAnswer:"
    return Question(context, f" {answer}", _near(rng, answer), f"arithmetic:{kind}:{a // 10}", f"{NAME}:{symbols}")


def document(rng: random.Random) -> str:
    """One to four solved problems, a line each."""
    solved = [draw(rng, propose, "train") for _ in range(rng.randint(1, 4))]
    return "\n".join(q.context + q.right for q in solved)


def question(rng: random.Random, split: Split) -> Question:
    """One problem whose operands the corpus never combines."""
    return draw(rng, propose, split)
