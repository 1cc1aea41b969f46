"""What a model scored before and after: on the target task, on each general task, and over all of these."""

from collections.abc import Sequence
from statistics import fmean
from typing import Annotated, TypeVar

from pydantic import Field

from harness.schema.typed import Count, Interval, Number, Row

Detectable = Annotated[
    Number, Field(description="The smallest difference that would have shown in four of five cases.")
]


class BeforeAfter(Row):
    """A task's score before and after, in the metric's unit; means over seeds."""

    task: str
    metric: str
    higher_is_better: bool
    before: Number
    """The base's score, at the arm's own quantization."""
    before_unquantized: Number
    """The same of the base as it is."""
    after: Number
    ci95: Interval
    """Of the gain or of the change, over seeds and items."""
    items: Count
    nll_before: Number
    """Nats: of the right answer per item (`choice`, `continuation`, `instruction`), else per token."""
    nll_after: Number


class TargetScore(BeforeAfter):
    """The target task, on its test split."""

    gain: Number
    """Change for the better against the base as it is, in the metric's unit: what is delivered, and what arms are
    ranked by. The sum of the two below."""
    gain_by_training: Number = None
    """What training did: against the base stored as the arm stores it."""
    gain_by_training_ci95: Interval = None
    gain_by_storing: Number = None
    """What storing the base in fewer bits did before any training; 0 where it is stored as it is."""
    floor: Number = None
    """What guessing alone scores on the same items, the better of the ways that were measured; None where none was."""
    floor_by: str | None = None
    """How: `majority`, the commonest training answer to questions of the same kind, or `shuffled-answers`, training on
    answers dealt out anew."""
    gain_above_floor: Number = None
    """Score above the better of the base as it is and the floor: what was learned. None where no floor was measured."""
    gain_above_floor_ci95: Interval = None
    format_errors: Number
    """Share of answers that were not even well-formed; None where form is not judged."""
    validation: Number
    """The metric on the validation split."""


class GeneralScore(BeforeAfter):
    """A general task."""

    kind: str
    """`choice` (log-likelihood of given answers), `continuation` (whether one text is likeliest), `instruction` (form
    of an answer) or `text` (perplexity)."""
    chance: Number = None
    """Score of a model that knows nothing."""
    change: Number
    """After minus before, in the metric's unit: what training did."""
    right_to_wrong: Number = None
    """Items, mean over seeds."""
    wrong_to_right: Number = None
    p_value: Number
    """Two-sided, that nothing changed."""
    p_holm: Number = None
    """Adjusted over all general tasks of the arm."""
    detectable: Detectable
    mcnemar_p: Number = None
    """Exact test; None for more than one seed."""
    retention: Number = None
    """Share of what the base knew above chance that is left."""
    kl_to_base: Number = None
    """Nats per token, KL(base || model), for texts."""
    accuracy_per_byte_before: Number = None
    """Accuracy where likelihoods are divided by bytes of the choice."""
    accuracy_per_byte_after: Number = None
    bits_per_byte_before: Number = None
    """Of all texts together."""
    bits_per_byte_after: Number = None
    word_perplexity_before: Number = None
    """Of all texts together; words are what white space parts."""
    word_perplexity_after: Number = None
    perplexity_before: Number
    """Per token."""
    perplexity_after: Number


class Forgetting(Row):
    """Over all general tasks that have right answers, each task with equal weight."""

    tasks: tuple[str, ...]
    accuracy_drop: Number
    """Mean loss of accuracy against the base as it is; 0.03 is 3 points. The sum of the two below."""
    ci95: Interval
    """Of the accuracy drop."""
    by_training: Number = None
    """What training lost: against the base stored as the arm stores it."""
    by_training_ci95: Interval = None
    by_storing: Number = None
    """What storing the base in fewer bits lost before any training; 0 where it is stored as it is."""
    detectable: Detectable
    retention: Number
    """Mean share of what the base knew above chance that is left."""
    retention_tasks: Count
    """Tasks that the mean retention is over."""
    nll_rise: Number
    """Mean change of the right answers' nats per item."""
    nll_rise_ci95: Interval
    lost_at_most: Number = None
    """The loss is below this with 95 % confidence (one-sided), in this arm alone: not in all at once; below 0, accuracy
    rose."""
    equal_within: Number = None
    """The smallest margin within which the base's accuracy is shown to be kept (two one-sided tests at 5 % each)."""
    worst_task: str | None = None
    """The task that lost most."""
    worst_drop: Number = None
    """Its loss of accuracy against the base as it is."""
    worst_drop_ci95: Interval = None
    """Wider than that of a task chosen beforehand: it holds for the worst of all."""


class Scores(Row):
    """Gain and forgetting, of one trial or of an arm over its seeds; nothing where no trial completed."""

    target: TargetScore | None
    general: tuple[GeneralScore, ...]
    forgetting: Forgetting | None
    """None where no general task has right answers."""

    @property
    def metric(self) -> str:
        """Of the target; empty where nothing of it was scored."""
        return self.target.metric if self.target else ""


AnyScores = TypeVar("AnyScores", bound=Scores)


def counted_from_the_base(scores: AnyScores) -> AnyScores:
    """Scores of schema 1, whose gain and forgetting are the parts by training alone, with what storing did added."""
    target, lost = scores.target, scores.forgetting
    if target is not None:
        sign = 1.0 if target.higher_is_better else -1.0
        by = sign * _mean_difference([(target.before, target.before_unquantized)])
        target = target.with_(
            gain=_moved(target.gain, by), ci95=_interval_moved(target.ci95, by),
            gain_by_training=target.gain, gain_by_training_ci95=target.ci95, gain_by_storing=by,
        )  # fmt: skip
    if lost is not None:
        own = [one for one in scores.general if one.task in lost.tasks]
        by = _mean_difference([(one.before_unquantized, one.before) for one in own])
        lost = lost.with_(
            accuracy_drop=_moved(lost.accuracy_drop, by), ci95=_interval_moved(lost.ci95, by),
            by_training=lost.accuracy_drop, by_training_ci95=lost.ci95, by_storing=by,
        )  # fmt: skip
    return scores.with_(target=target, forgetting=lost)


def _mean_difference(pairs: Sequence[tuple[float | None, float | None]]) -> float:
    """First minus second; 0 where one is not known: nothing was stored in fewer bits then."""
    known = [first - second for first, second in pairs if first is not None and second is not None]
    return fmean(known) if known and len(known) == len(pairs) else 0.0


def _moved(value: float | None, by: float) -> float | None:
    return None if value is None else value + by


def _interval_moved(interval: tuple[float, float] | None, by: float) -> tuple[float, float] | None:
    return None if interval is None else (interval[0] + by, interval[1] + by)
