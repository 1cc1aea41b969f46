"""Which keys would have to be called otherwise, so that a row could be read?"""

from collections.abc import Mapping
from typing import Any

ASKED = (
    *("prompt", "instruction", "question", "query", "input", "user", "dialogue", "dialog", "document", "article"),
    *("source", "passage", "context", "problem", "src", "sentence"),
)
ANSWERED = (
    *("completion", "output", "response", "answer", "assistant", "summary", "target", "chosen", "highlights"),
    *("solution", "reply", "label", "tgt"),
)
TALKS = ("conversation", "dialogue", "dialog", "chat", "turns", "conversations")
TEXTS = ("content", "body", "document", "article", "passage", "story", "code", "sentence")


def renaming(row: Mapping[str, Any]) -> str:
    """A sentence that says how to make the row one of a known form."""
    talk = next((key for key in TALKS if isinstance(row.get(key), list)), None)
    if talk is not None:
        return f'Rename {talk} to messages, a list of {{"role", "content"}}.'
    asked, answered = (next((key for key in keys if isinstance(row.get(key), str)), None) for keys in (ASKED, ANSWERED))
    if asked and answered:
        changes = [f"{old} to {new}" for old, new in ((asked, "prompt"), (answered, "completion")) if old != new]
        return f"Rename {' and '.join(changes)}."
    text = next((key for key in TEXTS if isinstance(row.get(key), str)), None)
    if text is not None and answered is None:
        return f"To train on {text} as plain text, rename it to text and say --objective pretrain."
    return "Rename what is asked to prompt and what is to be answered to completion, or a plain text to text."
