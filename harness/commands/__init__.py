"""The commands of `python -m harness`, one file each."""

from harness.commands import calibrate, fetch, plan, report, tune

COMMANDS = (report, plan, fetch, tune, calibrate)
