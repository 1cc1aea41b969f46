"""pytest's terminal reporter, as what a run tells how it goes."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from harness.run.progress import Terminal


def terminal_of(config: pytest.Config) -> Terminal:
    """pytest's own terminal, or plain lines where it was switched off (`-p no:terminal`)."""
    return ReporterTerminal(config) if config.pluginmanager.has_plugin("terminalreporter") else Terminal()


class ReporterTerminal(Terminal):
    """Lets everything through at once: tests wait inside fixtures, where pytest captures all output."""

    def __init__(self, config: pytest.Config) -> None:
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._open = False

    @property
    def live(self) -> bool:
        return bool(self._reporter.isatty)

    def line(self, text: str) -> None:
        self.end()
        with self._uncaptured():
            self._reporter.ensure_newline()
            if self._reporter._tw.width_of_current_line:  # of the last tests, when all have ended
                self._reporter.write_line("")
            self._reporter.write_line(text)
            self._reporter.flush()  # into a pipe, too: who follows a log waits for it

    def rewrite(self, text: str) -> None:
        with self._uncaptured():
            self._reporter.rewrite(text[: self._reporter._tw.fullwidth - 1], erase=True)
            self._reporter.flush()
        self._open = True

    def end(self) -> None:
        if self._open:
            with self._uncaptured():
                self._reporter.write_line("")
        self._open = False

    def _uncaptured(self) -> AbstractContextManager[None]:
        return nullcontext() if self._capture is None else self._capture.global_and_fixture_disabled()
