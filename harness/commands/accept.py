"""Accepts a run as a baseline: what later runs are compared with. Commit the directory that it writes."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.plan.reproduce import without
from harness.plugin.options import BY_FLAG, add_options, given_in
from harness.plugin.values import AsPath
from harness.schema.codec import read_value
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import Verdict, read_gate
from harness.schema.paths import DEFAULT_REPORT
from harness.schema.wording import counted
from harness.store.baselines import Baseline, accepted, baseline_directory, is_baseline, read_baseline, write_baseline
from harness.store.runs import find_run

ALIASES = ("bless",)
HELP = "accept a run's records as a baseline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runs = "a report directory, results.json or store"
    parser.add_argument("results", nargs="?", default=str(DEFAULT_REPORT), help=runs)
    parser.add_argument("--as", dest="name", required=True, metavar="NAME", help="what the baseline is called")
    add_options(parser.add_argument, ("--store",))


def run(arguments: argparse.Namespace) -> int:
    directory, results = baseline_directory(arguments.name), read_value(AsPath, arguments.results, "The run")
    found = find_run(str(results), BY_FLAG["--store"].read(given_in(arguments)))
    wrong = accepted(found.measured)
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise UserError(
            f"{arguments.results!r} cannot be accepted: {'; '.join(wrong[:5])}{more}. A baseline holds completed "
            "trials that keep every promise; mend them, or run without them."
        )
    before = read_baseline(directory) if is_baseline(directory) else None
    verdict = own_verdict(results)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    size = write_baseline(Baseline(arguments.name, now, without_places(found.command), found.measured), directory)
    trained, seeds = found.as_side().trials, len({one.trial.seed for one in found.measured} - {None})
    print(f"{counted(trained, 'trial')} under {counted(seeds, 'seed')}, {size / 1e6:.1f} MB: {directory}")
    if before is not None:
        print(f"It replaces the baseline of {before.accepted_at[:10]}; review it as a diff.")
    if verdict not in (None, Verdict.PASS):
        print(f"Its own gate said {verdict}: what you accept now is what later runs may be as bad as.")
    print(f"Judge a run against it: pytest suites/ --baseline {arguments.name}")
    return ExitCode.HELD


def own_verdict(results: Path) -> Verdict | None:
    """What the run's gate said, where a gate.json lies beside its results; a store and a baseline have none."""
    path = (results if results.is_dir() else results.parent) / "gate.json"
    return read_gate(path).verdict if path.exists() else None


def without_places(command: Sequence[str]) -> tuple[str, ...]:
    """The command without where its files went: that says nothing about the run, and a baseline is shared."""
    return without(("--store", "--report", "--junitxml"), command)
