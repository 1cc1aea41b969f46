"""Does every method keep every promise, and is every broken promise noticed?"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from harness.methods import METHODS, AnyMethod, lora, method_named, training_method
from harness.methods.kinds.adapter import Adapter
from harness.methods.kinds.prompted import Prompted
from harness.models.quantization import LEVELS
from harness.run.promises import model as promises
from harness.run.promises.artifact import artifact_promises, off_promise
from harness.run.promises.model import NAMES, FrozenPart
from harness.run.training.loop import train
from harness.schema.measured import Measured
from harness.schema.record import Promise, Status
from harness.schema.trial import NO_TRAINING, Trial
from harness.tests.builders import context_of, few_examples, measure, real_trial
from harness.tests.golden import sequences

pytestmark = pytest.mark.trains

LORA = lora.METHOD
Load = Callable[..., Any]
ON_EVERY_LEVEL = ("lora", "dora", "ia3", "prompt-tuning")
"""Methods that are tried on every level; other named adapters on nf4 beside plain weights, if at all."""


def levels_of(method: AnyMethod) -> list[str]:
    """Where a method is tried. Types that `peft:NAME` names too are tried in `test_peft_types.py`."""
    if isinstance(method, Prompted) or method.name in ON_EVERY_LEVEL:
        return [level.name for level in LEVELS]
    family = isinstance(method, Adapter) and method.peft_type == LORA.peft_type
    return ["none", "nf4"] if family else ["none"]


def possible() -> list[Trial]:
    """Every method at the levels where it is tried and can be."""
    trials = [
        real_trial(method.name, 4 if method.rank_means else None, quantization=level, learning_rate=1e-2)
        for method in METHODS
        for level in levels_of(method)
    ]
    return [trial for trial in trials if not method_named(trial.method).cannot(trial)]


@pytest.mark.parametrize("trial", [one for one in possible() if one.method != "bitfit"], ids=lambda trial: trial.arm)
def test_promises_are_kept_by(trial: Trial) -> None:
    trains = method_named(trial.method).trains
    record = measure(trial if trains else replace(trial, recipe=NO_TRAINING, learning_rate=None)).record
    assert record.status is Status.COMPLETED, record.reason
    assert [promise.name for promise in record.promises] == list(NAMES)
    assert [promise for promise in record.promises if promise.held is False] == []
    assert [step for step, _ in record.loss_curve] == ([1, 2, 3] if trains else [])


def test_bitfit_is_not_for_a_model_without_biases() -> None:
    record = measure(real_trial("bitfit")).record
    assert record.status is Status.UNSUPPORTED
    assert "no bias terms" in str(record.reason)


def test_quantized_levels_are_all_tried() -> None:
    assert {trial.quantization for trial in possible()} == {level.name for level in LEVELS}
    assert {trial.method for trial in possible()} == {method.name for method in METHODS}


def held(measured: Measured, name: str) -> bool | None:
    assert measured.record.status is Status.COMPLETED, measured.record.reason
    (promise,) = [promise for promise in measured.record.promises if promise.name == name]
    return promise.held


def damage_after_training(monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], object]) -> None:
    def damaged(model: Any, *args: Any, **kwargs: Any) -> Any:
        log = train(model, *args, **kwargs)
        with torch.no_grad():
            change(model)
        return log

    monkeypatch.setattr("harness.run.training.ingredients.train", damaged)


def named(model: Any, part: str) -> Any:
    return next(parameter for name, parameter in model.named_parameters() if part in name)


DAMAGES: dict[str, tuple[Callable[[Any], object], tuple[str, ...]]] = {
    "a frozen norm moved by a little": (
        lambda model: named(model, "norm.weight").add_(1e-3),
        ("the base is untouched", "switched off it is the base"),
    ),
    "one weight of a frozen matrix flipped": (
        lambda model: named(model, "base_layer.weight")[0, :1].neg_(),
        ("the base is untouched", "switched off it is the base"),
    ),
    "a frozen norm that became trainable": (
        lambda model: named(model, "norm.weight").requires_grad_(True),
        ("only declared parameters train",),
    ),
    "an adapter that is zero again": (
        lambda model: [parameter.zero_() for name, parameter in model.named_parameters() if "lora_B" in name],
        ("the adaptation acts", "every trainable parameter receives a gradient"),
    ),
}


@pytest.mark.parametrize(("change", "broken"), DAMAGES.values(), ids=DAMAGES)
def test_promise_is_broken_by(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], object], broken: tuple[str, ...]
) -> None:
    damage_after_training(monkeypatch, change)
    measured = measure(real_trial("lora", 4, learning_rate=1e-2))
    assert {name: held(measured, name) for name in broken} == dict.fromkeys(broken, False)


def test_promise_is_broken_by_a_test_item_in_training() -> None:
    target = few_examples()
    leaky = replace(target, train=target.train + target.test[:1])
    assert held(measure(real_trial("lora", 4), target=leaky), "no test item in training") is False


def test_promise_is_broken_by_an_adapter_that_stays_on() -> None:
    class Stuck(Adapter):
        def off(self, model: Any) -> Any:
            return nullcontext()

    model, rows, before = trained()
    assert off_promise(LORA, before, model, model, rows).held
    assert off_promise(Stuck(**vars(LORA)), before, model, model, rows).held is False


@pytest.mark.parametrize("first", [True, False], ids=["trained", "reloaded"])
def test_promise_is_broken_by_one_model_that_is_not_the_base_when_off(first: bool) -> None:
    """The trained model and its reloaded artifact are both switched off; one of them with a norm that moved."""
    (good, rows, before), (bad, _, _) = trained(), trained()
    with torch.no_grad():
        named(bad, "norm.weight").add_(1e-3)
    pair = (bad, good) if first else (good, bad)
    assert off_promise(LORA, before, *pair, rows).held is False


def trained() -> tuple[Any, list[list[int]], Any]:
    """A LoRA that does something, rows of tokens, and the base's logits on them."""
    from harness.models.base import load_model
    from harness.tests.builders import embedded

    trial = real_trial("lora", 4)
    base = load_model(trial, embedded())
    rows = [sequence.input_ids for sequence in sequences()[:3]]
    before = promises.logits_of(base, rows)
    model = LORA.adapt(base, trial).eval()
    with torch.no_grad():
        named(model, "lora_B").fill_(0.1)
    return model, rows, before


