"""What an engine is: takes groups of jobs, returns futures of what they measured."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Protocol

from harness.measured import Measured
from harness.setup import Inputs
from harness.trial import Trial


@dataclass(frozen=True)
class Job:
    """A trial and what its sources stand for; everything a worker needs."""

    trial: Trial
    inputs: Inputs
    keep: Path | None = None
    """Where what it trains is kept; None keeps nothing."""


Group = Sequence[Job]
"""Jobs that share a base and its quantization: run one after the other, they find warm caches."""


@dataclass
class Running:
    """What a worker is doing, for the progress line."""

    trial: Trial
    phase: str = "start"
    done: int = 0
    total: int = 1
    since: float = field(default_factory=monotonic)


OnResult = Callable[[Measured], None]
"""Called once per finished job, before its future is set; one call at a time per worker."""


class Engine(Protocol):
    """Runs jobs somewhere. Futures resolve in any order; a job's own failure is a record, not an exception."""

    def submit(self, groups: Sequence[Group]) -> dict[str, Future[Measured]]:
        """Starts the work and returns futures by trial digest, at once."""
        ...

    def running(self) -> list[Running]:
        """A snapshot of what the workers do now."""
        ...

    def close(self) -> None:
        """Stops what runs, cancels what has not started, and leaves no process behind."""
        ...
