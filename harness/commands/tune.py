"""Tunes learning rates: the same number of rates, steps and seeds for every arm, chosen on the validation split.

Takes the options of `pytest suites/`. Writes the sweeps, trial by trial, to a JSON file; sweeps of the same
arm that were there before are replaced, others stay. Then every arm trains once more at its rate and those next to it,
to show what it gains and forgets there.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from harness.commands.destination import file_for
from harness.plan.learning_rates import FILE, SHIPPED, add_tuned
from harness.plan.sweep import GRID, arms_that_train, grid_for, read_grid, seeds_beside
from harness.plugin.options import OPTIONS, add_options, given_in, read_choices
from harness.plugin.values import AsPath
from harness.run.progress import Terminal
from harness.run.session import RunSession
from harness.run.tuning import note, plan_sweep, run_sweep, said, with_forgetting
from harness.schema.codec import read_value
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT
from harness.schema.wording import counted

HELP = "sweep learning rates with an equal budget per method"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser.add_argument, [option.flag for option in OPTIONS if option.sweeps])
    grid = f"TOML with [rates] per method (default: {GRID.name} for the embedded model, else around documented rates)"
    parser.add_argument("--grid", metavar="FILE", help=grid)
    out = f"where the sweeps go (default: what ships, in a checkout of the harness; else {FILE} beside the records)"
    parser.add_argument("--out", metavar="FILE", help=out)
    parser.add_argument("--no-forgetting", action="store_true", help="leave out general tasks around the chosen rates")


def run(arguments: argparse.Namespace) -> int:
    choices = read_choices(given_in(arguments))
    if arguments.no_forgetting:
        choices = replace(choices, profile=replace(choices.profile, general=()))
    given = read_value(AsPath | None, arguments.grid, "--grid")
    grid = grid_for(choices.profile.base_model) if given is None else read_grid(given)
    shipped = SHIPPED if Path.cwd() == ROOT else choices.store / FILE
    out = shipped if arguments.out is None else file_for(arguments.out, "--out")
    run, seeds = RunSession(choices), choices.profile.seeds
    seeds = seeds_beside(seeds) if arguments.seeds is None else seeds
    session = plan_sweep(run, arms_that_train(run.workload), grid, seeds)
    found = run_sweep(session, Terminal())
    if found.tuned and run.workload.general:
        found = with_forgetting(run, found, seeds[0], Terminal())
    add_tuned(found.tuned.values(), out, note("python -m harness tune", session))
    print(*said(found), f"{counted(len(found.tuned), 'sweep')} written to {out}", sep="\n")
    return ExitCode.FAILED if found.failed or not found.tuned else ExitCode.HELD
