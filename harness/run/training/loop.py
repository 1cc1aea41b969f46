"""The training loop. It knows batches, a loss and parameters that require gradients; never a method's name."""

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from typing import Any

from harness.data.objectives import Sequence
from harness.run.cost.reference_work import is_due, reference_work
from harness.run.training.losses import Loss
from harness.schema.trial import Recipe

WARM_UP_STEPS_NOT_TIMED = 3

AfterStep = Callable[[Any, int], None]
"""Called with the model and the step (from 1) while the gradients are still there."""


class Diverged(Exception):  # noqa: N818  # an outcome, not an error
    """The loss became NaN or infinite: a finding about the learning rate, not a crash."""


@dataclass
class TrainLog:
    """What training left behind, besides the model.

    Attributes:
        loss_curve: step (from 1) and the loss of the batch, in nats.
        step_s: seconds of every optimizer step, device synchronised.
        reference_s: seconds of the fixed reference work, between the steps.
        tokens: unpadded tokens per step.
        optimizer_bytes: state that the optimizer keeps.
    """

    loss_curve: list[tuple[int, float]] = field(default_factory=list)
    step_s: list[float] = field(default_factory=list)
    reference_s: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    optimizer_bytes: int = 0

    @property
    def _first_timed(self) -> int:
        """Steps after warm-up; of very short trainings the last one."""
        return min(WARM_UP_STEPS_NOT_TIMED, max(0, len(self.step_s) - 1))

    @property
    def median_step_s(self) -> float | None:
        return median(self.step_s[self._first_timed :]) if self.step_s else None

    @property
    def median_reference_s(self) -> float | None:
        return median(self.reference_s) if self.reference_s else None

    @property
    def tokens_per_s(self) -> float | None:
        timed = self.step_s[self._first_timed :]
        return sum(self.tokens[self._first_timed :]) / sum(timed) if timed else None


def make_train_step(
    model: Any, recipe: Recipe, optimizer: Any, loss_of: Loss, after_step: AfterStep
) -> Callable[[list[Sequence]], float]:
    """One training step as a function: forward, backward, clipping, the optimizer, the schedule, `after_step`.

    Returns:
        Takes a batch, and returns its loss in nats once the device is done. It counts its own steps, from 1.
    """
    import torch

    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_factor(step, recipe))
    steps = count(1)

    def train_step(batch: list[Sequence]) -> float:
        loss = backward(model, batch, loss_of, recipe.micro_batch)
        torch.nn.utils.clip_grad_norm_(parameters, recipe.max_grad_norm)
        optimizer.step()
        schedule.step()
        after_step(model, next(steps))
        optimizer.zero_grad(set_to_none=True)
        return float(loss)  # waits for the device

    return train_step


def backward(model: Any, batch: list[Sequence], loss_of: Loss, size: int) -> Any:
    """Adds up the gradients of a batch, micro-batch by micro-batch, and returns its loss.

    Args:
        size: sequences per micro-batch; 0 for the whole batch at once.
    """
    if not 0 < size < len(batch):
        loss = loss_of(model, batch)
        loss.backward()
        return loss.detach()
    total = 0.0
    for start in range(0, len(batch), size):
        loss = loss_of(model, batch[start : start + size], batch)
        loss.backward()
        total = total + loss.detach()
    return total


def train(
    model: Any,
    drawn: Iterable[list[Sequence]],
    recipe: Recipe,
    optimizer: Any,
    loss_of: Loss,
    after_step: AfterStep = lambda model, step: None,
    on_step: Callable[[int], None] = lambda step: None,
) -> TrainLog:
    """Trains what requires gradients, and leaves the model in evaluation mode.

    Args:
        drawn: batches, at least as many as the recipe has steps.
        optimizer: over the parameters that require gradients.
        on_step: called with the number of steps done.

    Raises:
        Diverged: the loss is not finite.
    """
    train_step = make_train_step(model, recipe, optimizer, loss_of, after_step)
    log = TrainLog()
    work = reference_work(next(model.parameters()).device)
    model.train()
    for step, batch in zip(range(1, recipe.steps + 1), drawn, strict=False):
        start = time.perf_counter()
        value = train_step(batch)
        log.step_s.append(time.perf_counter() - start)
        log.tokens.append(sum(len(sequence.input_ids) for sequence in batch))
        log.loss_curve.append((step, value))
        if not math.isfinite(value):
            raise Diverged(f"the training loss is {value} at step {step} of {recipe.steps}")
        if is_due(step, recipe.steps):
            log.reference_s.append(work())
        on_step(step)
    log.optimizer_bytes = optimizer_bytes(optimizer)
    model.eval()
    return log


def batches(sequences: list[Sequence], batch_size: int, seed: int) -> Iterator[list[Sequence]]:
    """Endless batches; every epoch is a new permutation, and a batch may reach from one into the next.

    Raises:
        ValueError: there is nothing to draw from.
    """
    if not sequences:
        raise ValueError("no training sequence")
    rng = random.Random(seed)
    queue: list[int] = []
    while True:
        while len(queue) < batch_size:
            queue += rng.sample(range(len(sequences)), len(sequences))
        chosen, queue = queue[:batch_size], queue[batch_size:]
        yield [sequences[index] for index in chosen]


def learning_rate_factor(step: int, recipe: Recipe) -> float:
    """Multiplier of the learning rate for the step after `step` done ones: linear warm-up, then the schedule."""
    if step < recipe.warmup_steps:
        return (step + 1) / recipe.warmup_steps
    progress = (step - recipe.warmup_steps) / max(1, recipe.steps - recipe.warmup_steps)
    if recipe.schedule == "linear":
        return max(0.0, 1 - progress)
    if recipe.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return 1.0


def optimizer_bytes(optimizer: Any) -> int:
    """Bytes of the tensors that the optimizer keeps between steps."""
    states = (value for state in optimizer.state.values() for value in state.values())
    return sum(value.numel() * value.element_size() for value in states if hasattr(value, "numel"))
