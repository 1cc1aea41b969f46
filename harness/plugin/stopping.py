"""How a run ends before its time: by a user's mistake found in the middle, by a signal, or because it only plans."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from harness.run.progress import Terminal
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode


@contextmanager
def told(terminal: Terminal) -> Iterator[None]:
    """A user's mistake, or a want of the machine's, that is found in the middle of a run ends it with one message."""
    try:
        yield
    except UserError as error:
        terminal.line(f"ERROR: {error}")
        pytest.exit("the run cannot go on", returncode=ExitCode.USAGE_ERROR)


def end_on_sigterm() -> Any:
    """What stops a job of a cluster ends the run as Ctrl-C does: the report of what is there is written.

    Returns:
        The handler of before; None where none was set.
    """

    def end(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: the report is being written
        raise KeyboardInterrupt

    on_main = threading.current_thread() is threading.main_thread()
    return signal.signal(signal.SIGTERM, end) if on_main else None


def keep_nothing(config: pytest.Config) -> None:
    """A run that only plans writes nothing, not even what pytest keeps of the last run."""
    for name in ("lfplugin", "nfplugin", "stepwiseplugin"):
        if config.pluginmanager.has_plugin(name):
            config.pluginmanager.unregister(name=name)
