"""Data as users have it: what they name is found, read row by row, and understood as examples."""

from harness.data.readers.examples import (
    FORMATS,
    ROLES,
    Example,
    content_hash,
    example_from_row,
    examples_from_rows,
    format_of,
)
from harness.data.readers.files import SUFFIXES, Row, read_rows
from harness.data.readers.sources import SPLITS, WHOLE, Data, read_data

__all__ = [
    "FORMATS",
    "ROLES",
    "SPLITS",
    "SUFFIXES",
    "WHOLE",
    "Data",
    "Example",
    "Row",
    "content_hash",
    "example_from_row",
    "examples_from_rows",
    "format_of",
    "read_data",
    "read_rows",
]
