"""Is what a dead process left behind removed, and what a living one uses left alone?"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.store.scratch import OLD_S, PLACE, scratch_in, sweep

HOLD = """
import sys, time
from pathlib import Path
from harness.store.scratch import scratch_in
with scratch_in(Path(sys.argv[1])) as directory:
    (directory / "model.safetensors").write_bytes(b"x" * 1000)
    print(directory, flush=True)
    time.sleep(600)
"""


def left_in(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def test_directory_is_there_for_its_time(tmp_path: Path) -> None:
    with scratch_in(tmp_path / "store") as one, scratch_in(tmp_path / "store") as other:
        assert one.is_dir()
        assert one != other
        (one / "deep").mkdir()
        (one / "deep" / "file").touch()
        sweep(tmp_path / "store")
        assert (one / "deep" / "file").exists()
    assert left_in(tmp_path) == ["store"]


def test_directory_may_be_moved_away(tmp_path: Path) -> None:
    with scratch_in(tmp_path) as one:
        (one / "file").touch()
        one.rename(tmp_path / "kept")
    assert left_in(tmp_path) == ["kept", "kept/file"]


def test_failure_inside_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch_in(tmp_path):
        raise ZeroDivisionError
    assert left_in(tmp_path) == []


def test_what_a_living_process_holds_stays_until_it_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        held = Path(holder.stdout.readline().strip())
        sweep(tmp_path)
        assert (held / "model.safetensors").is_file()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert held.is_dir(), "nobody could clean up"
        with scratch_in(tmp_path) as own:
            sweep(tmp_path)
            assert own.is_dir()
        assert left_in(tmp_path) == []
    finally:
        holder.kill()
        holder.communicate()


def test_files_of_broken_writes_go_once_they_are_old(tmp_path: Path) -> None:
    names = [".results.json-1.tmp", "ab/.abc.json-2.tmp", ".probe-3"]
    others = ["ab/abc.json", "learning_rates.json", "x.tmp", ".gitignore"]
    for name in (*names, *others):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    before = left_in(tmp_path)
    sweep(tmp_path)
    assert left_in(tmp_path) == before
    for name in (*names, *others):
        os.utime(tmp_path / name, (0, time.time() - OLD_S - 60))
    sweep(tmp_path)
    assert left_in(tmp_path) == sorted(["ab", *others])


def test_nothing_to_sweep_makes_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "none")
    assert left_in(tmp_path) == []


def test_directory_of_nobody_known_stays(tmp_path: Path) -> None:
    (tmp_path / PLACE / "foreign").mkdir(parents=True)
    sweep(tmp_path)
    assert (tmp_path / PLACE / "foreign").is_dir()
