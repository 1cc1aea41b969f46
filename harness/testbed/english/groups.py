"""Groups: questions that share their answers, each of which is right once. So who sees only answers can but guess."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.data.tasks.general import ChoiceItem


@dataclass(frozen=True)
class Group:
    """Contexts, each with its answer; the answers of all are the choices of every one.

    A context never ends in a blank and an answer begins with exactly one, so that tokenizing both jointly or apart
    gives the same tokens. `cluster` names the material; several groups may share it.
    """

    cluster: str
    asked: tuple[tuple[str, str], ...]


def group(cluster: str, asked: Iterable[tuple[str, str]]) -> Group:
    """A group of contexts and answers as they are written, without the answers' blanks."""
    return Group(cluster, tuple((context, f" {answer}") for context, answer in asked))


def table(sentence: str, rows: str, cluster: str) -> list[Group]:
    """A group per row of `key: answer; key: answer; ...`, asked by a sentence with a place `{}` for the key."""
    found = []
    for number, row in enumerate(rows.strip().splitlines(), 1):
        pairs = [cell.split(": ") for cell in row.strip().rstrip(";").split("; ")]
        found.append(group(f"{cluster} {number}", [(_begun(sentence.format(key)), answer) for key, answer in pairs]))
    return found


def tables(named: Mapping[str, tuple[str, str]]) -> list[Group]:
    """The groups of several tables, by the name of each: its sentence and its rows."""
    return [one for name, (sentence, rows) in named.items() for one in table(sentence, rows, name)]


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def placed(name: str, groups: Iterable[Group], rng: random.Random) -> list[ChoiceItem]:
    """The items of all groups, in groups: within each, every position is right once.

    Groups come in a random order, so that the first items of a task are a fair sample of it.
    """
    shuffled, items = list(groups), list[ChoiceItem]()
    rng.shuffle(shuffled)
    for one in shuffled:
        first = rng.randrange(len(one.asked))
        for at, (context, answer) in enumerate(rng.sample(one.asked, len(one.asked))):
            others = [other for _, other in one.asked if other != answer]
            place = (first + at) % len(one.asked)
            choices = rng.sample(others, len(others))
            choices.insert(place, answer)
            items.append(ChoiceItem(f"{name}-{len(items) + 1:04d}", one.cluster, context, tuple(choices), place))
    return items
