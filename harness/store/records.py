"""Records on disk: atomic, safe under concurrent writers, distrustful of what it reads.

Layout: `DIR/ab/abcdef0123456789.json` holds `{"sha256": ..., "record": {...}}`, and the scores per item
stand beside it as Parquet, named after the record they belong to. The Parquet file is renamed into
place first, so a record that can be seen is whole; `kill -9` leaves at most a temporary file.
"""

import hashlib
import io
import json
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harness.schema.atomic import write_atomically
from harness.schema.codec import record_from_dict
from harness.schema.errors import UserError
from harness.schema.measured import Measured, with_none


def require_writable(directory: Path, what: str, flag: str) -> None:
    """Makes the directory and a file in it, before hours of training find out that they cannot be kept.

    Raises:
        UserError: that does not go.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / f".probe-{uuid.uuid4().hex}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"{what} {str(directory)!r} cannot be written ({error.strerror}). "
            f"Give a directory that you may write with {flag} DIR."
        ) from None


@dataclass(frozen=True)
class Corrupt:
    """A record that was found damaged and set aside; its trial runs again."""

    path: Path
    reason: str


class Store:
    """A directory of records, keyed by the digest of their trial.

    Raises:
        UserError: the directory cannot be made or written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.corrupt: list[Corrupt] = []
        require_writable(directory, "The store", "--store")

    def put(self, measured: Measured) -> None:
        """Writes a record and its items; a later record of the same trial replaces an earlier one."""
        items = with_none(measured.items).to_parquet(index=False, compression="zstd")
        items_sha256 = hashlib.sha256(items).hexdigest()
        payload: dict[str, object] = {"items_sha256": items_sha256, "record": asdict(measured.record)}
        text = json.dumps({"sha256": _checksum(payload), **payload}, indent=1)
        path = self._path(measured.trial.digest)
        write_atomically(path.with_name(f"{path.stem}-{items_sha256[:8]}.parquet"), items)
        write_atomically(path, text)

    def get(self, digest: str) -> Measured | None:
        """The stored record, or None if there is none or it is damaged (then it is set aside)."""
        path = self._path(digest)
        try:
            return self._read(path, digest)
        except FileNotFoundError as error:
            if Path(error.filename) != path:  # a record that is not there is no damage
                self._set_aside(path, f"its scores per item are missing ({Path(error.filename).name})")
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            self._set_aside(path, f"{type(error).__name__}: {error}")
        return None

    def all(self) -> list[Measured]:
        """Every readable record, in order of start."""
        found = [self.get(path.stem) for path in sorted(self.directory.glob("??/*.json"))]
        return sorted((one for one in found if one is not None), key=lambda one: one.record.started_at)

    def _read(self, path: Path, digest: str) -> Measured:
        document = json.loads(path.read_text())
        expected = document.pop("sha256")
        if _checksum(document) != expected:
            raise ValueError("the checksum does not fit the content")
        record = record_from_dict(document["record"])
        if record.trial.digest != digest:
            raise ValueError(f"it holds the trial {record.trial.digest}")
        items = path.with_name(f"{path.stem}-{document['items_sha256'][:8]}.parquet").read_bytes()
        if hashlib.sha256(items).hexdigest() != document["items_sha256"]:
            raise ValueError("the scores per item are damaged")
        table = with_none(pd.read_parquet(io.BytesIO(items)))
        if not np.isfinite(table[["score", "nll"]].to_numpy(dtype=np.float64)).all():
            raise ValueError("a score is not a number")
        return Measured(record, table)

    def _set_aside(self, path: Path, reason: str) -> None:
        aside = path.with_suffix(".corrupt")
        try:
            os.replace(path, aside)
        except FileNotFoundError:  # another process was faster
            return
        self.corrupt.append(Corrupt(aside, reason))

    def _path(self, digest: str) -> Path:
        return self.directory / digest[:2] / f"{digest}.json"


def _checksum(payload: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
