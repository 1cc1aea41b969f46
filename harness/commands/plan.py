"""Prints what `pytest suites/` would run, like its option --plan; takes the same options."""

import argparse
import subprocess
import sys

NAME = "plan"
HELP = "print what the suites would run; options as for pytest suites/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("options", nargs=argparse.REMAINDER, help="options of pytest suites/")


def run(arguments: argparse.Namespace) -> int:
    from harness.schema.paths import ROOT

    command = [sys.executable, "-m", "pytest", str(ROOT / "suites"), "--plan", "-q", *arguments.options]
    return subprocess.run(command, check=False).returncode
