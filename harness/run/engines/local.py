"""Runs trials in warm processes on this machine, one thread each by default."""

import atexit
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from harness.plan.job import Group, Job
from harness.run.engines.protocol import OnResult, Running
from harness.run.engines.worker import main
from harness.schema.errors import UnwritableError
from harness.schema.measured import Measured, without_scores
from harness.schema.record import Status

CLOSE_S = 5.0


class Died(Exception):  # noqa: N818  # the worker's end, not the trial's
    """A worker process has ended under its trial; the text says how."""


class LocalEngine:
    """`jobs` worker processes, each fed by a thread of this one.

    A worker that dies (killed for memory, a crash in native code) costs the trial that it ran, which
    becomes a record of status `failed`; a fresh worker takes the next one. A base arm, without which no other
    trial can be compared, is measured once more first.
    """

    def __init__(self, jobs: int, threads: int, on_result: OnResult) -> None:
        self._threads = threads
        self._on_result = on_result
        self._context = multiprocessing.get_context("spawn")
        self._lock = threading.Lock()
        self._ended: BaseException | None = None
        """Why nothing is started any more."""
        self._queue: deque[tuple[Job, Future[Measured]]] = deque()
        self._running: dict[int, Running] = {}
        self._processes: dict[int, Any] = {}
        self._pipes: dict[int, Connection] = {}
        self._feeders = [threading.Thread(target=self._feed, args=(index,), daemon=True) for index in range(jobs)]
        atexit.register(self.close)  # workers leave to the parent when they end, and nobody else may have said so

    def submit(self, groups: Sequence[Group]) -> dict[str, Future[Measured]]:
        jobs = [job for group in groups for job in group]
        futures: dict[str, Future[Measured]] = {job.trial.digest: Future() for job in jobs}
        self._queue.extend((job, futures[job.trial.digest]) for job in jobs)
        for feeder in self._feeders[: len(self._queue)]:
            feeder.start()
        return futures

    def running(self) -> list[Running]:
        with self._lock:
            return list(self._running.values())

    def close(self) -> None:
        for future in self._end(InterruptedError("the engine was closed")):
            future.cancel()
        for feeder in self._feeders:
            if feeder.is_alive():
                feeder.join(CLOSE_S)
        for process in list(self._processes.values()):
            process.join(CLOSE_S)
        atexit.unregister(self.close)

    def _end(self, why: BaseException) -> list[Future[Measured]]:
        """Starts nothing any more and kills what runs. Returns the futures of what has not started."""
        with self._lock:
            self._ended = self._ended or why
            waiting = [future for _, future in self._queue]
            self._queue.clear()
            processes = list(self._processes.values())
        for process in processes:
            process.kill()
        return waiting

    def _feed(self, index: int) -> None:
        while (taken := self._next(index)) is not None:
            job, future = taken
            if not future.set_running_or_notify_cancel():
                continue
            try:
                measured = self._measured(index, job)
                if self._ended is not None:
                    raise self._ended
                self._on_result(measured)
            except BaseException as error:  # a full disk, say: nothing that comes later could be kept either
                for other in self._end(error):
                    other.set_exception(error)
                future.set_exception(self._ended or error)
            else:
                future.set_result(measured)
        if (pipe := self._pipes.pop(index, None)) is not None:
            pipe.close()  # the worker sees the end and leaves

    def _next(self, index: int) -> tuple[Job, Future[Measured]] | None:
        with self._lock:
            self._running.pop(index, None)
            if self._ended is not None or not self._queue:
                return None
            job, future = self._queue.popleft()
            self._running[index] = Running(job.trial)
            return job, future

    def _measured(self, index: int, job: Job) -> Measured:
        """What the trial measured; where its worker dies, a record that says so.

        Raises:
            UnwritableError: what it makes cannot be written.
            InterruptedError: the engine was closed.
        """
        try:
            return self._serve(index, job)
        except Died as first:
            if not job.trial.is_base:
                return without_scores(job.trial, Status.FAILED, f"its worker process died: {first}")
            note = f"its worker process died once, {first}; measured again"
        try:
            again = self._serve(index, job)
            return replace(again, record=replace(again.record, notes=(*again.record.notes, note)))
        except Died as second:
            return without_scores(job.trial, Status.FAILED, f"its worker process died twice: {second}")

    def _serve(self, index: int, job: Job) -> Measured:
        """Has the trial measured by this thread's worker, a fresh one where there is none.

        Raises:
            Died: the worker has.
        """
        try:
            pipe = self._pipes.get(index) or self._start(index)
            pipe.send(job)
            while (message := pipe.recv())[0] == "progress":
                with self._lock:
                    now = self._running[index]
                    now.phase, now.done, now.total = message[1:]
        except (EOFError, OSError) as error:
            how = self._buried(index, error)
            if self._ended is not None:
                raise self._ended from None
            raise Died(how) from None
        if message[0] == "unwritable":
            raise UnwritableError(message[1])
        measured: Measured = message[1]
        return measured

    def _start(self, index: int) -> Connection:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=main, args=(theirs, self._threads), daemon=True)
        # Set before the child starts: OpenMP reads it once, when torch is imported.
        with self._lock:
            if self._ended is not None:
                raise EOFError("the engine was closed")
            os.environ["OMP_NUM_THREADS"] = str(self._threads)
            process.start()
            self._processes[index] = process
        theirs.close()
        self._pipes[index] = ours
        return ours

    def _buried(self, index: int, error: Exception) -> str:
        """How the worker ended; a fresh one can take its place."""
        pipe, process = self._pipes.pop(index, None), self._processes.pop(index, None)
        if pipe is not None:
            pipe.close()
        if process is None:
            return f"none could be started ({error})"
        process.join(CLOSE_S)
        code = process.exitcode
        hint = " (often the system running out of memory)" if code == -9 else ""
        return f"killed by signal {-code}{hint}" if code is not None and code < 0 else f"exit code {code}"
