"""Files that are written whole or not at all: the one place where a file that others read is replaced."""

import os
import uuid
from pathlib import Path


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replaces `path` in one step: a reader sees the old file or the new one, a crash leaves no half of one.

    Safe under concurrent writers, of whom the last wins. What failed leaves nothing behind; `kill -9` may leave a
    hidden `.NAME-*.tmp`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
