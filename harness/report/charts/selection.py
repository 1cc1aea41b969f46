"""Which arms a chart with a row or a panel per arm shows, where there are more than a reader could look through."""

from collections.abc import Sequence

from harness.report.model.arms import REFERENCE, Arm, gain

MOST_ROWS = 60
"""Rows of one chart."""
MOST_PANELS = 40
"""Panels of one chart."""


def most_gained(arms: Sequence[Arm], most: int) -> list[Arm]:
    """At most `most` arms in their own order: full fine-tuning, then those that gained most."""
    if len(arms) <= most:
        return list(arms)
    ranked = sorted(arms, key=lambda arm: (arm.arm != REFERENCE, -(found[0] if (found := gain(arm)) else -1e9)))
    kept = {arm.arm for arm in ranked[:most]}
    return [arm for arm in arms if arm.arm in kept]


def left_out(shown: int, of: int, table: str, what: str = "arms") -> str:
    """What a caption says of arms that are not drawn; empty where all are."""
    return f" Of {of} {what}, the {shown} that gained most are drawn; {table} has them all." if shown < of else ""
