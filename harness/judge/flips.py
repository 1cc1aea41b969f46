"""Which answers did a trial change? Items that went from right to wrong or back, and samples of the target's.

Pure: scores and texts per item in, plain rows out, in an order that only the tasks' files decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Literal, NamedTuple, TypeVar

from harness.judge.pairing import choices
from harness.schema.measured import GENERAL, TARGET, TEXT_COLUMNS, Measured
from harness.schema.results import Answers, Flip, Sample

Direction = Literal["right_to_wrong", "wrong_to_right"]
RIGHT_TO_WRONG: Direction = "right_to_wrong"
WRONG_TO_RIGHT: Direction = "wrong_to_right"
MOST_FLIPS: dict[Direction, int] = {RIGHT_TO_WRONG: 8, WRONG_TO_RIGHT: 4}
MOST_SAMPLES = 5
FLIPS_SHARE = 0.7
"""Of the room for a trial's rows, what flips may take; samples get the rest."""
Shown = TypeVar("Shown", bound=Answers)


class _Side(NamedTuple):
    """What one side scored and said on an item; a text is None where it was not kept."""

    score: float
    question: str | None
    expected: str | None
    answer: str | None


@dataclass(frozen=True)
class _Pair:
    """An item that both sides have."""

    item: str
    before: _Side
    after: _Side

    @property
    def known(self) -> bool:
        """Whether both answers are."""
        return self.before.answer is not None and self.after.answer is not None


def flips(one: Measured, before: Measured, room: int) -> list[Flip]:
    """Items on which the trial and its base arm disagree, right to wrong first, by turns from all tasks.

    General tasks with given answers and an exactly matched target count: elsewhere nothing is right or wrong.

    Args:
        room: bytes of JSON that the rows may take; where they are short, two that got worse stand for one that got
            better.
    """
    found = ((role, task, _both(one, before, role, task)) for role, task in _tasks(one))
    tasks = {(role, task): both for role, task, both in found if both is not None}
    worse, better = (
        _by_turns([_changed(*key, both, way, most) for key, both in tasks.items()], most)
        for way, most in MOST_FLIPS.items()
    )
    kept = _within(_by_turns([worse[0::2], worse[1::2], better], len(worse) + len(better)), room)
    places = list(tasks)
    return sorted(kept, key=lambda row: (row.direction == WRONG_TO_RIGHT, places.index((row.role, row.task))))


def samples(one: Measured, before: Measured, room: int) -> list[Sample]:
    """Test items whose answer is known from both sides: some that the trial gets right, some that it does not.

    Args:
        room: bytes of JSON that the rows may take.
    """
    score = one.record.target
    both = None if score is None else _both(one, before, TARGET, score.task)
    if score is None or both is None:
        return []
    known = [pair for pair in both if pair.known]
    right = [pair for pair in known if pair.after.answer == pair.after.expected]
    wrong = [pair for pair in known if pair.after.answer != pair.after.expected]
    rows = [_samples(score.task, pairs[:MOST_SAMPLES]) for pairs in (right, wrong)]
    places = {pair.item: place for place, pair in enumerate(known)}
    return sorted(_within(_by_turns(rows, MOST_SAMPLES), room), key=lambda row: places[row.item])


def _tasks(one: Measured) -> Iterable[tuple[str, str]]:
    """Roles and names of the tasks whose items are either right or wrong."""
    target = one.record.target
    if target is not None and target.metric == "exact_match":
        yield TARGET, target.task
    yield from ((GENERAL, task) for task in choices(one))


def _both(one: Measured, before: Measured, role: str, task: str) -> list[_Pair] | None:
    """The items that both sides have, in the order of the task's file; None where a side was not scored on it."""
    own, start = _side(one, role, task), _side(before, role, task)
    if own is None or start is None:
        return None
    return [_Pair(item, start[item], after) for item, after in own.items() if item in start]


def _side(one: Measured, role: str, task: str) -> dict[str, _Side] | None:
    """By item. Lists, and no table of both sides: this is done for every task of every trial, and tables are slow."""
    table = one.table(role, task)
    if table is None:
        return None
    texts = ([text if isinstance(text, str) else None for text in table.get(name, ())] for name in TEXT_COLUMNS)
    columns = [table["score"].tolist(), *(column or [None] * len(table) for column in texts)]
    return {str(item): _Side(*row) for item, *row in zip(table.index, *columns, strict=True)}


def _answers(task: str, pair: _Pair) -> Answers:
    """What was asked of both; the base arm's question, since prompting puts examples before its own."""
    return Answers(
        task=task,
        item=pair.item,
        question=pair.before.question or pair.after.question,
        expected=pair.after.expected,
        before=pair.before.answer,
        after=pair.after.answer,
    )


def _changed(role: str, task: str, both: Sequence[_Pair], direction: Direction, most: int) -> list[Flip]:
    """The first of the task's items that went this way, those with both answers known before others."""
    worse = direction == RIGHT_TO_WRONG
    ways = ((pair, pair.before.score, pair.after.score) for pair in both)
    found = [pair for pair, before, after in ways if (after < before if worse else after > before)]
    first = sorted(found, key=lambda pair: not pair.known)[:most]
    return [Flip(role=role, **dict(_answers(task, pair)), direction=direction) for pair in first]


def _samples(task: str, both: Sequence[_Pair]) -> list[Sample]:
    return [
        Sample(**dict(_answers(task, pair)), score_before=pair.before.score, score_after=pair.after.score)
        for pair in both
    ]


def _by_turns(groups: Sequence[Sequence[Shown]], most: int) -> list[Shown]:
    """The first of every group, then the second of every group, and so on."""
    turns = chain.from_iterable(zip_longest(*groups))
    return [row for row in turns if row is not None][:most]


def _within(rows: Sequence[Shown], room: int) -> list[Shown]:
    """The rows from the first on, without those that no longer fit into `room` bytes of JSON."""
    kept = []
    for row in rows:
        indents = 5 * len(type(row).model_fields)  # deeper in the file, every line is indented further
        size = len(row.model_dump_json(indent=1, ensure_ascii=True)) + indents
        if size <= room:
            kept.append(row)
            room -= size
    return kept
