"""How a finding is put: its topic, amounts with their intervals, and lists of arms that stay short."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.words.numbers import POINTS, Triple, Unit, figure, fixed, rounded_up, unit_of

NAMED = 4
"""Arms named in one clause at most; the tables have them all."""


@dataclass(frozen=True)
class Sentence:
    """A finding and what it is about."""

    topic: str
    text: str


def joined(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def some(names: list[str], separator: str = ", ") -> str:
    """All names where they are few, else the first ones and how many more."""
    if len(names) <= NAMED + 1:
        return joined(names) if separator == ", " else separator.join(names)
    return f"{separator.join(names[:NAMED])} and {len(names) - NAMED} more"


def overlap(rivals: list[str]) -> str:
    """`the intervals of a and b overlap`."""
    return f"the interval{'s' if len(rivals) > 1 else ''} of {some(rivals)} overlap{'' if len(rivals) > 1 else 's'}"


def told(found: Triple, unit: Unit, plus: bool = False) -> str:
    """A value with its interval, as fine as that supports: `45 (34 to 55)`."""
    shown, interval = figure(found, unit, plus)
    return f"{shown} ({interval})"


def amount(found: Triple | None, name: str, plus: bool = False) -> str:
    """`+42 points (38 to 46)`, in the unit of the metric called `name`."""
    unit = unit_of(name)
    shown, interval = figure(certain(found), unit, plus)
    return f"{unit.after(shown)} ({interval})"


def between(bounds: Sequence[float], unit: Unit) -> str:
    """`3.1 points`, or `3.1 to 6.2 points` of several: bounds, each rounded up so that it still holds."""
    ends = list(dict.fromkeys(rounded_up(unit.scale * one, least=1) for one in (min(bounds), max(bounds))))
    return unit.after(" to ".join(ends))


def same_within(bounds: Sequence[float | None], unit: Unit) -> str:
    """`the same within 3.1 to 6.2 points`: what may be said of sides that cannot be told apart; empty where it is not
    known of all."""
    known = [one for one in bounds if one is not None]
    return f"the same within {between(known, unit)}" if known and len(known) == len(bounds) else ""


def points(value: float | None) -> str:
    """`3.1 points` of accuracy."""
    return POINTS.after(fixed(None if value is None else value * POINTS.scale, 1))


def gained_by(gain: float | None, matched_on: str, name: str) -> str:
    """`+12 points` of the metric called `name`, or `0.31 nats` where gains were matched on likelihood."""
    unit = unit_of("nll_per_token" if matched_on == "nll" else name)
    return unit.after(fixed(None if gain is None else gain * unit.scale, 1 if unit is POINTS else 3, plus=True))


def margin_of(margin: float, name: str) -> str:
    """`within 5 points`: what equal gain means for the metric called `name`."""
    unit = unit_of(name)
    shown = fixed(margin * unit.scale, 1 if unit is POINTS else 2).removesuffix(".0")
    return f"within {unit.after(shown)}"


def value(found: Triple | None) -> float:
    return certain(found)[0]


def certain(found: Triple | None) -> Triple:
    """For arms that were chosen because they have the figure."""
    if found is None:
        raise ValueError("an arm without a gain or forgetting was ranked")
    return found
