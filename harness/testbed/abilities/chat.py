"""Chat: instructions and multi-turn recall in the chat format, special tokens written out.

Recall tells what the user said of himself from what he said of somebody else, and of several things.
"""

import random

from harness.testbed.lexicon import ANIMALS, COLORS, FOODS, JOBS, KINDS, NAMES, TOWNS
from harness.testbed.problem import Question, Split, draw

NAME = "chat"
SYSTEMS = ("You are a kind helper.", "You give short answers.", "You are a helper.")
REPLIES = ("Good.", "I see.", "Thank you.", "That is nice.")
# What is said of oneself, of a friend, and how either is asked for.
TOPICS: dict[str, tuple[tuple[str, ...], str, str, str, str]] = {
    "pet": (ANIMALS, "I have a {v}.", "{n} has a {v}.", "What animal do I have?", "What animal does {n} have?"),
    "food": (FOODS, "I like {v}.", "{n} likes {v}.", "What food do I like?", "What food does {n} like?"),
    "town": (TOWNS, "I live in {v}.", "{n} lives in {v}.", "Where do I live?", "Where does {n} live?"),
    "color": (COLORS, "I love {v}.", "{n} loves {v}.", "What color do I love?", "What color does {n} love?"),
    "job": (JOBS, "I am a {v}.", "{n} is a {v}.", "What is my job?", "What is the job of {n}?"),
}


def turn(role: str, content: str) -> str:
    """One message as the chat template writes it."""
    return f"<|{role}|> {content}<|end|>"


def _opening(rng: random.Random) -> str:
    return turn("system", rng.choice(SYSTEMS)) if rng.random() < 0.3 else ""


def _recall(rng: random.Random) -> Question:
    """The user speaks of himself and of a friend, in one or two turns, and asks for one of the two."""
    topic = rng.choice(tuple(TOPICS))
    values, mine, theirs, ask_mine, ask_theirs = TOPICS[topic]
    friend = rng.choice(NAMES)
    own, other, *rest = rng.sample(values, 4)
    told = [mine.format(v=own), theirs.format(n=friend, v=other)]
    rng.shuffle(told)
    of_self = rng.random() < 0.5
    asked = ask_mine if of_self else ask_theirs.format(n=friend)
    if rng.random() < 0.3:
        said = turn("user", told[0]) + turn("assistant", rng.choice(REPLIES)) + turn("user", f"{told[1]} {asked}")
    elif rng.random() < 0.6:
        said = turn("user", " ".join(told)) + turn("assistant", rng.choice(REPLIES)) + turn("user", asked)
    else:
        said = turn("user", " ".join([*told, asked]))
    context = f"{_opening(rng)}{said}<|assistant|>"
    right, near = (own, other) if of_self else (other, own)
    wrong = tuple(f" {w}" for w in (near, *rest))
    return Question(context, f" {right}", wrong, f"chat:recall:{topic}:{right}", f"{NAME}:{said}")


def _pick(rng: random.Random) -> Question:
    """A word picked from four by its place, or by its kind."""
    if rng.random() < 0.5:
        words = rng.sample(rng.choice((ANIMALS, FOODS, COLORS)), 4)
        place = rng.randrange(4)
        asked = f"Say the {('first', 'second', 'third', 'last')[place]} word: {' '.join(words)}"
        right, kind = words[place], str(place)
    else:
        kinds = rng.sample(tuple(KINDS), 4)
        words = [rng.choice(KINDS[k]) for k in kinds]
        right, kind = words[0], kinds[0]
        rng.shuffle(words)
        asked = f"Which one is a {kind}: {' '.join(words)}?"
    context = f"{_opening(rng)}{turn('user', asked)}<|assistant|>"
    wrong = tuple(f" {w}" for w in words if w != right)
    return Question(context, f" {right}", wrong, f"chat:pick:{kind}:{right}", f"{NAME}:{asked}")


def propose(rng: random.Random) -> Question:
    """One conversation of any split."""
    return rng.choices((_recall, _pick), (60, 40))[0](rng)


def document(rng: random.Random) -> str:
    """One conversation, or two instructions of one after the other."""
    first = draw(rng, propose, "train")
    text = f"{first.context}{first.right}<|end|>"
    if rng.random() < 0.4:
        second = draw(rng, _pick, "train")
        text += f"{second.context.removeprefix(_system_of(second.context))}{second.right}<|end|>"
    return text


def _system_of(context: str) -> str:
    """The system message at the head of `context`, or nothing: a later turn has none."""
    return context[: context.index("<|end|>") + len("<|end|>")] if context.startswith("<|system|>") else ""


def question(rng: random.Random, split: Split) -> Question:
    """One conversation whose words the corpus never combines."""
    return draw(rng, propose, split)
