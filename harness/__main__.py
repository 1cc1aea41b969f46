"""`python -m harness`: what does not need a test run. Exit codes as in `harness.schema.exit_codes`."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from harness.commands import COMMANDS
from harness.schema.edge import reason
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; a user's mistake is one message and exit code 4."""
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except UserError as error:
        return _refused(error)
    except BrokenPipeError:  # `| head` has read enough
        _print_no_more()
        return ExitCode.INTERRUPTED
    except OSError as error:
        _print_no_more()
        return _refused(UserError(f"{error.filename or 'A file or device'}: {reason(error)}."))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED


def _run(argv: Sequence[str] | None) -> int:
    parser = _Parser(prog="python -m harness", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        aliases = getattr(command, "ALIASES", ())
        sub = commands.add_parser(name, aliases=aliases, help=command.HELP, description=command.__doc__)
        command.add_arguments(sub)
        sub.set_defaults(execute=command.run)
    try:
        arguments = parser.parse_args(argv)
        return int(arguments.execute(arguments))
    except SystemExit as leaving:  # argparse, after --help
        return ExitCode.USAGE_ERROR if leaving.code else ExitCode.HELD


def _print_no_more() -> None:
    """What cannot be printed is not tried again when the interpreter ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Misuse is a mistake like any other: one message, and not argparse's code 2, which is pytest's "interrupted"."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}. What there is: {self.prog} --help")


def _refused(error: UserError) -> int:
    print(f"ERROR: {error}", file=sys.stderr)
    return ExitCode.USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
