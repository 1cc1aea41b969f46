"""What rows does a file hold? JSONL, JSON, CSV and Parquet, each row with its place; one message per wrong file."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from harness.data.readers.compression import OPENERS, decompressed
from harness.data.readers.fields import Fields, key_name
from harness.data.readers.json_text import SeveralValuesError, parsed
from harness.data.readers.passages import passages
from harness.schema.edge import reading, usable_path
from harness.schema.errors import UserError
from harness.schema.wording import kind_of

Row = tuple[str, dict[str, Any]]
"""The place of a row, such as `train.jsonl, line 7`, and its keys with their values."""

TEXTS = (".txt", ".md")
SUFFIXES = (".jsonl", ".json", ".csv", ".parquet", *TEXTS)
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

WHAT_TO_GIVE = (
    f"Give a file ({', '.join(SUFFIXES)}, or one of these with {', '.join(OPENERS)}), a directory, "
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
        return path.stem if path.suffix.lower() in OPENERS else path.name


def local_file(path: Path, name: str = "") -> File:
    where = place_of(path)

    def read() -> bytes:
        with reading(where):
            if path.is_dir():
                raise UserError(f"{str(path)!r} is a directory. Give the path of a file in it.")
            if not path.exists():
                raise UserError(f"The file {str(path)!r} does not exist. {WHAT_TO_GIVE}")
            if not path.is_file():
                raise UserError(f"{where}: no regular file. {WHAT_TO_GIVE}")
            return path.read_bytes()

    return File(where, name or path.name, read)


def place_of(path: Path) -> str:
    """What messages call a path, on one line.

    Raises:
        UserError: no file can be called so, or its name is no text.
    """
    try:
        where = usable_path(str(path))
    except ValueError as error:
        raise UserError(f"The path{error}") from None
    return where if where.isprintable() else repr(where)


def read_rows(path: Path, notes: list[str] | None = None) -> Iterator[Row]:
    """Place and object of each row of a local file; see `rows_of`."""
    return rows_of(local_file(path), [] if notes is None else notes)


def rows_of(file: File, notes: list[str]) -> Iterator[Row]:
    """Place and object of each row; a passage of a text file is a row `{"text"}`.

    Args:
        notes: what is in no row, and so is not used, is added here.

    Raises:
        UserError: the file is missing, empty, of an unknown suffix, or broken.
    """
    content = content_of(file)
    if file.suffix not in READERS:
        suffix = f"the suffix {file.suffix!r} is not known" if file.suffix else "the file has no suffix"
        raise UserError(f"{file.where}: {suffix}. {WHAT_TO_GIVE}")
    found = False
    for row in READERS[file.suffix](content, file.where, notes):
        found = True
        yield row
    if not found:
        raise UserError(f"{file.where}: the file is empty. {NEEDS[file.suffix]}")


def content_of(file: File) -> bytes:
    """The file's bytes, decompressed.

    Raises:
        UserError: they cannot be had, or are not what the suffix says.
    """
    content, suffix = file.read(), PurePosixPath(file.name).suffix.lower()
    return decompressed(content, suffix, file.where) if suffix in OPENERS else content


def text_of(content: bytes, where: str) -> str:
    """UTF-8 with or without a byte order mark.

    Raises:
        UserError: something else.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf_16 = " but UTF-16" if content[:2] in UTF_16 else ""
        raise UserError(f"{where}: not UTF-8{utf_16} (byte {error.start}). Save the file as UTF-8.") from None
    if "\0" in text:
        raise UserError(f"{where}: holds NUL characters, as no text does. Save the file as text in UTF-8.")
    return text


def _jsonl(content: bytes, where: str, notes: list[str]) -> Iterator[Row]:
    lines = text_of(content, where).split("\n")  # not splitlines: JSON texts may hold U+2028
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f"{where}, line {number}"
            yield place, _object(parsed(line, place, one_line=True), place)


