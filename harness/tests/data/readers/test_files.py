"""Is every kind of file read as the same rows, each with its place, and refused with one message where broken?"""

import bz2
import csv
import gzip
import json
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.data.readers import compression
from harness.data.readers.files import SUFFIXES, read_rows
from harness.data.readers.passages import MIN_LETTERS, document, passages
from harness.schema.errors import UserError

ROWS = [
    {"prompt": 'Say "hi", Ada.\nAnswer:', "completion": " hi"},
    {"prompt": "Two\r\nlines", "completion": " é, \U0001f600"},
    {"prompt": "", "completion": "three\n\nparagraphs"},
]


def write_jsonl(path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))


def write_list(path: Path) -> None:
    path.write_text(json.dumps(ROWS, indent=2))


def write_wrapped(path: Path) -> None:
    path.write_text(json.dumps({"version": 1, "data": ROWS}))


def write_csv(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["prompt", "completion"])
        table.writeheader()
        table.writerows(ROWS)


def write_excel_csv(path: Path) -> None:
    """A byte order mark, an unnamed column of numbers, empty lines, a blank after the comma of the header."""
    write_csv(path)
    lines = pd.DataFrame(ROWS).to_csv().replace(",prompt,completion", ",prompt, completion")
    path.write_bytes(("\ufeff" + lines + "\n,,\n").encode())


def write_parquet(path: Path) -> None:
    pd.DataFrame(ROWS).to_parquet(path)


def compressed(compress: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        plain = path.with_name("plain.jsonl")
        write_jsonl(plain)
        path.write_bytes(compress(plain.read_bytes()))

    return write


KINDS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "JSONL": ("d.jsonl", write_jsonl),
    "JSONL with a suffix in capitals": ("d.JSONL", write_jsonl),
    "a JSON list": ("d.json", write_list),
    "a JSON object with a list": ("d.json", write_wrapped),
    "JSONL called JSON": ("d.json", write_jsonl),
    "CSV": ("d.csv", write_csv),
    "CSV of a spreadsheet": ("d.csv", write_excel_csv),
    "Parquet": ("d.parquet", write_parquet),
    "gzip": ("d.jsonl.gz", compressed(gzip.compress)),
    "bzip2": ("d.jsonl.bz2", compressed(bz2.compress)),
    "xz": ("d.jsonl.xz", compressed(lzma.compress)),
}


@pytest.mark.parametrize(("name", "write"), KINDS.values(), ids=KINDS)
def test_rows_are_the_same_from(tmp_path: Path, name: str, write: Callable[[Path], None]) -> None:
    write(tmp_path / name)
    assert [row for _, row in read_rows(tmp_path / name)] == ROWS


@pytest.mark.parametrize(
    ("name", "content", "places"),
    [
        pytest.param("d.jsonl", '{"a": 1}\n\n{"a": 2}\n', ["line 1", "line 3"], id="the line of JSONL"),
        pytest.param("d.json", '[{"a": 1},\n\n{"a": 2}]', ["row 1", "row 2"], id="the row of a JSON list"),
        pytest.param("d.csv", 'a,b\n"x\ny\n",1\n\nz,2\n', ["line 2", "line 6"], id="the first line of a CSV record"),
        pytest.param("d.csv", 'a,b\r\n"x\r\ny",1\r\nz,2\r\n', ["line 2", "line 4"], id="the same in Windows"),
        pytest.param("d.txt", "\n\nA line\nand one.\n", ["line 3"], id="the first line of a passage"),
    ],
)
def test_place_is(tmp_path: Path, name: str, content: str, places: list[str]) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode())
    assert [where for where, _ in read_rows(path)] == [f"{path}, {place}" for place in places]


