"""Does a run that cannot keep what it measures end at once with one message, and one that only plans write nothing?"""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.plugin.options import read_choices
from harness.run.progress import Terminal
from harness.run.session import RunSession
from harness.schema.errors import UserError
from harness.schema.trial import Trial
from harness.store.records import Store
from harness.store.scratch import PLACE
from harness.tests.builders import make_measured

SMALL = {
    "--methods": "lora",
    "--ranks": "2",
    "--seeds": "6",
    "--quantization": "none",
    "--steps": "2",
    "--targets": "new-facts",
    "--general-tasks": "agreement",
    "--engine": "inline",
}
PLAN = {"--plan": True}


def session(store: Path, **options: str | bool) -> RunSession:
    """A small run on the shipped model, planned."""
    run = RunSession(read_choices({**SMALL, "--store": str(store), **options}.get))
    run.make_plan(run.workload.trials)
    return run


def files(directory: Path) -> dict[Path, tuple[int, int]]:
    """Everything in it, with the time of its last change."""
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in (directory, *directory.rglob("*"))}


def put_first(run: RunSession) -> Trial:
    """A record of the run's first trial, in its store."""
    trial = run.workload.trials[0]
    Store(run.store.directory).put(make_measured(trial))
    return trial


def record_of(store: Path, trial: Trial) -> Path:
    return store / trial.digest[:2] / f"{trial.digest}.json"


@pytest.mark.trains
@pytest.mark.parametrize("wait", ["for one", "for all"])
def test_full_disk_ends_the_run_with_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait: str) -> None:
    run = session(tmp_path / "store")
    monkeypatch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
    run.start(Terminal())
    try:
        with pytest.raises(UserError) as told:
            run.measured(run.workload.trials[-1]) if wait == "for one" else run.wait_for_all()
    finally:
        run.close()
    message = str(told.value)
    assert message.startswith(f"The store '{tmp_path / 'store'}': could not be written (No space left).")
    assert "--store DIR" in message
    assert "Measured and not kept: new-facts-base." in message
    lost = ", ".join(f"new-facts-lora-r2-s{seed}" for seed in range(5))
    assert message.endswith(f"Not measured: {lost} and 1 more.")
    assert not any(path.is_file() for path in (tmp_path / "store").rglob("*"))
    assert run.everything() == []


@pytest.mark.trains
@pytest.mark.parametrize("engine", ["inline", pytest.param("local", marks=pytest.mark.release)])
def test_disk_without_room_for_an_artifact_ends_the_run_in_the_same_way(small_disk: Path, engine: str) -> None:
    run = session(small_disk / "store", **{"--methods": "full", "--engine": engine, "--jobs": "1"})
    run.start(Terminal())
    try:
        with pytest.raises(UserError) as told:
            run.wait_for_all()
    finally:
        run.close()
    assert "could not be written (No space left on device)" in str(told.value)
    assert str(small_disk / "store") in str(told.value)
    assert "Not measured: new-facts-full-s0, new-facts-full-s1" in str(told.value)
    assert [one.trial.id for one in run.everything()] == ["new-facts-base"]
    assert not (small_disk / "store" / PLACE).exists()


DAMAGES: dict[str, Callable[[Path, Trial], object]] = {
    "nothing": lambda store, trial: None,
    "a damaged record": lambda store, trial: os.truncate(record_of(store, trial), 100),
    "what a dead process left": lambda store, trial: (store / PLACE / "0.lock").touch(),
    "what a broken write left": lambda store, trial: os.utime(store / ".x-1.tmp", (0, 0)),
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
def test_plan_writes_nothing_where_there_is(
    tmp_path: Path, tasks_read_once: None, change: Callable[[Path, Trial], object]
) -> None:
    store = tmp_path / "store"
    trial = put_first(session(store))
    (store / PLACE / "0").mkdir(parents=True)
    (store / ".x-1.tmp").touch()
    change(store, trial)
    before = files(tmp_path)
    run = session(store, **PLAN, **{"--artifacts": str(tmp_path / "artifacts")})
    assert run.estimate_s is None
    run.close()
    assert files(tmp_path) == before


def test_plan_makes_no_store(tmp_path: Path, tasks_read_once: None) -> None:
    run = session(tmp_path / "none" / "store", **PLAN)
    assert run.plan.missing
    assert list(tmp_path.iterdir()) == []


def test_start_sweeps_what_dead_processes_left(tmp_path: Path, tasks_read_once: None) -> None:
    store, artifacts = tmp_path / "store", tmp_path / "artifacts"
    for place in (store / PLACE, artifacts / PLACE):
        (place / "0").mkdir(parents=True)
        (place / "0" / "model.safetensors").touch()
        (place / "0.lock").touch()
    session(store, **{"--artifacts": str(artifacts)})
    assert list(store.iterdir()) == list(artifacts.iterdir()) == []


@pytest.mark.parametrize("plans", [True, False], ids=["a plan", "a run"])
def test_record_of_another_version_is_refused_before_the_run(
    tmp_path: Path, tasks_read_once: None, plans: bool
) -> None:
    run = session(tmp_path)
    path = record_of(tmp_path, put_first(run))
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 2'))
    before = files(tmp_path)
    with pytest.raises(UserError, match=r"another version of the harness.*schema 2; this version reads 1"):
        session(tmp_path, **{"--plan": plans})
    assert files(tmp_path).keys() == before.keys()
    assert path.read_text().count('"schema": 2') == 1
