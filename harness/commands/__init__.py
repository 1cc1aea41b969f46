"""The commands of `python -m harness`, one file each."""

from harness.commands import bless, calibrate, compare, fetch, plan, report, tune

COMMANDS = (report, compare, bless, plan, fetch, tune, calibrate)
