"""Reading: a question about one of a passage's random associations; every choice occurs in the passage."""

import random
from dataclasses import dataclass

from harness.testbed.lexicon import ANIMALS, COLORS, FOODS, JOBS, NAMES, OBJECTS, PLACES, TOWNS
from harness.testbed.problem import Question, Split, split_of

NAME = "reading"
HELD = 0.1


@dataclass(frozen=True)
class Relation:
    """How a pair (k, v) is stated, and how each of its sides is asked for given the other."""

    name: str
    keys: tuple[str, ...]
    values: tuple[str, ...]
    statement: str
    ask_value: str
    ask_key: str


RELATIONS = (
    Relation("has", NAMES, OBJECTS, "{k} has the {v}.", "What does {k} have?", "Who has the {v}?"),
    Relation("eats", NAMES, FOODS, "{k} eats {v}.", "What does {k} eat?", "Who eats {v}?"),
    Relation("place", OBJECTS, PLACES, "The {k} is in the {v}.", "Where is the {k}?", "What is in the {v}?"),
    Relation("color", OBJECTS, COLORS, "The {k} is {v}.", "What color is the {k}?", "What is {v}?"),
    Relation("went", NAMES, PLACES, "{k} went to the {v}.", "Where did {k} go?", "Who went to the {v}?"),
    Relation("saw", NAMES, ANIMALS, "{k} saw a {v}.", "What did {k} see?", "Who saw a {v}?"),
    Relation("work", NAMES, JOBS, "{k} is a {v} now.", "What is {k} now?", "Who is a {v} now?"),
    Relation("moved", NAMES, TOWNS, "{k} moved to {v}.", "Where did {k} move?", "Who moved to {v}?"),
)


@dataclass(frozen=True)
class Passage:
    """A relation and the pairs that the passage states, in order."""

    relation: Relation
    pairs: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return " ".join(self.relation.statement.format(k=k, v=v) for k, v in self.pairs)


def passage(rng: random.Random, size: int) -> Passage:
    """`size` random pairs of one random relation; no key and no value occurs twice."""
    relation = rng.choice(RELATIONS)
    keys, values = rng.sample(relation.keys, size), rng.sample(relation.values, size)
    return Passage(relation, tuple(zip(keys, values, strict=True)))


def _drawn(rng: random.Random, size: int, split: Split) -> Passage:
    for _ in range(2000):
        proposed = passage(rng, size)
        if split_of(f"{NAME}:{proposed.text}", HELD) == split:
            return proposed
    raise RuntimeError(f"no {split} passage in 2,000 proposals")


def _asked(text: str, answer: str) -> str:
    return f"Question: {text}\nAnswer: {answer}"


def _answered(rng: random.Random, told: Passage, pair: tuple[str, str]) -> str:
    k, v = pair
    if rng.random() < 0.5:
        return _asked(told.relation.ask_value.format(k=k), v)
    return _asked(told.relation.ask_key.format(v=v), k)


def document(rng: random.Random) -> str:
    """A passage with several answered questions; a quarter are short passages or mere restatements.

    Many questions to one passage give many gradient signals per token: looking back is learned late
    otherwise.
    """
    easy = rng.random() < 0.25
    told = _drawn(rng, rng.randint(2, 3) if easy else rng.randint(3, 5), "train")
    pairs = rng.sample(told.pairs, rng.randint(2, len(told.pairs)))
    if easy and rng.random() < 0.5:
        again = " ".join(told.relation.statement.format(k=k, v=v) for k, v in pairs)
        return f"{told.text} Again: {again}"
    return "\n".join([told.text, *(_answered(rng, told, p) for p in pairs)])


def question(rng: random.Random, split: Split) -> Question:
    """A passage of four or five pairs that the corpus never states, and one question about it."""
    told = _drawn(rng, rng.randint(4, 5), split)
    chosen = rng.randrange(len(told.pairs))
    side = rng.randrange(2)  # which side of the pair is the answer
    k, v = told.pairs[chosen]
    asked = told.relation.ask_value.format(k=k) if side else told.relation.ask_key.format(v=v)
    others = [pair[side] for i, pair in enumerate(told.pairs) if i != chosen]
    context = f"{told.text}\nQuestion: {asked}\nAnswer:"
    wrong = tuple(f" {w}" for w in rng.sample(others, 3))
    return Question(context, f" {(k, v)[side]}", wrong, f"reading:{told.text}", f"{NAME}:{told.text}")
