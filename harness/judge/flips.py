"""Which answers did a trial change? Items that went from right to wrong or back, and samples of the target's.

Pure: scores and texts per item in, plain rows out, in an order that only the tasks' files decide.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Literal, TypeVar

import pandas as pd

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
    known = both[both["known"]]
    right = known["answer_after"] == known["expected_after"]
    rows = [_samples(score.task, known[chosen].head(MOST_SAMPLES)) for chosen in (right, ~right)]
    order = list(known.index)
    return sorted(_within(_by_turns(rows, MOST_SAMPLES), room), key=lambda row: order.index(row.item))


def _tasks(one: Measured) -> Iterable[tuple[str, str]]:
    """Roles and names of the tasks whose items are either right or wrong."""
    target = one.record.target
    if target is not None and target.metric == "exact_match":
        yield TARGET, target.task
    yield from ((GENERAL, task) for task in choices(one))


def _both(one: Measured, before: Measured, role: str, task: str) -> pd.DataFrame | None:
    """The items that both sides have, in the order of the task's file: `score_before`, ..., `answer_after`, `known`."""
    sides = [side.table(role, task) for side in (one, before)]
    own, start = (None if side is None else side.reindex(columns=["score", *TEXT_COLUMNS]) for side in sides)
    if own is None or start is None:
        return None
    both = own.add_suffix("_after").join(start.add_suffix("_before"), how="inner")
    return both.assign(known=both[["answer_before", "answer_after"]].notna().all(axis=1))


def _answers(task: str, both: pd.DataFrame) -> list[Answers]:
    """What was asked of both; the base arm's question, since prompting puts examples before its own."""
    texts = both.astype(object).where(both.notna(), None)
    return [
        Answers(
            task=task,
            item=str(item),
            question=row["question_before"] or row["question_after"],
            expected=row["expected_after"],
            before=row["answer_before"],
            after=row["answer_after"],
        )
        for item, row in texts.iterrows()
    ]


def _changed(role: str, task: str, both: pd.DataFrame, direction: Direction, most: int) -> list[Flip]:
    """The first of the task's items that went this way, those with both answers known before others."""
    change = both["score_after"] - both["score_before"]
    found = both[change < 0 if direction == RIGHT_TO_WRONG else change > 0]
    first = found.sort_values("known", ascending=False, kind="stable").head(most)
    return [Flip(role=role, **dict(row), direction=direction) for row in _answers(task, first)]


def _samples(task: str, both: pd.DataFrame) -> list[Sample]:
    rows = zip(_answers(task, both), both["score_before"], both["score_after"], strict=True)
    return [Sample(**dict(row), score_before=before, score_after=after) for row, before, after in rows]


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
