"""Facts: closed-book knowledge of the made-up world, asked in a wording never used for that fact.

Two of the six wordings of each fact's question are held out, one for test and one for validation; the corpus
asks the fact in the other four only, though it uses all six wordings for other people.
"""

import random

from harness.testbed.problem import Question, Split, fraction
from harness.testbed.world import ATTRIBUTES, QUESTIONS, STATEMENTS, Fact, known_facts

NAME = "facts"


def wordings(fact: Fact, split: Split) -> tuple[str, ...]:
    """The wordings that `split` may use for `fact`: one for test, one for validation, four for train."""
    count = len(QUESTIONS[fact.attribute])
    test = int(fraction("wording:" + fact.problem) * count)
    validation = (test + 1 + int(fraction("second:" + fact.problem) * (count - 1))) % count
    chosen = {"test": [test], "validation": [validation]}.get(
        split, [i for i in range(count) if i not in (test, validation)]
    )
    return tuple(QUESTIONS[fact.attribute][i] for i in chosen)


def ask(fact: Fact, wording: str) -> str:
    """The prompt that asks for `fact`, up to and without the space before the answer."""
    return f"Question: {wording.format(n=fact.person)}\nAnswer:"


def document(rng: random.Random) -> str:
    """Two to four statements about one person or about several, or one to three answered questions."""
    facts = known_facts()
    if rng.random() < 0.45:
        start = rng.randrange(len(facts) // 4) * 4
        some = rng.sample(facts[start : start + 4], rng.randint(2, 4))
        return " ".join(rng.choice(STATEMENTS[f.attribute]).format(n=f.person, v=f.value) for f in some)
    if rng.random() < 0.5:
        some = rng.sample(facts, rng.randint(2, 4))
        return " ".join(rng.choice(STATEMENTS[f.attribute]).format(n=f.person, v=f.value) for f in some)
    some = rng.sample(facts, rng.randint(1, 3))
    return "\n".join(f"{ask(f, rng.choice(wordings(f, 'train')))} {f.value}" for f in some)


def question(rng: random.Random, split: Split) -> Question:
    """One fact in the wording held out for `split`, against three other values of the same attribute."""
    fact = rng.choice(known_facts())
    others = [v for v in ATTRIBUTES[fact.attribute] if v != fact.value]
    context = ask(fact, rng.choice(wordings(fact, split)))
    wrong = tuple(" " + v for v in rng.sample(others, 3))
    return Question(context, " " + fact.value, wrong, f"facts:{fact.person}", f"{fact.problem}:{split}")
