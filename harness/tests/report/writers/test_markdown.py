"""The summary: what to take, a table whose lines have their cells, and the findings."""

from typing import Any

import pytest

from harness.report.words.escaping import visible
from harness.report.writers.markdown import render_summary
from harness.schema.results import Results
from harness.tests.report.rendered import HOSTILE, blocks, cells_of, pieces, tables
from harness.tests.synthetic import NOTE, TARGETS

BLOCKS = {"heading", "paragraph", "bullet_list", "list_item", "blockquote", "table", "thead", "tbody", "tr", "th", "td"}


def test_markdown_has_what_to_take_before_the_table_and_the_findings_after_it(results: Results) -> None:
    summary = render_summary(results)
    assert summary.index("| Most gain | No clear winner") < summary.index("| Method |") < summary.index("### Findings")
    assert all(target in summary for target in TARGETS)


def test_markdown_has_notes_under_their_table(results: Results) -> None:
    summary = render_summary(results)
    assert "| few-shot<sup>1</sup> (no training) | 8 |" in summary
    assert summary.count(f"<sup>1</sup> {NOTE}") == len(TARGETS)


@pytest.mark.parametrize("name", HOSTILE)
def test_every_row_has_its_cells_whatever_the_names(results: Results, name: str) -> None:
    def called(one: Any) -> Any:
        return one.with_(method=f"{one.method}{name}", arm=f"{one.arm}{name}", notes=(name,))

    hostile = results.with_(arms=tuple(map(called, results.arms)))
    text = render_summary(hostile)
    rows = [row for table in tables(text) for row in table]
    assert {len(row) for row in rows} == {3, 10}
    assert {cells_of(line) for line in text.splitlines() if line.startswith("|")} == {3, 10}
    assert any(f"full{visible(name)}".strip() in row[0].text for row in rows)
    assert {mark for piece in pieces(text) for mark in piece.markup} <= {"strong"}
    assert blocks(text) <= BLOCKS
