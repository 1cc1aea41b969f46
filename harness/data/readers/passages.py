"""How is a plain text cut into documents, so that some can be held out?"""

from collections.abc import Iterator

MIN_LETTERS = 600
"""A passage is at least this long: enough for a model to show what it learned of the text."""


def passages(text: str) -> Iterator[tuple[int, str]]:
    """Passages of at least `MIN_LETTERS` with the number of their first line, cut at blank lines alone.

    What is left at the end and too short goes with the passage before it. A short text is one passage, a
    blank one none.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    starts: list[int] = []
    start, letters = 0, 0
    for number, line in enumerate(lines):
        if line.strip():
            start = number if not letters else start
            letters += len(line) + 1
        elif letters >= MIN_LETTERS:
            starts.append(start)
            letters = 0
    if letters and (letters >= MIN_LETTERS or not starts):
        starts.append(start)
    for begin, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        yield begin + 1, "\n".join(lines[begin:end]).rstrip()


def document(text: str) -> str:
    """A whole text without the blank lines around it."""
    return text.replace("\r\n", "\n").strip("\n").rstrip()
