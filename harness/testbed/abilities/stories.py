"""Stories: short chains of cause and effect; the ending has two choices and both are plausible words.

Half of the stories tell two people's fates, or one fate that turns, so that the last cause seen does not
decide.
"""

import random

from harness.testbed.lexicon import ANIMALS, FOODS, NAMES, OBJECTS, PLACES
from harness.testbed.problem import Question, Split, draw, split_of

NAME = "stories"
# Ending: the causes that lead to it. Endings come in opposite pairs.
CAUSES: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("wet", "dry"): (
        ("fell into the river", "stood in the rain", "washed the {a} with water"),
        ("stayed under the roof", "sat in the sun all day", "hid from the rain in the {p}"),
    ),
    ("warm", "cold"): (
        ("sat by the fire", "put on a thick coat", "slept beside the {a} in the hay"),
        ("lost a coat in the snow", "slept on the ice", "stood in the wind by the {p}"),
    ),
    ("full", "hungry"): (
        ("ate all the {f}", "had a big meal of {f}", "found {f} in the {p} and ate it"),
        ("had no {f} to eat", "gave the {f} to the {a}", "did not eat all day"),
    ),
    ("happy", "sad"): (
        ("found the lost {o}", "won a new {o}", "got a letter from a friend"),
        ("lost the {o} in the {p}", "broke the {o}", "could not find the {a}"),
    ),
    ("clean", "dirty"): (
        ("took a bath", "washed with soap", "swept the {p} and took a bath"),
        ("fell into the mud", "dug in the {p} all day", "played with the {a} in the mud"),
    ),
    ("rich", "poor"): (
        ("sold the {o} for much gold", "found gold in the {p}", "won much money"),
        ("lost all the money", "paid too much for the {o}", "gave all the gold away"),
    ),
    ("safe", "hurt"): (
        ("ran away from the {a}", "locked the door of the {p}", "did not touch the fire"),
        ("fell from the roof of the {p}", "stepped on the sharp {o}", "was bitten by the {a}"),
    ),
    ("late", "early"): (
        ("missed the train", "slept too long in the {p}", "went back for the {o}"),
        ("took the first train", "left home before the others", "ran all the way to the {p}"),
    ),
    ("tired", "awake"): (
        ("worked all night in the {p}", "carried the {o} up the hill", "ran after the {a} all day"),
        ("slept well in the {p}", "had a long nap", "rested all day with the {a}"),
    ),
    ("loud", "quiet"): (
        ("beat the drum in the {p}", "shouted at the {a}", "rang the big bell"),
        ("read a book in the {p}", "did not want to wake the {a}", "hid the {o} and said nothing"),
    ),
}
SEASON = "It was a day in"
LEADS = ("In the end {n} was", "At night {n} was", "So {n} was", "After that {n} was")


def _fill(rng: random.Random, cause: str) -> str:
    return cause.format(a=rng.choice(ANIMALS), f=rng.choice(FOODS), o=rng.choice(OBJECTS), p=rng.choice(PLACES))


def _fate(rng: random.Random) -> Question:
    """One person, two people of opposite fates, or one whose fate turns."""
    pair = rng.choice(tuple(CAUSES))
    end = rng.randrange(2)
    name, other = rng.sample(NAMES, 2)
    cause = _fill(rng, rng.choice(CAUSES[pair][end]))
    against = _fill(rng, rng.choice(CAUSES[pair][1 - end]))
    form = rng.choices(("one", "two", "turn"), (25, 50, 25))[0]
    told = {
        "one": [f"{name} {cause}."],
        "turn": [f"First {name} {against}.", f"Then {name} {cause}."],
        "two": [f"{name} {cause}.", f"{other} {against}."],
    }[form]
    if form == "two" and rng.random() < 0.5:
        told.reverse()
    if rng.random() < 0.3:
        told.insert(0, f"{SEASON} {rng.choice(('spring', 'summer', 'winter'))}.")
    text = " ".join([*told, rng.choice(LEADS).format(n=name)])
    return Question(text, f" {pair[end]}", (f" {pair[1 - end]}",), f"stories:{form}:{pair[end]}", f"{NAME}:{text}")


def _whereabouts(rng: random.Random) -> Question:
    """A thing changes hands, and is where its holder goes."""
    giver, taker = rng.sample(NAMES, 2)
    thing, (here, there) = rng.choice(OBJECTS), rng.sample(PLACES, 2)
    gives = rng.random() < 0.5
    deed = f"{giver} gave the {thing} to {taker}." if gives else f"{giver} kept the {thing}."
    goes = [f"{giver} went to the {here}.", f"{taker} went to the {there}."]
    if rng.random() < 0.5:
        goes.reverse()
    text = f"{giver} had a {thing}. {deed} {goes[0]} {goes[1]} The {thing} was in the"
    right, wrong = (there, here) if gives else (here, there)
    return Question(text, f" {right}", (f" {wrong}",), f"stories:where:{thing}", f"{NAME}:{text}")


def _owner(rng: random.Random) -> Question:
    """Who holds a thing after one deed."""
    a, b = rng.sample(NAMES, 2)
    thing, place = rng.choice(OBJECTS), rng.choice(PLACES)
    deed, right = rng.choice(
        (
            (f"{a} lost a {thing} in the {place} and {b} found it.", b),
            (f"{a} sold a {thing} to {b} in the {place}.", b),
            (f"{a} took a {thing} from {b} in the {place}.", a),
            (f"{a} showed a {thing} to {b} in the {place}.", a),
            (f"{a} got a {thing} from {b} in the {place}.", a),
        )
    )
    text = f"{deed} Now the {thing} was with"
    return Question(text, f" {right}", (f" {b if right == a else a}",), f"stories:owner:{thing}", f"{NAME}:{text}")


KINDS = (_fate, _whereabouts, _owner)
WEIGHTS = (64, 20, 16)


def propose(rng: random.Random) -> Question:
    """One story of any split."""
    return rng.choices(KINDS, WEIGHTS)[0](rng)


def document(rng: random.Random) -> str:
    """One or two stories with their endings."""
    told = [draw(rng, propose, "train") for _ in range(rng.randint(1, 2))]
    return "\n".join(f"{q.context}{q.right}." for q in told)


def _told_nowhere_else(question: Question) -> bool:
    """Whether no longer story can end in this one, and this one is no told story with a season before it."""
    if not question.cluster.startswith(("stories:one", "stories:two", "stories:turn")):
        return True
    season, _, rest = question.context.partition(". ")
    seasonal = season.startswith(SEASON)
    return seasonal and "stories:one" not in question.cluster and split_of(f"{NAME}:{rest}") != "train"


def question(rng: random.Random, split: Split) -> Question:
    """One story whose details the corpus never combines, not even at the end of a longer story."""
    return draw(rng, rng.choices(KINDS, WEIGHTS)[0], split, allowed=_told_nowhere_else)
