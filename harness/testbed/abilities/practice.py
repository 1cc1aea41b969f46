"""Practice: documents that no item asks about, so that no form and no symbol is alien to the base.

In-context mappings, plain instructions, quoting and copying; the invented words of the target tasks
never occur.
"""

import random

from harness.testbed.invented import INVENTED_WORDS
from harness.testbed.lexicon import CONTENT_WORDS, KINDS, LETTERS, NUMBER_WORDS, pairs

NAME = "practice"
OPPOSITES = pairs(
    "wet dry  warm cold  full hungry  happy sad  clean dirty  rich poor  late early  loud quiet  big small  new old"
)
BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ('"', '"'), ("<", ">"), ("'", "'"))
MARKS = tuple("/|;:,#@&%$*+-=_~^!?\\`")


def _mapping(rng: random.Random) -> str:
    """Pairs of random words, some stated again: in-context learning in its barest form."""
    size = rng.randint(2, 5)
    words = rng.sample(CONTENT_WORDS, size * 2)
    pairs = list(zip(words[:size], words[size:], strict=True))
    shown = pairs + rng.choices(pairs, k=size)
    mark = rng.choice((" ->", " =", ":", " =>"))
    return rng.choice(("\n", " ; ")).join(f"{k}{mark} {v}" for k, v in shown)


def _examples(rng: random.Random) -> str:
    """A few examples of one rule, to be read off and continued."""
    rule = rng.choice(("kind", "opposite", "letter", "number", "twice"))
    if rule == "kind":
        kinds = rng.choices(tuple(KINDS), k=4)
        pairs = [(rng.choice(KINDS[k]), k) for k in kinds]
    elif rule == "opposite":
        pairs = [rng.choice(((a, b), (b, a))) for a, b in rng.sample(OPPOSITES, 4)]
    elif rule == "letter":
        pairs = [(LETTERS[i], LETTERS[i].lower()) for i in rng.sample(range(26), 4)]
    elif rule == "number":
        pairs = [(NUMBER_WORDS[i], str(i + 1)) for i in rng.sample(range(10), 4)]
    else:
        pairs = [(w, f"{w} {w}") for w in rng.sample(CONTENT_WORDS, 3)]
    return "\n".join(f"Input: {a}\nOutput: {b}" for a, b in pairs)


def _instruction(rng: random.Random) -> str:
    """A plain question or instruction with its answer."""
    word, other = rng.sample(CONTENT_WORDS, 2)
    a, b = rng.choice(OPPOSITES)
    kind = rng.choice(tuple(KINDS))
    times = rng.randint(2, 3)
    asked = (
        f"What is the opposite of {a}?\nAnswer: {b}",
        f"What is the opposite of {b}?\nAnswer: {a}",
        f"What kind of word is {rng.choice(KINDS[kind])}?\nAnswer: {kind}",
    )
    question = f"Question: {rng.choice(asked)}"
    said = (
        f"Say {word} {NUMBER_WORDS[times - 1]} times:" + f" {word}" * times,
        f"Say {word} and {other}: {word} {other}",
        f"Say {other} and then {word}: {other} {word}",
    )
    return f"{question}\n{rng.choice(said)}"


def _scribble(rng: random.Random) -> str:
    """A made-up word of two to five small letters; never one of a target task's."""
    for _ in range(100):
        word = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(2, 5)))
        if word not in INVENTED_WORDS:
            return word
    raise RuntimeError("100 scribbles were all invented words of a target task")


def _copy(rng: random.Random) -> str:
    """Words, scribbles, numbers, marks and brackets, said twice."""
    parts: list[str] = []
    for _ in range(rng.randint(2, 6)):
        inner = rng.choice((rng.choice(CONTENT_WORDS), _scribble(rng), str(rng.randint(0, 999))))
        left, right = rng.choice(BRACKETS)
        parts.append(rng.choice((inner, rng.choice(MARKS), f"{left}{inner}{right}", f"{left} {inner} {right}")))
    text = " ".join(parts)
    return f"Copy: {text}\nCopy: {text}"


def _quote(rng: random.Random) -> str:
    """Words between quotes, brackets or slashes: the same word with and without a space before it."""
    left, right = rng.choice(BRACKETS[:4])
    words = rng.sample(CONTENT_WORDS, rng.randint(2, 4))
    between = rng.choice((" ", ",", "; "))
    return f"Write {left}{right}: {' '.join(words)}\nDone: " + between.join(f"{left}{w}{right}" for w in words)


def document(rng: random.Random) -> str:
    """One document of a random form."""
    forms = (_mapping, _examples, _instruction, _copy, _quote)
    return rng.choices(forms, (32, 14, 18, 18, 18))[0](rng)
