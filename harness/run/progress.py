"""The live line: what runs, what is done, what is left, and until when. On a live terminal it is rewritten in place."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter

from harness.run.engines import Running
from harness.schema.measured import Measured
from harness.schema.trial import Trial

POLL_S = 0.25
HEARTBEAT_S = 30.0
"""Where no line can be rewritten, one is printed per finished trial, and at least this often."""


class Terminal:
    """Takes whole lines, and, where it is live, one that is rewritten in place. This one prints them."""

    @property
    def live(self) -> bool:
        """Whether a line can be rewritten."""
        return False

    def line(self, text: str) -> None:
        """Adds a line, below one that was being rewritten."""
        print(text, flush=True)

    def rewrite(self, text: str) -> None:
        """Puts the text in place of what was last rewritten; only where live."""

    def end(self) -> None:
        """Ends the line that was being rewritten, if one was."""


@dataclass
class Progress:
    """Waits for futures and says meanwhile how the run goes.

    Attributes:
        total: trials to run.
        estimate: seconds they are expected to take, None where unknown.
        running: what the engine's workers do now.
        prefix: what every line begins with.
        name: what a trial is called.
    """

    terminal: Terminal
    total: int
    estimate: float | None
    running: Callable[[], list[Running]]
    prefix: str = ""
    name: Callable[[Trial], str] = attrgetter("id")

    def __post_init__(self) -> None:
        self._start = self._said = time.monotonic()
        self._done: list[Measured] = []
        self._printed = 0

    def finished(self, measured: Measured) -> None:
        """Notes a finished trial; called from the engine's threads, prints nothing."""
        self._done.append(measured)

    def wait(self, future: "Future[Measured]") -> Measured:
        """The future's result. Ctrl-C is seen within `POLL_S`."""
        while not future.done():
            with suppress(TimeoutError):
                future.exception(timeout=POLL_S)
            self._draw()
        return future.result()

    def close(self) -> None:
        """Leaves the terminal at the beginning of a line."""
        self._print_new()
        self.terminal.end()

    def _draw(self) -> None:
        if self.terminal.live:
            self.terminal.rewrite(self.line(self.running()))
            return
        self._print_new()
        if time.monotonic() - self._said >= HEARTBEAT_S:
            self._say(self.line(self.running()))

    def _print_new(self) -> None:
        for measured in () if self.terminal.live else self._done[self._printed :]:
            self._printed += 1
            count, name, record = f"[{self._printed}/{self.total}]", self.name(measured.trial), measured.record
            self._say(f"{self.prefix}{count} {name} {record.status} in {record.duration_s:.1f} s")

    def _say(self, text: str) -> None:
        self.terminal.line(text)
        self._said = time.monotonic()

    def line(self, running: Sequence[Running]) -> str:
        """`12/42 done, 30 left, about 2:10 | new-facts-lora-r4-s0 train 60 % | ...`."""
        done = len(self._done)
        remaining = self.remaining_s(time.monotonic() - self._start, done)
        until = "" if remaining is None else f", {about(remaining)}"
        left = f"{self.prefix}{done}/{self.total} done, {self.total - done} left{until}"
        now = [f"{self.name(one.trial)} {one.phase} {100 * one.done // max(one.total, 1)} %" for one in running]
        return " | ".join([left, *now])

    def remaining_s(self, elapsed: float, done: int) -> float | None:
        """Seconds left: from the pace so far once a few trials are done, before that from the estimate."""
        if done >= 3:
            return elapsed / done * (self.total - done)
        return None if self.estimate is None else max(0.0, self.estimate - elapsed)


def about(seconds: float | None) -> str:
    """An estimate in words."""
    return "unknown, nothing like it was measured here yet" if seconds is None else f"about {clock(seconds)}"


def clock(seconds: float) -> str:
    """`2:05`, or `1:02:05` from an hour up."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
