"""What README, CONTRIBUTING and the pages of docs/ show: commands, blocks of code, code in running text, links."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.schema.paths import ROOT

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
INDENTED = "indented"
SHELL = ("sh", "bash", "shell", "console", INDENTED)


@dataclass(frozen=True)
class Shown:
    """A piece of a page. `kind` is the language of a fenced block ("" where it names none), or `INDENTED`."""

    page: Path
    line: int
    text: str
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}: {self.text}"


@cache
def _lines(page: Path) -> tuple[tuple[int, str, str | None], ...]:
    """Number and text of every line, and the kind of block that it stands in; fences themselves are left out."""
    found: list[tuple[int, str, str | None]] = []
    fence: str | None = None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if mark := re.match(r"```(\w*)", line):
            fence = mark[1] if fence is None else None
            found.append((number, "", None))
        elif fence is None and line.startswith("    "):
            found.append((number, line[4:], INDENTED))
        else:
            found.append((number, line, fence))
    return tuple(found)


def blocks(page: Path) -> list[Shown]:
    """Fenced and indented blocks, in order."""
    found: list[Shown] = []
    before: str | None = None
    for number, line, kind in _lines(page):
        if kind is not None and kind == before:
            found[-1] = Shown(page, found[-1].line, f"{found[-1].text}\n{line}", kind)
        elif kind is not None:
            found.append(Shown(page, number, line, kind))
        before = kind
    return found


def commands(page: Path) -> list[Shown]:
    """Every command of the shell blocks; a line that ends in a backslash goes on with the next one."""
    return [
        Shown(page, one.line, line.strip())
        for one in blocks(page)
        if one.kind in SHELL
        for line in one.text.replace("\\\n", " ").splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


def _prose(page: Path) -> list[tuple[int, str]]:
    return [(number, line) for number, line, kind in _lines(page) if kind is None]


def spans(page: Path) -> list[Shown]:
    """Code in running text."""
    return [Shown(page, number, text) for number, line in _prose(page) for text in re.findall(r"`([^`]+)`", line)]


def links(page: Path) -> list[Shown]:
    """Where links and pictures lead."""
    return [Shown(page, number, to) for number, line in _prose(page) for to in re.findall(r"\]\(([^)\s]+)\)", line)]


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the tables below a heading, without those that name the columns."""
    section = re.split(r"^#+ ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = next(part for part in section if part.startswith(f"{heading}\n")).splitlines()
    tables = "\n".join(line if line.startswith("|") else "" for line in lines).split("\n\n")
    bodies = [table.strip().splitlines()[2:] for table in tables]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for body in bodies for line in body]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = [line.lstrip("#").strip().lower() for _, line in _prose(page) if re.match("#+ ", line)]
    return frozenset(re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles)
