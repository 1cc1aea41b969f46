"""Text that came from results is data: shown whole, and never able to act on the page, sheet or terminal."""

import json
import math
import re
import unicodedata
import zlib
from typing import Any

_MARKDOWN = "\\`*_{}[]<>#|~"
_UNUSUAL = re.compile(r"[^ -~]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str) -> str:
    """`text` with every control, format and surrogate character spelled out; newlines and tabs become blanks.

    Bidirectional controls reorder what a reader sees, NUL ends a page in some parsers, escape
    sequences drive terminals: none of them may pass, and none may vanish silently.
    """
    # A printable text holds no control, format, surrogate, private or separating character but the blank.
    return text if text.isprintable() else _UNUSUAL.sub(lambda found: _visible_character(found[0]), text)


def _visible_character(character: str) -> str:
    if character in "\n\t\r":
        return " "
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return f"⟨U+{code:04X}⟩"
    return character


def visible_content(content: Any) -> Any:
    """`visible` over every string of a JSON-like structure, keys included."""
    if isinstance(content, str):
        return visible(content)
    if isinstance(content, dict):
        return {visible(str(key)): visible_content(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [visible_content(value) for value in content]
    return content


MOST_LETTERS = 80
"""Of a text in a picture: what is longer is no name, and takes seconds to lay out."""


def shortened(content: Any) -> Any:
    """A JSON-like structure whose texts fit a picture; two long texts that differ still do."""
    if isinstance(content, str) and len(content) > MOST_LETTERS:
        return f"{content[: MOST_LETTERS - 10]}… {zlib.crc32(content.encode(errors='replace')):08x}"
    if isinstance(content, dict):
        return {name: shortened(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [shortened(value) for value in content]
    return content


def finite(content: Any) -> Any:
    """A JSON-like structure with None for NaN and infinities, which JSON cannot say."""
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, dict):
        return {str(key): finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [finite(value) for value in content]
    return content


def compact(value: Any) -> str:
    """A setting or a nested value in one line; strings as they are."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def markdown(text: str) -> str:
    """`text` so that Markdown shows it as it is: no markup, no link, no mention."""
    escaped = "".join(f"\\{character}" if character in _MARKDOWN else character for character in visible(text))
    return escaped.replace("&", "&amp;").replace("@", "@<!-- -->").replace("://", ":<!-- -->//")


def spreadsheet(value: Any) -> Any:
    """A CSV cell: text that a spreadsheet would run as a formula gets a leading quote; numbers stay numbers."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = visible(compact(value))
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
