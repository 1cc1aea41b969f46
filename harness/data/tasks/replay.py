"""General text that is mixed into training against forgetting: the setting `replay`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.data.readers.examples import Example, content_hash
from harness.data.readers.fields import Fields, Ignored
from harness.data.readers.files import read_rows
from harness.data.tasks.decontamination import contained
from harness.data.tasks.general import GeneralTask, text_of
from harness.data.tasks.target import TargetTask
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.schema.wording import counted

SHIPPED = FIXTURES / "tasks" / "replay.jsonl"
"""Documents like those that the embedded model was pre-trained on."""


@dataclass(frozen=True)
class ReplayText:
    """Documents, as examples whose whole text is learned."""

    name: str
    documents: tuple[Example, ...]
    sha256: str
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What of the file is not used, for the plan to say."""


def load_replay(path: Path) -> ReplayText:
    """JSONL of `{"text"}`.

    Raises:
        UserError: a row without a text, or a file that cannot be read.
    """
    documents, ignored, notes = [], Ignored(), list[str]()
    for number, (where, row) in enumerate(read_rows(path, notes), 1):
        fields = Fields(row, where)
        if not isinstance(row.get("text"), str) or not row["text"].strip():
            raise UserError(f'{where}: replayed text needs a row {{"text": "..."}} that is not empty.')
        documents.append(Example(f"replay-{number}", f"replay-{number}", completion=fields.text("text")))
        fields.name("id"), fields.name("cluster")  # may stand in any row; documents are numbered
        ignored.add(fields)
    content = "\0".join(one.completion for one in documents)
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return ReplayText(path.stem, tuple(documents), sha256, (*notes, *ignored.lines()))


def check_apart(replay: ReplayText, general: tuple[GeneralTask, ...], targets: Sequence[TargetTask] = ()) -> None:
    """Raises UserError where a replayed document is, or holds, something that is held out for measuring."""
    held: list[tuple[str, str, str]] = [
        (f"general task {task.name!r}", item.id, text_of(item)) for task in general for item in task.items
    ]
    for target in targets:
        held += [(f"target {target.name!r}", one.id, one.text) for one in target.validation + target.test]
    documents = [one.completion for one in replay.documents]
    same = {content_hash(text) for text in documents}
    within = contained([text for *_, text in held], documents)
    found = [one[:2] for at, one in enumerate(held) if at in within or content_hash(one[2]) in same]
    if found:
        where, first = found[0]
        raise UserError(
            f"Replayed text {replay.name!r} holds {counted(len(found), 'held-out item')}, such as {first!r} of the "
            f"{where}. Remove what is held out from it: what is measured must not be trained on."
        )
