"""Sequences: counting, the alphabet, days and months, repetition and reversal; the next element out of four.

A problem is a start and a rule, however many elements are shown: else a longer sequence would give a
held-out one away.
"""

import random

from harness.testbed.lexicon import COLORS, CONTENT_WORDS, DAYS, LETTERS, MONTHS
from harness.testbed.problem import Question, Split, draw

NAME = "sequences"
HELD = 0.2  # some kinds have few problems: hold a fifth of them out


def _count(rng: random.Random) -> Question:
    step = rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 11, 12)) * rng.choice((1, 1, -1))
    shown = rng.randint(3, 4)
    start = rng.randint(1, 99)
    terms = [start + step * i for i in range(shown + 1)]
    if min(terms) < 0 or max(terms) > 99:
        start = 50 - step * 2
        terms = [start + step * i for i in range(shown + 1)]
    right = terms[-1]
    low, high = (0, 9) if right < 10 else (10, 99)
    wrong = rng.sample([right + d for d in (-10, -4, -3, -2, -1, 1, 2, 3, 4, 10) if low <= right + d <= high], 3)
    text = "Count: " + " ".join(map(str, terms[:-1]))
    return Question(
        text, f" {right}", tuple(f" {w}" for w in wrong), f"sequences:count:{step}", f"{NAME}:count:{start}:{step}"
    )


def _order(rng: random.Random) -> Question:
    """Letters, days or months in steps of one to three, forwards or backwards, around the end."""
    label, ring = rng.choices((("Letters", LETTERS), ("Days", DAYS), ("Months", MONTHS)), (50, 20, 30))[0]
    step = rng.choice((1, 1, 2, 3)) * rng.choice((1, 1, -1))
    shown, start = rng.randint(2 if abs(step) == 1 else 3, 4), rng.randrange(len(ring))
    terms = [ring[(start + step * i) % len(ring)] for i in range(shown + 1)]
    right = terms[-1]
    text = f"{label} by {step}: " + " ".join(terms[:-1])
    near = [ring[(start + step * shown + d) % len(ring)] for d in (-3, -2, -1, 1, 2, 3)]
    wrong = rng.sample(sorted({w for w in near if w != right}), 3)
    return Question(
        text, f" {right}", tuple(f" {w}" for w in wrong), f"sequences:{label}:{step}", f"{NAME}:{label}:{start}:{step}"
    )


def _repeat(rng: random.Random) -> Question:
    """A pattern of two to four words, stated once in full and cut off in its second or third round."""
    size = rng.randint(2, 4)
    words = rng.sample(CONTENT_WORDS, 4)
    shown = size + rng.randint(1, size + 1)
    text = "Repeat: " + " ".join(words[i % size] for i in range(shown))
    right = words[shown % size]
    wrong = [w for w in words if w != right]
    return Question(
        text, f" {right}", tuple(f" {w}" for w in wrong), f"sequences:repeat:{size}", f"{NAME}:{words[:size]}"
    )


def _reverse(rng: random.Random) -> Question:
    """A list of four words and its beginning backwards."""
    words = rng.sample(rng.choice((CONTENT_WORDS, COLORS, LETTERS)), 4)
    said = rng.randint(1, 3)
    text = "Reverse: " + " ".join(words) + " /" + "".join(f" {w}" for w in words[::-1][:said])
    right = words[3 - said]
    wrong = [w for w in words if w != right]
    return Question(text, f" {right}", tuple(f" {w}" for w in wrong), f"sequences:reverse:{said}", f"{NAME}:{words}")


def propose(rng: random.Random) -> Question:
    """One sequence of any split."""
    return rng.choices((_count, _order, _repeat, _reverse), (34, 24, 20, 22))[0](rng)


def document(rng: random.Random) -> str:
    """One to four sequences, each with its next element."""
    shown = [draw(rng, propose, "train", HELD) for _ in range(rng.randint(1, 4))]
    return "\n".join(q.context + q.right for q in shown)


def question(rng: random.Random, split: Split) -> Question:
    """One sequence whose frame and start the corpus never shows."""
    return draw(rng, propose, split, HELD)
