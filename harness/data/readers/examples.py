"""What is there to learn? One example, whatever form it was written in."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Example:
    """Something to learn: a prompt with its completion, a conversation, or a plain text.

    Exactly one form is filled: `prompt` and `completion`, or `messages` as (role, content) pairs of which
    the last is the assistant's. A plain text is a completion without a prompt.
    """

    id: str
    cluster: str
    prompt: str = ""
    completion: str = ""
    messages: tuple[tuple[str, str], ...] = ()
    unlearned: tuple[int, ...] = ()
    """Indices of the assistant's messages that are context alone; never the last."""
    where: str = field(default="", compare=False)
    """File and line, for messages; no part of what the example is."""

    @property
    def question(self) -> str:
        """All but the answer, as one text: what decides the split and what must not leak."""
        if not self.messages:
            return self.prompt
        return "\n".join(f"{role}: {content}" for role, content in self.messages[:-1])

    @property
    def answer(self) -> str:
        return self.messages[-1][1] if self.messages else self.completion

    @property
    def text(self) -> str:
        """Question and answer as one text."""
        return f"{self.question} {self.answer}"

    @property
    def place(self) -> str:
        """How a message names the example: by file and line, or by its id where it was in no file."""
        return self.where or f"Example {self.id!r}"


def content_hash(text: str) -> str:
    """sha256 (hex) of the text, blind to case and white space, so that trivial copies count as the same."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()
