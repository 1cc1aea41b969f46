"""Runs trials in warm processes on this machine, one thread each by default."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from multiprocessing.connection import Connection
from typing import Any

from harness.plan.job import Group, Job
from harness.run.engines.protocol import OnResult, Running
from harness.run.engines.worker import main
from harness.schema.measured import Measured, without_scores
from harness.schema.record import Status

CLOSE_S = 5.0


class LocalEngine:
    """`jobs` worker processes, each fed by a thread of this one.

    A worker that dies (killed for memory, a crash in native code) costs the trial that it ran, which
    becomes a record of status `failed`; a fresh worker takes the next one.
    """

    def __init__(self, jobs: int, threads: int, on_result: OnResult) -> None:
        self._threads = threads
        self._on_result = on_result
        self._context = multiprocessing.get_context("spawn")
        self._lock = threading.Lock()
        self._closing = False
        self._queue: deque[tuple[Job, Future[Measured]]] = deque()
        self._running: dict[int, Running] = {}
        self._processes: dict[int, Any] = {}
        self._feeders = [threading.Thread(target=self._feed, args=(index,), daemon=True) for index in range(jobs)]

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
        with self._lock:
            self._closing = True
            waiting = list(self._queue)
            self._queue.clear()
            processes = list(self._processes.values())
        for _, future in waiting:
            future.cancel()
        for process in processes:
            process.kill()
        for feeder in self._feeders:
            if feeder.is_alive():
                feeder.join(CLOSE_S)

    def _feed(self, index: int) -> None:
        pipe: Connection | None = None
        while True:
            with self._lock:
                if self._closing or not self._queue:
                    break
                job, future = self._queue.popleft()
                self._running[index] = Running(job.trial)
            if not future.set_running_or_notify_cancel():
                continue
            try:
                pipe = pipe or self._start(index)
                measured = self._serve(index, pipe, job)
            except (EOFError, OSError) as error:
                measured, pipe = self._lost(index, job, error), None
            with self._lock:
                self._running.pop(index, None)
                closing = self._closing
            if closing:
                future.set_exception(InterruptedError("the engine was closed"))
                break
            try:
                self._on_result(measured)
                future.set_result(measured)
            except BaseException as error:  # a full disk, say: the waiting test must hear of it
                future.set_exception(error)
        if pipe is not None:
            pipe.close()  # the worker sees the end and leaves

    def _start(self, index: int) -> Connection:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=main, args=(theirs, self._threads), daemon=True)
        # Set before the child starts: OpenMP reads it once, when torch is imported.
        with self._lock:
            if self._closing:
                raise EOFError("the engine was closed")
            os.environ["OMP_NUM_THREADS"] = str(self._threads)
            process.start()
            self._processes[index] = process
        theirs.close()
        return ours

    def _serve(self, index: int, pipe: Connection, job: Job) -> Measured:
        pipe.send(job)
        while True:
            message = pipe.recv()
            if message[0] == "done":
                measured: Measured = message[1]
                return measured
            with self._lock:
                now = self._running[index]
                now.phase, now.done, now.total = message[1:]

    def _lost(self, index: int, job: Job, error: Exception) -> Measured:
        process = self._processes.pop(index, None)
        if process is None:
            return without_scores(job.trial, Status.FAILED, f"no worker process could be started ({error})")
        process.join(CLOSE_S)
        code = process.exitcode
        cause = f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        hint = " (often the system running out of memory)" if code == -9 else ""
        return without_scores(job.trial, Status.FAILED, f"its worker process died: {cause}{hint}")
