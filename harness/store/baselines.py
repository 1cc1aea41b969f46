"""Accepted records: what a gate compares with. Small enough for git, and reviewed as a diff.

A baseline is a directory. `baseline.json` holds one short table row per trial for the reader of the diff,
then the records; `items.parquet` the scores per item, named in it by checksum. Curves and answers stay out.

Its anchor is what was accepted first under its name. It stays when baselines follow one another, in the directory
`anchor`, itself a baseline: what each of them loses within its margin adds up against it.
"""

import hashlib
import io
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from harness.schema.atomic import write_together
from harness.schema.codec import record_from_dict
from harness.schema.edge import reason, writing
from harness.schema.errors import UserError
from harness.schema.measured import GENERAL, ITEM_COLUMNS, TARGET, Measured, with_none
from harness.schema.paths import BASELINES
from harness.schema.typed import Row
from harness.store.records import DAMAGE

SCHEMA = 1
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{,99}"
FILES = ITEMS, CONTENT = "items.parquet", "baseline.json"
ANCHOR = "anchor"
"""The directory of it, within the baseline's."""
SCORE_COLUMNS = ITEM_COLUMNS[:6]
"""Of a record's items: who, and the scores. No texts."""


class Move(Row):
    """The anchor of a baseline was moved, on purpose."""

    at: str
    """ISO 8601, UTC."""
    reason: Annotated[str, Field(pattern=r"\S")]
    left: str
    """When the anchor that was left had been accepted."""


@dataclass(frozen=True)
class Baseline:
    """Accepted records and where they came from.

    Attributes:
        accepted_at: ISO 8601, UTC.
        command: what made the run, as typed; empty where that is not known.
        anchor: what was accepted first; None where that is this one.
        moves: when the anchor was moved on purpose, the last one to where it is.
        scores: checksum of the scores per item; empty before they are written.
    """

    name: str
    accepted_at: str
    command: tuple[str, ...]
    measured: tuple[Measured, ...]
    anchor: "Baseline | None" = None
    moves: tuple[Move, ...] = ()
    scores: str = ""

    def follow(self, before: "Baseline") -> "Baseline":
        """In the place of `before`, whose anchor stays; arms that it lacks begin with this one."""
        first = before.anchor or before
        known = {_arm(one) for one in first.measured}
        new = tuple(one for one in self.measured if _arm(one) not in known)
        anchor = replace(first, measured=(*first.measured, *new), anchor=None, moves=())
        return replace(self, anchor=anchor, moves=before.moves)

    def move_anchor(self, before: "Baseline", why: str) -> "Baseline":
        """In the place of `before`, and its own anchor from now on."""
        move = Move(at=self.accepted_at, reason=why, left=(before.anchor or before).accepted_at)
        return replace(self, anchor=None, moves=(*before.moves, move))


def _arm(one: Measured) -> tuple[str, str, bool]:
    return one.trial.target.name, one.trial.arm, one.trial.is_base


def baseline_directory(name: str) -> Path:
    """Where a baseline of that name is kept.

    Raises:
        UserError: the name could not be a directory's.
    """
    if not re.fullmatch(NAME, name):
        raise UserError(
            f"--as {name!r} is no name for a baseline. Use up to 100 letters, digits, '.', '_' and '-', beginning with "
            "a letter or digit."
        )
    return BASELINES / name


def is_baseline(directory: Path) -> bool:
    return (directory / CONTENT).is_file()


def write_baseline(baseline: Baseline, directory: Path) -> int:
    """Writes its files, and those of its anchor; a reader sees the old baseline or the new one.

    Returns:
        Bytes written.

    Raises:
        UnwritableError: they cannot be written; the old ones are still there.
    """
    files = _files(baseline, directory)
    # What others name by checksum comes first, so a torn set is noticed.
    with writing(f"The baseline {str(directory)!r}", "Make room there, or give the right to write, and accept again."):
        write_together(files)
    if baseline.anchor is None:
        for name in FILES:  # of an anchor that was left; nothing names them
            with suppress(OSError):
                (directory / ANCHOR / name).unlink()
    return sum(len(content) for content in files.values())


