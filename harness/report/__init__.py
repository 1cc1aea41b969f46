"""The report: a pure function of results, made again at any time without training."""

from pathlib import Path
from typing import Any

from harness.report.files import results_csv, results_json, write_atomically
from harness.report.gate import write_gate
from harness.report.summary import render_summary
from harness.report.terminal import render_table

__all__ = ["render_table", "write_report"]


def write_report(results: dict[str, Any], directory: Path, gate: dict[str, Any] | None = None) -> Path:
    """Write `index.html`, `results.json`, `results.csv` and `summary.md`; each appears whole or not at all.

    Args:
        results: as `harness.results.build_results` makes them, or as read from a `results.json`.
        directory: made where it does not exist.
        gate: the content of `gate.json` where the run was judged: written too, first of all, and shown in the page.

    Returns:
        The path of `index.html`.
    """
    from harness.report.page import (
        render_page,
    )  # the chart libraries take a second to load: not at every start

    if gate is None:
        write_atomically(directory / "summary.md", render_summary(results))
    else:
        write_gate(gate, directory, render_summary(results))
    write_atomically(directory / "results.json", results_json(results))
    write_atomically(directory / "results.csv", results_csv(results))
    page = directory / "index.html"
    write_atomically(page, render_page(results, gate))
    return page
