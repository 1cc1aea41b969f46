"""The commands of `python -m harness`, one file each."""

from harness.commands import accept, calibrate, compare, fetch, init, judge, plan, report, tune

_ALL = (init, plan, report, compare, judge, accept, calibrate, tune, fetch)
COMMANDS = {command.__name__.rpartition(".")[2]: command for command in _ALL}
"""By name."""
