"""Following instructions: short ones in plain English, whose answers code can check for the form that was asked for.

Each kind of instruction is a cluster: wordings, material written by hand, and an answer that follows it.
"""

import random
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from harness.data.tasks.general import InstructionItem
from harness.data.tasks.instructions import checks_of
from harness.testbed.english.instruction_kinds import KINDS, Kind

NAME = "instructions"
COUNTS = ("exactly", "at_least", "at_most", "times")


def items(rng: random.Random) -> list[InstructionItem]:
    """All items, in rounds: each has one item of every kind that has one left, so that the first are a fair sample."""
    rounds = [[item for item in one if item is not None] for one in zip_longest(*map(_of_kind, KINDS))]
    return [item for one in rounds for item in rng.sample(one, len(one))]


def _of_kind(kind: Kind) -> Iterator[InstructionItem]:
    for number, line in enumerate(kind.rows.strip().splitlines()):
        cells = [cell.strip() for cell in line.split("|")]
        name = f"{NAME}-{re.sub(r'[^a-z]+', '-', kind.cluster.lower())}-{number + 1}"
        prompt = _text(kind.wordings[number % len(kind.wordings)], cells)
        checks = checks_of([_filled(check, cells) for check in kind.checks], name)
        yield InstructionItem(name, kind.cluster, prompt, checks, _text(kind.answer, cells), kind.max_tokens)


def _filled(check: dict[str, Any], cells: list[str]) -> dict[str, Any]:
    return {key: int(_text(str(one), cells)) if key in COUNTS else _value(one, cells) for key, one in check.items()}


def _value(value: Any, cells: list[str]) -> Any:
    if isinstance(value, list):
        return [_value(one, cells) for one in value]
    return _text(value, cells) if isinstance(value, str) else value


def _text(text: str, cells: list[str]) -> str:
    r"""With cells in its places; `\n` in a cell breaks the line."""

    def cell(found: re.Match[str]) -> str:
        own = cells[int(found[1])].replace(r"\n", "\n")
        return {"U": own.upper(), "L": own.lower()}.get(found[2], own)

    return re.sub(r"\{(\d)([UL]?)\}", cell, text)
