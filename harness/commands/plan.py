"""Prints what `pytest suites/` would run, like its option --plan; takes the same options."""

import argparse
import subprocess
import sys
from pathlib import Path

from harness.schema.paths import SUITES

HELP = "print what the suites would run; options as for pytest suites/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.prefix_chars = "\0"  # else argparse would look for the first option among its own
    parser.add_argument("options", nargs=argparse.REMAINDER, help="options of pytest suites/")


def run(arguments: argparse.Namespace) -> int:
    suites = SUITES.name if Path(SUITES.name).is_dir() else str(SUITES)
    pytest = [sys.executable, "-m", "pytest", "-p", "harness.plugin"]  # a project's own conftest.py loads it as well
    return subprocess.run([*pytest, suites, "--plan", "-q", *arguments.options], check=False).returncode
