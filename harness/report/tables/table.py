"""What a table on the page is made of: columns are declared, and one template macro draws the cells they give.

    _COLUMNS: Columns[ArmResult] = (
        Col("Arm", arm_cell),
        Num("Rank", lambda arm: arm.rank, title="Rank, or what stands for it"),
        Num("Peak memory", lambda arm: arm.cost.peak_memory_bytes, size),
        Figures("Forgetting", forgetting, POINTS, title="Points of accuracy"),
    )
    table("arms", "Every arm.", _COLUMNS, {target: measured_arms(results, target) for target in targets(results)})

A column says something of each row: a text or a number, None for what was not measured, or a `Cell` where more is to be
said (a detail, a tone, a title on hover, notes). A table without rows is false, so that none need be None.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from harness.report.model.arms import FORGETS_NOTHING
from harness.report.words.numbers import MISSING, Triple, Unit, figure
from harness.schema.results import ArmResult


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
    notes: tuple[str, ...] = ()
    """What a reader must know: shown under the rows of the group, under a number that stands at the text."""
    mark: str = ""
    """The numbers of the notes; known when all rows of the group are."""
    value: float | None = None
    """What rows are sorted by, where it is not the text."""
    href: str = ""
    """The id of the section that the text leads to."""
    links: tuple[tuple[str, str], ...] = ()
    """Further links on the second line: text and id of a section."""
    key: str = ""
    """In the first cell of a row: which arm or trial the row is about."""


NOT_MEASURED = Cell(MISSING, title="not measured", tone="quiet")
UNTRAINED = Cell(MISSING, title="nothing is trained", tone="quiet")
KEPT = Cell(MISSING, title=FORGETS_NOTHING, tone="quiet")
NO_LOSS = Cell("0", "by construction", FORGETS_NOTHING)


def known(text: str, detail: str = "", title: str = "", value: float | None = None) -> Cell:
    """A cell of a formatted value; the explicit mark of a missing one where it is missing."""
    return NOT_MEASURED if text == MISSING else Cell(text, detail, title, value=value)


def arm_cell(arm: ArmResult) -> Cell:
    """The name of the arm that the row is about."""
    return Cell(arm.arm, key=arm.key)


Subject = TypeVar("Subject")
"""What one row is about."""


@dataclass(frozen=True)
class Heading:
    """The head of a column."""

    label: str
    title: str = field(default="", kw_only=True)
    """Shown on hover."""
    numeric: bool = field(default=False, kw_only=True)
    """Whether cells stand at the right, and rows are sorted from the largest value on first."""


@dataclass(frozen=True)
class Col(Heading, Generic[Subject]):
    """A column of texts."""

    of: Callable[[Subject], Cell | str | float | None]
    shown: Callable[[float], str] | None = None
    """How a number is written, where rows are to be sorted by the number itself."""

    def cells(self, rows: Sequence[Subject]) -> list[Cell]:
        """Those of one group."""
        return [self._cell(self.of(row)) for row in rows]

    def _cell(self, one: Cell | str | float | None) -> Cell:
        if one is None or isinstance(one, Cell):
            return one or NOT_MEASURED
        return known(str(one)) if isinstance(one, str) or not self.shown else known(self.shown(one), value=one)


@dataclass(frozen=True)
class Num(Col[Subject]):
    """A column of numbers."""

    numeric: bool = field(default=True, kw_only=True)


@dataclass(frozen=True)
class Figures(Heading, Generic[Subject]):
    """A column of values over their intervals, all as fine as the intervals of the group support."""

    of: Callable[[Subject], Triple | Cell | None]
    unit: Unit | Callable[[Subject], Unit]
    plus: bool = field(default=False, kw_only=True)
    """Whether values have a sign."""
    among: Callable[[Subject], Iterable[Triple | Cell | None]] | None = field(default=None, kw_only=True)
    """All figures of a row whose intervals count, where it is more than this one."""
    numeric: bool = field(default=True, kw_only=True)

    def cells(self, rows: Sequence[Subject]) -> list[Cell]:
        """Those of one group."""
        every = (self.among(row) if self.among else (self.of(row),) for row in rows)
        column = [one for ones in every for one in ones if isinstance(one, tuple)]
        return [self._cell(self.of(row), row, column) for row in rows]

    def _cell(self, one: Triple | Cell | None, row: Subject, column: list[Triple]) -> Cell:
        if one is None or isinstance(one, Cell):
            return one or NOT_MEASURED
        unit = self.unit if isinstance(self.unit, Unit) else self.unit(row)
        return Cell(*figure(one, unit, self.plus, column))


@dataclass(frozen=True)
class Group:
    """Rows under a heading of their own; the first cell of each row names it."""

    label: str
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    """Shown under the rows, numbered from 1; cells refer to them by their `mark`."""


@dataclass(frozen=True)
class Table:
    """A table with its caption; false where it has no rows."""

    name: str
    caption: str
    columns: tuple[Heading, ...]
    groups: tuple[Group, ...]
    look: str = ""
    """Further class of the style sheet: `heat`, `wide`."""

    def __bool__(self) -> bool:
        return any(group.rows for group in self.groups)


Columns = Sequence[Col[Subject] | Figures[Subject]]


def table(
    name: str, caption: str, columns: Columns[Subject], groups: Mapping[str, Sequence[Subject]], look: str = ""
) -> Table:
    """The table of these columns over what each group's rows are about, by heading; empty groups are left out."""
    filled = (group(label, columns, rows) for label, rows in groups.items() if rows)
    return Table(name, caption, tuple(columns), tuple(filled), look)


def group(label: str, columns: Columns[Subject], rows: Sequence[Subject]) -> Group:
    """The cells of every row, with the notes of all of them numbered."""
    cells = tuple(zip(*(column.cells(rows) for column in columns), strict=True))
    notes = tuple(dict.fromkeys(note for row in cells for cell in row for note in cell.notes))

    def marked(cell: Cell) -> Cell:
        numbers = ", ".join(str(notes.index(note) + 1) for note in cell.notes)
        return replace(cell, mark=numbers) if numbers else cell

    return Group(label, tuple(tuple(map(marked, row)) for row in cells), notes)
