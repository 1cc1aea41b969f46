"""Does the loop train what transformers' own trainer trains, in the stated order, at the stated rate?"""

import json
import math
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from harness.data.objectives import Sequence, collate
from harness.methods import training_method
from harness.run.cost.reference_work import is_due, reference_work
from harness.run.training.loop import Diverged, TrainLog, batches, learning_rate_factor, train
from harness.run.training.losses import cross_entropy
from harness.schema.trial import Recipe
from harness.tests.builders import RECIPE, embedded, few_examples
from harness.tests.golden import FILE, GOLDEN_RECIPE, TRIALS, adapted, losses, sequences

PLAIN = replace(RECIPE, steps=10, warmup_steps=0)
WARM = replace(RECIPE, steps=12, warmup_steps=2)


@pytest.mark.parametrize(
    ("recipe", "done", "factor"),
    [
        pytest.param(replace(PLAIN, schedule="constant"), 0, 1.0, id="constant at the first step"),
        pytest.param(replace(PLAIN, schedule="constant"), 9, 1.0, id="constant at the last step"),
        pytest.param(replace(PLAIN, schedule="linear"), 0, 1.0, id="linear at the first step"),
        pytest.param(replace(PLAIN, schedule="linear"), 5, 0.5, id="linear half way"),
        pytest.param(replace(PLAIN, schedule="linear"), 10, 0.0, id="linear after the last step"),
        pytest.param(replace(PLAIN, schedule="linear"), 99, 0.0, id="linear long after"),
        pytest.param(replace(PLAIN, schedule="cosine"), 0, 1.0, id="cosine at the first step"),
        pytest.param(replace(PLAIN, schedule="cosine"), 5, 0.5, id="cosine half way"),
        pytest.param(replace(PLAIN, schedule="cosine"), 10, 0.0, id="cosine after the last step"),
        pytest.param(replace(WARM, schedule="constant"), 0, 0.5, id="first of two warm-up steps"),
        pytest.param(replace(WARM, schedule="linear"), 1, 1.0, id="second of two warm-up steps"),
        pytest.param(replace(WARM, schedule="linear"), 2, 1.0, id="first step after warm-up"),
        pytest.param(replace(WARM, schedule="cosine"), 7, 0.5, id="cosine half way after warm-up"),
    ],
)
def test_learning_rate_factor_is(recipe: Recipe, done: int, factor: float) -> None:
    assert learning_rate_factor(done, recipe) == pytest.approx(factor, abs=1e-12)


NUMBERED = [Sequence([number], [number]) for number in range(7)]


def drawn(batch_size: int, count: int, seed: int = 0) -> list[int]:
    taken = islice(batches(NUMBERED, batch_size, seed), count)
    return [sequence.input_ids[0] for sequence in chain.from_iterable(taken)]


@pytest.mark.parametrize("batch_size", [1, 3, 7, 10], ids=lambda size: f"batches of {size}")
def test_every_epoch_is_a_permutation(batch_size: int) -> None:
    order = drawn(batch_size, 21)
    epochs = [order[start : start + 7] for start in range(0, len(order) - 6, 7)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_the_seed_decides_the_order() -> None:
    assert drawn(3, 10) == drawn(3, 10)
    assert drawn(3, 10) != drawn(3, 10, seed=1)


def test_the_order_needs_no_global_generator() -> None:
    torch.manual_seed(1)
    state = torch.get_rng_state()
    drawn(3, 10)
    assert torch.equal(torch.get_rng_state(), state)


class Point(torch.nn.Module):
    """Loss `(weight - 3)^2`, or whatever `loss` makes of the weight."""

    def __init__(self, loss: Any = lambda weight: (weight - 3) ** 2) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(1.0))
        self.frozen = torch.nn.Parameter(torch.tensor(5.0), requires_grad=False)
        self._loss = loss

    def forward(self, **inputs: Any) -> Any:
        return SimpleNamespace(loss=self._loss(self.weight))


ONE = [Sequence([1, 2], [1, 2])]
CONSTANT = replace(RECIPE, steps=4, batch_size=1, warmup_steps=0, schedule="constant", max_grad_norm=1e9)


def descend(model: Point, recipe: Recipe, rate: float, **hooks: Any) -> TrainLog:
    """Trains the point with AdamW, without weight decay."""
    optimizer = torch.optim.AdamW([model.weight], lr=rate, weight_decay=0.0)
    return train(model, batches(ONE, recipe.batch_size, 0), recipe, optimizer, cross_entropy(0, "float32"), **hooks)


def test_steps_are_those_of_adamw() -> None:
    model, reference = Point(), Point()
    log = descend(model, CONSTANT, 0.1)
    optimizer = torch.optim.AdamW([reference.weight], lr=0.1, weight_decay=0.0)
    expected = []
    for _ in range(4):
        loss = (reference.weight - 3) ** 2
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        expected.append(float(loss.detach()))
    assert [loss for _, loss in log.loss_curve] == pytest.approx(expected)
    assert [step for step, _ in log.loss_curve] == [1, 2, 3, 4]
    assert float(model.weight.detach()) == pytest.approx(float(reference.weight.detach()))
    assert float(model.frozen) == 5
    assert not model.training
    assert log.optimizer_bytes == 2 * 4 + 4  # two moments and a step counter


def test_last_step_of_a_schedule_to_zero_moves_less_than_the_first() -> None:
    places: list[float] = []
    model = Point(lambda weight: -weight)
    recipe = replace(CONSTANT, steps=10, schedule="linear")
    descend(model, recipe, 0.1, on_step=lambda step: places.append(float(model.weight.detach())))
    moves = [after - before for before, after in zip([1.0, *places], places, strict=False)]
    assert moves == pytest.approx([0.1 * (1 - step / 10) for step in range(10)], rel=1e-3)


