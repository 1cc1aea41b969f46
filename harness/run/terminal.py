"""Whom a run tells how it goes."""

from typing import Protocol


class Terminal(Protocol):
    """Takes whole lines, and, where it is live, one that is rewritten in place."""

    @property
    def live(self) -> bool:
        """Whether a line can be rewritten."""
        ...

    def line(self, text: str) -> None:
        """Adds a line, below one that was being rewritten."""
        ...

    def rewrite(self, text: str) -> None:
        """Puts the text in place of what was last rewritten; only where live."""
        ...

    def end(self) -> None:
        """Ends the line that was being rewritten, if one was."""
        ...


class Printed:
    """Lines on standard output."""

    live = False

    def line(self, text: str) -> None:
        print(text, flush=True)

    rewrite = line

    def end(self) -> None: ...
