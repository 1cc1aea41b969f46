"""General text that is mixed into training against forgetting: the setting `replay`."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UserError
from harness.formats import Example, content_hash, read_rows
from harness.paths import FIXTURES
from harness.tasks.general import GeneralTask, TextItem

SHIPPED = FIXTURES / "tasks" / "replay.jsonl"
"""Documents like those that the embedded model was pre-trained on."""


@dataclass(frozen=True)
class ReplayText:
    """Documents, as examples whose whole text is learned."""

    name: str
    documents: tuple[Example, ...]
    sha256: str


def load_replay(path: Path) -> ReplayText:
    """JSONL of `{"text"}`.

    Raises:
        UserError: a row without a text, or a file that cannot be read.
    """
    documents = []
    for number, (where, row) in enumerate(read_rows(path), 1):
        text = row.get("text")
        if not isinstance(text, str) or not text.strip():
            raise UserError(f'{where}: replayed text needs a row {{"text": "..."}} that is not empty.')
        documents.append(Example(f"replay-{number}", f"replay-{number}", completion=text))
    content = "\0".join(one.completion for one in documents)
    return ReplayText(path.stem, tuple(documents), hashlib.sha256(content.encode()).hexdigest())


def check_apart(replay: ReplayText, general: tuple[GeneralTask, ...]) -> None:
    """Raises UserError where a replayed document is held out for measuring what is forgotten."""
    trained = {content_hash(one.completion) for one in replay.documents}
    for task in general:
        held = [item.id for item in task.items if isinstance(item, TextItem) and content_hash(item.text) in trained]
        if held:
            raise UserError(
                f"Replayed text {replay.name!r} holds {len(held)} items of the general task {task.name!r} "
                f"({', '.join(held[:3])}). Remove them there: forgetting would be measured on trained text."
            )
