"""What a model scored before and after: on the target task, on each general task, and over all of these."""

from typing import Annotated

from pydantic import Field

from harness.schema.typed import Interval, Number, Row

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
    """Of the gain or the change, over seeds and items."""
    items: int
    nll_before: Number
    """Nats: of the right answer per item (`choice`), else per token."""
    nll_after: Number


class TargetScore(BeforeAfter):
    """The target task, on its test split."""

    gain: Number
    """Change for the better, in the metric's unit."""
    format_errors: Number
    """Share of answers that were not even well-formed; None where form is not judged."""
    validation: Number
    """The metric on the validation split."""


class GeneralScore(BeforeAfter):
    """A general task."""

    kind: str
    """`choice` (log-likelihood of given answers), `completion` or `text` (perplexity)."""
    chance: Number = None
    """Score of a model that knows nothing."""
    change: Number
    """After minus before, in the metric's unit."""
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
    """Mean loss of accuracy against the base at the same quantization; 0.03 is 3 points."""
    ci95: Interval
    """Of the accuracy drop."""
    detectable: Detectable
    retention: Number
    """Mean share of what the base knew above chance that is left."""
    retention_tasks: int
    """Tasks that the mean retention is over."""
    nll_rise: Number
    """Mean change of the right answers' nats per item."""
    nll_rise_ci95: Interval


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
