"""Tunes learning rates: the same number of rates, steps and seeds for every arm, chosen on the validation split.

Takes the options of `pytest suites/`. Writes the sweeps, trial by trial, to a JSON file; sweeps of the same
arm that were there before are replaced, others stay.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from harness.plan.learning_rates import FILE, SHIPPED, add_tuned
from harness.plan.sweep import GRID, arms_that_train, grid_for, read_grid, sweep
from harness.plugin.options import OPTIONS, add_options, given_in, read_choices
from harness.run.session import RunSession
from harness.run.terminal import Printed
from harness.run.tuning import note, run_sweep, said
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT

NAME = "tune"
HELP = "sweep learning rates with an equal budget per method"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser.add_argument, [option.flag for option in OPTIONS if option.sweeps])
    grid = f"TOML with [rates] per method (default: {GRID.name} for the embedded model, else around documented rates)"
    parser.add_argument("--grid", default=None, metavar="FILE", help=grid)
    out = f"where the sweeps go (default: what ships, in a checkout of the harness; else {FILE} beside the records)"
    parser.add_argument("--out", default=None, metavar="FILE", help=out)


def run(arguments: argparse.Namespace) -> int:
    choices = read_choices(given_in(arguments))
    choices = replace(choices, profile=replace(choices.profile, general=()))
    grid = grid_for(choices.profile.base_model) if arguments.grid is None else read_grid(Path(arguments.grid))
    whole = RunSession(choices)
    arms = arms_that_train(whole.workload)
    session = RunSession(choices, sweep(whole.workload, arms, grid, choices.profile.seeds))
    found = run_sweep(session, Printed())
    own = SHIPPED if Path.cwd() == ROOT else choices.store / FILE
    out = own if arguments.out is None else Path(arguments.out)
    add_tuned(found.tuned.values(), out, note("python -m harness tune", session))
    for line in said(found):
        print(line)
    print(f"{len(found.tuned)} sweeps written to {out}")
    return ExitCode.FAILED if found.failed or not found.tuned else ExitCode.HELD
