"""`python -m harness.testbed build|check`: make the embedded model and its tasks again, or verify them."""

import argparse
import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.testbed.build import build
from harness.testbed.check import differences, score_differences
from harness.testbed.pretrain import Recipe
from harness.testbed.shipped import FIXTURES


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m harness.testbed", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="tokenizer, tasks, weights and card from a seed")
    make.add_argument("--minutes", type=float, help="train about this long instead of the shipped number of steps")
    make.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    make.add_argument("--seed", type=int, default=Recipe().seed, help="seed of tokenizer, tasks and weights")
    make.add_argument("--tasks-only", action="store_true", help="write the task files and stop")
    verify = commands.add_parser("check", help="are the files what their card says?")
    verify.add_argument("--scores", action="store_true", help="measure the accuracies again, too")
    for command in (make, verify):
        command.add_argument("--out", type=Path, default=FIXTURES, help="folder of model/ and tasks/")
    return parser.parse_args(arguments)


def _build(given: argparse.Namespace) -> ExitCode:
    cores = os.cpu_count() or 1
    if not 1 <= given.threads <= cores:
        raise UserError(f"--threads {given.threads} is not allowed; this machine takes 1 to {cores}.")
    if given.minutes is not None and not 0 < given.minutes < 10_000:
        raise UserError(f"--minutes {given.minutes} is not allowed; give a number above 0 and below 10000.")
    if given.out.exists() and not given.out.is_dir():
        raise UserError(f"--out {given.out} is a file; name a folder.")
    recipe = replace(Recipe(), seed=given.seed)
    say = partial(print, flush=True)
    build(given.out, recipe, say, given.threads, given.minutes, given.tasks_only)
    return ExitCode.HELD


def _check(given: argparse.Namespace) -> ExitCode:
    found = differences(given.out)
    if given.scores and not found:
        found = score_differences(given.out)
    print("\n".join(found) if found else f"{given.out} is what its card says")
    return ExitCode.FAILED if found else ExitCode.HELD


def main(arguments: list[str]) -> ExitCode:
    """Runs one command; a user's error is one line on stderr and a usage exit code, never a traceback."""
    given = _arguments(arguments)
    try:
        return _build(given) if given.command == "build" else _check(given)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