def test_method_acts_after_every_step_while_the_gradients_are_there() -> None:
    seen: list[tuple[int, float]] = []
    model = Point(lambda weight: -2 * weight)
    descend(model, CONSTANT, 0.1, after_step=lambda one, step: seen.append((step, float(one.weight.grad))))
    assert seen == [(step, -2.0) for step in (1, 2, 3, 4)]
    assert model.weight.grad is None


@pytest.mark.parametrize(
    ("seconds", "timed"),
    [([], None), ([5.0], 5.0), ([9.0, 5.0], 5.0), ([9.0, 9.0, 9.0, 5.0], 5.0), ([9.0, 9.0, 9.0, 1.0, 3.0, 8.0], 3.0)],
    ids=["no step", "one step", "two steps", "the first after warm-up", "the median after warm-up"],
)
def test_step_time_is_taken_after_warm_up(seconds: list[float], timed: float | None) -> None:
    log = TrainLog(step_s=seconds, tokens=[30] * len(seconds))
    assert log.median_step_s == timed
    assert (log.tokens_per_s is None) is (timed is None)


def test_batches_need_a_sequence() -> None:
    with pytest.raises(ValueError, match="no training sequence"):
        next(batches([], 2, 0))


@pytest.mark.parametrize("value", [math.nan, math.inf], ids=["NaN", "infinity"])
def test_loss_diverges_at(value: float) -> None:
    model = Point(lambda weight: weight * value)
    with pytest.raises(Diverged, match="at step 1 of 4"):
        descend(model, CONSTANT, 0.1)


def test_divergence_is_seen_at_the_step_where_it_happens() -> None:
    model = Point(lambda weight: torch.log(weight))  # down the slope to log 0
    with pytest.raises(Diverged, match="at step 3"):
        descend(model, replace(CONSTANT, steps=9), 0.6)


@pytest.mark.trains
@pytest.mark.parametrize(
    "masked",
    [pytest.param(True, id="answers only"), pytest.param(False, id="every token", marks=pytest.mark.release)],
)
@pytest.mark.parametrize("name", TRIALS)
def test_losses_equal_those_of_the_transformers_trainer(name: str, masked: bool, tmp_path: Path) -> None:
    """Same sequences in the same order for 50 steps, float32; without warm-up, which the two count otherwise."""
    trial = TRIALS[name]
    recipe = replace(GOLDEN_RECIPE, steps=50, warmup_steps=0, schedule="linear", weight_decay=0.01)
    learned = sequences() if masked else [replace(one, labels=list(one.input_ids)) for one in sequences()]
    assert any(-100 in one.labels for one in learned) is masked
    model, drawn = adapted(trial), batches(learned, recipe.batch_size, 0)
    optimizer = training_method(name).optimizer(model, replace(trial, recipe=recipe))
    ours = train(model, drawn, recipe, optimizer, cross_entropy(0, recipe.dtype)).loss_curve
    theirs = trainer_losses(adapted(trial), learned, recipe, trial.learning_rate or 0.0, tmp_path)
    assert len(theirs) == recipe.steps
    assert [loss for _, loss in ours] == pytest.approx(theirs, rel=1e-4)
    assert theirs[-1] < theirs[0]


def trainer_losses(model: Any, learned: list[Sequence], recipe: Recipe, rate: float, directory: Path) -> list[float]:
    from transformers import Trainer, TrainingArguments

    seen: list[float] = []

    class Watched(Trainer):
        def _get_train_sampler(self, *args: Any) -> Any:
            return torch.utils.data.SequentialSampler(self.train_dataset)

        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            loss = super().training_step(*args, **kwargs)
            seen.append(float(loss))
            return loss

    arguments = TrainingArguments(
        str(directory),
        max_steps=recipe.steps,
        per_device_train_batch_size=recipe.batch_size,
        learning_rate=rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=0,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        optim="adamw_torch",
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
    )
    order = list(chain.from_iterable(islice(batches(learned, recipe.batch_size, 0), recipe.steps)))
    trainer = Watched(model, arguments, train_dataset=order, data_collator=lambda rows: collate(rows, 0))
    trainer.train()
    return seen


@pytest.mark.trains
@pytest.mark.parametrize("name", TRIALS)
def test_golden_losses(name: str) -> None:
    """Made by `golden.py`, which says how to make them again, on which hardware."""
    golden = json.loads(FILE.read_text())
    content = (embedded().source.sha256, few_examples().sha256)
    assert (golden["weights_sha256"], golden["data_sha256"]) == content, f"new weights or data: {golden['command']}"
    assert losses(name) == pytest.approx(golden["losses"][name], rel=1e-3)


@pytest.mark.trains
def test_same_seed_trains_the_same_weights_bit_by_bit() -> None:
    assert losses("lora") == losses("lora")


@pytest.mark.trains
def test_bfloat16_loss_is_near_the_float32_loss() -> None:
    model = adapted(TRIALS["full"]).eval()
    batch = sequences()[:8]
    with torch.no_grad():
        exact, rounded = (float(cross_entropy(0, dtype)(model, batch)) for dtype in ("float32", "bfloat16"))
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize(("steps", "times"), [(1, 1), (5, 5), (20, 20), (100, 20), (101, 20)])
def test_the_reference_work_is_timed_along_the_training(steps: int, times: int) -> None:
    assert sum(is_due(step, steps) for step in range(1, steps + 1)) == times


def test_the_reference_work_takes_time_and_draws_no_random_number() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    work = reference_work(torch.device("cpu"))
    assert work() > 0
    assert torch.equal(before, torch.get_rng_state())
