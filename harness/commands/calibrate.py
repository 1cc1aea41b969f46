"""Measures, on the records of a store, how often the judge cries wolf and how small a drop it sees.

Needs arms that were trained under at least twice as many seeds as one run has.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from harness.calibration import Calibration, calibrate
from harness.errors import UserError
from harness.exit_codes import ExitCode
from harness.measured import GENERAL, Bench, Measured
from harness.paths import DEFAULT_STORE
from harness.stats import SeedNoise
from harness.store import Store

NAME = "calibrate"
HELP = "false alarms and power of the judge, simulated from stored records"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", nargs="?", default=str(DEFAULT_STORE), help="a store with arms of many seeds")
    parser.add_argument("--seeds", type=int, default=2, help="seeds on each side (default: 2)")
    parser.add_argument("--simulations", type=int, default=1000, help="comparisons per arm (default: 1000)")
    parser.add_argument("--json", default=None, metavar="FILE", help="write the figures there as well")


def run(arguments: argparse.Namespace) -> int:
    if arguments.seeds < 1 or arguments.simulations < 1:
        raise UserError("--seeds and --simulations must be at least 1.")
    directory = Path(arguments.store)
    if not directory.is_dir():
        raise UserError(f"The store {str(directory)!r} does not exist. Give the directory that --store named.")
    bench = Bench(Store(directory).all())
    groups = [[one for one in group if one.completed] for group in bench.groups()]
    usable = [group for group in groups if len(group) >= 2 * arguments.seeds and group[0].trial.seed is not None]
    if not usable:
        raise UserError(
            f"No arm in {str(directory)!r} was trained under {2 * arguments.seeds} seeds or more. Train one: "
            f"pytest suites/ --methods lora --ranks 16 --quantization none --seeds {4 * arguments.seeds}"
        )
    rng = np.random.default_rng(0)
    found = [
        calibrate(group, arguments.seeds, arguments.simulations, rng, _noise_of_others(group, usable))
        for group in usable
    ]
    for one in found:
        print(said(one))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")
    return ExitCode.HELD


def _noise_of_others(group: list[Measured], usable: list[list[Measured]]) -> SeedNoise | None:
    """Seed noise of the other arms on the same target: the arm under test must not steady itself."""
    target = group[0].trial.target.name
    tasks = [score.task for score in group[0].record.general if score.kind == "choice"]
    peers = [one for peer in usable if peer is not group for one in peer if one.trial.target.name == target]
    return Bench(peers).seed_noise(target, GENERAL, tasks, "score")


def said(one: Calibration) -> str:
    """One line per arm."""
    power = ", ".join(f"{share:.0%} of {100 * drop:g}-point drops" for drop, share in one.power)
    return (
        f"{one.target} {one.arm}: {one.false_alarms:.1%} false alarms; sees {power} "
        f"({one.seeds} of {one.seeds_available} seeds a side, {one.items} items of {one.tasks} tasks, "
        f"{one.simulations} simulations)"
    )
