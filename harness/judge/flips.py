"""Which answers did a trial change? Items that went from right to wrong or back, and samples of the target's.

Pure: scores and texts per item in, plain rows out, in an order that only the tasks' files decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Literal, NamedTuple, TypeVar

import pandas as pd

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


class Answered(NamedTuple):
    """The items of one task as one side answered them; texts are None where none were kept."""

    scores: list[float]
    questions: list[str | None]
    expected: list[str | None]
    answers: list[str | None]


@dataclass(frozen=True)
class Pairs:
    """The items of one task in the order of its file: the trial's, and the base arm's of the same items."""

    role: str
    task: str
    items: list[str]
    after: Answered
    before: Answered

    def row(self, at: int) -> Answers:
        """What was asked of both; the base arm's question, since prompting puts examples before its own."""
        return Answers(
            task=self.task,
            item=self.items[at],
            question=self.before.questions[at] or self.after.questions[at],
            expected=self.after.expected[at],
            before=self.before.answers[at],
            after=self.after.answers[at],
        )

    def known(self, at: int) -> bool:
        """Whether both answers are."""
        return self.after.answers[at] is not None and self.before.answers[at] is not None


def flips(one: Measured, before: Measured, room: int) -> list[Flip]:
    """Items on which the trial and its base arm disagree, right to wrong first, by turns from all tasks.

    General tasks with given answers and an exactly matched target count: elsewhere nothing is right or wrong.

    Args:
        room: bytes of JSON that the rows may take; where they are short, two that got worse stand for one that got
            better.
    """
    tasks = [pairs for role, task in _tasks(one) if (pairs := _pairs(one, before, role, task)) is not None]
    worse, better = (
        _by_turns([_changed(pairs, direction, most) for pairs in tasks], most) for direction, most in MOST_FLIPS.items()
    )
    kept = _within(_by_turns([worse[0::2], worse[1::2], better], len(worse) + len(better)), room)
    places = {(pairs.role, pairs.task): place for place, pairs in enumerate(tasks)}
    return sorted(kept, key=lambda row: (row.direction == WRONG_TO_RIGHT, places[row.role, row.task]))


def samples(one: Measured, before: Measured, room: int) -> list[Sample]:
    """Test items whose answer is known from both sides: some that the trial gets right, some that it does not.

    Args:
        room: bytes of JSON that the rows may take.
    """
    score = one.record.target
    pairs = None if score is None else _pairs(one, before, TARGET, score.task)
    if pairs is None:
        return []
    known = [at for at in range(len(pairs.items)) if pairs.known(at)]
    right = [at for at in known if pairs.after.answers[at] == pairs.after.expected[at]]
    wrong = sorted(set(known) - set(right))
    rows = [[_sample(pairs, at) for at in places[:MOST_SAMPLES]] for places in (right, wrong)]
    order = {pairs.items[at]: at for at in known}
    return sorted(_within(_by_turns(rows, MOST_SAMPLES), room), key=lambda row: order[row.item])


def _tasks(one: Measured) -> Iterable[tuple[str, str]]:
    """Roles and names of the tasks whose items are either right or wrong."""
    target = one.record.target
    if target is not None and target.metric == "exact_match":
        yield TARGET, target.task
    yield from ((GENERAL, score.task) for score in one.record.general if score.kind == "choice")


def _pairs(one: Measured, before: Measured, role: str, task: str) -> Pairs | None:
    own, start = one.table(role, task), before.table(role, task)
    if own is None or start is None:
        return None
    if not own.index.equals(start.index):
        shared = own.index.intersection(start.index, sort=False)
        own, start = own.loc[shared], start.loc[shared]
    return Pairs(role, task, own.index.tolist(), _answered(own), _answered(start))


def _answered(table: pd.DataFrame) -> Answered:
    nothing: list[str | None] = [None] * len(table)
    return Answered(table["score"].tolist(), *(list(table.get(name, nothing)) for name in TEXT_COLUMNS))


def _changed(pairs: Pairs, direction: Direction, most: int) -> list[Flip]:
    """The first of the task's items that went this way, those with both answers known before others."""
    sign = -1 if direction == RIGHT_TO_WRONG else 1
    scores = zip(pairs.after.scores, pairs.before.scores, strict=True)
    found = [at for at, (after, before) in enumerate(scores) if (after - before) * sign > 0]
    found.sort(key=lambda at: not pairs.known(at))
    return [Flip(role=pairs.role, **dict(pairs.row(at)), direction=direction) for at in found[:most]]


def _sample(pairs: Pairs, at: int) -> Sample:
    return Sample(**dict(pairs.row(at)), score_before=pairs.before.scores[at], score_after=pairs.after.scores[at])


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
