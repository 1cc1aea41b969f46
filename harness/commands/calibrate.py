"""Measures, on stored records, how often the gate fails where nothing changed and how small a drop it catches.

Needs an arm that was trained under at least twice as many seeds as one side has, or, with --twin, a second run
of the same seeds after a change that should not matter.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from harness.commands.destination import file_for
from harness.judge.gate.calibration import RESHUFFLED, Calibration, calibrate
from harness.judge.gate.judgement import seeds_at_looks
from harness.judge.gate.margins import load_margins
from harness.judge.gate.options import GateChoices
from harness.judge.pairing import Bench
from harness.plugin.options import BY_FLAG, add_options, given_in, read_all
from harness.plugin.values import AsSeedCount, AsSimulations
from harness.schema.atomic import write_atomically
from harness.schema.codec import read_value
from harness.schema.edge import writing
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.measured import Measured
from harness.schema.paths import DEFAULT_REPORT
from harness.schema.typed import PathText
from harness.schema.wording import counted
from harness.store.runs import find_run

HELP = "false alarms and power of the gate, simulated from stored records"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runs = "a report directory, results.json, store or baseline"
    parser.add_argument("run", nargs="?", default=str(DEFAULT_REPORT), help=f"a run with many seeds: {runs}")
    parser.add_argument("--twin", metavar="RUN", help="the same seeds after a change that should not matter")
    seeds = "seeds on each side (default: 12, as the profile gate has)"
    parser.add_argument("--seeds", default="12", metavar="N", help=seeds)
    parser.add_argument("--simulations", default="300", metavar="N", help="gates per arm (default: 300)")
    add_options(parser.add_argument, ("--max-seeds", "--gates", "--store"))
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")


def run(arguments: argparse.Namespace) -> int:
    given, seeds = given_in(arguments), read_value(AsSeedCount, arguments.seeds, "--seeds")
    simulations = read_value(AsSimulations, arguments.simulations, "--simulations")
    choices, store = read_all(GateChoices, given), BY_FLAG["--store"].read(given)
    figures = None if arguments.json is None else file_for(arguments.json, "--json")
    if choices.max_seeds is not None and choices.max_seeds < seeds:
        raise UserError(f"--max-seeds {choices.max_seeds} is less than --seeds {seeds}. Give more, or fewer --seeds.")
    margins = load_margins(choices.gates)
    groups = _groups(find_run(read_value(PathText, arguments.run, "The run"), store).measured)
    twin = read_value(PathText | None, arguments.twin, "--twin")
    twins = None if twin is None else _groups(find_run(twin, store).measured)
    looks = seeds_at_looks(seeds, choices.max_seeds)
    rng, found = np.random.default_rng(0), []
    needed = looks[-1] if twins is not None else 2 * looks[-1]
    for key, group in groups.items():
        other = None if twins is None else {one.trial.seed: one for one in twins.get(key, ())}
        both = [one for one in group if other is None or one.trial.seed in other]
        if len(both) >= needed:
            twin = None if other is None else [other[one.trial.seed] for one in both]
            found.append(calibrate(both, twin, looks, margins, simulations, rng))
            print(said(found[-1]), flush=True)
    if not found:
        raise UserError(
            f"No arm of {arguments.run!r} was trained under {counted(needed, 'seed')} or more"
            f"{'' if twins is None else ' on both sides'}. Train one: pytest suites/ --profile gate --seeds {needed}"
        )
    if figures is not None:
        with writing(f"--json {figures}", "The figures stand above."):
            write_atomically(figures, json.dumps([asdict(one) for one in found], indent=1) + "\n")
    return ExitCode.HELD


def _groups(measured: Sequence[Measured]) -> dict[tuple[str, str], list[Measured]]:
    """Completed trials of every arm that has seeds."""
    seeded = [one for one in measured if one.completed and one.trial.seed is not None]
    return {(group[0].trial.target.name, group[0].trial.arm): group for group in Bench(seeded).groups()}


def said(one: Calibration) -> str:
    """A few lines per arm."""
    seeds = ", ".join(map(str, one.seeds))
    of = f"{one.seeds_available} trained" if one.design == RESHUFFLED else f"{one.seeds_available} pairs"
    calm = one.false_alarms
    lines = [
        f"{one.target} {one.arm}, {one.design}: {seeds} seeds a side (of {of}), {counted(one.items, 'item')} of "
        f"{counted(one.tasks, 'general task')}, {counted(one.simulations, 'simulation')}",
        f"  nothing changed: false alarms {calm.failed:.1%}; passed {calm.passed:.0%}, "
        f"inconclusive {calm.inconclusive:.0%}",
    ]
    lines += [
        f"  {100 * drop:g}-point drop: failed {whole.failed:.0%}, passed {whole.passed:.1%} "
        f"(mean general accuracy alone: failed {overall.failed:.0%}, passed {overall.passed:.1%})"
        for drop, whole, overall in one.power
    ]
    lines += [
        f"  {100 * drop:g} points lost in one general task alone: failed {whole.failed:.0%}, passed {whole.passed:.1%}"
        for drop, whole in one.one_task
    ]
    return "\n".join(lines)
