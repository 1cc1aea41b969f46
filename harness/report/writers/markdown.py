"""The report for a CI summary or a review comment: what to take, one compact table, and the findings."""

from harness.report.advice.findings import findings
from harness.report.advice.recommend import Advice, advice
from harness.report.tables.arms import arms_table
from harness.report.tables.table import Cell, Table
from harness.report.words.escaping import markdown, visible_content
from harness.report.words.numbers import MISSING
from harness.schema.results import Results

_SHOWN = ("Method", "Rank", "Quantization", "Seeds", "Gain", "Gain above floor", "Forgetting", "Retention",
          "Trained parameters", "Training", "Peak memory")  # fmt: skip


def render_summary(results: Results, judged: bool = False) -> str:
    """Markdown that shows every name as it is.

    Args:
        judged: whether a gate's verdict stands before it: what to take comes last then.
    """
    results = visible_content(results)
    found = findings(results)
    advised = [line for one in advice(results) for line in _advice(one)]
    lines = ["## Gain, forgetting and cost", *([] if judged else advised)]
    if found.warnings:
        lines += ["", "> [!WARNING]", *(f"> - {markdown(warning)}" for warning in found.warnings)]
    if found.scope:
        lines += ["", markdown(found.scope)]
    lines += _table(arms_table(results))
    lines += ["", "### Findings", ""]
    lines += [f"- **{markdown(sentence.topic)}.** {markdown(sentence.text)}" for sentence in found.sentences]
    lines += ["", "## Which way of fine-tuning to take", *advised] if judged and advised else []
    return "\n".join([*lines, ""])


def _advice(one: Advice) -> list[str]:
    """The verdict on one target, then a row per criterion."""
    said = f"**{markdown(one.settled)}** {markdown(one.unsettled)}".rstrip()
    heads = _line(["If you care about", "take", "evidence and uncertainty"])
    lines = ["", f"### {markdown(one.target)}", "", said, "", heads, _line(["---"] * 3)]
    for row in one.chosen:
        said = f"{row.rivals} cannot be told apart" if row.rivals else row.remark
        rivals = f" ({markdown(said)})" if said else ""
        evidence = "; ".join(filter(None, (row.evidence, row.uncertainty)))
        lines.append(_line([row.criterion.label, f"{markdown(row.answer)}{rivals}", markdown(evidence)]))
    return lines


def _table(table: Table) -> list[str]:
    places = [place for place, column in enumerate(table.columns) if column.label in _SHOWN]
    columns = [table.columns[place] for place in places]
    lines = []
    for group in table.groups:
        lines += ["", f"### {markdown(group.label)}", "", _line([column.label for column in columns])]
        lines.append(_line(["---:" if column.numeric else "---" for column in columns]))
        lines += [_line([_cell(row[place]) for place in places]) for row in group.rows]
        notes = [f"<sup>{number}</sup> {markdown(note)}" for number, note in enumerate(group.notes, 1)]
        lines += ["", "<br>\n".join(notes)] if notes else []
    return lines


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if not cell.text:
        return ""
    detail = f" ({markdown(cell.detail)})" if cell.detail else ""
    mark = f"<sup>{cell.mark}</sup>" if cell.mark else ""
    return MISSING if cell.text == MISSING else f"{markdown(cell.text)}{mark}{detail}"
