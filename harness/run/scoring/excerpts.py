"""What of an item stands beside its score, for people to read: its question, the right answer, the model's own."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from harness.data.readers.examples import Example
from harness.data.tasks.general import ChoiceItem, ContinuationItem, InstructionItem

CHARACTERS = 300
"""Of a text that is kept at most; the ellipsis that stands for the rest is one of them."""


class Excerpts(NamedTuple):
    """Parts of one item's texts; None where one is not known, or there is none."""

    question: str | None = None
    expected: str | None = None
    answer: str | None = None


def beginning(text: str) -> str:
    """The first `CHARACTERS` of a text, without white space around it."""
    text = text.strip()
    return text if len(text) <= CHARACTERS else text[: CHARACTERS - 1] + "…"


def ending(text: str) -> str:
    """The last `CHARACTERS` of a text, without white space around it."""
    text = text.strip()
    return text if len(text) <= CHARACTERS else "…" + text[1 - CHARACTERS :]


def of_choice(item: ChoiceItem, chosen: int) -> Excerpts:
    """Of an item with given answers: the right one and the one that was found likeliest."""
    right, likeliest = item.choices[item.answer], item.choices[chosen]
    return Excerpts(ending(item.context) or None, beginning(right), beginning(likeliest))


def of_continuation(item: ContinuationItem) -> Excerpts:
    """Of a text that should follow: nothing was produced."""
    return Excerpts(ending(item.context) or None, beginning(item.continuation))


def of_instruction(item: InstructionItem, answer: str) -> Excerpts:
    """Of an instruction: an answer that follows it, and the model's."""
    return Excerpts(ending(item.prompt), beginning(item.answer), beginning(answer))


def of_answer(example: Example, answer: str | None) -> Excerpts:
    """Of an answer that the model produced; one without a word is a text too."""
    return Excerpts(
        ending(example.question) or None, beginning(example.answer), None if answer is None else beginning(answer)
    )


def of_text(text: str) -> Excerpts:
    """Of a text that is scored as a whole: nothing is answered."""
    return Excerpts(beginning(text))


def with_excerpts(items: pd.DataFrame, excerpts: Sequence[Excerpts]) -> pd.DataFrame:
    """The scores per item with these texts beside them, one entry per row."""
    columns = {name: [getattr(one, name) for one in excerpts] for name in Excerpts._fields}
    return items.assign(
        **{name: pd.Series(column, index=items.index, dtype=object) for name, column in columns.items()}
    )
