"""What a table on the page is made of: plain values that one template macro draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.model.arms import Triple
from harness.report.words.numbers import MISSING, Unit, fixed, spread, supported_decimals


@dataclass(frozen=True)
class Cell:
    """One value."""

    text: str
    detail: str = ""
    """A second, quieter line: an interval, a source."""
    title: str = ""
    """Shown on hover."""
    tone: str = ""
    """`good`, `bad`, `warn` or `quiet`: a class of the style sheet, always beside words that say the same."""
    shade: float | None = None
    """-1 (all lost) to 1 (doubled): the fill of a heat map's cell."""
    mark: str = ""
    """The number of a note under the rows."""
    value: float | None = None
    """What rows are sorted by, where it is not the text."""
    href: str = ""
    """The id of the section that the text leads to."""
    links: tuple[tuple[str, str], ...] = ()
    """Further links on the second line: text and id of a section."""
    key: str = ""
    """In the first cell of a row: which arm or trial the row is about."""


@dataclass(frozen=True)
class Column:
    """A heading, and how its cells stand."""

    label: str
    numeric: bool = False
    title: str = ""


@dataclass(frozen=True)
class Group:
    """Rows under a heading of their own; the first cell of each row names it."""

    label: str
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    """Shown under the rows, numbered from 1; cells refer to them by their `mark`."""


@dataclass(frozen=True)
class Table:
    """A table with its caption."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    look: str = ""
    """Further class of the style sheet: `heat`, `wide`."""


NOT_MEASURED = Cell(MISSING, title="not measured", tone="quiet")

NOTHING_TRAINED = Cell(MISSING, title="nothing is trained", tone="quiet")


def known(text: str, detail: str = "", title: str = "", value: float | None = None) -> Cell:
    """A cell of a formatted value; the explicit mark of a missing one where it is missing."""
    return NOT_MEASURED if text == MISSING else Cell(text, detail, title, value=value)


def figure(found: Triple | None, column: Sequence[Triple | None], unit: Unit, plus: bool = False) -> Cell:
    """A value over its interval, as fine as the intervals of its column support."""
    if found is None:
        return NOT_MEASURED
    decimals = supported_decimals([one[1:] for one in column if one], unit.scale)
    shown = fixed(found[0] * unit.scale, decimals, plus)
    return Cell(shown, spread(found[1:], decimals, unit.scale))
