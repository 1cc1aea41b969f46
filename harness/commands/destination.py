"""Where a command writes: looked at before it works, so that nothing it works out is lost."""

import tempfile
from pathlib import Path

from harness.plugin.values import AsPath
from harness.schema.codec import read_value
from harness.schema.edge import writing
from harness.schema.errors import UserError
from harness.store.records import require_writable


def directory_for(given: str, flag: str) -> Path:
    """The directory that an option names; it is made.

    Raises:
        UserError: it cannot be written to.
    """
    path: Path = read_value(AsPath, given, flag)
    require_writable(path, f"{flag}: the directory", flag)
    return path


def file_for(given: str, flag: str) -> Path:
    """The file that an option names; it is not made, but its directory is.

    Raises:
        UserError: it cannot be written.
    """
    path: Path = read_value(AsPath, given, flag)
    if path.is_dir():
        raise UserError(f"{flag}: {str(path)!r} is a directory. Give a file.")
    with writing(f"{flag}: {str(path)!r}", "Give a file in a directory that you may write."):
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
    return path
