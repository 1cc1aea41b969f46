"""`python -m harness`: what does not need a test run. Exit codes as in `harness.schema.exit_codes`."""

import argparse
import sys
from collections.abc import Sequence

from harness.commands import COMMANDS
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; a user's mistake is one message and exit code 4."""
    parser = argparse.ArgumentParser(prog="python -m harness", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        aliases = getattr(command, "ALIASES", ())
        sub = commands.add_parser(name, aliases=aliases, help=command.HELP, description=command.__doc__)
        command.add_arguments(sub)
        sub.set_defaults(execute=command.run)
    try:
        arguments = parser.parse_args(argv)
        return int(arguments.execute(arguments))
    except SystemExit as leaving:  # argparse ends with 2 on misuse, which is pytest's "interrupted"
        return ExitCode.USAGE_ERROR if leaving.code else ExitCode.HELD
    except UserError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return ExitCode.USAGE_ERROR
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
