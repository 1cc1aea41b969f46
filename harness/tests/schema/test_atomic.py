"""Is a file replaced whole or not at all, and left as any other file is?"""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.schema.atomic import write_atomically


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
