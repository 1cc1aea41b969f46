"""Makes the report again, from stored records or a results.json, without training."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from harness.judge.results import build_results, priced
from harness.plan.reproduce import commands_of_run
from harness.plugin.options import BY_FLAG, add_options, given_in
from harness.report import write_report
from harness.report.model.merge import merge, run_names
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import GateContent, read_gate
from harness.schema.measured import Measured
from harness.schema.paths import DEFAULT_REPORT
from harness.schema.results import Results, RunFields, read_results
from harness.store.runs import holds_records, records_of

NAME = "report"
HELP = "make the report again from stored records or a results.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run", nargs="*", default=[str(DEFAULT_REPORT)], help="report directories, results.json files or stores"
    )
    add_options(parser.add_argument, ("--usd-per-hour",))
    parser.add_argument(
        "--to", default=None, metavar="DIR", help="where the report goes (default: beside a single run)"
    )


def run(arguments: argparse.Namespace) -> int:
    usd_per_hour = BY_FLAG["--usd-per-hour"].read(given_in(arguments))
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


def _results(source: Path) -> Results:
    path = source / "results.json" if source.is_dir() else source
    if path.is_file():
        return read_results(path)
    if holds_records(source):
        return _from_store(source)
    raise UserError(f"{str(source)!r} holds no results.json and no records. Give a report directory or a store.")


def _gate(source: Path) -> GateContent | None:
    """The verdict beside a run's results, where the run was judged."""
    path = (source if source.is_dir() else source.parent) / "gate.json"
    return read_gate(path) if path.is_file() else None


def _from_store(directory: Path) -> Results:
    measured = records_of(directory)
    if not measured:
        raise UserError(f"The store {str(directory)!r} holds no readable record.")
    return results_of(measured, (), "store")


def results_of(measured: Sequence[Measured], command: Sequence[str], profile: str | None = None) -> Results:
    """A run as its records alone tell it."""
    where = ({**one.record.environment, "device": one.trial.platform.device} for one in reversed(measured))
    fields = RunFields(
        generated_at=max((one.record.started_at for one in measured), default=""),
        command=tuple(command),
        profile=profile,
        environment=next(where, {}),
    )
    return build_results(measured, fields, commands_of_run(measured, command))
