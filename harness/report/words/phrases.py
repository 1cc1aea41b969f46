"""How a finding is put: its topic, amounts with their intervals, and lists of arms that stay short."""

from dataclasses import dataclass

from harness.report.model.arms import Triple, joined
from harness.report.words.numbers import POINTS, fixed, spread, supported_decimals, unit_of

NAMED = 4
"""Arms named in one clause at most; the tables have them all."""


@dataclass(frozen=True)
class Sentence:
    """A finding and what it is about."""

    topic: str
    text: str


def some(names: list[str], separator: str = ", ") -> str:
    """All names where they are few, else the first ones and how many more."""
    if len(names) <= NAMED + 1:
        return joined(names) if separator == ", " else separator.join(names)
    return f"{separator.join(names[:NAMED])} and {len(names) - NAMED} more"


def arms_counted(number: int) -> str:
    return "1 arm" if number == 1 else f"{number} arms"


def overlap(rivals: list[str]) -> str:
    """`the intervals of a and b overlap`."""
    return f"the interval{'s' if len(rivals) > 1 else ''} of {some(rivals)} overlap{'' if len(rivals) > 1 else 's'}"


def amount(found: Triple | None, name: str, plus: bool = False) -> str:
    """`+42 points (38 to 46)`, in the unit of the metric called `name`."""
    value, low, high = certain(found)
    unit = unit_of(name)
    decimals = supported_decimals([(low, high)], unit.scale)
    figure = f"{fixed(value * unit.scale, decimals, plus)} {unit.name}".rstrip()
    return f"{figure} ({spread((low, high), decimals, unit.scale)})"


def margin_of(margin: float, name: str) -> str:
    """`within 5 points`: what equal gain means for the metric called `name`."""
    unit = unit_of(name)
    return (
        f"within {fixed(margin * unit.scale, 2 if unit is not POINTS else 1).removesuffix('.0')} {unit.name}".rstrip()
    )


def value(found: Triple | None) -> float:
    return certain(found)[0]


def certain(found: Triple | None) -> Triple:
    """For arms that were chosen because they have the figure."""
    if found is None:
        raise ValueError("an arm without a gain or forgetting was ranked")
    return found
