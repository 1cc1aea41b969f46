"""What rows does a file hold? JSONL, JSON, CSV and Parquet, each row with its place; one message per wrong file."""

import bz2
import csv
import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from harness.data.readers.passages import passages
from harness.schema.errors import UserError

Row = tuple[str, dict[str, Any]]
"""The place of a row, such as `train.jsonl, line 7`, and its keys with their values."""

TEXTS = (".txt", ".md")
SUFFIXES = (".jsonl", ".json", ".csv", ".parquet", *TEXTS)
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}

WHAT_TO_GIVE = (
    f"Give a file ({', '.join(SUFFIXES)}, or one of these with {', '.join(DECOMPRESS)}), a directory, "
    "a data set of the hub (OWNER/NAME), or a URL such as s3://bucket/train.jsonl."
)


@dataclass(frozen=True)
class File:
    """A file somewhere, not read yet.

    Attributes:
        where: what messages call it.
        name: its path below what the user named, with `/`.
        read: fetches its bytes. Raises UserError where they cannot be had.
    """

    where: str
    name: str
    read: Callable[[], bytes]

    @property
    def suffix(self) -> str:
        """In lower case, without that of a compression."""
        return PurePosixPath(self._uncompressed).suffix.lower()

    @property
    def stem(self) -> str:
        return PurePosixPath(self._uncompressed).stem

    @property
    def _uncompressed(self) -> str:
        path = PurePosixPath(self.name)
        return path.stem if path.suffix.lower() in DECOMPRESS else path.name


def local_file(path: Path, name: str = "") -> File:
    def read() -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise UserError(f"The file {str(path)!r} does not exist. {WHAT_TO_GIVE}") from None
        except IsADirectoryError:
            raise UserError(f"{str(path)!r} is a directory. Give the path of a file in it.") from None
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from None

    return File(str(path), name or path.name, read)


def read_rows(path: Path) -> Iterator[Row]:
    """Place and object of each row of a local file.

    Raises:
        UserError: the file is missing, empty, of an unknown suffix, or broken.
    """
    return rows_of(local_file(path))


def rows_of(file: File) -> Iterator[Row]:
    """Place and object of each row; a passage of a text file is a row `{"text"}`.

    Raises:
        UserError: the file is missing, empty, of an unknown suffix, or broken.
    """
    content = content_of(file)
    if file.suffix not in READERS:
        suffix = f"the suffix {file.suffix!r} is not known" if file.suffix else "the file has no suffix"
        raise UserError(f"{file.where}: {suffix}. {WHAT_TO_GIVE}")
    found = False
    for row in READERS[file.suffix](content, file.where):
        found = True
        yield row
    if not found:
        raise UserError(f"{file.where}: the file is empty. {NEEDS[file.suffix]}")


def content_of(file: File) -> bytes:
    """The file's bytes, decompressed.

    Raises:
        UserError: they cannot be had, or are not what the suffix says.
    """
    content = file.read()
    decompress = DECOMPRESS.get(PurePosixPath(file.name).suffix.lower())
    if decompress is None:
        return content
    try:
        return decompress(content)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise UserError(f"{file.where}: cannot be decompressed ({error}).") from None


def text_of(content: bytes, where: str) -> str:
    """UTF-8 with or without a byte order mark.

    Raises:
        UserError: something else.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{where}: not UTF-8 (byte {error.start}). Save the file as UTF-8.") from None


def _jsonl(content: bytes, where: str) -> Iterator[Row]:
    lines = text_of(content, where).split("\n")  # not splitlines: JSON texts may hold U+2028
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f"{where}, line {number}"
            yield place, _object(_json(line, place, column_only=True), place)


def _json_list(content: bytes, where: str) -> Iterator[Row]:
    """A list of objects, or an object with one list in it; JSONL under the wrong suffix is read as what it is."""
    text = text_of(content, where)
    if not text.strip():
        return
    try:
        value = _json(text, where)
    except _SeveralValuesError:
        yield from _jsonl(content, where)
        return
    if isinstance(value, dict):
        lists = [one for one in value.values() if isinstance(one, list)]
        value = lists[0] if len(lists) == 1 else value
    if not isinstance(value, list):
        kind = "an object with none or several" if isinstance(value, dict) else type(value).__name__
        raise UserError(f"{where}: a list of objects is needed, or an object with one list in it, not {kind}.")
    for number, row in enumerate(value, 1):
        place = f"{where}, row {number}"
        yield place, _object(row, place)


class _SeveralValuesError(UserError):
    """More than one JSON value in a file."""


def _json(text: str, where: str, column_only: bool = False) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise UserError(f"{where}: not valid JSON that can be read (nested too deeply).") from None
    except json.JSONDecodeError as error:
        kind = _SeveralValuesError if error.msg == "Extra data" else UserError
        place = where if column_only else f"{where}, line {error.lineno}"
        raise kind(f"{place}: not valid JSON ({error.msg} at column {error.colno}).") from None


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{where}: a JSON object is needed, not {type(value).__name__}.")
    return value


def _csv(content: bytes, where: str) -> Iterator[Row]:
    """Comma-separated, first line the header; a record may span lines, and is named by its first."""
    csv.field_size_limit(2**31 - 1)  # a document is longer than the default of 131,072 letters
    reader = csv.reader(io.StringIO(text_of(content, where), newline=""), strict=True)
    header: list[str] | None = None
    while True:
        place = f"{where}, line {reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UserError(f"{place}: not valid CSV ({error}). A quote in a quoted text is written twice.") from None
        if not any(cells):
            continue  # a blank line, or what a spreadsheet leaves of one
        if header is None:
            header = _header(cells, place)
        elif len(cells) != len(header):
            raise UserError(
                f"{place}: {len(cells)} cells, but the header has {len(header)}. "
                "Put texts that hold commas or line breaks in double quotes."
            )
        else:
            yield place, {name: cell for name, cell in zip(header, cells, strict=True) if name}


def _header(cells: list[str], where: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise UserError(f"{where}: the header names {', '.join(twice)} twice.")
    return header


def _parquet(content: bytes, where: str) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    if not content:
        return
    number = 0
    try:
        for batch in parquet.ParquetFile(io.BytesIO(content)).iter_batches():
            for row in batch.to_pylist():
                number += 1
                if not blank(row):
                    yield f"{where}, row {number}", row
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"{where}: no Parquet file that can be read ({str(error).splitlines()[0]}).") from None


def blank(row: dict[str, Any]) -> bool:
    """A row of a table without a value in it: what a blank line is to a file of lines."""
    return all(value is None or value == "" for value in row.values())


def _text_file(content: bytes, where: str) -> Iterator[Row]:
    for line, passage in passages(text_of(content, where)):
        yield f"{where}, line {line}", {"text": passage}


READERS: dict[str, Callable[[bytes, str], Iterator[Row]]] = {
    ".jsonl": _jsonl,
    ".json": _json_list,
    ".csv": _csv,
    ".parquet": _parquet,
    **dict.fromkeys(TEXTS, _text_file),
}

NEEDS: dict[str, str] = {
    ".jsonl": "It needs one JSON object per line.",
    ".json": "It needs a list of objects.",
    ".csv": "It needs a header and a row for each example.",
    ".parquet": "It needs a row for each example.",
    **dict.fromkeys(TEXTS, "It needs text."),
}
