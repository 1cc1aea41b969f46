"""The page, the files and the terminal's text of a comparison of other people's runs."""

from pathlib import Path

from harness.judge.foreign.verdict import ONE_RUN
from harness.report.gate.page import QUESTION, gate_page
from harness.report.gate.text import gate_files, gate_text
from harness.report.judged.tasks import sentence, tasks_table
from harness.report.words.escaping import markdown, shortened, visible_content
from harness.report.words.glossary import GLOSSARY
from harness.schema.atomic import write_together
from harness.schema.edge import writing
from harness.schema.gate import GateContent
from harness.schema.judged import Judged
from harness.schema.results import Results

WAY_OUT = "Make room there, or give another directory: --report DIR."
NO_RUN = Results(trials=(), arms=())
"""The gate's tables look for arms of a run of ours, and find none."""
WORDS = ("Point", "Gate", "Margin", "Inconclusive", "Settle")
"""Of the glossary, those that this page uses."""


def write_judged(content: GateContent, judged: Judged, directory: Path) -> Path:
    """Writes `index.html`, `judge.json`, `gate.json` and `summary.md`: all of them, or none.

    Returns:
        The path of `index.html`.

    Raises:
        UnwritableError: they cannot be written.
    """
    page = directory / "index.html"
    files = gate_files(content, directory, markdown_tasks(judged))
    files |= {directory / "judge.json": judged.model_dump_json(indent=1) + "\n", page: render_judged(content, judged)}
    with writing(f"The report {str(directory)!r}", WAY_OUT):
        write_together(files)
    return page


def render_judged(content: GateContent, judged: Judged) -> str:
    """One page that opens offline and needs no script."""
    from altair.utils.schemapi import debug_mode  # the chart libraries take a second to load

    from harness.report.charts.forest import forests
    from harness.report.writers.html import PAGES

    content, judged = visible_content(content), visible_content(judged)
    with debug_mode(False):
        figures = forests(shortened(content), NO_RUN, [], "comparison")
    return PAGES.get_template("judged.html").render(
        question=QUESTION,
        gate=gate_page(content, NO_RUN),
        gallery={"figures_by": {"comparison": figures}, "legend": []},
        tasks=tasks_table(judged),
        programs=list(dict.fromkeys(row.program for row in judged.tasks)),
        left_out=judged.left_out.items(),
        runs=[("Before", judged.before), ("After", judged.after)],
        definitions=dict(GLOSSARY),
        glossary=[(word, meaning) for word, meaning in GLOSSARY if word in WORDS],
    )


def judged_text(content: GateContent, judged: Judged, color: bool = False) -> str:
    """Lines for a terminal: the gate's, then every task's, then what was left out."""
    shown = visible_content(judged)
    lines = [gate_text(content, color)]
    lines += [f"  {sentence(row)}" for row in shown.tasks]
    lines += [f"  left out: {name}: {why}" for name, why in shown.left_out.items()]
    if all(row.runs == 1 for row in shown.tasks):
        lines.append(f"  {ONE_RUN}")
    return "\n".join(lines)


def markdown_tasks(judged: Judged) -> str:
    """Every task as a list of Markdown."""
    left_out = [f"left out: {name}: {why}" for name, why in judged.left_out.items()]
    said = [*map(sentence, judged.tasks), *left_out]
    return "\n".join(["**Every task**", "", *(f"- {markdown(line)}" for line in said), ""])
