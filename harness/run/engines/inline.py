"""Runs trials in this process, one after the other, in a thread that the waiting tests can watch."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from harness.plan.job import Group, Job
from harness.run.engines.protocol import OnResult, Running
from harness.run.environment import quiet_libraries
from harness.schema.measured import Measured


class Cancelled(BaseException):
    """Raised inside a trial when the engine closes; no trial catches it as a failure of its own."""


class InlineEngine:
    """One job at a time in this process, however many `jobs` are asked for, with `threads` torch threads."""

    def __init__(self, jobs: int, threads: int, on_result: OnResult) -> None:
        self._threads = threads
        self._on_result = on_result
        self._closing = threading.Event()
        self._ended: BaseException | None = None
        """Why nothing is started any more."""
        self._now: Running | None = None
        self._executor = ThreadPoolExecutor(1, "trial")

    def submit(self, groups: Sequence[Group]) -> dict[str, Future[Measured]]:
        return {job.trial.digest: self._executor.submit(self._run, job) for group in groups for job in group}

    def running(self) -> list[Running]:
        return list(filter(None, [self._now]))

    def close(self) -> None:
        self._closing.set()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job) -> Measured:
        if self._ended is not None:
            raise self._ended
        try:
            measured = self._measured(job)
            self._on_result(measured)
        except BaseException as error:  # a full disk, say: nothing that comes later could be kept either
            self._ended = error
            raise
        return measured

    def _measured(self, job: Job) -> Measured:
        from harness.run.trial import run_trial

        quiet_libraries(self._threads)
        now = self._now = Running(job.trial)

        def progress(phase: str, done: int, total: int) -> None:
            now.phase, now.done, now.total = phase, done, total
            if self._closing.is_set():
                raise Cancelled

        try:
            return run_trial(job.trial, job.inputs, progress, job.keep, job.scratch)
        finally:
            self._now = None