def test_place_in_parquet_is_the_row_and_blank_rows_count(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pd.DataFrame({"text": ["a", "", None, "b"]}).to_parquet(path)
    assert list(read_rows(path)) == [(f"{path}, row 1", {"text": "a"}), (f"{path}, row 4", {"text": "b"})]


def test_messages_survive_parquet(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    pd.DataFrame([row]).to_parquet(tmp_path / "d.parquet")
    assert [found for _, found in read_rows(tmp_path / "d.parquet")] == [row]


def test_long_cells_are_read(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("text\n" + "a" * 200_000 + "\n")
    ((_, row),) = read_rows(path)
    assert len(row["text"]) == 200_000


BAD: list[Any] = [
    *(pytest.param(f"d{s}", b"", "{path}: the file is empty.", id=f"an empty {s}") for s in SUFFIXES),
    pytest.param("d.json", b"[]", "{path}: the file is empty. It needs a list of objects.", id="an empty list"),
    pytest.param("d.csv", b"a,b\n", "{path}: the file is empty. It needs a header", id="a header alone"),
    pytest.param("d.md", b" \n\n\t\n", "{path}: the file is empty. It needs text.", id="blank lines alone"),
    pytest.param("d.json", b'[{"a": 1},\n{"a" 2}]', "{path}, line 2: not valid JSON (Expecting ':'", id="broken JSON"),
    pytest.param(
        "d.json", b'[{"a": 1}, 7]', "{path}, row 2: a JSON object is needed, not a number", id="a list of numbers"
    ),
    pytest.param(
        "d.json", b'{"a": [1], "b": [2]}', "{path}: a list of objects is needed, or an object", id="two lists"
    ),
    pytest.param(
        "d.json", b"7", "{path}: a list of objects is needed, or an object with one list in it, not a number", id="7"
    ),
    pytest.param("d.json", b'{"a": 1}\n{"a": ', "{path}, line 2: not valid JSON", id="broken JSONL called JSON"),
    pytest.param("d.jsonl", b"[" * 100_000, "{path}, line 1: not valid JSON", id="nested without end"),
    pytest.param("d.csv", b'a,b\nx,1\n"y,2\nz,3\n', "{path}, line 3: not valid CSV", id="a quote that never ends"),
    pytest.param("d.csv", b'a,b\nx,1\n"y"z,2\n', "{path}, line 3: not valid CSV", id="a quote inside"),
    pytest.param("d.csv", b'a,b\n"x\ny",1\nz\n', "{path}, line 4: 1 cells, but the header has 2.", id="too few cells"),
    pytest.param("d.csv", b"a,b\nx,1,2\n", "{path}, line 2: 3 cells, but the header has 2.", id="too many cells"),
    pytest.param("d.csv", b"a,a\nx,1\n", "{path}, line 1: the header names a twice.", id="a column twice"),
    pytest.param("d.csv", b"a\n\xe9\n", "{path}: not UTF-8 (byte 2)", id="Latin-1"),
    pytest.param("d.txt", b"\xff\xfea", "{path}: not UTF-8 but UTF-16 (byte 0). Save the file as UTF-8.", id="UTF-16"),
    pytest.param("d.parquet", b"PAR1 no", "{path}: not valid Parquet (", id="broken Parquet"),
    pytest.param("d.jsonl.gz", b"{}", "{path}: cannot be read (Not a gzipped file", id="no gzip"),
    pytest.param("d.jsonl.xz", b"{}", "{path}: not valid compressed data (Input", id="no xz"),
    pytest.param("d.jsonl.bz2", b"{}", "{path}: cannot be read (Invalid data stream)", id="no bzip2"),
    pytest.param("d.json", b"[" * 100_000, "{path}: not valid JSON (nested too deeply).", id="a list without end"),
    pytest.param("d.jsonl", b'{"a": ' + b"7" * 5000, "{path}, line 1: not valid JSON (a number of more", id="digits"),
    pytest.param("d.jsonl", b'{"a": 1}\n{"a": 1, "a": 2}', "{path}, line 2: the key a stands twice", id="a key twice"),
    pytest.param(
        "d.jsonl",
        b'{"a": {"b": [{"c": 1, "c": 1}]}}',
        "{path}, line 1: the key c stands twice",
        id="a key twice within",
    ),
    pytest.param("d.json", b'[{"a": 1}, {"a": 1, "a": 2}]', "{path}, row 2: the key a stands twice", id="in a list"),
    pytest.param("d.json", b'{"n": 1, "n": 2, "r": [{}]}', "{path}: the key n stands twice", id="beside the rows"),
    pytest.param("d.json", b'{"r": [{"a": 1}, {"b": {"a": 1, "a": 2}}]}', "{path}, row 2: the key a", id="in the rows"),
    pytest.param("d.jsonl", '{"a": 1}'.encode("utf-16"), "{path}: not UTF-8 but UTF-16 (byte 0)", id="UTF-16 JSONL"),
    pytest.param("d.csv", b"a,b\nx\0,1\n", "{path}: holds NUL characters, as no text does.", id="a NUL in CSV"),
    pytest.param("d.md", "a".encode("utf-32-le"), "{path}: holds NUL characters", id="UTF-32"),
    pytest.param("d.csv.gz", gzip.compress(b"a")[:-9], "{path}: ", id="half a gzip"),
    pytest.param("d.parquet", b"PAR1" * 9, "{path}: not valid Parquet (", id="a Parquet of marks"),
    pytest.param(
        "d.dat", b"a", "{path}: the suffix '.dat' is not known. Give a file (.jsonl, .json, .csv", id="suffix"
    ),
    pytest.param("data", b"a", "{path}: the file has no suffix. Give a file (.jsonl", id="no suffix"),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD)
def test_file_is_refused_for(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        list(read_rows(path))
    assert str(caught.value).startswith(message.replace("{path}", str(path)))
    assert "\n" not in str(caught.value)


def test_compressed_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "LARGEST_BYTES", 2**20)
    for suffix, compress in ((".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)):
        path = tmp_path / f"d.txt{suffix}"
        path.write_bytes(compress(b"a" * 2**20))
        assert len(list(read_rows(path))) == 1
        path.write_bytes(compress(b"a" * 2**20 + b"a"))
        with pytest.raises(UserError, match=r"d.txt\.\w+: decompresses to more than 0.000976562 GiB, .* Give a part"):
            list(read_rows(path))


def test_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    for name, text in (("d.jsonl", '{"a": "b"}'), ("d.json", '[{"a": "b"}]'), ("d.csv", "a\nb\n")):
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
        assert [row for _, row in read_rows(tmp_path / name)] == [{"a": "b"}]


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        pytest.param(
            "d.json", '{"version": 1, "about": "", "data": [{}]}', "ignored: version, beside the rows", id="JSON"
        ),
        pytest.param("d.json", '{"data": [{}], "about": null}', "", id="JSON without more"),
        pytest.param("d.csv", ",a\n0,x\n", "ignored: what stands under no name of the header", id="CSV"),
        pytest.param("d.csv", ",a\n,x\n", "", id="CSV without more"),
    ],
)
def test_what_is_in_no_row_is_noted(tmp_path: Path, name: str, content: str, note: str) -> None:
    path, notes = tmp_path / name, list[str]()
    path.write_text(content)
    assert len(list(read_rows(path, notes))) == 1
    assert notes == ([f"{path}: {note}"] if note else [])


def test_columns_of_parquet_that_are_no_text_are_read_as_what_they_are(tmp_path: Path) -> None:
    import datetime

    row = {"b": b"\xff", "n": [{"x": [1, None]}], "t": datetime.datetime(2026, 1, 1), "d": {"k": None}}
    pd.DataFrame([row]).to_parquet(tmp_path / "d.parquet")
    ((_, found),) = read_rows(tmp_path / "d.parquet")
    assert found.keys() == row.keys()


def test_parquet_with_a_column_twice_is_refused(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.Table.from_arrays([pyarrow.array(["x"]), pyarrow.array(["y"])], names=["a", "a"])
    parquet.write_table(table, tmp_path / "d.parquet")
    with pytest.raises(UserError, match=r"d\.parquet: a is the name of two columns. Rename one\."):
        list(read_rows(tmp_path / "d.parquet"))


def test_file_that_may_not_be_read_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "d.jsonl").write_text("{}")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UserError, match=r"d\.jsonl: cannot be read \(Permission denied\)\.$"):
        list(read_rows(tmp_path / "d.jsonl"))


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "d.jsonl")
    with pytest.raises(UserError, match=r"d\.jsonl: no regular file"):
        list(read_rows(tmp_path / "d.jsonl"))


def paragraph(number: int, letters: int) -> str:
    return f"{number} ".ljust(letters, "x")


def test_passages_are_whole_paragraphs_and_long_enough() -> None:
    text = "\n\n\n".join(paragraph(number, 150 + 40 * (number % 7)) for number in range(40))
    found = list(passages(text))
    assert len(found) > 5
    assert all(len(passage) >= MIN_LETTERS - 20 for _, passage in found)
    assert "\n\n\n".join(passage for _, passage in found) == text
    lines = text.split("\n")
    assert all(lines[line - 1] == passage.split("\n")[0] for line, passage in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("\n \n", [], id="blank lines"),
        pytest.param("\n a\n\nb\n", [(2, " a\n\nb")], id="a short text is one passage"),
        pytest.param("x" * 700 + "\n\ny", [(1, "x" * 700 + "\n\ny")], id="a short rest goes with the one before"),
        pytest.param("x" * 700 + "\r\n\r\n" + "y" * 700, [(1, "x" * 700), (3, "y" * 700)], id="Windows line ends"),
        pytest.param(
            "x" * 700 + "\n\ny\n\n" + "z" * 700,
            [(1, "x" * 700), (3, "y\n\n" + "z" * 700)],
            id="a heading goes with what follows",
        ),
    ],
)
def test_text_is_cut_where(text: str, expected: list[tuple[int, str]]) -> None:
    assert list(passages(text)) == expected


def test_document_loses_nothing_but_blank_lines_around_it() -> None:
    assert document("\n\n  a\r\n\r\nb \n\n") == "  a\n\nb"
