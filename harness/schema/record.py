"""A record: what one trial produced. Immutable, and enough to rebuild every figure and table."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, with_config

from harness.schema.trial import Trial

SCHEMA = 1


class Status(StrEnum):
    """How a trial ended. Every one but the first has a reason."""

    COMPLETED = "completed"
    DIVERGED = "diverged"
    """Its loss or a score became NaN or infinite: a finding, not a crash."""
    OUT_OF_MEMORY = "out_of_memory"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether the store may answer with it; what may pass (a crash, a disk error) is always tried again."""
        return self in (Status.COMPLETED, Status.DIVERGED)


RIGHT_OR_WRONG = ("choice", "continuation", "instruction")
"""Kinds of general task of which every answer is right or wrong: forgetting is measured on these."""


@dataclass(frozen=True)
class Score:
    """One model on one task. The scores per item stand in a table beside the record."""

    task: str
    kind: str
    """`choice` (log-likelihood of given answers), `continuation` (whether one text is likeliest), `instruction` (an
    answer whose form is checked), `completion` (an answer to produce) or `text` (perplexity)."""
    metric: str
    """`accuracy`, `exact_match`, `field_accuracy`, `nll_per_token`, ..."""
    higher_is_better: bool
    chance: float
    """The metric's value for a model that knows nothing; 0 where guessing is hopeless or nothing is right or wrong."""
    items: int
    value: float
    """Mean of the metric over items."""
    nll: float
    """Nats: of the right answer per item (`choice`, `continuation`, `instruction`), or per token; mean over items."""
    format_errors: float | None = None
    """Share of items whose answer was not even well-formed; None where form is not judged."""
    accuracy_per_byte: float | None = None
    """Accuracy when a choice's log-likelihood is divided by its bytes in UTF-8 (lm-eval's `acc_bytes`)."""
    bits_per_byte: float | None = None
    """Of all texts together, as lm-eval: nats over bytes over ln 2."""
    word_perplexity: float | None = None
    """Of all texts together, as lm-eval: words are what white space parts."""
    kl_to_base: float | None = None
    """Nats per token, KL(base || model) on the first texts of a `text` task; the base is the trial's own, quantized."""


@dataclass(frozen=True)
class Between:
    """What the model does part of the way from the base's weights to the trained ones."""

    scale: float
    """Of the update: 0 is the base, 1 the trained model."""
    target: Score
    general: tuple[Score, ...]


@dataclass(frozen=True)
class Along:
    """What the model does in the middle of training."""

    step: int
    """Optimizer steps done."""
    target: Score
    general: tuple[Score, ...]


@dataclass(frozen=True)
class Teacher:
    """The model that a student learned from: what the student is measured against besides the base."""

    fine_tuned: bool
    target: Score
    total_params: int
    weight_bytes: int
    forward_flops_per_token: float
    forward_tokens_per_s: float | None
    agreement: float
    """Share of the test answers' tokens for which student and teacher find the same token likeliest."""


@dataclass(frozen=True)
class Promise:
    """Something that must hold for every trial whatever its score."""

    name: str
    held: bool | None
    """None where the promise does not apply to the method; the detail says why."""
    detail: str


@dataclass(frozen=True)
class Cost:
    """What a trial took, or the median of several. None where it was not measured."""

    trainable_params: int | float | None = None
    total_params: int | float | None = None
    artifact_bytes: int | float | None = None
    """What has to be kept to use the result: the adapter's file, or the whole model's."""
    weight_bytes: int | float | None = None
    gradient_bytes: int | float | None = None
    optimizer_bytes: int | float | None = None
    activation_bytes: int | float | None = None
    """Peak bytes of tensors saved for the backward pass of one training step."""
    flops_per_token: float | None = None
    """Floating-point operations of forward and backward, per padded training token."""
    step_s: float | None = None
    """Median optimizer step after warm-up, beside whatever else the machine ran."""
    control_s: float | None = None
    """Median time of a fixed piece of work between the steps: what the step's time is compared with."""
    train_s: float | None = None
    eval_s: float | None = None
    load_s: float | None = None
    tokens_per_s: float | None = None
    """Unpadded training tokens."""
    prompt_tokens: float | None = None
    """Tokens before the answer that the model reads per test item, virtual ones and shown examples included."""
    forward_flops_per_token: float | None = None
    """Floating-point operations of one forward pass per token: what serving costs."""
    forward_tokens_per_s: float | None = None
    """Tokens that one forward pass over a batch of test items takes per second, the best of three."""
    peak_memory_bytes: int | float | None = None
    """Peak allocated bytes while training: the device allocator's, or on a CPU the parts above added up."""
    reserved_memory_bytes: int | float | None = None
    """The most that the CUDA allocator held back while training; depends on its policy. None on a CPU."""
    load_memory_bytes: int | float | None = None
    """Peak allocated bytes while loading; None on a CPU."""
    eval_memory_bytes: int | float | None = None
    """Peak allocated bytes while scoring; None on a CPU."""
    train_rss_bytes: int | float | None = None
    """Peak resident memory of the process while training."""
    eval_rss_bytes: int | float | None = None
    """Peak resident memory of the process while scoring."""
    peak_rss_bytes: int | float | None = None
    """Peak resident memory of the process that ran the trial, evaluation included."""
    usd: float | None = None


@with_config(ConfigDict(extra="forbid", strict=True))
@dataclass(frozen=True)
class Record:
    """The outcome of one trial. What is read from a store is taken as it is or refused, never converted."""

    trial: Trial
    status: Status
    reason: str | None
    target: Score | None = None
    validation: Score | None = None
    general: tuple[Score, ...] = ()
    promises: tuple[Promise, ...] = ()
    cost: Cost = Cost()
    loss_curve: tuple[tuple[int, float], ...] = ()
    """Optimizer step (from 1) and training loss in nats per supervised token."""
    notes: tuple[str, ...] = ()
    """What a reader must know to read the figures: examples that did not fit the context, say."""
    teacher: Teacher | None = None
    interpolation: tuple[Between, ...] = ()
    trace: tuple[Along, ...] = ()
    """While training, from early to late; the trained model itself is not repeated here."""
    splits: dict[str, str] = field(default_factory=dict)
    """sha256 (hex) of each split of the target; empty in records of versions that did not write it."""
    environment: dict[str, Any] = field(default_factory=dict)
    started_at: str = ""
    """ISO 8601, UTC."""
    duration_s: float = 0.0
    schema: int = SCHEMA
