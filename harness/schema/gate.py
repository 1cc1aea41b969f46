"""The content of `gate.json`: what was compared with what, every verdict, and what else changed."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from harness.schema.codec import read_json
from harness.schema.typed import Count, Number, Row, finite, in_order

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
    trials: Count = 0
    """Without base arms."""


class Anchor(Row):
    """What a baseline's name stood for first; it stays when baselines follow one another, whose losses add up."""

    accepted_at: str
    """ISO 8601, UTC."""
    trials: Count = 0
    """Without base arms."""
    own: bool = False
    """Whether it is the baseline itself, so that no gate is judged against it beside the baseline's."""
    moved_at: str | None = None
    """When it was moved there on purpose; None where it is the first one."""
    reason: str | None = None
    """Why it was moved."""


class Look(Row):
    """A look at one arm's comparison with a baseline: all looks at it share one error."""

    target: str
    arm: str
    comparison: str
    """Checksum of the arm's trials, seeds apart."""
    number: int
    """1 for the first; looks at the same seeds are one."""
    seeds: tuple[int | None, ...]
    error: float
    """One-sided, of every gate of the arm; 0 where earlier looks have spent it all: then nothing is decided."""
    left: float
    """For further looks at other seeds."""


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

    seeds: Count | None = None
    items: Count | None = None


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
    """`baseline`, `base` or `anchor`."""
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
    confidence: Annotated[float | None, Field(gt=0, le=1), BeforeValidator(finite)] = None
    """Of each bound, one-sided: 0.95, or more where several looks share the error; None where there are no bounds."""
    p_value: Number = None
    """One-sided, that it did not get worse."""
    detectable: Number = None
    """The smallest loss that as many seeds and items would have told from none in four of five cases."""
    settle: Settling | None = None
    """None where nothing is to settle, or nothing would."""
    seeds: tuple[int | None, ...] = ()
    """That both sides have."""
    items: Count = 0
    """Over all tasks that count; 0 for costs."""
    reason: str

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        in_order(self.bounds)
        return self

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

    PASS: Count = 0
    FAIL: Count = 0
    INCONCLUSIVE: Count = 0

    @classmethod
    def of(cls, verdicts: Sequence[Verdict]) -> Self:
        return cls(**{one.value: verdicts.count(one) for one in Verdict})

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
    anchor: Anchor | None = None
    """None where no baseline of a name is judged against."""
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
    looks: tuple[Look, ...] = ()
    """The last one at each arm; none where nothing was accepted before."""
    looks_unkept: str = ""
    """Why looks could not be kept beside the baseline, so that these were judged as first ones."""
    unjudged: tuple[str, ...]
    """Ids of gates that there are, but that were not selected or not reached."""


def read_gate(path: Path) -> GateContent:
    """A gate.json, checked.

    Raises:
        UserError: it is none, is damaged, or is of a newer version.
    """
    way_out = "Judge the run again (--baseline, or python -m harness compare), or take the file away."
    return read_json(path, GateContent, SCHEMA, way_out)
