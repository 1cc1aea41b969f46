"""The corpus: an endless seeded stream of documents in a fixed mixture, less the held-out general text."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from harness.testbed.abilities import agreement, arithmetic, chat, facts, practice, reading, sequences, stories
from harness.testbed.problem import fraction

GENERATOR_VERSION = 1
TEXT_SHARE = 1 / 64  # of all documents, by the hash of their text, kept for perplexity


MIXTURE = {facts: 17, arithmetic: 16, agreement: 7, stories: 13, sequences: 14, reading: 16, chat: 11, practice: 10}
"""The weight of each kind of document, counted in documents."""


@dataclass(frozen=True)
class Document:
    """One text and the source that wrote it."""

    source: str
    text: str


def documents(rng: random.Random) -> Iterator[Document]:
    """Documents of the mixture, for ever, held-out ones included; `held_out` tells which those are."""
    sources, weights = list(MIXTURE), list(MIXTURE.values())
    while True:
        source = rng.choices(sources, weights)[0]
        yield Document(source.NAME, source.document(rng))


def held_out(text: str) -> bool:
    """Whether a document belongs to the general text, and so never to the corpus."""
    return fraction("text:" + text) < TEXT_SHARE


def corpus(rng: random.Random) -> Iterator[Document]:
    """The documents that a base is trained on, for ever."""
    return (d for d in documents(rng) if not held_out(d.text))


def general_text(rng: random.Random, count: int) -> list[Document]:
    """`count` distinct documents in the corpus's mixture that no corpus holds.

    Raises:
        RuntimeError: 1,000 proposals per document did not suffice.
    """
    found: dict[str, Document] = {}
    for tried, document in enumerate(documents(rng)):
        if len(found) == count:
            return list(found.values())
        if tried > 1000 * count:
            break
        if held_out(document.text):
            found.setdefault(document.text, document)
    raise RuntimeError(f"found {len(found)} of {count} held-out documents in {1000 * count} proposals")
