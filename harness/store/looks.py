"""Looks at a comparison, kept beside the baseline: who judges the same trials again may be wrong again.

`looks.jsonl` has a line for every look at an arm, added before its gates are judged, and one more with what they said.
Nothing rewrites it: to begin anew is to take lines away, which version control shows. A comparison is an arm's trials,
seeds apart, against the scores of a baseline; one of its looks is a set of seeds. Judging a set again shows nothing
new and costs nothing; every other set takes its share of one error, in the order of the file, while some is left.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from harness.schema.codec import problem
from harness.schema.edge import reading, writing
from harness.schema.errors import UnwritableError, UserError
from harness.schema.gate import Look, Verdict
from harness.schema.trial import Trial
from harness.schema.typed import Row

NAME = "looks.jsonl"
LEAST = 1e-9
"""What is less is what adding fractions leaves of nothing."""

Seeds = tuple[int | None, ...]


class Line(Row):
    """A look that was begun, or, with a verdict, that has ended."""

    at: str
    """ISO 8601, UTC."""
    baseline: str
    """Checksum of its scores."""
    comparison: str
    """Checksum of the arm's trials, seeds apart."""
    target: str
    arm: str
    seeds: Seeds
    asked: Annotated[float, Field(ge=0, le=1)]
    """One-sided error that the look was to spend; it had less where less was left."""
    verdict: Verdict | None = None
    """Of all its gates that were judged."""


class Looks:
    """Those at one baseline.

    Args:
        path: the file, which need not be there.
        baseline: checksum of the baseline's scores.
        whole: the error that all looks at a comparison share.

    Raises:
        UserError: a line of the file is none of these.
    """

    def __init__(self, path: Path, baseline: str, whole: float) -> None:
        self.path, self._baseline, self._whole = path, baseline, whole
        self._unkept: list[Line] = []
        self.unwritable = ""
        """Why looks are not kept; empty while they are."""
        self._lines()  # a damaged file is told before anything is trained

    def look(self, trials: Sequence[Trial], planned: float) -> Look:
        """Notes that an arm is about to be looked at, and says what its gates may spend.

        Args:
            trials: of one arm.
            planned: one-sided error that the look should have.
        """
        first, seeds = trials[0], _ordered(trials)
        line = Line(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            baseline=self._baseline,
            comparison=hashlib.sha256(replace(first, seed=None).digest.encode()).hexdigest()[:16],
            target=first.target.name,
            arm=first.arm,
            seeds=seeds,
            asked=planned,
        )
        if seeds not in self._granted(line.comparison):
            self._keep(line)
        granted = self._granted(line.comparison)
        return Look(
            target=line.target,
            arm=line.arm,
            comparison=line.comparison,
            number=list(granted).index(seeds) + 1,
            seeds=seeds,
            error=granted[seeds],
            left=_rest(self._whole, granted),
        )

    def ended(self, look: Look, verdict: Verdict) -> None:
        """Notes what its gates said, unless the same is known of these seeds."""
        own = [one for one in self._of(look.comparison) if one.seeds == look.seeds]
        if own and verdict != next((one.verdict for one in reversed(own) if one.verdict), None):
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self._keep(own[0].with_(at=now, verdict=verdict))

    def _granted(self, comparison: str) -> dict[Seeds, float]:
        """What each set of seeds may spend, in the order in which they were looked at."""
        granted: dict[Seeds, float] = {}
        for one in self._of(comparison):
            if one.seeds not in granted:
                granted[one.seeds] = min(one.asked, _rest(self._whole, granted))
        return granted

    def _of(self, comparison: str) -> list[Line]:
        return [one for one in self._lines() if (one.baseline, one.comparison) == (self._baseline, comparison)]

    def _lines(self) -> list[Line]:
        """Read anew each time: other processes may judge against the same baseline."""
        if not self.path.exists():
            return self._unkept
        way_out = "Mend the line or take it away: version control shows that."
        with reading(str(self.path), "UTF-8", way_out):
            texts = self.path.read_text(encoding="utf-8").split("\n")
        lines = [_read(text, f"{self.path}: line {place}", way_out) for place, text in enumerate(texts, 1) if text]
        return [*lines, *self._unkept]

    def _keep(self, line: Line) -> None:
        """One write of a whole line at the end, so that those of other processes stay whole."""
        try:
            with writing(str(self.path), "Looks at this baseline are not counted; this one is judged as the first."):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
                try:
                    os.write(file, f"{line.model_dump_json()}\n".encode())
                finally:
                    os.close(file)
        except UnwritableError as error:
            self.unwritable = str(error)
            self._unkept.append(line)


def _read(text: str, where: str, way_out: str) -> Line:
    with reading(where, "JSON", way_out):
        content = json.loads(text)
    try:
        return Line.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{problem(error, where)} {way_out}") from None


def _ordered(trials: Sequence[Trial]) -> Seeds:
    return tuple(sorted({one.seed for one in trials}, key=lambda seed: -1 if seed is None else seed))


def _rest(whole: float, granted: dict[Seeds, float]) -> float:
    left = whole - sum(granted.values())
    return left if left > LEAST else 0.0
