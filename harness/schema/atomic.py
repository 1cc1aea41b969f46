"""Files that are written whole or not at all: the one place where a file that others read is replaced."""

import os
import uuid
from collections.abc import Mapping
from pathlib import Path


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replaces `path` in one step: a reader sees the old file or the new one, a crash leaves no half of one.

    Safe under concurrent writers, of whom the last wins. What failed leaves nothing behind; `kill -9` may leave a
    hidden `.NAME-*.tmp`.

    Raises:
        OSError: it could not be written.
    """
    write_together({path: content})


def write_together(files: Mapping[Path, str | bytes]) -> None:
    """The same for files that belong together: all are on the disk before the first one is replaced, in their order.

    A disk that is full keeps every old file.

    Raises:
        OSError: they could not be written.
    """
    temporaries = {path: path.with_name(f".{path.name}-{uuid.uuid4().hex}.tmp") for path in files}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(temporaries[path], content)
        for path, temporary in temporaries.items():
            os.replace(temporary, path)
    except BaseException:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)
        raise


def _write(path: Path, content: str | bytes) -> None:
    with path.open("xb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
