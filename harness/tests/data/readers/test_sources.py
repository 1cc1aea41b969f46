"""Is what the user names found: files, splits in a directory, folders of texts, saved data sets and the hub?"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.data.readers.sources import MANY_FILES, WHOLE, read_data
from harness.schema.errors import UserError


def rows(count: int, first: int = 0) -> list[dict[str, str]]:
    return [{"prompt": f"question {number}", "completion": f" {number}"} for number in range(first, first + count)]


def lines(*given: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in given)


def folder(path: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(content)
    return path


def counts(source: Path | str) -> dict[str, int]:
    return {split: len(found) for split, found in read_data(str(source)).splits.items()}


TRAIN, TEST = lines(*rows(5)), lines(*rows(3, 90))
LONG = "\n\n".join(f"Part {number}. " + "The map is gold. " * 50 for number in range(8))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"train.jsonl": TRAIN, "test.jsonl": TEST}, {"train": 5, "test": 3}, id="train and test"),
        pytest.param(
            {"train.jsonl": TRAIN, "dev.csv": "prompt,completion\na,b\n", "Test.JSON": json.dumps(rows(2, 50))},
            {"train": 5, "validation": 1, "test": 2},
            id="three splits of three kinds",
        ),
        pytest.param(
            {"train.jsonl": TRAIN, "test.jsonl": TEST, "README.md": "read me", "test.txt": "no", "extra.json": "{"},
            {"train": 5, "test": 3},
            id="splits beside other files",
        ),
        pytest.param(
            {"train.txt": LONG, "test.txt": LONG}, {"train": 8, "test": 8}, id="splits of plain text, in passages"
        ),
        pytest.param({"a.txt": LONG, "sub/b.md": LONG, "c.pdf": "x"}, {WHOLE: 16}, id="a few texts, in passages"),
        pytest.param(
            {f"{number}/{number}.txt": LONG for number in range(MANY_FILES)},
            {WHOLE: MANY_FILES},
            id="many texts, whole",
        ),
        pytest.param({"a.txt": LONG, "b.txt": " \n", ".hidden/c.txt": LONG}, {WHOLE: 8}, id="no empty or hidden texts"),
        pytest.param({"test.txt": LONG, "val.txt": LONG, "dev.txt": LONG}, {WHOLE: 24}, id="texts without a train one"),
    ],
)
def test_directory_holds(tmp_path: Path, files: dict[str, str], expected: dict[str, int]) -> None:
    assert counts(folder(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("files", "note"),
    [
        pytest.param({"train.jsonl": TRAIN, "test.jsonl": TEST}, "", id="nothing"),
        pytest.param(
            {"train.jsonl": TRAIN, "test.jsonl": TEST, "README.md": "x", "extra.json": "{", ".git/x": "x"},
            "not read: README.md, extra.json",
            id="files beside splits",
        ),
        pytest.param(
            {"a.txt": LONG, "c.pdf": "x", "b/d e\nf.png": "x"}, "not read: 'b/d e\\nf.png', c.pdf", id="pictures"
        ),
        pytest.param(
            {"a.txt": LONG, **{f"{number:02}.pdf": "x" for number in range(12)}},
            "09.pdf and 2 more",
            id="many pictures",
        ),
    ],
)
def test_files_that_are_not_read_are_named(tmp_path: Path, files: dict[str, str], note: str) -> None:
    notes = read_data(str(folder(tmp_path, files))).notes
    assert len(notes) == (1 if note else 0)
    assert not note or (notes[0].startswith(f"{tmp_path}: not read: ") and notes[0].endswith(note))


def test_file_whose_name_is_no_text_is_named(tmp_path: Path) -> None:
    folder(tmp_path, {"train.jsonl": TRAIN, "test.jsonl": TEST})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jsonl")).write_text(TRAIN)
    with pytest.raises(UserError, match="is not UTF-8"):
        read_data(str(tmp_path))


def test_texts_name_their_file_and_line(tmp_path: Path) -> None:
    data = read_data(str(folder(tmp_path / "notes", {"sub/a.md": "\n" + LONG})))
    assert (data.name, data.splits[WHOLE][0][0]) == ("notes", f"{tmp_path / 'notes' / 'sub' / 'a.md'}, line 2")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({}, "holds nothing that can be read. Give a file (.jsonl", id="nothing"),
        pytest.param({"a.pdf": "x", ".b.txt": "x"}, "holds nothing that can be read", id="foreign and hidden files"),
        pytest.param({"a.txt": "", "b.md": "\n"}, "holds text files, and all of them are empty", id="empty texts"),
        pytest.param({"train.jsonl": TRAIN}, "holds train.jsonl. It needs a train and a test file", id="train alone"),
        pytest.param({"a.jsonl": TRAIN, "README.md": "x"}, "holds a.jsonl. It needs a train", id="another name"),
        pytest.param(
            {"train.jsonl": TRAIN, "train.csv": "a\nb\n", "test.jsonl": TEST},
            "holds train.csv and train.jsonl. Keep one train file.",
            id="two train files",
        ),
        pytest.param({"train.jsonl": TRAIN, "test.jsonl": ""}, "test.jsonl: the file is empty", id="an empty split"),
    ],
)
def test_directory_is_refused_that_holds(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        counts(folder(tmp_path, files))
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("", "--data is empty", id="an empty name"),
        pytest.param("none.jsonl", "The file 'none.jsonl' does not exist. Give a file (.jsonl, .json", id="a file"),
        pytest.param("none/train.jsonl", "The file 'none/train.jsonl' does not exist", id="a file like a hub id"),
        pytest.param("a\0b", "The path: 'a\\x00b' holds a NUL character", id="a name with a NUL"),
        pytest.param("\ud83d.jsonl", "The path: '\\ud83d.jsonl' is not UTF-8", id="a name with half a character"),
        pytest.param("x" * 300, "The path: a name in 'xxx", id="a long name"),
        pytest.param("x/" * 4000, "--data 'x/x/x/", id="a long path"),
        pytest.param("~nobody-of-that-name/a.jsonl", "--data '~nobody-of-that-name/a.jsonl': ", id="nobody's home"),
        pytest.param(
            "http://[a/b.jsonl", "--data 'http://[a/b.jsonl': not valid address (Invalid IPv6", id="a bad URL"
        ),
        pytest.param("a/b/c", "The file 'a/b/c' does not exist", id="a path"),
        pytest.param("./none/data", "The file './none/data' does not exist", id="a path from here"),
    ],
)
def test_missing_is(source: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_data(source)
    assert str(caught.value).startswith(message)


def test_name_is_that_of_the_file_or_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path / "own", {"train.jsonl": TRAIN, "test.jsonl": TEST})
    monkeypatch.chdir(tmp_path / "own")
    assert [read_data(source).name for source in (".", "train.jsonl", str(tmp_path / "own"))] == ["own", "train", "own"]


def dataset(count: int, first: int = 0) -> Any:
    import datasets

    return datasets.Dataset.from_list(rows(count, first))


def saved(path: Path, splits: Mapping[str, Any]) -> Path:
    import datasets

    datasets.disable_progress_bars()
    (splits[WHOLE] if WHOLE in splits else datasets.DatasetDict(splits)).save_to_disk(str(path))
    return path


@pytest.mark.parametrize(
    ("splits", "expected", "first"),
    [
        pytest.param({WHOLE: 4}, {WHOLE: 4}, "row 1", id="a data set"),
        pytest.param({"train": 4}, {WHOLE: 4}, "train row 1", id="a single split"),
        pytest.param({"train": 4, "test": 2}, {"train": 4, "test": 2}, "train row 1", id="train and test"),
        pytest.param(
            {"test": 3, "train": 4, "valid": 2, "extra": 9},
            {"train": 4, "validation": 2, "test": 3},
            "train row 1",
            id="three splits and another",
        ),
    ],
)
def test_saved_data_set_holds(tmp_path: Path, splits: dict[str, int], expected: dict[str, int], first: str) -> None:
    path = saved(tmp_path / "set", {name: dataset(count) for name, count in splits.items()})
    data = read_data(str(path))
    assert {split: len(found) for split, found in data.splits.items()} == expected
    assert data.notes == ((f"{path}: not read: the split extra",) if "extra" in splits else ())
    where, row = next(iter(data.splits.values()))[0]
    assert (where, row) == (f"{path}, {first}", rows(1)[0])


def test_blank_rows_of_a_data_set_are_none(tmp_path: Path) -> None:
    import datasets

    path = saved(tmp_path / "set", {WHOLE: datasets.Dataset.from_dict({"text": ["", "a", ""]})})
    assert read_data(str(path)).splits[WHOLE] == [(f"{path}, row 2", {"text": "a"})]


def test_data_set_without_test_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "set", {"train": dataset(2), "validation": dataset(2)})
    with pytest.raises(UserError, match=r"its splits are train, validation. Needed are train and test"):
        read_data(str(path))


def test_empty_data_set_is_refused(tmp_path: Path) -> None:
    import datasets

    path = saved(tmp_path / "set", {"train": dataset(2), "test": datasets.Dataset.from_dict({"text": [""]})})
    with pytest.raises(UserError, match=r"test is empty. It needs a row for each example"):
        read_data(str(path))


def test_data_set_of_damaged_tables_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "set", {WHOLE: dataset(2)})
    (table,) = path.glob("*.arrow")
    table.write_bytes(table.read_bytes()[:200])
    with pytest.raises(UserError, match=r"^\S+set: a `datasets` directory: not valid data \("):
        read_data(str(path))


def test_damaged_data_set_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "set", {WHOLE: dataset(2)})
    (path / "state.json").write_text("{")
    with pytest.raises(UserError) as caught:
        read_data(str(path))
    assert "set: a `datasets` directory: not valid data (" in str(caught.value)
    assert "\n" not in str(caught.value)
