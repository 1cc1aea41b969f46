"""The content of `results.json`: what each trial and each arm gained, forgot and cost.

Judges produce it; the page, the terminal, the summary, the CSV and `python -m harness report` read nothing else. A
value that was not measured is None, never a stand-in number.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from harness.schema.codec import read_json
from harness.schema.comparisons import MatchedGain, Ranking, VersusFull
from harness.schema.errors import one_of
from harness.schema.record import Cost, Promise, Score, Status
from harness.schema.scores import Scores, counted_from_the_base
from harness.schema.trial import RateSource, Setting
from harness.schema.typed import Count, Fields, Interval, Number, Row, finite

SCHEMA = 2
"""Since 2, gain and forgetting count from the base as it is; files of schema 1 are read and counted so."""


def _none_below_zero(cost: Cost) -> Cost:
    for name, value in vars(cost).items():
        if value is not None and value < 0:
            raise ValueError(f".{name}: {value} is not allowed. No cost is below zero.")
    return cost


Spent = Annotated[Cost, AfterValidator(_none_below_zero), BeforeValidator(finite)]


class Subject(Row):
    """What a trial is about."""

    model: str
    """Name of the base model."""
    model_sha256: str
    target: str
    """Name of the target task."""
    target_sha256: str
    general: dict[str, str]
    """Name and sha256 of every general task; all sha256 are of the content, in hex."""
    objective: str
    """What the loss is: `instruction`, `chat` or `pretrain`."""


def _of_a_source(text: str) -> str:
    try:
        RateSource.of(text)
    except ValueError:
        raise ValueError(one_of("", text, list(RateSource))) from None
    return text


class Arm(Row):
    """What is compared."""

    arm: str
    """Its name: method, rank, quantization and settings."""
    method: str
    settings: dict[str, Setting]
    """The method's settings that differ from its defaults."""
    rank: int | None
    """Rank, number of virtual tokens or of shown examples; None where the method has none."""
    quantization: str
    """How the frozen base is stored: `none` (float32), `bf16`, `int8`, `fp4`, `nf4` or `nf4-dq`."""
    learning_rate: Number
    """None where nothing trains here."""
    learning_rate_source: Annotated[str, AfterValidator(_of_a_source)]
    """A `RateSource`; after `tuned at` follows what the sweep was of."""

    @property
    def rate_source(self) -> RateSource:
        return RateSource.of(self.learning_rate_source)

    @property
    def trains(self) -> bool:
        """Whether weights change: only what trains has a learning rate from somewhere."""
        return self.rate_source is not RateSource.NONE


class Spec(Arm, Subject):
    """A trial's specification, flat."""

    seed: int | None
    steps: int
    """Optimizer steps."""
    batch_size: int
    """Sequences per optimizer step."""
    max_length: int
    """Tokens per training sequence, at most."""
    warmup_steps: int
    schedule: str
    """Learning rate after warm-up: `constant`, `linear` or `cosine`."""
    weight_decay: float
    max_grad_norm: float
    dtype: str
    """Of training: `float32`, or `bfloat16` for autocast over float32 master weights."""
    micro_batch: int = 0
    """Sequences per forward and backward pass; 0 for the whole batch at once."""
    gradient_checkpointing: bool = False
    """Whether activations were computed again for the backward pass."""
    optimizer: str = "adamw"
    """`adamw`, `adamw-8bit`, `paged-adamw-8bit` or `adafactor`."""
    replay_text: str | None
    """Name of the general text that is mixed in."""
    candidate: str | None
    """Name of what was trained elsewhere."""
    candidate_sha256: str | None
    eval_dtype: str
    compute_dtype: str | None
    """What quantized weights compute in; None on an unquantized base."""
    max_items: int
    """Items scored per task at most; 0 for all."""
    device: str
    threads: int
    versions: dict[str, str]
    """Library name and version."""
    numerics: int
    """Version of the harness's own numerics."""


class StudentAndTeacher(Row):
    """A student beside its teacher: quality, size and speed; ratios are the student's over the teacher's."""

    fine_tuned: bool
    """Whether the teacher was fine-tuned on the target first."""
    target: Score
    """The teacher's."""
    total_params: int
    """The teacher's, as the three below."""
    weight_bytes: int
    forward_flops_per_token: Number
    forward_tokens_per_s: Number
    agreement: Number
    """Share of the test answers' tokens for which both find the same token likeliest."""
    student_value: Number
    """The student's score in the target's metric."""
    params_ratio: Number
    """Of all parameters."""
    flops_ratio: Number
    """Of operations per token of a forward pass."""
    speed_ratio: Number
    """Of tokens per second of a forward pass."""


class Answers(Row):
    """One item as the base and the trained model answered it."""

    task: str
    item: str
    question: str | None
    """Texts are None where none were kept."""
    expected: str | None
    before: str | None
    after: str | None


class Flip(Answers):
    """An item that went from right to wrong or back."""

    role: str
    """`target` or `general`."""
    direction: Literal["right_to_wrong", "wrong_to_right"]


class Sample(Answers):
    """A test item of the target task."""

    score_before: Number
    score_after: Number


class Numbered(Row):
    """What the page gives a place of its own: links reach it, filters find it."""

    key: str = Field(default="", exclude=True)
    """Its number on the page; empty elsewhere. Never written."""
    anchor: str = Field(default="", exclude=True)
    """The id of its section on the page; empty elsewhere. Never written."""


