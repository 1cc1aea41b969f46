"""What arms are set against: full fine-tuning, at the end and at matched gain, and each other."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from harness.schema.scores import Detectable
from harness.schema.typed import Interval, Number, Row, among


class Against(Row):
    """An arm against another one on the same target and seeds; differences are the arm's minus the other's."""

    target_task: str
    arm: str
    reference: str
    """Name of the other arm: full fine-tuning."""


EqualWithin = Annotated[
    Number,
    Field(
        description="The smallest margin within which both are shown to be the same (two one-sided tests at 5 % each), "
        "in this comparison alone: not in all at once."
    ),
]
Relation = Annotated[str, among(("less", "more", "undecided"))]

SIGNIFICANT = 0.05
"""A p-value below it, after Holm's correction, rules chance out."""


def relation(difference: float | None, p: float | None) -> str | None:
    """`more` or `less` where chance is ruled out, else `undecided`; None where the p-value is not known."""
    if difference is None or p is None:
        return None
    return "undecided" if not p < SIGNIFICANT else "more" if difference > 0 else "less"


class VersusFull(Against):
    """At the end of training."""

    seeds: tuple[int | None, ...]
    """Of full fine-tuning."""
    gain_difference: Number
    """In the metric's unit."""
    gain_ci95: Interval
    gain_detectable: Detectable
    forgetting_difference: Number
    """Of the mean accuracy drop: below 0, the arm forgets less."""
    forgetting_ci95: Interval
    forgetting_detectable: Detectable
    equal_gain_margin: float
    """Gains are equal where the interval of their difference lies within this, in the metric's unit."""
    gain: Annotated[str, among(("equal", "more", "less", "undecided", "ceiling"))]
    """`equal`, `more`, `less`, `undecided`, or `ceiling` where both have next to all that can be had."""
    forgets: Relation | None
    """At the end of training: `less`, `more` or `undecided`; None where forgetting was not measured."""
    forgets_at_matched_gain: Relation | None = None
    """The same when both first had gained as much; None where training was not traced or no such gain was reached."""
    gain_equal_within: EqualWithin = None
    forgetting_equal_within: EqualWithin = None
    verdict: str


class MatchedGain(Against):
    """Forgetting at a gain that both reached while training; None where an arm reaches it by a single cluster of items
    or not under every seed."""

    seeds: tuple[int, ...]
    """That both have."""
    matched_on: str = ""
    """The target's metric, or `nll` where that stands at its ceiling; empty in files that are older than it."""
    gain: Number
    """The gain that both are read at, in the metric's unit, or in nats saved."""
    forgetting: Number
    """Mean accuracy drop of the arm when it first reached the gain."""
    forgetting_reference: Number
    """The same of full fine-tuning."""
    forgetting_difference: Number
    ci95: Interval
    """Of the difference."""
    p_value: Number = None
    """Two-sided, that both forgot as much."""
    p_holm: Number = None
    """Adjusted over the arms of the target."""
    equal_within: EqualWithin = None

    @property
    def relation(self) -> str | None:
        """Whether the arm had forgotten less or more; None where that is not settled."""
        if self.ci95 is None or self.p_holm is not None:
            return relation(self.forgetting_difference, self.p_holm)
        low, high = self.ci95  # older files have no adjusted p-value
        return relation(self.forgetting_difference, 0.0 if low > 0 or high < 0 else 1.0)


BY_GAIN: Final = "gain"
BY_MATCHED: Final = "forgetting at matched gain"
BY_COMPROMISE: Final = "compromise"


class Ranking(Row):
    """Arms of a target by one figure, those that can be set against each other item by item."""

    target_task: str
    by: Literal["gain", "forgetting at matched gain", "compromise"]
    """`compromise`: what is missing to the largest gain, as a share of it, plus what was forgotten."""
    arms: tuple[str, ...]
    """The best first."""
    values: tuple[Number, ...]
    """Of the figure, as `by` says."""
    p_holm: tuple[Number, ...]
    """That the arm is as good as the first, adjusted over all of them; the first one's own is 1."""
    matched_on: str = ""
    """As in `MatchedGain`; empty but at matched gain."""
    gain: Number = None
    """What all are read at, in the metric's unit or in nats saved; None but at matched gain."""

    @model_validator(mode="after")
    def _every_arm_has_its_figures(self) -> Self:
        if not len(self.arms) == len(self.values) == len(self.p_holm) > 0:
            counts = f"{len(self.arms)} arms, {len(self.values)} values and {len(self.p_holm)} p_holm"
            raise ValueError(f": {counts} are not allowed. Each arm has one of each, and there is an arm.")
        return self

    @property
    def alike(self) -> tuple[str, ...]:
        """The first arm, and all that cannot be told apart from it."""
        return tuple(arm for arm, p in zip(self.arms, self.p_holm, strict=True) if p is None or p >= SIGNIFICANT)
