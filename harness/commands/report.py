"""Makes the report again, from stored records or a results.json, without training."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.commands.destination import directory_for
from harness.judge.results import build_results, priced
from harness.plan.reproduce import commands_of_run
from harness.plugin.options import BY_FLAG, add_options, given_in
from harness.plugin.values import AsPath
from harness.report import write_report
from harness.report.model.merge import merge, run_names
from harness.schema.codec import read_value
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import read_gate
from harness.schema.measured import Measured
from harness.schema.paths import DEFAULT_REPORT
from harness.schema.results import Results, RunFields, read_results
from harness.store.runs import holds_records, records_of

HELP = "make the report again from stored records or a results.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runs = "report directories, results.json files or stores"
    parser.add_argument("run", nargs="*", default=[str(DEFAULT_REPORT)], help=runs)
    add_options(parser.add_argument, ("--usd-per-hour",))
    parser.add_argument("--to", metavar="DIR", help="where the report goes (default: beside a single run)")


def run(arguments: argparse.Namespace) -> int:
    usd_per_hour = BY_FLAG["--usd-per-hour"].read(given_in(arguments))
    sources: list[Path] = [read_value(AsPath, name, "The run") for name in arguments.run]
    if len(sources) > 1 and arguments.to is None:
        raise UserError(f"{len(sources)} runs make one report: say where it goes with --to DIR.")
    results = merge(list(zip(run_names(sources), map(_results, sources), strict=True)))
    if usd_per_hour is not None:
        results = priced(results, usd_per_hour)
    beside = sources[0] if sources[0].is_dir() else sources[0].parent
    judged = len(sources) == 1 and (beside / "gate.json").exists()
    gate = read_gate(beside / "gate.json") if judged else None
    print(write_report(results, directory_for(str(beside) if arguments.to is None else arguments.to, "--to"), gate))
    return ExitCode.HELD


def _results(source: Path) -> Results:
    path = source / "results.json" if source.is_dir() else source
    if path.is_file():
        return read_results(path)
    if not holds_records(source):
        raise UserError(f"{str(source)!r} holds no results.json and no records. Give a report directory or a store.")
    measured = records_of(source, lambda text: print(f"note: {text}", file=sys.stderr))
    if not measured:
        raise UserError(f"The store {str(source)!r} holds no readable record.")
    return results_of(measured, (), "store")


def results_of(measured: Sequence[Measured], command: Sequence[str], profile: str | None = None) -> Results:
    """A run as its records alone tell it."""
    last = measured[-1] if measured else None
    where = {} if last is None else {**last.record.environment, "device": last.trial.platform.device}
    latest = max((one.record.started_at for one in measured), default="")
    fields = RunFields(generated_at=latest, command=tuple(command), profile=profile, environment=where)
    return build_results(measured, fields, commands_of_run(measured, command))