def _json_list(content: bytes, where: str, notes: list[str]) -> Iterator[Row]:
    """A list of objects, or an object with one list in it; JSONL under the wrong suffix is read as what it is."""
    text = text_of(content, where)
    if not text.strip():
        return
    try:
        value = parsed(text, where)
    except SeveralValuesError:
        yield from _jsonl(content, where, notes)
        return
    if isinstance(value, dict):
        value = _only_list(Fields(value, where), notes) or value
    if not isinstance(value, list):
        kind = "an object with none or several" if isinstance(value, dict) else kind_of(value)
        raise UserError(f"{where}: a list of objects is needed, or an object with one list in it, not {kind}.")
    for number, row in enumerate(value, 1):
        place = f"{where}, row {number}"
        yield place, _object(row, place)


def _only_list(wrapper: Fields, notes: list[str]) -> list[Any] | None:
    """The rows of an object that holds them and says something about them."""
    lists = wrapper.keys_of(list)
    if len(lists) != 1:
        return None
    rows: list[Any] = wrapper.take(lists[0])
    if beside := ", ".join(wrapper.ignored()):
        notes.append(f"{wrapper.where}: ignored: {beside}, beside the rows")
    return rows


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{where}: a JSON object is needed, not {kind_of(value)}.")
    return value


def _csv(content: bytes, where: str, notes: list[str]) -> Iterator[Row]:
    """Comma-separated, first line the header; a record may span lines, and is named by its first."""
    csv.field_size_limit(2**31 - 1)  # a document is longer than the default of 131,072 letters
    reader = csv.reader(io.StringIO(text_of(content, where), newline=""), strict=True)
    header: list[str] | None = None
    nameless = False
    while True:
        place = f"{where}, line {reader.line_num + 1}"
        with reading(place, "CSV", "A quote in a quoted text is written twice.", (csv.Error,)):
            cells = next(reader, None)
        if cells is None:
            break
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
            row = {name: cell for name, cell in zip(header, cells, strict=True) if name}
            nameless |= any(cell and not name for name, cell in zip(header, cells, strict=True))
            yield place, row
    if nameless:
        notes.append(f"{where}: ignored: what stands under no name of the header")


def _header(cells: list[str], where: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    twice = sorted({key_name(name) for name in header if name and header.count(name) > 1})
    if twice:
        raise UserError(f"{where}: the header names {', '.join(twice)} twice.")
    return header


def _parquet(content: bytes, where: str, notes: list[str]) -> Iterator[Row]:
    from pyarrow import parquet

    if not content:
        return
    with broken_table(where):
        file = parquet.ParquetFile(io.BytesIO(content))
        names = file.schema_arrow.names
        twice = sorted({key_name(name) for name in names if names.count(name) > 1})
        if twice:
            raise UserError(f"{where}: {', '.join(twice)} is the name of two columns. Rename one.")
        batches = file.iter_batches()
    number = 0
    while True:
        with broken_table(where):
            batch = next(batches, None)
            rows = [] if batch is None else batch.to_pylist()
        if batch is None:
            return
        for row in rows:
            number += 1
            if not blank(row):
                yield f"{where}, row {number}", row


def broken_table(where: str, what: str = "Parquet") -> AbstractContextManager[None]:
    """Within it, whatever pyarrow and what is built on it raise means that the file is damaged: dozens of kinds."""
    return reading(where, what, "Write the file again.", (Exception,))


def blank(row: dict[str, Any]) -> bool:
    """A row of a table without a value in it: what a blank line is to a file of lines."""
    return all(value is None or value == "" for value in row.values())


def _text_file(content: bytes, where: str, notes: list[str]) -> Iterator[Row]:
    for line, passage in passages(text_of(content, where)):
        yield f"{where}, line {line}", {"text": passage}


READERS: dict[str, Callable[[bytes, str, list[str]], Iterator[Row]]] = {
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
