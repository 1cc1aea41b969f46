"""What a trial learns from: its batches and its loss, put together from objective, method and settings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from harness.data.objectives import Sequence
from harness.methods.full import METHOD as FULL
from harness.methods.kinds.protocol import TrainingMethod, setting
from harness.methods.kinds.student import FINE_TUNED, Student
from harness.run.context import Context
from harness.run.cost.probes import weight_bytes
from harness.run.training.loop import TrainLog, batches, train
from harness.run.training.losses import Logits, Loss, cross_entropy, distilled, held_to_base, with_replay
from harness.schema.errors import UserError
from harness.schema.trial import Trial


@dataclass(frozen=True)
class TrainingData:
    """Sequences to learn from, and how to get another copy of the base.

    Attributes:
        replayed: general text; empty where none is mixed in.
    """

    own: list[Sequence]
    replayed: list[Sequence]
    pad_id: int
    load_base: Callable[[], Any]

    @classmethod
    def of(cls, context: Context) -> Self:
        return cls(context.sequences, context.replayed, context.pad_id, context.load)


@dataclass(frozen=True)
class TrainingPlan:
    """What one training minimises, and over which batches.

    Attributes:
        batches: makes the endless batches, in an order that the seed decides.
        probe_batch: one batch like the others, for measuring what a step costs.
        other_weight_bytes: of further models that training needs in memory: a teacher, a second base.
    """

    loss: Loss
    batches: Callable[[], Iterator[list[Sequence]]]
    probe_batch: list[Sequence]
    other_weight_bytes: int = 0


def plan_training(
    trial: Trial, method: TrainingMethod, model: Any, data: TrainingData, teacher: Any | None
) -> TrainingPlan:
    """How a trial trains.

    Args:
        model: made trainable already.
        teacher: the model that a student learns from.
    """
    loss = cross_entropy(data.pad_id, trial.recipe.dtype)
    other_bytes = 0
    weight = number(method, trial, "kl")
    if teacher is not None:
        temperature, mix = (number(method, trial, name) for name in ("temperature", "mix"))
        loss = distilled(_logits(teacher), temperature, mix, data.pad_id, trial.recipe.dtype)
        other_bytes += weight_bytes(teacher)
    elif weight:
        logits, other_bytes = _base_logits(method, model, data)
        loss = held_to_base(logits, weight, data.pad_id, trial.recipe.dtype)
    share, size, seed = number(method, trial, "replay"), trial.recipe.batch_size, trial.seed or 0
    if share and size < 2:
        raise UserError("replay needs a batch_size of at least 2: one sequence of the target, one of general text.")
    if not share:
        return TrainingPlan(loss, lambda: batches(data.own, size, seed), data.own[:size], other_bytes)
    count = min(size - 1, max(1, round(share * size)))
    probe = data.own[: size - count] + data.replayed[:count]
    return TrainingPlan(with_replay(loss, share), lambda: mixed(data, size, count, seed), probe, other_bytes)


def mixed(data: TrainingData, size: int, count: int, seed: int) -> Iterator[list[Sequence]]:
    """Batches of `size` sequences of which `count` are replayed; both kinds in orders of their own."""
    own = batches(data.own, size - count, seed)
    replayed = batches(data.replayed, count, seed)
    for some, others in zip(own, replayed, strict=False):
        yield some + others


def number(method: TrainingMethod, trial: Trial, name: str) -> float:
    """A setting that is a number."""
    return float(str(setting(method, trial, name)))


def _logits(model: Any) -> Logits:
    def logits(_: Any, inputs: dict[str, Any]) -> Any:
        return model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits

    return logits


def _base_logits(method: TrainingMethod, model: Any, data: TrainingData) -> tuple[Logits, int]:
    """The base's logits from the model itself, switched off; from a second copy where that cannot be.

    Returns:
        The function, and the bytes of the second copy.
    """
    if method.off(model) is None:
        base = data.load_base()
        return _logits(base), weight_bytes(base)

    def logits(current: Any, inputs: dict[str, Any]) -> Any:
        context = method.off(current)
        assert context is not None
        with context:
            return current(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits

    return logits, 0


def make_teacher(trial: Trial, method: TrainingMethod, base: Any, data: TrainingData) -> Any | None:
    """What a student learns from: the base itself, or a copy that is first fully fine-tuned with the same recipe."""
    if not isinstance(method, Student):
        return None
    if not fine_tunes_teacher(method, trial):
        return base
    plan = plan_training(replace(trial, settings=()), FULL, base, data, None)
    teacher = FULL.adapt(base, trial)
    train(teacher, plan.batches(), trial.recipe, FULL.optimizer(teacher, trial), plan.loss)
    return teacher.requires_grad_(False)


def fine_tunes_teacher(method: TrainingMethod, trial: Trial) -> bool:
    """Whether the teacher is fine-tuned before it teaches."""
    return setting(method, trial, "teacher") == FINE_TUNED


def run_training(
    trial: Trial,
    method: TrainingMethod,
    model: Any,
    plan: TrainingPlan,
    on_step: Callable[[int], None] = lambda step: None,
) -> TrainLog:
    """Trains the model as the trial says.

    Raises:
        Diverged: the loss is not finite.
    """
    optimizer = method.optimizer(model, trial)
    return train(model, plan.batches(), trial.recipe, optimizer, plan.loss, method.after_step, on_step)