def _files(baseline: Baseline, directory: Path) -> dict[Path, str | bytes]:
    """What they hold, the anchor's first, `baseline.json` last."""
    anchored = {} if baseline.anchor is None else _files(baseline.anchor, directory / ANCHOR)
    scores = pd.concat([_scores(one) for one in baseline.measured], ignore_index=True)
    items = scores.to_parquet(index=False, compression="zstd")
    content = {
        "schema": SCHEMA,
        "name": baseline.name,
        "accepted_at": baseline.accepted_at,
        "command": list(baseline.command),
        "items_sha256": _sha256(items),
        **({"anchor_sha256": _sha256(anchored[directory / ANCHOR / CONTENT])} if anchored else {}),
        **({"anchor_moves": [one.model_dump() for one in baseline.moves]} if baseline.moves else {}),
        "summary": [_row(one) for one in baseline.measured],
        "records": [asdict(_trimmed(one).record) for one in baseline.measured],
    }
    text = json.dumps(content, indent=1, sort_keys=False) + "\n"
    return {**anchored, directory / ITEMS: items, directory / CONTENT: text}


def _sha256(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def _scores(one: Measured) -> pd.DataFrame:
    """Scores as they are; likelihoods, which no gate reads, to a thousandth of a nat: half of the bytes."""
    judged = one.items[one.items["role"].isin([TARGET, GENERAL])].loc[:, list(SCORE_COLUMNS)]
    return judged.assign(nll=judged["nll"].round(3).astype("float32"), trial=one.trial.digest)


def _trimmed(one: Measured) -> Measured:
    """Without curves and traces, which no gate reads."""
    return replace(one, record=replace(one.record, loss_curve=(), trace=(), interpolation=(), teacher=None))


def _row(one: Measured) -> dict[str, Any]:
    """What a reviewer looks at first."""
    target = one.record.target
    return {
        "id": one.trial.id,
        "learning_rate": one.trial.learning_rate,
        "target": None if target is None else round(target.value, 4),
        "general": {score.task: round(score.value, 4) for score in one.record.general},
        "trainable_params": one.record.cost.trainable_params,
        "artifact_bytes": one.record.cost.artifact_bytes,
        "peak_memory_bytes": one.record.cost.peak_memory_bytes,
    }


def read_baseline(directory: Path) -> Baseline:
    """An accepted baseline.

    Raises:
        UserError: it is not there, damaged, or of another version.
    """
    try:
        return _read(directory)
    except (OSError, *DAMAGE) as error:
        why = f"{error.filename} is missing" if isinstance(error, FileNotFoundError) else reason(error)
        raise UserError(
            f"The baseline {str(directory)!r} cannot be read ({why}). Restore it from git, or take it away and accept "
            f"a run: python -m harness accept reports/latest --as {directory.name}"
        ) from None


def _read(directory: Path) -> Baseline:
    text = (directory / CONTENT).read_text(encoding="utf-8")
    content = json.loads(text)
    if content.get("schema") != SCHEMA:
        raise ValueError(f"schema {content.get('schema')!r}, this version reads {SCHEMA}")
    data = (directory / ITEMS).read_bytes()
    if _sha256(data) != content["items_sha256"]:
        raise ValueError(f"{ITEMS} is not the one that {CONTENT} was written with")
    items = dict(list(pd.read_parquet(io.BytesIO(data)).groupby("trial", sort=False)))
    return Baseline(
        name=str(content["name"]),
        accepted_at=str(content["accepted_at"]),
        command=tuple(str(part) for part in content["command"]),
        measured=tuple(_measured(row, items) for row in content["records"]),
        anchor=_anchor(directory / ANCHOR, content["anchor_sha256"]) if "anchor_sha256" in content else None,
        moves=tuple(Move.model_validate(one) for one in content.get("anchor_moves", ())),
        scores=_sha256(data),
    )


def _anchor(directory: Path, sha256: str) -> Baseline:
    if _sha256((directory / CONTENT).read_bytes()) != sha256:
        raise ValueError(f"{ANCHOR}/{CONTENT} is not the one that {CONTENT} was written with")
    return _read(directory)


def _measured(row: dict[str, Any], items: dict[Any, pd.DataFrame]) -> Measured:
    record = record_from_dict(row)
    if (own := items.get(record.trial.digest)) is None:
        raise ValueError(f"items.parquet holds no scores of {record.trial.id}, or the record was changed")
    table = with_none(own.reset_index(drop=True).astype({"score": "float64", "nll": "float64"}))
    if not np.isfinite(table[["score", "nll"]].to_numpy()).all():
        raise ValueError(f"a score of {record.trial.id} is not a number")
    return Measured(record, table)


def accepted(measured: Sequence[Measured]) -> list[str]:
    """Why these records cannot be accepted, one sentence each; empty where they can."""
    wrong = [f"{one.trial.id} {one.record.status.value}" for one in measured if not one.completed]
    wrong += [
        f"{one.trial.id} broke the promise {promise.name!r}"
        for one in measured
        for promise in one.record.promises
        if promise.held is False
    ]
    if not any(not one.trial.is_base for one in measured):
        wrong.append("nothing but base arms")
    return wrong
