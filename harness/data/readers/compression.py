"""What is in a compressed file? Its bytes, as far as they can be held."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable

from harness.schema.edge import reading
from harness.schema.errors import UserError

OPENERS: dict[str, Callable[[io.BytesIO], io.BufferedIOBase]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}
LARGEST_BYTES = 4 * 2**30
"""A few megabytes can be made that decompress to terabytes."""


def decompressed(content: bytes, suffix: str, where: str) -> bytes:
    """The bytes of a file of one of the suffixes of `OPENERS`.

    Raises:
        UserError: it is damaged, of another kind, or decompresses to more than `LARGEST_BYTES`.
    """
    damaged = (EOFError, zlib.error, lzma.LZMAError)
    with reading(where, "compressed data", "Compress the file again.", damaged):
        found = OPENERS[suffix](io.BytesIO(content)).read(LARGEST_BYTES + 1)
    if len(found) > LARGEST_BYTES:
        raise UserError(
            f"{where}: decompresses to more than {LARGEST_BYTES / 2**30:g} GiB, which is as much as is read. "
            "Give a part of it."
        )
    return found
