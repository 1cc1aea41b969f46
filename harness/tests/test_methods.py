"""Does every method keep every promise, and is every broken promise noticed?"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from harness import promises
from harness.encoding import encode_answer
from harness.errors import UserError
from harness.measured import Measured
from harness.methods import METHODS, method_named, method_names
from harness.methods.contract import Adapter, checked_settings
from harness.promises import NAMES, FrozenPart
from harness.quantization import LEVELS
from harness.record import Status
from harness.run import run_trial
from harness.tests.builders import few_examples, job_of, real_trial
from harness.tests.golden import sequences
from harness.train import train
from harness.trial import Trial

LORA = method_named("lora")
Load = Callable[..., Any]


def possible() -> list[Trial]:
    """Every method at every quantization that it can take."""
    return [
        real_trial(method.name, 4 if method.rank_means else None, quantization=level.name, learning_rate=1e-2)
        for method in METHODS
        for level in LEVELS
        if level.trainable or method.quantized_base
    ]


def measure(trial: Trial, **inputs: Any) -> Measured:
    return run_trial(trial, replace(job_of(trial).inputs, **inputs))


@pytest.mark.parametrize("trial", possible(), ids=lambda trial: trial.arm)
def test_promises_are_kept_by(trial: Trial) -> None:
    record = measure(trial).record
    assert record.status is Status.COMPLETED, record.reason
    assert [promise.name for promise in record.promises] == list(NAMES)
    assert [promise for promise in record.promises if promise.held is False] == []
    assert [step for step, _ in record.loss_curve] == [1, 2, 3]


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

    monkeypatch.setattr("harness.run.train", damaged)


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
    assert promises.off_is_base(LORA, before, model, rows).held
    assert promises.off_is_base(Stuck(**vars(LORA)), before, model, rows).held is False


def trained() -> tuple[Any, list[list[int]], Any]:
    """A LoRA that does something, rows of tokens, and the base's logits on them."""
    from harness.models import load_model
    from harness.tests.builders import embedded

    trial = real_trial("lora", 4)
    base = load_model(trial, embedded())
    rows = [sequence.input_ids for sequence in sequences()[:3]]
    before = promises.logits_of(base, rows)
    model = LORA.adapt(base, trial).eval()
    with torch.no_grad():
        named(model, "lora_B").fill_(0.1)
    return model, rows, before


def test_promise_is_broken_by_an_artifact_that_lacks_a_part(load: Load, tmp_path: Path) -> None:
    model, rows, _ = trained()
    after = promises.logits_of(model, rows)
    LORA.save(model, tmp_path)
    whole = promises.artifact_promises(LORA, real_trial("lora", 4), tmp_path, load, after, rows)
    assert [promise.held for promise in whole] == [True, True]
    with torch.no_grad():
        named(model, "lora_B").fill_(0.0)
    LORA.save(model, tmp_path)
    lacking = promises.artifact_promises(LORA, real_trial("lora", 4), tmp_path, load, after, rows)
    assert [promise.held for promise in lacking] == [False, False]


def test_promise_is_broken_by_an_adapter_that_does_not_start_as_the_base() -> None:
    model, rows, before = trained()
    assert promises.starts_as_base(LORA, before, model, rows).held is False


def test_promise_is_broken_by_scores_that_depend_on_the_batch(tokenizer: Any, model: Any) -> None:
    """A model whose logits grow with the width of the batch."""

    class Wide(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: Any, **inputs: Any) -> Any:
            return SimpleNamespace(logits=self.inner(input_ids, **inputs).logits * input_ids.shape[1])

    pairs = [encode_answer(tokenizer, example) for example in few_examples().train]
    scoring = real_trial("lora").scoring
    assert len({len(pair.context + pair.continuation) for pair in pairs}) > 1
    assert promises.batch_invariant(model, tokenizer, pairs, scoring, 512).held
    assert promises.batch_invariant(Wide(), tokenizer, pairs, scoring, 512).held is False


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
    assert FrozenPart(model).check_declared(model, LORA).held is False


def test_top_layers_train_the_last_blocks_and_the_final_norm(load: Load) -> None:
    model = method_named("top-layers").adapt(load(), real_trial("top-layers"))
    names = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert {name.split(".")[2] for name in names if ".layers." in name} == {"3", "4"}
    assert {name for name in names if ".layers." not in name} == {"model.norm.weight"}


@pytest.mark.parametrize("blocks", [0, 5, -1])
def test_top_layers_refuse(load: Load, blocks: int) -> None:
    with pytest.raises(UserError, match=rf"blocks is {blocks}.*Allowed: 1 to 4"):
        method_named("top-layers").adapt(load(), real_trial("top-layers", settings=(("blocks", blocks),)))


def test_alpha_per_rank_scales_with_the_rank(load: Load) -> None:
    model = LORA.adapt(load(), real_trial("lora", 4, settings=(("alpha_per_rank", 2.0),)))
    assert model.peft_config["default"].lora_alpha == 8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"alhpa": 1}, "'alhpa' is not known. Did you mean 'alpha'", id="an unknown name"),
        pytest.param({"alpha": "1"}, "alpha of method lora is '1'; a int is needed", id="a text for a number"),
        pytest.param({"alpha": True}, "alpha of method lora is True", id="true for a number"),
        pytest.param({"targets": 1}, "targets of method lora is 1; a str is needed", id="a number for a text"),
    ],
)
def test_settings_are_refused_for(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        checked_settings(LORA, given)
    assert message in str(caught.value)


def test_settings_that_are_defaults_are_no_settings() -> None:
    assert checked_settings(LORA, {"alpha": 32, "dropout": 0.1, "targets": "mlp"}) == (
        ("dropout", 0.1),
        ("targets", "mlp"),
    )


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_method_says_what_it_is(method: Any) -> None:
    assert method.summary
    assert "arXiv" in method.source
    assert 0 < method.untuned_learning_rate < 1
    assert method.adapts_in_place != method.quantized_base


def test_method_names_are_unique_and_begin_with_the_base() -> None:
    assert method_names()[0] == "base"
    assert len(set(method_names())) == len(METHODS) + 1
    with pytest.raises(UserError, match="Did you mean 'lora'"):
        method_named("lorra")
