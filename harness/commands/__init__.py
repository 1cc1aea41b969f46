"""The commands of `python -m harness`, one file each."""

from harness.commands import accept, calibrate, compare, fetch, init, plan, report, tune

COMMANDS = (init, plan, report, compare, accept, calibrate, tune, fetch)
