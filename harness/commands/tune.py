"""Tunes learning rates: the same number of rates, steps and seeds for every arm, chosen on the validation split.

Takes the options of `pytest suites/`. Writes the sweeps, trial by trial, to a JSON file; sweeps of the same
arm that were there before are replaced, others stay.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from harness.plan.learning_rates import SHIPPED, add_tuned
from harness.plan.sweep import GRID, arms_that_train, grid_for, read_grid, sweep
from harness.plugin.options import OPTIONS, read_options
from harness.run.session import RunSession
from harness.run.tuning import note, run_sweep, said
from harness.schema.exit_codes import ExitCode

NAME = "tune"
HELP = "sweep learning rates with an equal budget per method"

UNUSED = ("--report", "--general", "--candidate", "--baseline", "--gates", "--settle", "--allow", "--usd-per-hour")
"""Options of the suites that say nothing about a sweep."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for option in OPTIONS:
        if option.metavar is not None and option.flag not in UNUSED:
            parser.add_argument(option.flag, metavar=option.metavar, default=option.default, help=option.help)
    grid = f"TOML with [rates] per method (default: {GRID.name} for the embedded model, else around documented rates)"
    parser.add_argument("--grid", default=None, metavar="FILE", help=grid)
    parser.add_argument("--out", default=str(SHIPPED), metavar="FILE", help="where the sweeps go")


def run(arguments: argparse.Namespace) -> int:
    known = {option.flag: option.default for option in OPTIONS} | {"--general": None}
    choices = read_options(lambda flag: getattr(arguments, flag[2:].replace("-", "_"), known[flag]))
    choices = replace(choices, profile=replace(choices.profile, general=()))
    grid = grid_for(choices.profile.base_model) if arguments.grid is None else read_grid(Path(arguments.grid))
    whole = RunSession(choices)
    arms = arms_that_train(whole.workload)
    session = RunSession(choices, sweep(whole.workload, arms, grid, choices.profile.seeds))
    found = run_sweep(session, _Lines())
    add_tuned(found.tuned.values(), Path(arguments.out), note("python -m harness tune", session))
    for line in said(found):
        print(line)
    print(f"{len(found.tuned)} sweeps written to {arguments.out}")
    return ExitCode.FAILED if found.failed or not found.tuned else ExitCode.HELD


class _Lines:
    """As much of pytest's terminal reporter as the progress line needs."""

    isatty = False

    def ensure_newline(self) -> None: ...

    def write_line(self, line: str) -> None:
        print(line, flush=True)
