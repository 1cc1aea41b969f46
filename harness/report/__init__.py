"""The report: a pure function of results, made again at any time without training."""

from pathlib import Path

from harness.report.gate.text import WAY_OUT, gate_files
from harness.report.writers.files import results_csv, results_json
from harness.report.writers.markdown import render_summary
from harness.report.writers.terminal import render_table
from harness.schema.atomic import write_together
from harness.schema.edge import writing
from harness.schema.gate import GateContent
from harness.schema.results import Results

__all__ = ["render_table", "write_report"]


def write_report(results: Results, directory: Path, gate: GateContent | None = None) -> Path:
    """Write `index.html`, `results.json`, `results.csv` and `summary.md`: all of them, or none.

    Args:
        results: as `harness.judge.results.build_results` makes them, or as read from a `results.json`.
        directory: made where it does not exist.
        gate: the content of `gate.json` where the run was judged: written too, first of all, and shown in the page.

    Returns:
        The path of `index.html`.

    Raises:
        UnwritableError: they cannot be written; the report that was there before is still whole.
    """
    # The chart libraries take a second to load: not at every start.
    from harness.report.writers.html import render_page

    files: dict[Path, str | bytes] = {directory / "summary.md": render_summary(results)}
    if gate is not None:
        files = gate_files(gate, directory, render_summary(results, judged=True))
    page = directory / "index.html"
    files |= {directory / "results.json": results_json(results), directory / "results.csv": results_csv(results)}
    files[page] = render_page(results, gate)
    with writing(f"The report {str(directory)!r}", WAY_OUT):
        write_together(files)
    return page