class TrialResult(Numbered, Scores):
    """What one trial measured."""

    id: str
    """Readable and unique within the run; `-k` selects on it."""
    digest: str
    """16 hex digits over everything that can change a number of the trial."""
    status: Status
    reason: str | None
    """Why the trial did not complete; None where it did."""
    spec: Spec
    cost: Spent
    promises: tuple[Promise, ...]
    loss_curve: tuple[tuple[int, Number], ...]
    """Optimizer step (from 1) and training loss in nats per supervised token."""
    notes: tuple[str, ...] = ()
    """What a reader must know to read the figures."""
    teacher: StudentAndTeacher | None = None
    environment: Fields
    started_at: str
    """ISO 8601, UTC."""
    duration_s: Number
    """Wall time, evaluation included."""
    command: tuple[str, ...] | None = None
    """What repeats the trial alone, each argument quoted for a shell; None where no command leads to it."""
    flips: tuple[Flip, ...] = ()
    """The first ones, as room allows; as many as `right_to_wrong` and `wrong_to_right` there are."""
    samples: tuple[Sample, ...] = ()
    """Some that the trial gets right, and some that it does not."""


class FloorResult(Row):
    """What guessing alone scores on a target: no arm, but what gains are counted above."""

    id: str
    digest: str
    target: str
    by: str
    """`majority` or `shuffled-answers`; see `TargetScore.floor_by`."""
    status: Status
    reason: str | None
    metric: str | None
    value: Number
    """None where it was not measured to its end."""
    items: Count | None


class Point(Row):
    """A model on the way from the base to the trained one."""

    gain: Number
    """In the metric's unit."""
    ci95: Interval
    """Of the gain."""
    accuracy_drop: Number
    """As `Forgetting.accuracy_drop`."""
    accuracy_drop_ci95: Interval


class ScaledBack(Point):
    """The base plus a part of the trained update."""

    scale: float
    """Of the update: 0 is the base, 1 the trained model."""


class WhileTraining(Point):
    """The model in the middle of training; the trained model itself is the last."""

    step: int
    """Optimizer steps done."""


class ArmResult(Numbered, Scores, Arm):
    """One method x rank x quantization x settings on one target, over all its seeds."""

    target_task: str
    seeds: tuple[int, ...]
    """Of the trials that completed."""
    trials: tuple[str, ...]
    """Their ids, completed or not."""
    statuses: tuple[Status, ...]
    """Of the trials, in their order."""
    reasons: tuple[str, ...]
    """Why trials did not complete, each once."""
    cost: Spent
    """The median of the seeds."""
    notes: tuple[str, ...] = ()
    """Of all trials, each once."""
    interpolation: tuple[ScaledBack, ...] = ()
    """From small to large scales; empty where none was scored."""
    trace: tuple[WhileTraining, ...] = ()
    """From early to late; empty where training was not traced."""


class RatePoint(Row):
    """One learning rate of a sweep."""

    learning_rate: float
    validation: Number
    """The metric on the validation split, mean over seeds; None where a training diverged."""
    nll: Number = None
    """Nats per token of the right answers there, by which the rate was chosen; None in older sweeps."""
    nll_error: Number = None
    """Standard error of these nats less those of the rate with the fewest, over the same seeds and items."""
    gain: Number = None
    """On the validation split under one seed; None where it was not measured, as at most rates."""
    accuracy_drop: Number = None
    """Forgetting of the same training, mean over general tasks."""


class Sweep(Row):
    """The sweep that chose an arm's learning rate: the smallest whose nats lie within an error of the fewest."""

    target: str
    arm: str
    method: str
    rank: int | None
    quantization: str
    metric: str
    chosen: Number
    at_edge: bool
    """Whether the chosen rate is the smallest tried, or the best the largest: a better one may lie outside."""
    seeds: tuple[int, ...]
    steps: int
    curve: tuple[RatePoint, ...]


class RunFields(Row):
    """What is known of a run as a whole; all that a results.json says beside its trials and arms."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    schema_: int = Field(default=SCHEMA, alias="schema")
    generated_at: str | None = None
    """ISO 8601, UTC."""
    command: tuple[str, ...] = ()
    """As it would be typed again; empty where it is not known."""
    profile: str | None = None
    environment: Fields = Field(default_factory=dict)
    """Where it ran."""
    seconds: Number = None
    """Wall time of the run."""
    trained: Count | None = None
    """Trials that this run trained."""
    reused: Count | None = None
    """Records that the store answered."""
    learning_rates: tuple[Sweep, ...] = ()
    """The sweeps behind the arms of the run."""
    usd_per_hour: Number = None
    """Price of the machine; None where it is not known."""


class Results(RunFields):
    """All that the report, the gate's page and the tables show."""

    trials: tuple[TrialResult, ...]
    arms: tuple[ArmResult, ...]
    floors: tuple[FloorResult, ...] = ()
    """What guessing scores on the targets; empty where it was not measured."""
    comparisons: tuple[VersusFull, ...] = ()
    """Every trained arm against full fine-tuning."""
    matched_gain: tuple[MatchedGain, ...] = ()
    """The same at a gain that both reached while training, where training was traced."""
    rankings: tuple[Ranking, ...] = ()
    """Of arms whose gain is certain; empty in files that are older than it."""


def read_results(path: Path) -> Results:
    """A results.json, checked.

    Raises:
        UserError: it is none, is damaged, or is of a newer version.
    """
    results = read_json(
        path, Results, SCHEMA, "Give the results.json of a run to the version that wrote it, or a newer one."
    )
    if results.schema_ > 1:
        return results
    trials, arms = map(counted_from_the_base, results.trials), map(counted_from_the_base, results.arms)
    return results.with_(schema_=SCHEMA, trials=tuple(trials), arms=tuple(arms))
