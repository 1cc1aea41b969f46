"""What an engine is: takes groups of jobs, returns futures of what they measured."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from harness.plan.job import Group
from harness.schema.measured import Measured
from harness.schema.trial import Trial


@dataclass
class Running:
    """What a worker is doing, for the progress line."""

    trial: Trial
    phase: str = "start"
    done: int = 0
    total: int = 1
    since: float = field(default_factory=monotonic)


OnResult = Callable[[Measured], None]
"""Called once per finished job, before its future is set; one call at a time per worker. What it raises ends all."""


class Engine(Protocol):
    """Runs jobs somewhere. Futures resolve in any order; a job's own failure is a record, not an exception.

    Where a result cannot be kept, or nothing can be written any more, the engine ends by itself: what runs is stopped,
    nothing else is started, and every future that is not done gets that one exception.
    """

    def submit(self, groups: Sequence[Group]) -> dict[str, Future[Measured]]:
        """Starts the work and returns futures by trial digest, at once."""
        ...

    def running(self) -> list[Running]:
        """A snapshot of what the workers do now."""
        ...

    def close(self) -> None:
        """Stops what runs, cancels what has not started, and leaves no process behind."""
        ...
