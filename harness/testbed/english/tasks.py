"""The general tasks in plain English: every ability's items, from hand-made material and fixed seeds."""

import random
from collections.abc import Mapping, Sequence

from harness.data.tasks.general import GeneralItem
from harness.testbed.english import causes, declining, grammar, instructions, meanings, passages, prose, sums, world
from harness.testbed.english.groups import placed

CHOSEN = (world, causes, grammar, sums, passages, meanings, declining)
"""The abilities that are asked by choices."""


def english_tasks() -> Mapping[str, Sequence[GeneralItem]]:
    """Items by the name of their task: the same ones every time, whatever the seed of the embedded model."""
    chosen = {one.NAME: placed(one.NAME, one.groups(), random.Random(one.NAME)) for one in CHOSEN}
    told = instructions.items(random.Random(instructions.NAME))
    return {**chosen, instructions.NAME: told, prose.NAME: prose.texts()}
