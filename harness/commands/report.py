"""Makes the report again, from stored records or a results.json, without training."""

import argparse
import json
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.exit_codes import ExitCode
from harness.gate.judgement import SCHEMA
from harness.paths import DEFAULT_REPORT
from harness.stored_runs import holds_records, read_results, records_of

NAME = "report"
HELP = "make the report again from stored records or a results.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run", nargs="*", default=[str(DEFAULT_REPORT)], help="report directories, results.json files or stores"
    )
    parser.add_argument(
        "--usd-per-hour", default=None, metavar="N", help="what an hour of the machine costs, in dollars"
    )
    parser.add_argument(
        "--to", default=None, metavar="DIR", help="where the report goes (default: beside a single run)"
    )


def run(arguments: argparse.Namespace) -> int:
    from harness.plugin.options import price
    from harness.report import write_report
    from harness.report.merge import merge, run_names
    from harness.results import priced

    usd_per_hour = price(arguments.usd_per_hour)
    sources = [Path(name) for name in arguments.run]
    if len(sources) > 1 and arguments.to is None:
        raise UserError(f"{len(sources)} runs make one report: say where it goes with --to DIR.")
    results = merge(list(zip(run_names(sources), map(_results, sources), strict=True)))
    gate = _gate(sources[0]) if len(sources) == 1 else None
    if usd_per_hour is not None:
        results = priced(results, usd_per_hour)
    beside = sources[0] if sources[0].is_dir() else sources[0].parent
    print(write_report(results, Path(arguments.to) if arguments.to else beside, gate))
    return ExitCode.HELD


def _results(source: Path) -> dict[str, Any]:
    path = source / "results.json" if source.is_dir() else source
    if path.is_file():
        return read_results(path)
    if holds_records(source):
        return _from_store(source)
    raise UserError(f"{str(source)!r} holds no results.json and no records. Give a report directory or a store.")


def _gate(source: Path) -> dict[str, Any] | None:
    """The verdict beside a run's results, where the run was judged.

    Raises:
        UserError: it is damaged, or of another version.
    """
    path = (source if source.is_dir() else source.parent) / "gate.json"
    if not path.is_file():
        return None
    again = "Judge the run again (--baseline, or python -m harness compare), or take the file away."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: not valid JSON ({error}). {again}") from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA or "gates" not in content:
        raise UserError(f"{path}: not a gate.json of this version (schema {SCHEMA}). {again}")
    return content


def _from_store(directory: Path) -> dict[str, Any]:
    from harness.results import build_results

    measured = records_of(directory)
    if not measured:
        raise UserError(f"The store {str(directory)!r} holds no readable record.")
    last = max(one.record.started_at for one in measured)
    environment = {**measured[-1].record.environment, "device": measured[-1].trial.platform.device}
    return build_results(
        measured, {"generated_at": last, "command": [], "profile": "store", "environment": environment}
    )
