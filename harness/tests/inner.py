"""A run of pytest inside this process, which has torch loaded: one of its own spends its time on importing that."""

import contextlib
import io
from dataclasses import dataclass

import pytest

from harness.schema.paths import ROOT

WITHOUT = ("-p", "no:cacheprovider", "-p", "no:unraisableexception")


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what it printed."""

    code: int
    stdout: str
    stderr: str


def run_pytest(*arguments: str) -> Ran:
    """As `pytest ARGUMENTS` at the root of the repository, without the garbage collections in which it ends."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        code = pytest.main([*WITHOUT, *arguments])
    return Ran(int(code), stdout.getvalue(), stderr.getvalue())
