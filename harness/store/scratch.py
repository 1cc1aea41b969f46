"""What is thrown away again: directories for the time of one check, below `.tmp` of a directory that is the user's.

Each is locked by the process that uses it. A lock ends with its process, however that ended, so what a `kill -9` left
behind can be told from what another run on the same disk still uses, in another container too.
"""

import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PLACE = ".tmp"
OLD_S = 3600.0
"""A file of one write that is older than this was left behind: no write takes so long."""
LEFT_FILES = (".*.tmp", "??/.*.tmp", ".probe-*")


@contextmanager
def scratch_in(directory: Path) -> Iterator[Path]:
    """An empty directory inside this one, on the same disk; removed at the end, unless it was moved away.

    Raises:
        OSError: it cannot be made.
    """
    place = directory / PLACE
    path = place / uuid.uuid4().hex
    lock = _owned(path)
    try:
        path.mkdir()
        yield path
    finally:
        _remove(path)
        os.close(lock)
        _remove_if_empty(place)


def sweep(directory: Path) -> None:
    """Removes what processes that are gone have left in `scratch_in` of this directory, and files of broken writes.

    What cannot be told to be nobody's stays, and so does what cannot be removed.
    """
    place = directory / PLACE
    for lock in place.glob("*.lock"):
        _sweep_one(lock)
    for pattern in LEFT_FILES:
        for file in directory.glob(pattern):
            with suppress(OSError):
                if file.is_file() and time.time() - file.stat().st_mtime > OLD_S:
                    file.unlink()
    _remove_if_empty(place)


def _sweep_one(path: Path) -> None:
    with suppress(OSError):  # another process owns it, or sweeps it
        lock = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path.with_suffix(""))
        finally:
            os.close(lock)


def _owned(path: Path) -> int:
    """The lock of a directory that is to be made, held until it is closed.

    A disk without locks has no sweeping either, so the directory is safe there too.
    """
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the place was just removed by another, as empty
            lock = os.open(_lock_of(path), os.O_RDWR | os.O_CREAT, 0o644)
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            if _is(lock, _lock_of(path)):
                return lock
            os.close(lock)  # swept between the two calls above


def _is(lock: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except FileNotFoundError:
        return False


def _remove(path: Path) -> None:
    """The directory, then its lock, which stays where something of the directory does."""
    shutil.rmtree(path, ignore_errors=True)
    if not path.exists():
        _lock_of(path).unlink(missing_ok=True)


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _remove_if_empty(place: Path) -> None:
    with suppress(OSError):
        place.rmdir()
