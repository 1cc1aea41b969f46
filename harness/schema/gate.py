"""The content of `gate.json`: what was compared with what, every verdict, and what else changed."""

from enum import StrEnum
from pathlib import Path

from pydantic import ConfigDict, Field

from harness.schema.codec import read_json
from harness.schema.typed import Number, Row

SCHEMA = 1


class Verdict(StrEnum):
    """What a gate says; FAIL and INCONCLUSIVE are never green."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


class Side(Row):
    """A run that is compared."""

    name: str
    accepted_at: str | None = None
    """ISO 8601, UTC, where it is a baseline."""
    command: tuple[str, ...] = ()
    """What made it, as typed; empty where that is not known."""
    trials: int = 0
    """Without base arms."""


class Check(Row):
    """One thing that must hold before any figure means something."""

    id: str
    """Readable and unique within a run; `-k` selects on it."""
    name: str
    verdict: Verdict
    reason: str
    """What was found."""


class Change(Row):
    """What else differs between the two sides: the change under judgement, most likely."""

    what: str
    baseline: str
    """Its value there, as text."""
    present: str
    trials: tuple[str, ...]
    """Ids of those that it concerns."""


class Worse(Row):
    """A general task that got significantly worse, whatever its margin."""

    arm: str
    target: str
    task: str | None
    against: str
    difference: Number
    """As `GateResult.difference`."""
    p_holm: float
    """Adjusted over all general tasks."""


class Settling(Row):
    """How many seeds or items would decide in four of five cases, if the difference stayed where it is."""

    seeds: int | None = None
    items: int | None = None


class GateResult(Row):
    """A gate's verdict, and why."""

    id: str
    """Readable and unique within a run; `-k` selects on it."""
    verdict: Verdict
    target: str
    arm: str
    measure: str
    task: str | None
    """The general task of `forgetting_task` and `text`."""
    metric: str | None
    """What a score is counted in; None for costs."""
    against: str
    """`baseline` or `base`."""
    limit: float
    """Scores: the largest loss, in the score's unit (`learned`: the smallest gain); costs: the largest ratio."""
    limit_reason: str
    """Why it is what it is, as the margins say."""
    before: Number = None
    """The score or the cost itself, of the baseline or the base, over all seeds."""
    after: Number = None
    difference: Number = None
    """Present minus baseline, positive where it got better; a ratio for costs."""
    low: Number = None
    """One-sided bound of the difference; None where there is no noise."""
    high: Number = None
    p_value: Number = None
    """One-sided, that it did not get worse."""
    detectable: Number = None
    """The smallest loss that as many seeds and items would have told from none in four of five cases."""
    settle: Settling | None = None
    """None where nothing is to settle, or nothing would."""
    seeds: tuple[int | None, ...] = ()
    """That both sides have."""
    items: int = 0
    """Over all tasks that count; 0 for costs."""
    reason: str

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Both bounds of the difference; None where there is no noise, or nothing was measured."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def is_cost(self) -> bool:
        """Costs are compared as ratios, scores as differences."""
        return self.metric is None


class Counts(Row):
    """Gates by their verdict."""

    PASS: int = 0
    FAIL: int = 0
    INCONCLUSIVE: int = 0

    @property
    def judged(self) -> int:
        return self.PASS + self.FAIL + self.INCONCLUSIVE


class GateContent(Row):
    """What a gate said, whole."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    schema_: int = Field(default=SCHEMA, alias="schema")
    verdict: Verdict
    baseline: Side | None
    """None where a candidate is judged against its base alone."""
    present: Side | None
    reached_end: bool
    """False where the run broke off."""
    counts: Counts
    allowed: tuple[str, ...]
    """Differences that the user allowed."""
    comparable: tuple[Check, ...]
    """Checks whether the two sides may be compared at all."""
    changes: tuple[Change, ...]
    worse: tuple[Worse, ...]
    gates: tuple[GateResult, ...]
    unjudged: tuple[str, ...]
    """Ids of gates that there are, but that were not selected or not reached."""


def read_gate(path: Path) -> GateContent:
    """A gate.json, checked.

    Raises:
        UserError: it is none, is damaged, or is of a newer version.
    """
    way_out = "Judge the run again (--baseline, or python -m harness compare), or take the file away."
    return read_json(path, GateContent, SCHEMA, way_out)
