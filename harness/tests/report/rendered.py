"""What a reader of Markdown makes of it: blocks, the cells of tables, and texts as they are seen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

HOSTILE = [
    "poems-lora[targets=.*(q_proj|v_proj)]-r16-s0",
    "a`b",
    "a``b```c",
    "`",
    "`code` and **bold** _x_ ~~y~~",
    "|",
    "a\\|b",
    "a\\\\|b`",
    "ends in a backslash\\",
    "[x](https://e.example) ![y](z) <https://e.example>",
    "https://e.example www.e.example x@e.example",
    "<!-- -->",
    "</details><script>alert(1)</script>",
    "&lt;b&gt; &amp; &#124;",
    "@team #1 GH-1 :tada:",
    "$a$ and $b$",
    "🎉 漢字",
    "\u202eevil\u2066",
    "two\nlines\r\n\n# of",
    "\x1b[31m\x00",
    "\ud800",
    "::error::x%0A::error::y",
    " both ends ",
]
"""Names of tasks and methods that nobody should have, and some may."""
FIRST_ON_A_LINE = [
    "- a",
    "1. a",
    "12) a",
    "+",
    "=",
    "---",
    "# a",
    "> a",
    "    a",
    "- - -",
    "```",
    "===",
    "* a",
    "[x]: y",
]
"""What makes a block of a line that begins with it."""

_ACTS = re.compile(r"@\w|#\d|://|\bwww\.|\bGH-\d|:[\w+-]+:", re.IGNORECASE)
"""In a piece of text, GitHub would make a mention, a reference, a link or an emoji of it."""
_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@dataclass(frozen=True)
class Piece:
    """A paragraph, a heading or a cell: the text that is seen, and the kinds of what else stands in it."""

    text: str
    markup: frozenset[str]


def _piece(inline: Token) -> Piece:
    """Comments and elements without a meaning of their own (`code`, `sup`, `br`) are no markup here."""
    text, markup = "", set()
    for token in inline.children or ():
        if token.type in ("text", "text_special"):
            assert not _ACTS.search(token.content), token.content
        if token.type in ("text", "text_special", "code_inline"):
            text += token.content
        elif token.type == "softbreak":
            text += "\n"
        elif token.type != "html_inline":
            markup.add(token.type.removesuffix("_open").removesuffix("_close"))
        elif not re.fullmatch(r"<!-- -->|</?code>|</?sup>|<br>", token.content):
            markup.add(token.content)
    return Piece(text, frozenset(markup))


def pieces(markdown: str) -> list[Piece]:
    """All that is shown, in order."""
    return [_piece(token) for token in _READER.parse(markdown) if token.type == "inline"]


def blocks(markdown: str) -> set[str]:
    """Kinds of blocks, such as `paragraph`, `table` and `html_block`."""
    return {token.type.removesuffix("_open") for token in _READER.parse(markdown) if token.nesting >= 0} - {"inline"}


def tables(markdown: str) -> Iterator[list[list[Piece]]]:
    """Rows of cells, the heads first. A reader pads what is short and cuts what is long, so lines are counted too."""
    rows: list[list[Piece]] = []
    for token in _READER.parse(markdown):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level and rows:
            rows[-1].append(_piece(token))
        elif token.type == "table_close":
            yield rows
            rows = []


def cells_of(line: str) -> int:
    """How many cells a line of a table has: a backslash keeps a pipe from ending one."""
    return len(re.findall(r"(?:\\.|[^\\|])*\|", line.strip())) - 1
