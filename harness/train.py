"""The training loop. It knows sequences, a recipe and parameters that require gradients; never a method's name."""

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from harness.objectives import Sequence, collate
from harness.trial import Recipe

WARM_UP_STEPS_NOT_TIMED = 3


class Diverged(Exception):  # noqa: N818  # an outcome, not an error
    """The loss became NaN or infinite: a finding about the learning rate, not a crash."""


@dataclass
class TrainLog:
    """What training left behind, besides the model.

    Attributes:
        loss_curve: step (from 1) and mean loss over the supervised tokens of the batch, in nats.
        step_s: seconds of every optimizer step, device synchronised.
        tokens: unpadded tokens per step.
        optimizer_bytes: state that the optimizer keeps.
    """

    loss_curve: list[tuple[int, float]] = field(default_factory=list)
    step_s: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    optimizer_bytes: int = 0

    @property
    def median_step_s(self) -> float | None:
        timed = self.step_s[WARM_UP_STEPS_NOT_TIMED:]
        return median(timed) if timed else None

    @property
    def tokens_per_s(self) -> float | None:
        timed = self.step_s[WARM_UP_STEPS_NOT_TIMED:]
        return sum(self.tokens[WARM_UP_STEPS_NOT_TIMED:]) / sum(timed) if timed else None


def train(
    model: Any,
    sequences: list[Sequence],
    recipe: Recipe,
    learning_rate: float,
    seed: int,
    pad_id: int,
    on_step: Callable[[int], None] = lambda step: None,
) -> TrainLog:
    """Trains what requires gradients, with AdamW, and leaves the model in evaluation mode.

    Args:
        sequences: drawn without replacement, in an order that the seed decides, epoch after epoch.
        on_step: called with the number of steps done.

    Raises:
        Diverged: the loss is not finite.
    """
    import torch

    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_factor(step, recipe))
    device = parameters[0].device
    log = TrainLog()
    model.train()
    for step, batch in zip(range(1, recipe.steps + 1), batches(sequences, recipe.batch_size, seed), strict=False):
        start = time.perf_counter()
        inputs = {name: tensor.to(device) for name, tensor in collate(batch, pad_id).items()}
        loss = training_loss(model, inputs, recipe.dtype)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, recipe.max_grad_norm)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        value = float(loss.detach())  # waits for the device
        log.step_s.append(time.perf_counter() - start)
        log.tokens.append(sum(len(sequence.input_ids) for sequence in batch))
        log.loss_curve.append((step, value))
        if not math.isfinite(value):
            raise Diverged(f"the training loss is {value} at step {step} of {recipe.steps}")
        on_step(step)
    log.optimizer_bytes = optimizer_bytes(optimizer)
    model.eval()
    return log


def training_loss(model: Any, inputs: dict[str, Any], dtype: str) -> Any:
    """Mean cross-entropy in nats over the supervised tokens of one batch; the model shifts the labels itself."""
    import torch

    device = inputs["input_ids"].device.type
    with torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16"):
        return model(**inputs).loss


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
