"""Do engines give the same records, survive what kills a worker, and leave nothing behind?"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pandas as pd
import pytest

from harness.data.readers.examples import Example
from harness.plan.job import Job
from harness.run.engines import Engine, make_engine
from harness.schema.errors import UserError
from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.tests.builders import job_of, real_trial

pytestmark = pytest.mark.trains

LONG = replace(real_trial("lora").recipe, steps=100_000)
WAIT_S = 120.0

JOB = job_of(real_trial("lora", 2))
ENDLESS = job_of(real_trial("lora", 4, recipe=LONG))
BASE = job_of(real_trial("lora").base_arm())


def broken(seed: int = 9) -> Job:
    """A job whose target holds what no tokenizer takes."""
    job = job_of(real_trial("lora", 2, seed=seed))
    torn = replace(job.inputs.target, test=(Example("e", "e", prompt="a", completion=None),))  # type: ignore[arg-type]
    return Job(job.trial, replace(job.inputs, target=torn))


Start = Callable[..., tuple[Engine, list[Measured]]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Makes engines, and closes them whatever happens."""
    engines: list[Engine] = []

    def make(name: str, jobs: int = 1) -> tuple[Engine, list[Measured]]:
        finished: list[Measured] = []
        engine = make_engine(name, jobs, 1, finished.append)
        engines.append(engine)
        return engine, finished

    yield make
    for engine in engines:
        engine.close()


def workers() -> list[int]:
    """Process ids of the living workers."""
    return [process.pid for process in active_children() if process.pid is not None]


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + WAIT_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def training(engine: Engine) -> bool:
    return any(one.phase == "train" for one in engine.running())


def test_inline_and_local_measure_the_same_bit_by_bit(start: Start) -> None:
    found = []
    for name in ("inline", "local"):
        engine, finished = start(name)
        futures = engine.submit([[JOB, BASE]])
        found.append([futures[job.trial.digest].result(WAIT_S) for job in (JOB, BASE)])
        assert [one.trial.digest for one in finished] == [JOB.trial.digest, BASE.trial.digest]
        engine.close()
        assert engine.running() == []
    for inline, local in zip(*found, strict=True):
        assert inline.record.status is Status.COMPLETED, inline.record.reason
        assert inline.record.loss_curve == local.record.loss_curve
        assert (inline.record.target, inline.record.general) == (local.record.target, local.record.general)
        pd.testing.assert_frame_equal(inline.items, local.items, check_exact=True)
    assert eventually(lambda: workers() == [])


def test_killed_worker_costs_its_trial_and_no_other(start: Start) -> None:
    engine, _ = start("local")
    futures = engine.submit([[ENDLESS, BASE]])
    assert eventually(lambda: training(engine))
    (worker,) = workers()
    os.kill(worker, signal.SIGKILL)
    lost = futures[ENDLESS.trial.digest].result(WAIT_S)
    assert lost.record.status is Status.FAILED
    assert "killed by signal 9 (often the system running out of memory)" in (lost.record.reason or "")
    assert futures[BASE.trial.digest].result(WAIT_S).completed


@pytest.mark.parametrize("name", ["inline", "local"])
def test_close_stops_what_runs_and_cancels_what_waits(start: Start, name: str) -> None:
    engine, finished = start(name)
    futures = engine.submit([[ENDLESS, BASE]])
    assert eventually(lambda: training(engine))
    engine.close()
    assert futures[BASE.trial.digest].cancelled()
    assert futures[ENDLESS.trial.digest].exception(timeout=WAIT_S) is not None
    assert finished == []
    assert eventually(lambda: workers() == [])


def test_close_leaves_no_worker_that_was_just_starting(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from harness.run.engines import local

    monkeypatch.setattr(local, "CLOSE_S", 1.0)
    engine, _ = start("local")
    assert isinstance(engine, local.LocalEngine)
    begin, closing = engine._start, threading.Event()

    def late(index: int) -> object:
        closing.wait(WAIT_S)
        return begin(index)

    monkeypatch.setattr(engine, "_start", late)
    engine.submit([[BASE]])
    threading.Timer(0.3, closing.set).start()
    engine.close()
    time.sleep(0.5)
    try:
        assert workers() == []
    finally:
        for worker in workers():
            os.kill(worker, signal.SIGKILL)


def test_exception_in_a_trial_is_a_record_with_its_traceback(start: Start) -> None:
    engine, _ = start("inline")
    job = broken()
    futures = engine.submit([[job, BASE]])
    record = futures[job.trial.digest].result(WAIT_S).record
    assert record.status is Status.FAILED
    assert "Traceback" in (record.reason or "")
    assert futures[BASE.trial.digest].result(WAIT_S).completed


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MemoryError("no"), Status.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), Status.OUT_OF_MEMORY),
        (UserError("this cannot be"), Status.UNSUPPORTED),
        (RuntimeError("else"), Status.FAILED),
    ],
    ids=["no memory", "no memory on the CPU", "an impossible wish", "a crash"],
)
def test_status_after(monkeypatch: pytest.MonkeyPatch, start: Start, error: Exception, status: Status) -> None:
    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr("harness.run.context.load_model", fail)
    engine, _ = start("inline")
    record = engine.submit([[BASE]])[BASE.trial.digest].result(WAIT_S).record
    assert record.status is status
    assert str(error) in (record.reason or "")


def test_divergence_is_a_finding_with_its_step(start: Start) -> None:
    engine, _ = start("inline")
    wild = job_of(real_trial("full", learning_rate=1e30))
    record = engine.submit([[wild]])[wild.trial.digest].result(WAIT_S).record
    assert record.status is Status.DIVERGED
    assert "not finite" in (record.reason or "") or "at step" in (record.reason or "")


def test_record_that_cannot_be_kept_reaches_the_one_who_waits(tmp_path: Path) -> None:
    def full_disk(measured: Measured) -> None:
        raise OSError("disk full")

    engine = make_engine("inline", 1, 1, full_disk)
    try:
        future = engine.submit([[BASE]])[BASE.trial.digest]
        with pytest.raises(OSError, match="disk full"):
            future.result(WAIT_S)
    finally:
        engine.close()


def test_unknown_engine_is_refused() -> None:
    with pytest.raises(UserError, match="Did you mean 'local'"):
        make_engine("locla", 1, 1, lambda measured: None)
