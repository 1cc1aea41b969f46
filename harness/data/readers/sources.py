"""What did the user name? A file, a directory, a data set on disk or of the hub, or a URL; and which splits it has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.data.readers.compression import OPENERS
from harness.data.readers.fields import key_name
from harness.data.readers.files import (
    SUFFIXES,
    TEXTS,
    WHAT_TO_GIVE,
    File,
    Row,
    blank,
    broken_table,
    content_of,
    local_file,
    place_of,
    rows_of,
    text_of,
)
from harness.data.readers.passages import document, passages
from harness.data.readers.remote import hub_splits, is_url, url_file, url_files
from harness.schema.edge import reading
from harness.schema.errors import UserError, shown

WHOLE = "all"
"""The one part of data that comes without splits."""
SPLITS = ("train", "validation", "test")
SPLIT_NAMES = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
"""What files and splits may be called, and the split that each stands for."""
MANY_FILES = 20
"""From here on a text file is one document; fewer are cut into passages, since three splits need items."""
FILES_NAMED = 10
HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
TABLES = tuple(suffix for suffix in SUFFIXES if suffix not in TEXTS)


@dataclass(frozen=True)
class Data:
    """Rows as read: under `WHOLE`, or under `train`, `test` and, where it was given, `validation`.

    Attributes:
        notes: what is there beside the rows, and is not used.
    """

    name: str
    where: str
    splits: Mapping[str, list[Row]]
    notes: tuple[str, ...] = ()


def read_data(source: str) -> Data:
    """Everything that the user's data holds.

    Args:
        source: a file, a directory, a hub id OWNER/NAME, or a URL that fsspec can open.

    Raises:
        UserError: it cannot be had, is of no known kind, is broken or empty, or has splits that do not serve.
    """
    if not source.strip():
        raise UserError(f"--data is empty. {WHAT_TO_GIVE}")
    notes: list[str] = []
    name, where, splits = _from_url(source, notes) if is_url(source) else _from_here(source, notes)
    return Data(name, where, splits, tuple(notes))


Found = tuple[str, str, dict[str, list[Row]]]
"""The name of some data, what messages call it, and its rows by split."""


def _from_here(source: str, notes: list[str]) -> Found:
    """From a file or directory, or else the hub."""
    with reading(f"--data {shown(source)}", way_out=WHAT_TO_GIVE, also=(RuntimeError,)):  # `~nobody` is one
        path = Path(source).expanduser()
        where = place_of(path)
        is_directory, is_file = path.is_dir(), path.is_file()
    if is_directory:
        name = path.resolve().name or "data"
        if _is_saved_dataset(path):
            return name, where, _dataset_splits(_loaded(path), where, notes)
        return name, where, _directory(_listed(path), where, notes)
    if is_file:
        file = local_file(path)
        return file.stem, where, {WHOLE: list(rows_of(file, notes))}
    if _like_hub_id(source):
        return source.split("/")[1], source, _dataset_splits(hub_splits(source), source, notes)
    raise UserError(f"The file {source!r} does not exist. {WHAT_TO_GIVE}")


def _like_hub_id(source: str) -> bool:
    return bool(HUB_ID.fullmatch(source)) and not source.lower().endswith((*SUFFIXES, *OPENERS))


def _from_url(url: str, notes: list[str]) -> Found:
    with reading(f"--data {shown(url)}", "address"):
        file = url_file(url)
    name = file.stem or "data"
    # A web server cannot be asked what it holds; a store can.
    if file.suffix in SUFFIXES or urlsplit(url).scheme in ("http", "https"):
        return name, file.where, {WHOLE: list(rows_of(file, notes))}
    name = file.where.rstrip("/").rsplit("/", 1)[-1] or "data"
    files = url_files(url)
    if [one.name for one in files] == [""]:  # the address is that of a file, with a suffix unknown here
        return name, file.where, {WHOLE: list(rows_of(file, notes))}
    return name, file.where, _directory(files, file.where, notes)


def _listed(directory: Path) -> list[File]:
    """Files below a directory, sorted."""
    with reading(str(directory)):
        paths = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    return [local_file(path, path.relative_to(directory).as_posix()) for path in paths]


def _directory(files: list[File], where: str, notes: list[str]) -> dict[str, list[Row]]:
    """Files called after splits, or a folder of texts. Hidden files are not meant."""
    visible = [file for file in files if not any(part.startswith(".") for part in file.name.split("/"))]
    readable = [file for file in visible if file.suffix in SUFFIXES]
    tables = [file for file in readable if file.suffix in TABLES]
    named = _split_files(tables or readable)  # a README beside tables is none of them
    if {"train", "test"} <= set(named):
        for split, own in named.items():
            if len(own) > 1:
                both = " and ".join(key_name(file.name) for file in own)
                raise UserError(f"The directory {where!r} holds {both}. Keep one {split} file.")
        _note_files(visible, [file for own in named.values() for file in own], where, notes)
        return {split: list(rows_of(named[split][0], notes)) for split in SPLITS if split in named}
    if tables:
        found = ", ".join(key_name(file.name) for file in tables[:5]) + (", ..." if len(tables) > 5 else "")
        raise UserError(
            f"The directory {where!r} holds {found}. It needs a train and a test file, such as train.jsonl and "
            "test.jsonl; validation is taken from train where it is missing. To have one file split, give that file."
        )
    if readable:
        _note_files(visible, readable, where, notes)
        return {WHOLE: _documents(readable, where)}
    raise UserError(f"The directory {where!r} holds nothing that can be read. {WHAT_TO_GIVE}")


def _note_files(there: list[File], used: list[File], where: str, notes: list[str]) -> None:
    """Names the files of a directory that are not read."""
    left = [key_name(file.name) for file in there if file not in used]
    if left:
        more = f" and {len(left) - FILES_NAMED} more" if len(left) > FILES_NAMED else ""
        notes.append(f"{where}: not read: {', '.join(left[:FILES_NAMED])}{more}")


def _split_files(files: list[File]) -> dict[str, list[File]]:
    """The files called after splits, by split."""
    named: dict[str, list[File]] = {}
    for file in files:
        split = SPLIT_NAMES.get(file.stem.lower())
        if split is not None and "/" not in file.name:
            named.setdefault(split, []).append(file)
    return named


def _documents(files: list[File], where: str) -> list[Row]:
    """A row `{"text"}` for each file, or for each passage where the files are few."""
    texts = [(file.where, text_of(content_of(file), file.where)) for file in files]
    texts = [(place, text) for place, text in texts if text.strip()]
    if not texts:
        raise UserError(f"The directory {where!r} holds text files, and all of them are empty.")
    if len(texts) >= MANY_FILES:
        return [(place, {"text": document(text)}) for place, text in texts]
    return [(f"{place}, line {line}", {"text": one}) for place, text in texts for line, one in passages(text)]


def _is_saved_dataset(path: Path) -> bool:
    """Whether `save_to_disk` of the library `datasets` wrote the directory."""
    one = (path / "state.json").is_file() and (path / "dataset_info.json").is_file()
    return one or (path / "dataset_dict.json").is_file()


def _loaded(path: Path) -> dict[str, Any]:
    import datasets

    with broken_table(f"{path}: a `datasets` directory", "data"):
        loaded = datasets.load_from_disk(str(path))
    return dict(loaded) if isinstance(loaded, datasets.DatasetDict) else {WHOLE: loaded}


def _dataset_splits(found: Mapping[str, Any], where: str, notes: list[str]) -> dict[str, list[Row]]:
    """Splits as given where there are train and test; the rows of a single split, whatever its name, as a whole."""
    if len(found) == 1:
        ((name, dataset),) = found.items()
        return {WHOLE: _dataset_rows(dataset, where, "" if name == WHOLE else name)}
    named: dict[str, str] = {}
    for name in found:
        named.setdefault(SPLIT_NAMES.get(name, ""), name)
    if not {"train", "test"} <= set(named):
        raise UserError(
            f"{where}: its splits are {', '.join(map(key_name, found)) or '(none)'}. Needed are train and test "
            "(validation is taken from train where it is missing), or a single one, which is then split."
        )
    kept = [split for split in SPLITS if split in named]
    left = found.keys() - {named[split] for split in kept}
    notes += [f"{where}: not read: the split {key_name(name)}" for name in sorted(left)]
    return {split: _dataset_rows(found[named[split]], where, named[split]) for split in kept}


def _dataset_rows(dataset: Any, where: str, split: str) -> list[Row]:
    """Rows as plain values: images and the like, in columns that nobody needs, are not decoded."""
    place = f"{where}, {split} row" if split else f"{where}, row"
    with broken_table(where, "data"):
        tables = dataset.with_format("arrow").iter(1000)
        numbered = list(enumerate((row for table in tables for row in table.to_pylist()), 1))
    rows = [(f"{place} {number}", row) for number, row in numbered if not blank(row)]
    if not rows:
        raise UserError(f"{where}: {split or 'the data set'} is empty. It needs a row for each example.")
    return rows
