"""The summary: what to take, a table whose lines have their cells, and the findings."""

from harness.report.writers.markdown import render_summary
from harness.schema.results import Results
from harness.tests.synthetic import NOTE, TARGETS


def test_markdown_has_what_to_take_before_the_table_and_the_findings_after_it(results: Results) -> None:
    summary = render_summary(results)
    assert summary.index("| Most gain | No clear winner") < summary.index("| Method |") < summary.index("### Findings")
    assert all(target in summary for target in TARGETS)


def test_markdown_has_notes_under_their_table(results: Results) -> None:
    summary = render_summary(results)
    assert "| few-shot<sup>1</sup> (no training) | 8 |" in summary
    assert summary.count(f"<sup>1</sup> {NOTE}") == len(TARGETS)


def test_every_line_of_a_markdown_table_has_its_cells(results: Results) -> None:
    hostile = results.with_(arms=tuple(arm.with_(method=f"{arm.method}|x") for arm in results.arms))
    tables = [line for line in render_summary(hostile).splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in tables} == {4, 11}
