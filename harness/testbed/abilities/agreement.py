"""Agreement: the number of a verb or a reflexive, across attractors, relative clauses and embedded clauses.

Verbs inside relative clauses stand in the past tense, so that they give the subject's number away nowhere.
"""

import random
from dataclasses import dataclass

from harness.testbed.lexicon import pairs
from harness.testbed.problem import Question, Split, draw

NAME = "agreement"
NOUNS = pairs(
    "dog dogs  cat cats  boy boys  girl girls  farmer farmers  baker bakers  pilot pilots  doctor doctors  "
    "horse horses  king kings  child children  man men  woman women  mouse mice"
)
VERBS = pairs(
    "runs run  sleeps sleep  sings sing  waits wait  jumps jump  falls fall  smiles smile  is are  was were  has have"
)
PAST = ("saw", "met", "knew", "heard", "liked")
NEAR = ("near", "behind", "beside", "with")
REFLEXIVES = {"boy": "himself", "king": "himself", "man": "himself", "girl": "herself", "woman": "herself"}


@dataclass(frozen=True)
class Frame:
    """A sentence up to its verb: `s` the subject, `a b c` attractors, `p q` past verbs, `x y` places."""

    name: str
    text: str
    weight: int


FRAMES = (
    Frame("plain", "The {s}", 6),
    Frame("place", "The {s} {x} the {a}", 14),
    Frame("two-places", "The {s} {x} the {a} {y} the {b}", 12),
    Frame("subject-relative", "The {s} that {p} the {a}", 12),
    Frame("object-relative", "The {s} that the {a} {p}", 12),
    Frame("relative-place", "The {s} that {p} the {a} {x} the {b}", 9),
    Frame("place-relative", "The {s} {x} the {a} that {p} the {b}", 9),
    Frame("centre", "The {s} that the {a} {x} the {b} {p}", 9),
    Frame("said", "The {a} said that the {s} {x} the {b}", 9),
    Frame("deep", "The {s} that the {a} that {q} the {b} {p}", 7),
    Frame("one-of", "One of the {m} {x} the {a}", 6),
    Frame("every", "Every {o} {x} the {a}", 5),
    Frame("both", "The {o} and the {t} {x} the {a}", 6),
    Frame("three", "The {s} {x} the {a} that {p} the {b} {y} the {c}", 4),
)


def _reflexive(noun: tuple[str, str], plural: int) -> tuple[str, str]:
    single = REFLEXIVES[noun[0]]
    return (" themselves", f" {single}") if plural else (f" {single}", " themselves")


def propose(rng: random.Random) -> Question:
    """One sentence up to its verb (or reflexive), with the right and the wrong number."""
    frame = rng.choices(FRAMES, [f.weight for f in FRAMES])[0]
    subject, a, b, c = rng.sample(NOUNS, 4)
    plural = rng.randrange(2)
    # Attractors mostly carry the other number: that is what makes agreement a test and not a bigram.
    numbers = [1 - plural if rng.random() < 0.7 else plural for _ in range(3)]
    text = frame.text.format(
        s=subject[plural],
        **{name: noun[number] for name, noun, number in zip("abc", (a, b, c), numbers, strict=True)},
        o=subject[0],
        t=c[0],
        m=subject[1],
        p=rng.choice(PAST),
        q=rng.choice(PAST),
        x=rng.choice(NEAR),
        y=rng.choice(NEAR),
    )
    fixed = {"one-of": 0, "every": 0, "both": 1}
    plural = fixed.get(frame.name, plural)
    cluster = f"agreement:{frame.name}:{subject[0]}"
    if subject[0] in REFLEXIVES and frame.name not in fixed and rng.random() < 0.5:
        text = f"{text} {rng.choice(('hurt', 'helped', 'washed'))}"
        right, wrong = _reflexive(subject, plural)
    else:
        text += rng.choice(("", "", " always", " never"))
        verb = rng.choice(VERBS)
        right, wrong = f" {verb[plural]}", f" {verb[1 - plural]}"
    return Question(text, right, (wrong,), cluster, f"{NAME}:{text}")


def document(rng: random.Random) -> str:
    """One to four sentences, each with its verb in the right number."""
    said = [draw(rng, propose, "train") for _ in range(rng.randint(1, 4))]
    return " ".join(f"{q.context}{q.right}{rng.choice(('.', ' again.', ' today.'))}" for q in said)


def question(rng: random.Random, split: Split) -> Question:
    """One sentence whose words the corpus never combines; plain subjects are never asked."""
    return draw(rng, propose, split, allowed=lambda asked: not asked.cluster.startswith("agreement:plain"))
