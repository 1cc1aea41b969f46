"""Is a file replaced whole or not at all, and left as any other file is?"""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.schema.atomic import write_atomically, write_together


def test_text_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_atomically(tmp_path / "deep" / "text", "é\r\n")
    write_atomically(tmp_path / "deep" / "bytes", b"\xff\n")
    assert (tmp_path / "deep" / "text").read_bytes() == "é\r\n".encode()
    assert (tmp_path / "deep" / "bytes").read_bytes() == b"\xff\n"


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_failure_keeps_the_old_file_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")
    monkeypatch.setattr(os, broken, lambda *args: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"


def test_permissions_are_those_of_a_normal_file(tmp_path: Path) -> None:
    (tmp_path / "normal").touch()
    write_atomically(tmp_path / "file", "")
    normal, own = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("normal", "file"))
    assert own == normal


def test_one_of_concurrent_writers_wins_whole(tmp_path: Path) -> None:
    path, texts = tmp_path / "file", [str(number) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda text: write_atomically(path, text), texts))
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("whole", [0, 1, 2], ids=["the first", "the second", "the last"])
def test_of_files_that_belong_together_all_stay_where_there_is_no_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    old = {tmp_path / name: f"old {name}" for name in ("a", "deep/b", "c")}
    write_together(old)
    fsync, left = os.fsync, [whole]

    def full(file: int) -> None:
        if left[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left[0] -= 1
        fsync(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_together(dict.fromkeys(old, "new"))
    assert {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == old
