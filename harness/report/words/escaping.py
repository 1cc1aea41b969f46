"""Text that came from results is data: shown whole, and never able to act on the page, sheet or terminal."""

import json
import re
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import is_dataclass, replace
from enum import Enum
from operator import is_
from typing import TypeVar, cast

from pydantic import BaseModel

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~$]")
_BLOCK = re.compile(r"[-+=](?=[-+=\s]|$)|\d{1,9}(?=[.)](?:\s|$))")
"""What makes a list, a heading or a rule of a line that begins with it; behind a number it is the sign that does."""
_LINKING = re.compile(r"(?<=[@#])|(?<=:)(?=//|[\w+-]+:)|(?<=\bwww)(?=\.)|(?<=\bGH)(?=-\d)", re.IGNORECASE)
"""Where GitHub would make a mention, a reference, a link or an emoji of what stands around."""
_UNUSUAL = re.compile(r"[^ -~]")
_PIPE = "\\|"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str) -> str:
    """`text` with every control, format and surrogate character spelled out; newlines and tabs become blanks.

    Bidirectional controls reorder what a reader sees, NUL ends a page in some parsers, escape
    sequences drive terminals: none of them may pass, and none may vanish silently.
    """
    # A printable text holds no control, format, surrogate, private or separating character but the blank.
    return text if text.isprintable() else _UNUSUAL.sub(lambda found: _visible_character(found[0]), text)


def _visible_character(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return " " if character in "\n\t\r" else chr(0x2400 + code)
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    return f"⟨U+{code:04X}⟩" if hidden else character


Content = TypeVar("Content")


def _with_texts(content: object, change: Callable[[str], str]) -> object:
    """The same content with every text in it changed, keys of mappings included; what stays as it was is not copied."""
    if content is None or isinstance(content, float | int | Enum):
        return content
    if isinstance(content, str):
        return change(content)
    if isinstance(content, dict):
        return {change(str(key)): _with_texts(value, change) for key, value in content.items()}
    if isinstance(content, list | tuple):
        items = [_with_texts(value, change) for value in content]
        return content if all(map(is_, items, content)) else type(content)(items)
    fields = {name: new for name, value in vars(content).items() if (new := _with_texts(value, change)) is not value}
    if fields and isinstance(content, BaseModel):
        return content.model_copy(update=fields)
    if fields and is_dataclass(content) and not isinstance(content, type):
        return replace(content, **fields)
    return content


def visible_content(content: Content) -> Content:
    """`visible` over every text of typed results, or of a JSON-like structure."""
    return cast(Content, _with_texts(content, visible))


MOST_LETTERS = 80
"""Of a text in a picture: what is longer is no name, and takes seconds to lay out."""


def shortened(content: Content) -> Content:
    """The same content with texts that fit a picture; two long texts that differ still do."""

    def short(text: str) -> str:
        if len(text) <= MOST_LETTERS:
            return text
        return f"{text[: MOST_LETTERS - 10]}… {zlib.crc32(text.encode(errors='replace')):08x}"

    return cast(Content, _with_texts(content, short))


def compact(value: object) -> str:
    """A setting or a nested value in one line; strings as they are."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def markdown(text: str) -> str:
    """`text` so that Markdown shows it as it is: no markup, no link, no mention."""
    text = visible(text).strip(" ")
    begins = _BLOCK.match(text)
    escaped = _MARKDOWN.sub(r"\\\g<0>", text).replace("&", "&amp;")
    if begins:
        at = begins.end() if begins[0].isdigit() else 0
        escaped = f"{escaped[:at]}\\{escaped[at:]}"
    return _LINKING.sub("<!-- -->", escaped)


def code(text: str, cell: bool = False) -> str:
    """`text` as a span of code for Markdown, which shows it as it is.

    Args:
        cell: whether it stands in a table's cell, which a pipe would end even within code. A backslash keeps it from
            that, and is seen anywhere else; one more before it is a backslash too many for some readers of Markdown.
    """
    text = visible(text)
    if not text.strip() or (cell and _PIPE in text):
        return f"<code>{markdown(text)}</code>"
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    edge = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{edge}{text.replace('|', _PIPE) if cell else text}{edge}{fence}"


def spreadsheet(value: object) -> object:
    """A CSV cell: text that a spreadsheet would run as a formula gets a leading quote; numbers stay numbers."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = visible(compact(value))
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
