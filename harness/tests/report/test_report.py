"""Are the files of a report all new or all old?"""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.judge.gate.judgement import judge_all
from harness.report import write_report
from harness.schema.errors import UnwritableError
from harness.schema.gate import GateContent, Side
from harness.schema.results import Results
from harness.tests.sides import comparison, record
from harness.tests.synthetic import FULL, TARGETS, base_arms, completed, results_of, whole_run

FILES = {"index.html", "results.json", "results.csv", "summary.md"}


def of_seeds(*seeds: int) -> Results:
    """A run of one arm: its page is made in a moment."""
    trained = (completed(FULL, TARGETS[0], seed) for seed in seeds)
    return results_of([*base_arms(TARGETS[0]), *trained], learning_rates=())


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture(scope="module")
def gate() -> GateContent:
    side = Side(name="this run", trials=2)
    return judge_all(comparison([record(0)], [record(0)])).as_content(side, side)


@pytest.mark.parametrize("whole", range(5))
@pytest.mark.slow
def test_full_disk_leaves_the_whole_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gate: GateContent, whole: int
) -> None:
    fsync = os.fsync

    def soon_full(writes: Iterator[int], file: int) -> None:
        if next(writes) == whole:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(file)

    write_report(of_seeds(0), tmp_path, gate)
    old, writes = contents(tmp_path), iter(range(10))
    assert old.keys() == FILES | {"gate.json"}
    monkeypatch.setattr(os, "fsync", lambda file: soon_full(writes, file))
    with pytest.raises(UnwritableError, match=rf"The report '{tmp_path}'.*No space left.*python -m harness report"):
        write_report(of_seeds(0, 1), tmp_path, gate)
    assert contents(tmp_path) == old


@pytest.mark.slow
def test_disk_that_is_full_is_one_message_and_no_half_report(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(b"x" * 900_000)
    with pytest.raises(UnwritableError, match="No space left on device"):
        write_report(results_of(whole_run((0,))), small_disk / "report")
    assert list((small_disk / "report").iterdir()) == []
