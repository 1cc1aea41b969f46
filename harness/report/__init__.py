"""The report: a pure function of results, made again at any time without training."""

from pathlib import Path

from harness.report.gate.text import write_gate
from harness.report.writers.files import results_csv, results_json
from harness.report.writers.markdown import render_summary
from harness.report.writers.terminal import render_table
from harness.schema.atomic import write_atomically
from harness.schema.gate import GateContent
from harness.schema.results import Results

__all__ = ["render_table", "write_report"]


def write_report(results: Results, directory: Path, gate: GateContent | None = None) -> Path:
    """Write `index.html`, `results.json`, `results.csv` and `summary.md`; each appears whole or not at all.

    Args:
        results: as `harness.judge.results.build_results` makes them, or as read from a `results.json`.
        directory: made where it does not exist.
        gate: the content of `gate.json` where the run was judged: written too, first of all, and shown in the page.

    Returns:
        The path of `index.html`.
    """
    # The chart libraries take a second to load: not at every start.
    from harness.report.writers.html import render_page

    if gate is None:
        write_atomically(directory / "summary.md", render_summary(results))
    else:
        write_gate(gate, directory, render_summary(results, judged=True))
    write_atomically(directory / "results.json", results_json(results))
    write_atomically(directory / "results.csv", results_csv(results))
    page = directory / "index.html"
    write_atomically(page, render_page(results, gate))
    return page
