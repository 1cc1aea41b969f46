"""A warm worker process: imports once, then runs the jobs that come down its pipe."""

import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection

from harness.run.environment import quiet_libraries

PROGRESS_EVERY_S = 0.2
PARENT_CHECK_S = 1.0


def main(pipe: Connection, threads: int) -> None:
    """Serves jobs until the pipe closes. Messages up: `("progress", phase, done, total)`, `("done", measured)`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()
    quiet_libraries(threads)
    from harness.run.trial import run_trial

    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        last = 0.0

        def progress(phase: str, done: int, total: int) -> None:
            nonlocal last
            if (now := time.monotonic()) - last >= PROGRESS_EVERY_S:
                last = now
                pipe.send(("progress", phase, done, total))

        measured = run_trial(job.trial, job.inputs, progress, job.keep)
        try:
            pipe.send(("done", measured))
        except BrokenPipeError:
            return


def _exit_with_parent(parent: int) -> None:
    """A parent killed outright closes nothing; its workers must not train on for nobody."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    sys.stderr.flush()
    os._exit(1)
