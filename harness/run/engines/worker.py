"""A warm worker process: imports once, then runs the jobs that come down its pipe."""

import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection

from harness.plan.job import Job
from harness.run.context import Progress
from harness.run.environment import quiet_libraries
from harness.schema.errors import UnwritableError

PROGRESS_EVERY_S = 0.2
PARENT_CHECK_S = 1.0


def main(pipe: Connection, threads: int) -> None:
    """Serves jobs until the pipe closes.

    Messages up: `("progress", phase, done, total)`, then `("done", measured)` or `("unwritable", why)`.
    """
    for stop in (signal.SIGINT, signal.SIGTERM):  # which reach the whole group; the parent decides
        signal.signal(stop, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()
    quiet_libraries(threads)
    import harness.run.trial  # noqa: F401  # now, and not within the first trial

    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(_answer(job, _progress(pipe)))
        except BrokenPipeError:
            return


def _answer(job: Job, progress: Progress) -> tuple[object, ...]:
    from harness.run.trial import run_trial

    try:
        return "done", run_trial(job.trial, job.inputs, progress, job.keep, job.scratch)
    except UnwritableError as error:
        return "unwritable", str(error)


def _progress(pipe: Connection) -> Progress:
    """Tells the parent, not more often than it can show."""
    last = 0.0

    def progress(phase: str, done: int, total: int) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= PROGRESS_EVERY_S:
            last = now
            pipe.send(("progress", phase, done, total))

    return progress


def _exit_with_parent(parent: int) -> None:
    """A parent killed outright closes nothing; its workers must not train on for nobody."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    sys.stderr.flush()
    os._exit(1)
