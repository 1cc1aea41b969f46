"""Columns that are declared: what a table shows follows from what they say of each row."""

import pytest

from harness.report.tables.table import NOT_MEASURED, Cell, Col, Columns, Figures, Num, table
from harness.report.words.numbers import MISSING, PLAIN, POINTS, Triple, size

FINE, COARSE = (0.5, 0.499, 0.501), (0.25, 0.15, 0.35)


def cells(column: Col[int] | Figures[int], rows: int = 1) -> list[Cell]:
    return column.cells(range(rows))


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        pytest.param(Col[int]("", lambda row: "a name"), Cell("a name"), id="a text"),
        pytest.param(Num[int]("", lambda row: 3), Cell("3"), id="a number"),
        pytest.param(Num[int]("", lambda row: 2048.0, size), Cell("2 KiB", value=2048.0), id="a number to sort by"),
        pytest.param(Num[int]("", lambda row: None, size), NOT_MEASURED, id="no number"),
        pytest.param(Col[int]("", lambda row: MISSING), NOT_MEASURED, id="the mark of what is missing"),
        pytest.param(Col[int]("", lambda row: ""), Cell(""), id="nothing to say"),
        pytest.param(Num[int]("", lambda row: Cell("x", tone="bad"), size), Cell("x", tone="bad"), id="a cell"),
        pytest.param(Figures[int]("", lambda row: None, POINTS), NOT_MEASURED, id="no figure"),
        pytest.param(Figures[int]("", lambda row: Cell("0"), POINTS), Cell("0"), id="a cell for a figure"),
    ],
)
def test_a_cell_is_what_its_column_says(column: Col[int] | Figures[int], cell: Cell) -> None:
    assert cells(column) == [cell]


def test_figures_are_as_fine_as_the_intervals_around_them() -> None:
    alone = Figures[int]("", lambda row: FINE, POINTS, plus=True)
    assert cells(alone) == [Cell("+50.00", "49.90 to 50.10")]
    beside = Figures[int]("", lambda row: (FINE, COARSE, COARSE)[row], POINTS)
    assert [one.text for one in cells(beside, 3)] == ["50", "25", "25"]


def test_figures_of_several_columns_are_equally_fine_where_that_is_asked() -> None:
    def both(row: int) -> tuple[Triple, ...]:
        return FINE, COARSE, COARSE

    assert cells(Figures("", lambda row: FINE, POINTS, among=both)) == [Cell("50", "50 to 50")]


def test_a_unit_may_follow_from_the_row() -> None:
    column = Figures[int]("", lambda row: COARSE, lambda row: (POINTS, PLAIN)[row])
    assert [one.text for one in cells(column, 2)] == ["25", "0.25"]


def test_numbers_stand_at_the_right() -> None:
    columns = (Col[int]("", str), Num[int]("", lambda row: row), Figures[int]("", lambda row: None, PLAIN))
    assert [column.numeric for column in columns] == [False, True, True]


def test_a_group_without_rows_is_left_out_and_a_table_without_rows_is_false() -> None:
    columns: Columns[int] = (Col("a", str), Num("b", lambda row: 2 * row))
    found = table("name", "Caption.", columns, {"some": (1, 2), "none": ()})
    assert [(group.label, group.rows) for group in found.groups] == [
        ("some", ((Cell("1"), Cell("2")), (Cell("2"), Cell("4"))))
    ]
    assert found
    assert not table("name", "Caption.", columns, {"none": ()})


def test_notes_are_numbered_within_their_group() -> None:
    columns: Columns[tuple[str, ...]] = (Col("a", lambda notes: Cell("a", notes=notes)),)
    found = table("name", "Caption.", columns, {"": [("first",), (), ("second", "first")], "other": [("second",)]})
    assert [group.notes for group in found.groups] == [("first", "second"), ("second",)]
    assert [row[0].mark for group in found.groups for row in group.rows] == ["1", "", "2, 1", "1"]
