"""Does what saves memory leave the training alone?"""

from dataclasses import replace
from typing import Any

import pytest
import torch

from harness.data.tasks.replay import SHIPPED, load_replay
from harness.methods import training_method
from harness.run.arms import trained
from harness.run.context import Context, seed_everything
from harness.run.training.ingredients import TrainingData, make_teacher, plan_training, run_training
from harness.run.training.loop import TrainLog, optimizer_bytes
from harness.schema.errors import UserError
from harness.schema.record import Status
from harness.schema.trial import Recipe, Setting, Source, Trial
from harness.tests.builders import RECIPE, context_of, measure, real_trial

TWENTY = Recipe(20, 8, 128, 2, "cosine", 0.0, 1.0, "float32")
RATE = 1e-4
"""Small: AdamW divides small gradients by their own size, the last digits of a float among them."""
pytestmark = pytest.mark.trains


def trial_of(method: str, rank: int | None, recipe: Recipe, **settings: Setting) -> Trial:
    replay = None if "replay" not in settings else Source("replay", load_replay(SHIPPED).sha256)
    shared = {"recipe": recipe, "settings": tuple(settings.items()), "replay": replay}
    return real_trial(method, rank, learning_rate=RATE, **shared)


def context(trial: Trial) -> Context:
    text = load_replay(SHIPPED)
    return context_of(trial, replay=replace(text, documents=text.documents[:40]))


def trained_by(trial: Trial) -> tuple[TrainLog, dict[str, Any]]:
    """The log, and what was trained."""
    method, data = training_method(trial.method), TrainingData.of(context(trial))
    seed_everything(0)
    base = context(trial).load()
    teacher = make_teacher(trial, method, base, data)
    model = method.adapt(base, trial)
    if trial.recipe.gradient_checkpointing:
        trained.checkpoint_activations(model)
    log = run_training(trial, method, model, plan_training(trial, method, model, data, teacher))
    return log, {name: one.detach() for name, one in model.named_parameters() if one.requires_grad}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "rank", "settings"),
    [
        ("full", None, {}),
        ("lora", 4, {}),
        ("prompt-tuning", 4, {}),
        ("lora", 4, {"kl": 0.5}),
        ("lora", 4, {"replay": 0.25}),
        ("distill", None, {}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_micro_batches_add_up_to_the_batch(method: str, rank: int | None, settings: dict[str, Setting]) -> None:
    """Three of eight at a time: the parts differ in length, and in how many of their tokens are learned."""
    (whole, expected), (parts, found) = (
        trained_by(trial_of(method, rank, replace(TWENTY, micro_batch=size), **settings)) for size in (0, 3)
    )
    assert [loss for _, loss in parts.loss_curve] == pytest.approx([loss for _, loss in whole.loss_curve], rel=1e-6)
    apart = sum(float((found[name] - tensor).square().sum()) for name, tensor in expected.items())
    assert apart < 1e-12 * sum(float(tensor.square().sum()) for tensor in expected.values())


@pytest.mark.parametrize(("method", "rank"), [("full", None), ("lora", 4)])
def test_gradient_checkpointing_changes_no_number(method: str, rank: int | None) -> None:
    recipe = replace(TWENTY, steps=3, warmup_steps=0)
    (plain, expected), (saving, found) = (
        trained_by(trial_of(method, rank, replace(recipe, gradient_checkpointing=on))) for on in (False, True)
    )
    assert saving.loss_curve == plain.loss_curve
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_gradient_checkpointing_keeps_less() -> None:
    plain, saving = (
        measure(real_trial("lora", 4, recipe=replace(RECIPE, gradient_checkpointing=on))).record for on in (False, True)
    )
    assert plain.cost.activation_bytes is not None
    assert saving.cost.activation_bytes is not None
    assert saving.cost.activation_bytes < plain.cost.activation_bytes / 2
    assert all(one.held is not False for one in saving.promises)


def test_model_that_knows_no_checkpointing_is_one_message() -> None:
    with pytest.raises(UserError, match="gradient_checkpointing: the base model does not know it"):
        trained.checkpoint_activations(torch.nn.Linear(1, 1))


@pytest.mark.parametrize("optimizer", ["adamw-8bit", "paged-adamw-8bit", "adafactor"])
def test_optimizer_keeps_less_and_learns(optimizer: str) -> None:
    """Tensors below 4,096 numbers stay in 32 bits; the weights of full fine-tuning are larger."""
    method, trial = training_method("full"), real_trial("full", recipe=replace(RECIPE, optimizer=optimizer))
    model = method.adapt(context(trial).load(), trial)
    before = model.get_input_embeddings().weight.detach().clone()
    made = method.optimizer(model, trial)
    rows = torch.tensor([[5, 6, 7, 8]])
    model(input_ids=rows, labels=rows).loss.backward()
    made.step()
    weights = sum(one.numel() for one in model.parameters())
    assert optimizer_bytes(made) < 3 * weights  # AdamW keeps eight bytes a weight
    assert not torch.equal(model.get_input_embeddings().weight, before)


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A memory in which two sequences fit, and the sizes of the micro-batches that were tried."""
    tried: list[int] = []
    own = run_training

    def training(trial: Trial, *args: Any) -> TrainLog:
        tried.append(trial.recipe.micro_batch or trial.recipe.batch_size)
        if tried[-1] > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.")
        return own(trial, *args)

    monkeypatch.setattr(trained, "run_training", training)
    return tried


def test_what_does_not_fit_is_tried_in_halves(crowded: list[int]) -> None:
    record = measure(real_trial("lora", 4)).record
    assert crowded == [4, 2]
    assert record.status is Status.COMPLETED, record.reason
    assert record.notes == ("4 sequences at a time did not fit the memory: trained with micro-batches of 2",)
    assert record.trial.recipe.micro_batch == 0


def test_what_does_not_fit_in_halves_either_says_what_may(crowded: list[int]) -> None:
    record = measure(real_trial("lora", 4, recipe=replace(RECIPE, batch_size=8))).record
    assert crowded == [8, 4]
    assert record.status is Status.OUT_OF_MEMORY
    for said in ("Tried with 4 sequences", "micro_batch = 2", "gradient_checkpointing = true", "adamw-8bit", "nf4"):
        assert said in str(record.reason)


def test_sparing_recipe_is_another_trial() -> None:
    plain = real_trial("lora", 4)
    others = [{"micro_batch": 2}, {"gradient_checkpointing": True}, {"optimizer": "adafactor"}]
    found = {replace(plain, recipe=replace(plain.recipe, **one)).digest for one in others}  # type: ignore[arg-type]
    assert len(found | {plain.digest}) == 4
