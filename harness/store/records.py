"""Records on disk: atomic, safe under concurrent writers, distrustful of what it reads.

Layout: `DIR/ab/abcdef0123456789.json` holds `{"sha256": ..., "record": {...}}`, and the scores per item
stand beside it as Parquet, named after the record they belong to. The Parquet file is renamed into
place first, so a record that can be seen is whole; `kill -9` leaves at most a temporary file.

A store may be shared by checkouts of several versions. What is damaged is set aside; what is whole and not understood
belongs to another version, and is neither moved nor replaced.
"""

import hashlib
import io
import json
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.schema.atomic import write_together
from harness.schema.codec import record_from_dict
from harness.schema.edge import reason, writing
from harness.schema.errors import UnwritableError, UserError
from harness.schema.measured import Measured, with_none
from harness.schema.record import SCHEMA, Record

DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading anything but a whole record raises."""

WAY_OUT = (
    "Make room there, or give another directory with --store DIR, and run again: what is stored is not measured again."
)


def require_writable(directory: Path, what: str, flag: str) -> None:
    """Makes the directory and a file in it, before hours of training find out that they cannot be kept.

    Raises:
        UnwritableError: that does not go.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / f".probe-{uuid.uuid4().hex}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UnwritableError(
            f"{what} {str(directory)!r} cannot be written ({reason(error)}). "
            f"Give a directory that you may write with {flag} DIR."
        ) from None


@dataclass(frozen=True)
class Corrupt:
    """A record that was found damaged; its trial runs again."""

    path: Path
    """Where it lies now."""
    reason: str

    def __str__(self) -> str:
        set_aside = "was set aside and" if self.path.suffix == ".corrupt" else "will be set aside when its trial"
        return f"a damaged record {set_aside} runs again: {self.path.name} ({self.reason})"


class _OtherVersion(Exception):  # noqa: N818  # what a record is, and no error of its own
    """A record that this version does not understand; the text says why."""


class Store:
    """A directory of records, keyed by the digest of their trial.

    Args:
        writes: False for those who only read: nothing is made, moved or written, and a directory that is not there
            is an empty store.

    Raises:
        UserError: the directory cannot be made or written.
    """

    def __init__(self, directory: Path, writes: bool = True) -> None:
        self.directory = directory
        self.corrupt: list[Corrupt] = []
        self.foreign: list[Path] = []
        """Records of other versions that `all` left out."""
        self.damaged: list[Path] = []
        """Records that `all` left out, since they cannot be read."""
        self._writes = writes
        if writes:
            require_writable(directory, "The store", "--store")

    def put(self, measured: Measured) -> None:
        """Writes a record and its items; a later record of the same trial replaces an earlier one.

        Raises:
            UnwritableError: it cannot be written; nothing of it is left behind.
            UserError: a record of another version stands there, which is left alone.
        """
        if not self._writes:
            raise ValueError(f"the store {self.directory} was opened for reading")
        path = self._path(measured.trial.digest)
        _refuse_to_replace(path)
        items = with_none(measured.items).to_parquet(index=False, compression="zstd")
        items_sha256 = hashlib.sha256(items).hexdigest()
        payload: dict[str, object] = {"items_sha256": items_sha256, "record": asdict(measured.record)}
        text = json.dumps({"sha256": _checksum(payload), **payload}, indent=1)
        scores = path.with_name(f"{path.stem}-{items_sha256[:8]}.parquet")
        with writing(f"The store {str(self.directory)!r}", WAY_OUT):
            write_together({scores: items, path: text})

    def get(self, digest: str) -> Measured | None:
        """The stored record, or None if there is none or it is damaged (then it is set aside).

        Raises:
            UserError: it is of another version, or cannot be read.
        """
        path = self._path(digest)
        try:
            return _read(path, digest)
        except FileNotFoundError as error:
            if Path(error.filename) != path:  # a record that is not there is no damage
                self._set_aside(path, f"its scores per item are missing ({Path(error.filename).name})")
        except OSError as error:
            raise UserError(f"{path}: the record cannot be read ({reason(error)}). Mend it, or delete it.") from None
        except _OtherVersion as why:
            raise _left_alone(path, why) from None
        except DAMAGE as error:
            self._set_aside(path, f"{type(error).__name__}: {reason(error)}")
        return None

    def all(self) -> list[Measured]:
        """Every readable record, in order of start. Nothing is set aside: nobody asked for these trials."""
        found, self.foreign, self.damaged = [], [], []
        for path in sorted(self.directory.glob("??/*.json")):
            try:
                found.append(_read(path, path.stem))
            except _OtherVersion:
                self.foreign.append(path)
            except (OSError, *DAMAGE):
                self.damaged.append(path)
        return sorted(found, key=lambda one: one.record.started_at)

    def _set_aside(self, path: Path, why: str) -> None:
        aside = path.with_suffix(".corrupt") if self._writes else path
        try:
            if self._writes:
                os.replace(path, aside)
        except FileNotFoundError:  # another process was faster
            return
        except OSError:
            aside = path
        if (found := Corrupt(aside, why)) not in self.corrupt:
            self.corrupt.append(found)

    def _path(self, digest: str) -> Path:
        return self.directory / digest[:2] / f"{digest}.json"


def _read(path: Path, digest: str) -> Measured:
    document, record = _record_in(path)
    if record.trial.digest != digest:
        raise ValueError(f"it holds the trial {record.trial.digest}")
    items = path.with_name(f"{path.stem}-{document['items_sha256'][:8]}.parquet").read_bytes()
    if hashlib.sha256(items).hexdigest() != document["items_sha256"]:
        raise ValueError("the scores per item are damaged")
    table = with_none(pd.read_parquet(io.BytesIO(items)))
    if not np.isfinite(table[["score", "nll"]].to_numpy(dtype=np.float64)).all():
        raise ValueError("a score is not a number")
    return Measured(record, table)


def _record_in(path: Path) -> tuple[dict[str, Any], Record]:
    """What the file holds, without its checksum, and the record in it.

    Raises:
        _OtherVersion: it names another schema, or is whole and not understood.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    schema = document["record"]["schema"]
    if type(schema) is int and schema > SCHEMA:  # whose checksum may be another one
        raise _OtherVersion(f"record schema {schema}; this version reads {SCHEMA}")
    if document.pop("sha256") != _checksum(document):
        raise ValueError("the checksum does not fit the content")
    try:
        return document, record_from_dict(document["record"])
    except DAMAGE as error:
        raise _OtherVersion(reason(error)) from None


def _refuse_to_replace(path: Path) -> None:
    """Another version's record may have come since the run was planned.

    Raises:
        UserError: it has.
    """
    try:
        _record_in(path)
    except _OtherVersion as why:
        raise _left_alone(path, why) from None
    except (OSError, *DAMAGE):
        return


def _left_alone(path: Path, why: _OtherVersion) -> UserError:
    return UserError(
        f"{path}: another version of the harness wrote this record ({why}). It is left as it is, so its trial can "
        "neither be answered nor measured again here. Use that version, or keep records elsewhere with --store DIR."
    )


def _checksum(payload: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