def of_artifact(directory: Path, load: Load, before: Any, after: Any, rows: list[list[int]]) -> list[Promise]:
    """Of a LoRA in a directory: reloaded, merged, unmerged, beside another."""
    reloaded = LORA.load(load(), directory)
    return artifact_promises(LORA, real_trial("lora", 4), directory, load, reloaded, before, after, rows)


def test_promise_is_broken_by_an_artifact_that_lacks_a_part(load: Load, tmp_path: Path) -> None:
    model, rows, before = trained()
    after = promises.logits_of(model, rows)
    LORA.save(model, tmp_path)
    assert [promise.held for promise in of_artifact(tmp_path, load, before, after, rows)] == [True] * 4
    with torch.no_grad():
        named(model, "lora_B").fill_(0.0)
    LORA.save(model, tmp_path)
    assert [promise.held for promise in of_artifact(tmp_path, load, before, after, rows)] == [False] * 4


def test_promise_is_broken_by_an_adapter_that_does_not_start_as_the_base() -> None:
    model, rows, before = trained()
    assert promises.starts_as_base(LORA, before, model, rows).held is False


def test_promise_is_broken_by_scores_that_depend_on_the_batch(model: Any) -> None:
    """A model whose logits grow with the width of the batch."""

    class Wide(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: Any, **inputs: Any) -> Any:
            return SimpleNamespace(logits=self.inner(input_ids, **inputs).logits * input_ids.shape[1])

    context = context_of(real_trial("lora"))
    assert len({len(pair.context + pair.continuation) for pair in context.pairs}) > 1
    assert promises.batch_invariant(context, model).held
    assert promises.batch_invariant(context, Wide()).held is False


@pytest.mark.parametrize(
    ("difference", "held"), [(0.0, True), (1e-4, True), (1e-2, False), (float("nan"), False), (float("inf"), False)]
)
def test_difference_is_within_a_tolerance_of_a_thousandth(difference: float, held: bool) -> None:
    assert promises.close("x", difference, 1e-3).held is held


@pytest.mark.parametrize("level", ["int8", "nf4"])
def test_promise_is_broken_by_a_changed_quantization_scale(load: Load, level: str) -> None:
    model = LORA.adapt(load(level), real_trial("lora", 4, quantization=level))
    frozen = FrozenPart(model)
    weight = named(model, "base_layer.weight")
    with torch.no_grad():
        (weight.SCB if level == "int8" else weight.quant_state.absmax).mul_(2)
    assert frozen.check(model).held is False


def test_promise_is_broken_by_an_adapter_that_trains_a_norm_of_the_base(load: Load) -> None:
    model = LORA.adapt(load(), real_trial("lora", 4))
    named(model, "norm.weight").requires_grad_(True)
    assert promises.declared(model, LORA, FrozenPart(model), None).held is False


def test_promise_is_broken_by_a_part_that_stopped_training(load: Load) -> None:
    model = LORA.adapt(load(), real_trial("lora", 4))
    frozen = FrozenPart(model)
    assert promises.declared(model, LORA, frozen, None).held
    named(model, "lora_A").requires_grad_(False)
    assert promises.declared(model, LORA, frozen, None).held is False


def test_promise_is_broken_by_a_teacher_that_could_train(load: Load) -> None:
    """Whatever the student trains is its own; of its teacher nothing may."""
    distill, teacher = training_method("distill"), load()
    student = distill.adapt(teacher, real_trial("distill"))
    assert promises.declared(student, distill, FrozenPart(teacher), teacher).held
    named(teacher, "norm.weight").requires_grad_(True)
    assert promises.declared(student, distill, FrozenPart(teacher), teacher).held is False


def test_quantized_scores_may_differ_by_more(model: Any) -> None:
    """int8 rounds activations, so its scores step with the batch; no other level is given that room."""
    details = [promises.batch_invariant(context_of(real_trial("lora", quantization=one.name)), model) for one in LEVELS]
    assert ["allowed 0.25" in promise.detail for promise in details] == [one.name == "int8" for one in LEVELS]


def test_what_a_method_froze_stays_frozen_when_it_was_switched_off(load: Load) -> None:
    """PEFT makes the whole adapter trainable when it is switched on again."""
    method = method_named("lora-fa")
    assert isinstance(method, Adapter)
    model = method.adapt(load(), real_trial("lora-fa", 4))
    before = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    context = method.off(model)
    assert context is not None
    with context:
        pass
    assert {name for name, parameter in model.named_parameters() if parameter.requires_grad} == before
    assert not any("lora_A" in name for name in before)
