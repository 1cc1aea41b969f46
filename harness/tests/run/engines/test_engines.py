"""Do engines give the same records, survive what kills a worker, and leave nothing behind?"""

import os
import signal
import subprocess
import sys
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
from harness.schema.errors import UnwritableError, UserError
from harness.schema.measured import Measured
from harness.schema.paths import ROOT
from harness.schema.record import Status
from harness.store.scratch import PLACE, sweep
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


KILLED = """
import time
from multiprocessing import active_children

from harness.run.engines import make_engine
from harness.tests.run.engines.test_engines import ENDLESS, eventually, training

if __name__ == "__main__":
    engine = make_engine("local", 1, 1, lambda measured: None)
    engine.submit([[ENDLESS]])
    assert eventually(lambda: training(engine))
    print(active_children()[0].pid, flush=True)
    time.sleep(600)
"""

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


def kill_next_worker(but: list[int]) -> int:
    """Kills the first worker that is none of these, and returns it."""
    assert eventually(lambda: bool(set(workers()) - set(but)))
    (worker,) = set(workers()) - set(but)
    os.kill(worker, signal.SIGKILL)
    return worker


@pytest.mark.release
def test_base_arm_whose_worker_died_is_measured_once_more(start: Start) -> None:
    engine, finished = start("local")
    future = engine.submit([[BASE]])[BASE.trial.digest]
    kill_next_worker([])
    found = future.result(WAIT_S)
    assert found.completed, found.record.reason
    (note,) = found.record.notes
    assert note.startswith("its worker process died once, killed by signal 9")
    assert note.endswith("; measured again")
    assert finished == [found]


def test_base_arm_whose_worker_died_twice_has_failed(start: Start) -> None:
    engine, _ = start("local")
    future = engine.submit([[BASE]])[BASE.trial.digest]
    kill_next_worker([kill_next_worker([])])
    record = future.result(WAIT_S).record
    assert record.status is Status.FAILED
    assert "died twice: killed by signal 9" in (record.reason or "")


@pytest.mark.release
def test_signal_to_the_whole_group_is_the_parents_to_answer(start: Start) -> None:
    engine, _ = start("local")
    engine.submit([[ENDLESS]])
    assert eventually(lambda: training(engine))
    (worker,) = workers()
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(worker, number)
    time.sleep(0.5)
    assert workers() == [worker]
    assert training(engine)
    engine.close()
    assert workers() == []


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


@pytest.mark.parametrize(
    ("name", "jobs"), [("inline", 1), pytest.param("local", 1, marks=pytest.mark.release), ("local", 2)]
)
def test_record_that_cannot_be_kept_ends_all(name: str, jobs: int) -> None:
    tried = []

    def full_disk(measured: Measured) -> None:
        tried.append(measured.trial)
        raise UnwritableError("disk full")

    engine = make_engine(name, jobs, 1, full_disk)
    try:
        futures = engine.submit([[BASE, ENDLESS, JOB]])
        for future in futures.values():
            with pytest.raises(UnwritableError, match="disk full"):
                future.result(WAIT_S)
        assert tried == [BASE.trial], "nothing was measured in vain"
        assert engine.running() == []
        assert eventually(lambda: workers() == [])
    finally:
        engine.close()


@pytest.mark.parametrize("name", ["inline", pytest.param("local", marks=pytest.mark.release)])
def test_temporary_directory_that_cannot_be_written_ends_all(start: Start, tmp_path: Path, name: str) -> None:
    (tmp_path / "store").touch()
    engine, finished = start(name)
    futures = engine.submit([[replace(JOB, scratch=tmp_path / "store"), BASE]])
    for future in futures.values():
        with pytest.raises(UnwritableError, match=r"could not be written \(Not a directory\)"):
            future.result(WAIT_S)
    assert finished == []


@pytest.mark.release
def test_parent_that_is_killed_outright_takes_its_workers_along(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(KILLED)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        assert eventually(lambda: not alive(worker))
    finally:
        parent.kill()
        parent.communicate()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.release
def test_artifact_in_the_hands_of_a_killed_worker_is_swept_after_its_death(start: Start, tmp_path: Path) -> None:
    engine, _ = start("local")
    engine.submit([[replace(job_of(real_trial("full", seed=seed)), scratch=tmp_path) for seed in range(1000)]])
    assert eventually(lambda: len(workers()) == 1)
    (worker,) = workers()

    def held() -> list[Path]:
        return list((tmp_path / PLACE).glob("*/model.safetensors"))

    def caught() -> bool:
        os.kill(worker, signal.SIGSTOP)
        if not held():
            os.kill(worker, signal.SIGCONT)
        return bool(held())

    assert eventually(caught)
    (file,) = held()
    sweep(tmp_path)
    assert file.is_file(), "its worker lives"
    engine.close()
    assert not alive(worker)
    assert file.is_file()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_unknown_engine_is_refused() -> None:
    with pytest.raises(UserError, match="Did you mean 'local'"):
        make_engine("locla", 1, 1, lambda measured: None)
