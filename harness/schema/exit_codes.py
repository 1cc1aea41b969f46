"""Exit codes of `pytest suites/` and of `python -m harness`. Frozen by a test."""

from enum import IntEnum


class ExitCode(IntEnum):
    """0 to 5 keep pytest's meaning; the others say why a run that did not fail is still not green."""

    HELD = 0
    FAILED = 1
    INTERRUPTED = 2
    INTERNAL_ERROR = 3
    USAGE_ERROR = 4
    NOTHING_SELECTED = 5
    INCONCLUSIVE = 6
    NOTHING_MEASURED = 7
