"""Are the shipped instructions many, different, and such that their own answers follow them?"""

import random
from collections import Counter

from harness.data.tasks.general import ENGLISH, InstructionItem
from harness.data.tasks.instructions import obeys
from harness.testbed.english import instructions
from harness.testbed.shipped import FIXTURES, general_task

TASK = general_task(FIXTURES / "tasks", f"{ENGLISH}/{instructions.NAME}")
ITEMS = [item for item in TASK.items if isinstance(item, InstructionItem)]


def test_items_are_those_of_the_generator() -> None:
    assert list(TASK.items) == instructions.items(random.Random(instructions.NAME))


def test_items_are_many_and_of_many_kinds() -> None:
    assert len(ITEMS) >= 200
    assert len({item.cluster for item in ITEMS}) >= 30
    assert len({item.prompt for item in ITEMS}) == len(ITEMS)
    assert max(Counter(item.cluster for item in ITEMS).values()) <= 8


def test_first_items_are_of_all_kinds() -> None:
    """A profile scores the first hundred."""
    assert {item.cluster for item in ITEMS[:100]} == {item.cluster for item in ITEMS}


def test_answers_are_short() -> None:
    assert max(item.max_tokens for item in ITEMS) <= 32
    assert max(len(item.answer.split()) for item in ITEMS) <= 25


def test_no_answer_follows_many_kinds() -> None:
    """Who says the same to all follows few, about as many as chance says."""
    said = ["", "Yes", "I do not know.", "Here is the answer.", ITEMS[0].answer, ITEMS[1].answer]
    for answer in said:
        assert sum(obeys(item.checks, answer) for item in ITEMS) / len(ITEMS) < TASK.chance + 0.05
