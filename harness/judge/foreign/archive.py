"""What do the members of a zip file hold? Those that Zstandard compressed too, which `zipfile` reads from 3.14 on."""

import zlib
from pathlib import Path
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from harness.schema.edge import reading
from harness.schema.errors import UserError

ZSTANDARD = 93
"""The method's number in zip's specification (APPNOTE.TXT 4.4.5); Inspect has written it since 2026."""
LOCAL_HEADER = 30
"""Bytes before the name of a member, which stands in front of its content a second time."""
MOST_BYTES = 2**30
"""Of one member, unpacked: a sample with all that its model said."""
BROKEN = (BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error)


class Archive:
    """A zip file that is read member by member."""

    def __init__(self, path: Path, way_out: str) -> None:
        """Raises UserError where it is no zip file, or is cut off."""
        self._where, self._way_out = str(path), way_out
        with reading(self._where, "zip file", way_out, BROKEN):
            self._zip = ZipFile(path)
        self._file = path.open("rb")
        # A log that was edited holds a member again: the last one counts, as in the directory of any zip file.
        self._members = {info.filename: info for info in self._zip.infolist()}

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def close(self) -> None:
        self._zip.close()
        self._file.close()

    def content(self, name: str) -> bytes:
        """A member, unpacked, its checksum compared.

        Raises:
            UserError: there is none, it is damaged, or larger than any that is written.
        """
        where = f"{self._where}, {name}"
        info = self._members.get(name)
        if info is None:
            raise UserError(f"{where}: not in the file. {self._way_out}")
        if info.file_size > MOST_BYTES:
            raise UserError(f"{where}: {info.file_size:,} bytes, and {MOST_BYTES:,} are read. {self._way_out}")
        with reading(where, "zip member", self._way_out, BROKEN):
            if info.compress_type != ZSTANDARD:
                return self._zip.read(info)
            found = _unpacked(self._packed(info), info.file_size)
            if len(found) != info.file_size or zlib.crc32(found) != info.CRC:
                raise BadZipFile("its checksum differs")
            return found

    def _packed(self, info: ZipInfo) -> bytes:
        self._file.seek(info.header_offset)
        header = self._file.read(LOCAL_HEADER)
        if len(header) < LOCAL_HEADER or header[:4] != b"PK\x03\x04":
            raise BadZipFile("no member where the directory says")
        beside = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        self._file.seek(info.header_offset + LOCAL_HEADER + beside)
        return self._file.read(info.compress_size)


def _unpacked(packed: bytes, size: int) -> bytes:
    """At most one byte more than `size`, of one Zstandard frame or several behind each other."""
    import pyarrow as pa  # half a second to load, and only these members need it

    with pa.input_stream(pa.BufferReader(packed), compression="zstd") as stream:
        return bytes(stream.read(size + 1))
