"""Exit codes of `pytest suites/` and of `python -m harness`. Frozen by a test."""

from enum import IntEnum


class ExitCode(IntEnum):
    """0 to 5 keep pytest's meaning. Those from 10 up say why a run that did not fail is still not green; pytest, which
    counts on from 5, uses none of them.
    """

    HELD = 0
    FAILED = 1
    INTERRUPTED = 2
    INTERNAL_ERROR = 3
    USAGE_ERROR = 4
    NOTHING_SELECTED = 5
    INCONCLUSIVE = 10
    NOTHING_MEASURED = 11
