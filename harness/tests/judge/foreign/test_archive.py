"""Members of zip files, however they were compressed."""

import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from harness.judge.foreign.archive import ZSTANDARD, Archive
from harness.schema.errors import UserError
from harness.tests.foreign import write_zip

MEMBERS = {"header.json": b'{"status": "success"}', "samples/1.json": b"x" * 100_000}


@pytest.mark.parametrize("method", [ZSTANDARD, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_members_are_unpacked(tmp_path: Path, method: int) -> None:
    write_zip(tmp_path / "log.eval", MEMBERS, method)
    with closing(Archive(tmp_path / "log.eval", "Give another.")) as archive:
        assert {name: archive.content(name) for name in archive.names} == MEMBERS


def content_of(path: Path, name: str) -> bytes:
    with closing(Archive(path, "Give another.")) as archive:
        return archive.content(name)


def spoiled(content: bytes, at: bytes, by: int, to: bytes) -> bytes:
    place = content.rindex(at) + by
    return content[:place] + to + content[place + len(to) :]


WRONG: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("no zip file", lambda content: b"{}", "not valid zip file"),
    ("cut off", lambda content: content[: len(content) // 2], "not valid zip file"),
    ("another checksum", lambda content: spoiled(content, b"PK\x01\x02", 16, b"\0\0\0\0"), "its checksum differs"),
    ("another size", lambda content: spoiled(content, b"PK\x01\x02", 24, b"\1\0\0\0"), "its checksum differs"),
    ("larger than memory", lambda content: spoiled(content, b"PK\x01\x02", 24, b"\0\0\0\x7f"), "bytes, and"),
    ("a member elsewhere", lambda content: spoiled(content, b"PK\x01\x02", 42, b"\3\0\0\0"), "no member where"),
    ("an unknown compression", lambda content: spoiled(content, b"PK\x01\x02", 10, b"\x62\0"), "not valid zip member"),
]


@pytest.mark.parametrize(("spoil", "said"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
def test_what_is_damaged_is_refused(tmp_path: Path, spoil: Callable[[bytes], bytes], said: str) -> None:
    path = tmp_path / "log.eval"
    write_zip(path, {"header.json": b'{"status": "success"}'})
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(UserError, match=said) as refused:
        content_of(path, "header.json")
    assert str(path) in str(refused.value)
    assert "Give another." in str(refused.value)


def test_a_member_that_is_not_there(tmp_path: Path) -> None:
    write_zip(tmp_path / "log.eval", MEMBERS)
    with pytest.raises(UserError, match=r"reductions.json: not in the file"):
        content_of(tmp_path / "log.eval", "reductions.json")
