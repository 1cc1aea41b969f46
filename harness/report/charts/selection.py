"""Which arms a chart with a row or a panel per arm shows, where there are more than a reader could look through."""

from collections.abc import Sequence
from typing import TypeVar

from harness.report.model.arms import REFERENCE, gain
from harness.schema.results import ArmResult

MOST_ROWS = 60
"""Rows of one chart."""
MOST_PANELS = 40
"""Panels of one chart."""


def most_gained(arms: Sequence[ArmResult], most: int) -> list[ArmResult]:
    """At most `most` arms in their own order: full fine-tuning, then those that gained most."""
    ranked = sorted(arms, key=lambda arm: (arm.arm != REFERENCE, -(gain(arm) or (-1e9,))[0]))
    kept = {arm.arm for arm in ranked[:most]}
    return [arm for arm in arms if arm.arm in kept]


Item = TypeVar("Item")


def evenly(items: Sequence[Item], most: int) -> list[Item]:
    """At most `most` of the items, the first and the last among them."""
    last = len(items) - 1
    return list(items) if last < most else [items[round(place * last / (most - 1))] for place in range(most)]


def left_out(shown: int, of: int, table: str, what: str = "arms") -> str:
    """What a caption says of arms that are not drawn; empty where all are."""
    return f" Of {of} {what}, the {shown} that gained most are drawn; {table} has them all." if shown < of else ""
