"""Does the store answer with what was put in, and with nothing that was damaged on the way?"""

import errno
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.schema.errors import UnwritableError, UserError
from harness.schema.measured import TEXT_COLUMNS, Measured, at_scale, at_step, with_none, with_role, without_texts
from harness.schema.record import Along, Between, Cost, Promise, Status, Teacher
from harness.schema.trial import Source
from harness.store.records import Store, _checksum
from harness.store.runs import records_of
from harness.tests.builders import ended, make_measured, make_trial

TRIAL = make_trial()
REPLAYING = make_trial(settings=(("replay", 0.25),), replay=Source("replay", "e" * 64))
ONE = make_measured(TRIAL, [0.0, 1.0, 1.0], {"facts": [1.0, 0.0]})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "records")


def record_file(store: Store) -> Path:
    (path,) = store.directory.glob("??/*.json")
    return path


def items_file(store: Store) -> Path:
    (path,) = store.directory.glob("??/*.parquet")
    return path


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes a record and mends its checksum, as an older or a foreign writer would have."""
    document = json.loads(path.read_text())
    del document["sha256"]
    change(document)
    path.write_text(json.dumps({"sha256": _checksum(document), **document}))


def everything_in(directory: Path) -> dict[Path, tuple[int, bytes]]:
    """Every file with the time of its last change and its content."""
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in directory.rglob("*") if path.is_file()}


def with_everything() -> Measured:
    """A record of which no field is empty: scores on the way, a teacher, notes."""
    one = make_measured(REPLAYING, [0.0, 1.0], {"facts": [1.0, 0.0]})
    target, general = one.record.target, one.record.general
    assert target is not None
    scoring = replace(REPLAYING.scoring, interpolate=(0.5, 1.0), trace=1)
    record = replace(
        one.record,
        trial=replace(REPLAYING, scoring=scoring),
        notes=("3.2 of 8 examples were shown", "another"),
        teacher=Teacher(True, target, 1_000_000, 4_000_000, 2e6, None, 0.75),
        interpolation=tuple(Between(scale, target, general) for scale in (0.5, 1.0)),
        trace=tuple(Along(step, target, general) for step in (1, 2)),
        promises=(Promise("the base is untouched", None, "why"), Promise("the adaptation acts", True, "by 1")),
        loss_curve=((1, 2.5), (2, 1.25)),
        cost=Cost(trainable_params=3, prompt_tokens=12.5, forward_tokens_per_s=1e4),
        environment={"python": "3.12"},
        splits={"train": "f" * 64, "test": "0" * 64},
    )
    for name in TEXT_COLUMNS:
        one.items[name] = [f"{name} {at} é" if at % 2 else None for at in range(len(one.items))]
    one = Measured(one.record, with_none(one.items))
    tables = [one.items, with_role(one.items, at_scale(0.5)), with_role(one.items, at_step(1))]
    return Measured(record, pd.concat(tables, ignore_index=True))


@pytest.mark.parametrize(
    "measured",
    [
        ONE,
        make_measured(TRIAL.base_arm("nf4")),
        ended(TRIAL, Status.DIVERGED, "NaN at step 3: \u2028 é"),
        with_everything(),
    ],
    ids=["a completed trial", "a base arm", "a trial without scores", "a trial with everything"],
)
def test_round_trip_of(store: Store, measured: Measured) -> None:
    store.put(measured)
    found = store.get(measured.trial.digest)
    assert found is not None
    assert found.record == measured.record
    pd.testing.assert_frame_equal(found.items, measured.items, check_dtype=len(measured.items) > 0)


def test_record_with_everything_leaves_no_field_out() -> None:
    """So the round trip above covers every field, one that comes later too."""
    record = with_everything().record
    assert [field.name for field in fields(record) if not getattr(record, field.name)] == ["reason"]


def test_record_of_a_version_without_these_fields_is_read(store: Store) -> None:
    store.put(ONE)

    def forget(document: dict[str, Any]) -> None:
        for name in ("notes", "teacher", "interpolation", "trace", "splits"):
            del document["record"][name]
        del document["record"]["trial"]["replay"]
        for name in ("interpolate", "trace"):
            del document["record"]["trial"]["scoring"][name]

    rewrite(record_file(store), forget)
    found = store.get(TRIAL.digest)
    assert found is not None
    assert found.record == ONE.record


def test_scores_of_a_version_without_texts_are_read(store: Store) -> None:
    store.put(with_everything())
    path = items_file(store)
    pd.read_parquet(path).drop(columns=list(TEXT_COLUMNS)).to_parquet(path, index=False)
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.rename(path.with_name(f"{record_file(store).stem}-{old[:8]}.parquet"))
    rewrite(record_file(store), lambda document: document.update(items_sha256=old))
    found = store.get(with_everything().trial.digest)
    assert found is not None
    pd.testing.assert_frame_equal(found.items, without_texts(with_everything().items))
    assert found.items["answer"].to_list() == [None] * len(found.items)


def test_scores_without_texts_can_be_kept(store: Store) -> None:
    store.put(Measured(ONE.record, ONE.items.drop(columns=list(TEXT_COLUMNS))))
    found = store.get(TRIAL.digest)
    assert found is not None
    pd.testing.assert_frame_equal(found.items, ONE.items)


def test_unknown_digest_has_no_answer(store: Store) -> None:
    assert store.get("0" * 16) is None
    assert store.corrupt == []


def test_later_record_replaces_the_earlier(store: Store) -> None:
    store.put(make_measured(TRIAL, [0.0]))
    store.put(ONE)
    found = store.get(TRIAL.digest)
    assert found is not None
    assert found.record == ONE.record


def test_all_records_come_in_order_of_start(store: Store) -> None:
    for seed in range(5):
        store.put(make_measured(make_trial(seed=seed)))
    assert {one.trial.seed for one in store.all()} == set(range(5))


@pytest.mark.parametrize("renames", [0, 1], ids=["before the scores", "between the scores and the record"])
def test_crash_leaves_nothing_visible(store: Store, monkeypatch: pytest.MonkeyPatch, renames: int) -> None:
    replace, left = os.replace, [renames]

    def crash(source: Path, target: Path) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        replace(source, target)

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        store.put(ONE)
    assert store.get(TRIAL.digest) is None
    assert store.all() == []
    assert store.corrupt == []


def test_crash_while_replacing_keeps_the_earlier_record(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(ONE)
    files = everything_in(store.directory)
    monkeypatch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(UnwritableError, match=rf"{store.directory}.*\(No space left\).*--store"):
        store.put(make_measured(TRIAL, [0.5]))
    assert everything_in(store.directory) == files
    found = store.get(TRIAL.digest)
    assert found is not None
    assert found.record == ONE.record


@pytest.mark.slow
def test_full_disk_is_one_message_and_leaves_nothing_half(small_disk: Path) -> None:
    store = Store(small_disk / "records")
    kept: list[str] = []

    def fill() -> None:
        for seed in range(10_000):
            store.put(make_measured(make_trial(seed=seed), [0.5] * 1000))
            kept.append(make_trial(seed=seed).digest)

    with pytest.raises(UnwritableError, match=rf"{store.directory}.*No space left on device.*--store"):
        fill()
    assert kept
    assert list(store.directory.rglob(".*")) == []
    assert {one.trial.digest for one in store.all()} == set(kept)
    assert len(list(store.directory.glob("??/*"))) == 2 * len(kept)


def test_store_that_vanishes_is_one_message(store: Store) -> None:
    shutil.rmtree(store.directory)
    store.directory.touch()
    with pytest.raises(UnwritableError, match=rf"{store.directory}.*could not be written"):
        store.put(ONE)


DAMAGES: dict[str, tuple[Callable[[Store], object], str]] = {
    "a truncated record": (lambda store: os.truncate(record_file(store), 200), "JSON"),
    "an empty record": (lambda store: os.truncate(record_file(store), 0), "JSON"),
    "a record that is no object": (lambda store: record_file(store).write_text("null"), ""),
    "a record that is a list": (lambda store: record_file(store).write_text("[]"), ""),
    "a changed number": (
        lambda store: record_file(store).write_text(record_file(store).read_text().replace("0.666", "0.999")),
        "checksum",
    ),
    "a record without end": (lambda store: record_file(store).write_text("[" * 100_000), "nested too deeply"),
    "a number without end": (lambda store: record_file(store).write_text("9" * 5000), "digits"),
    "another trial": (
        lambda store: rewrite(record_file(store), lambda d: d["record"]["trial"].update(seed=99)),
        "holds the trial",
    ),
    "missing scores": (lambda store: items_file(store).unlink(), "missing"),
    "truncated scores": (lambda store: os.truncate(items_file(store), 100), "damaged"),
    "other scores": (lambda store: items_file(store).write_bytes(b"PAR1 other PAR1"), "damaged"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_set_aside_with_a_reason(store: Store, damage: Callable[[Store], object], reason: str) -> None:
    store.put(ONE)
    path = record_file(store)
    damage(store)
    assert store.get(TRIAL.digest) is None
    (corrupt,) = store.corrupt
    assert reason in corrupt.reason
    assert corrupt.path.is_file()
    assert not path.exists()
    store.put(ONE)
    assert store.get(TRIAL.digest) is not None


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_who_only_reads_moves_nothing(store: Store, damage: Callable[[Store], object], reason: str) -> None:
    store.put(ONE)
    damage(store)
    files, reader = everything_in(store.directory), Store(store.directory, writes=False)
    assert reader.get(TRIAL.digest) is None
    assert reader.get(TRIAL.digest) is None
    assert reader.all() == []
    (corrupt,) = reader.corrupt
    assert "will be set aside" in str(corrupt)
    assert reason in str(corrupt)
    assert everything_in(store.directory) == files


def test_who_only_reads_needs_no_directory(tmp_path: Path) -> None:
    reader = Store(tmp_path / "none", writes=False)
    assert reader.get(TRIAL.digest) is None
    assert reader.all() == []
    with pytest.raises(ValueError, match="opened for reading"):
        reader.put(ONE)
    assert list(tmp_path.iterdir()) == []


FOREIGN: dict[str, tuple[Callable[[Store], object], str]] = {
    "a newer schema": (lambda store: rewrite(record_file(store), lambda d: d["record"].update(schema=99)), "schema 99"),
    "a newer schema with another checksum": (
        lambda store: record_file(store).write_text(json.dumps({"sha512": "x", "record": {"schema": 2}})),
        "schema 2; this version reads 1",
    ),
    "an unknown field": (lambda store: rewrite(record_file(store), lambda d: d["record"].update(new=1)), "new"),
    "an unknown status": (lambda store: rewrite(record_file(store), lambda d: d["record"].update(status="x")), "x"),
    "an unknown field of the trial": (
        lambda store: rewrite(record_file(store), lambda d: d["record"]["trial"].update(new=1)),
        "new",
    ),
}


@pytest.mark.parametrize(("change", "reason"), FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("writes", [True, False], ids=["by a run", "by a reader"])
def test_record_of_another_version_is_left_alone(
    store: Store, change: Callable[[Store], object], reason: str, writes: bool
) -> None:
    store.put(ONE)
    change(store)
    files, again = everything_in(store.directory), Store(store.directory, writes)
    with pytest.raises(UserError, match="another version of the harness wrote this record") as told:
        again.get(TRIAL.digest)
    assert reason in str(told.value)
    assert str(record_file(store)) in str(told.value)
    assert "--store DIR" in str(told.value)
    assert again.all() == []
    assert again.foreign == [record_file(store)]
    with pytest.raises(UserError, match="left as it is"):
        store.put(ONE)
    assert again.corrupt == []
    assert everything_in(store.directory) == files


def test_report_of_a_store_does_not_leave_them_out_silently(store: Store) -> None:
    store.put(ONE)
    rewrite(record_file(store), lambda d: d["record"].update(schema=99))
    store.put(make_measured(make_trial(seed=1)))
    with pytest.raises(UserError, match="holds records of another version"):
        records_of(store.directory)


def test_record_that_cannot_be_read_is_no_damage(store: Store) -> None:
    store.put(ONE)
    path = record_file(store)
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match=r"cannot be read \(Is a directory\)"):
        store.get(TRIAL.digest)
    assert path.is_dir()


@pytest.mark.parametrize("find", [record_file, items_file], ids=["record", "scores"])
def test_no_flipped_bit_goes_unnoticed_in_the(store: Store, find: Callable[[Store], Path]) -> None:
    store.put(ONE)
    record, target = record_file(store), find(store)
    text, whole = record.read_bytes(), target.read_bytes()
    for position in range(0, len(whole), len(whole) // 60):
        target.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert store.get(TRIAL.digest) is None, f"byte {position}"
        record.write_bytes(text)
        target.write_bytes(whole)
    assert store.get(TRIAL.digest) is not None


def test_concurrent_writers_and_readers_see_whole_records(store: Store) -> None:
    versions = [make_measured(TRIAL, [float(number)] * 50) for number in range(8)]
    seen: list[Measured | None] = []
    done = threading.Event()

    def read() -> None:
        other = Store(store.directory)
        while not done.is_set():
            seen.append(other.get(TRIAL.digest))
        store.corrupt.extend(other.corrupt)

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(store.put, versions * 4))
    done.set()
    reader.join()
    final = store.get(TRIAL.digest)
    assert store.corrupt == []
    assert final is not None
    for one in [final, *filter(None, seen)]:
        assert one.record.target is not None
        assert set(one.items["score"]) == {one.record.target.value}
    assert list(store.directory.rglob("*.tmp")) == []


def test_unwritable_directory_is_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be written.*--store"):
        Store(tmp_path / "file" / "records")


@pytest.mark.parametrize(
    ("status", "final"),
    [("completed", True), ("diverged", True), ("unsupported", False), ("out_of_memory", False), ("failed", False)],
)
def test_status_answers_without_running_again(status: str, final: bool) -> None:
    assert Status(status).final is final


def test_there_are_no_other_statuses() -> None:
    assert len(Status) == 5


def test_damaged_records_are_left_out_of_a_whole_store_and_said(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for seed in (0, 1):
        store.put(make_measured(make_trial(seed=seed)))
    spoilt = store._path(make_trial(seed=1).digest)
    spoilt.write_text(spoilt.read_text() + "x")
    said: list[str] = []
    assert [one.trial.seed for one in records_of(tmp_path, said.append)] == [0]
    assert said == [f"1 record left out as damaged ({spoilt.name}): run their trials again."]
    assert spoilt.is_file()
