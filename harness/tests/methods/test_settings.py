"""Is each method what it says, and does it take the settings that it names and refuse others?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from harness.methods import METHODS, AnyMethod, all_names, lora, method_named, method_names, training_method
from harness.methods.kinds.adapter import Adapter
from harness.methods.kinds.protocol import checked_settings
from harness.methods.peft.factory import PREFIX, peft_names
from harness.run.training.ingredients import TrainingPlan, run_training
from harness.run.training.loop import batches
from harness.run.training.losses import cross_entropy
from harness.schema.errors import UserError
from harness.tests.builders import RECIPE, real_trial
from harness.tests.golden import sequences

pytestmark = pytest.mark.filterwarnings("ignore")  # PEFT's notices, which workers silence too
LORA = lora.METHOD
Load = Callable[..., Any]


def named(model: Any, part: str) -> Any:
    return next(parameter for name, parameter in model.named_parameters() if part in name)


def trainable(model: Any) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def test_top_layers_train_the_last_blocks_and_the_final_norm(load: Load) -> None:
    model = training_method("top-layers").adapt(load(), real_trial("top-layers"))
    names = trainable(model)
    assert {name.split(".")[2] for name in names if ".layers." in name} == {"3", "4"}
    assert {name for name in names if ".layers." not in name} == {"model.norm.weight"}


@pytest.mark.parametrize("blocks", [0, 5, -1])
def test_top_layers_refuse(load: Load, blocks: int) -> None:
    with pytest.raises(UserError, match=rf"blocks is {blocks}.*Allowed: 1 to 4"):
        training_method("top-layers").adapt(load(), real_trial("top-layers", settings=(("blocks", blocks),)))


def test_alpha_per_rank_scales_with_the_rank(load: Load) -> None:
    model = LORA.adapt(load(), real_trial("lora", 4, settings=(("alpha_per_rank", 2.0),)))
    assert model.peft_config["default"].lora_alpha == 8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"alhpa": 1}, "'alhpa' is not known. Did you mean 'alpha'", id="an unknown name"),
        pytest.param({"alpha": "1"}, "alpha of method lora is '1'; a number is needed", id="a text for a number"),
        pytest.param({"alpha": True}, "alpha of method lora is True", id="true for a number"),
        pytest.param({"targets": ["mlp"]}, "targets of method lora is ('mlp',); a text", id="a list for a text"),
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


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"replay": 1}, "replay of method lora is 1; a share from 0 to below 1", id="nothing but replay"),
        pytest.param({"replay": -0.1}, "replay of method lora is -0.1", id="less than no replay"),
        pytest.param({"replay": float("nan")}, "replay of method lora is nan", id="replay that is no number"),
        pytest.param({"replay": "much"}, "replay of method lora is 'much'; a number is needed", id="replay in words"),
        pytest.param(
            {"kl": -1},
            "kl of method lora is -1; a weight from 0 to 1,000,000 is needed",
            id="a push away from the base",
        ),
        pytest.param({"kl": float("inf")}, "kl of method lora is inf", id="infinite kl"),
        pytest.param({"alpha": 0}, "alpha of method lora is 0; a number above 0 is needed", id="an update of zero"),
        pytest.param({"alpha": float("nan")}, "alpha of method lora is nan; a number above 0", id="a scale of NaN"),
        pytest.param({"alpha": 10**5000}, "alpha of method lora is (a value too large to show, int)", id="huge"),
        pytest.param({"dropout": 1}, "dropout of method lora is 1; a share from 0 to below 1", id="drop everything"),
        pytest.param({"kl": True}, "kl of method lora is True", id="true for a weight"),
    ],
)
def test_settings_against_forgetting_are_refused_for(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        checked_settings(LORA, given)
    assert message in str(caught.value)


@pytest.mark.parametrize("method", [one for one in METHODS if one.trains], ids=lambda method: method.name)
def test_settings_against_forgetting_are_taken_by(method: AnyMethod) -> None:
    given = {"replay": 0.25, "kl": 2}
    assert checked_settings(method, given) == (("kl", 2), ("replay", 0.25))
    assert checked_settings(method, {"replay": 0, "kl": 0.0}) == ()


@pytest.mark.parametrize("method", [one for one in METHODS if not one.trains], ids=lambda method: method.name)
@pytest.mark.parametrize("name", ["replay", "kl"])
def test_settings_against_forgetting_are_refused_by(method: AnyMethod, name: str) -> None:
    with pytest.raises(UserError, match=rf"Setting of method {method.name}: '{name}' is not known"):
        checked_settings(method, {name: 0.5})


def test_numbers_are_texts_where_a_text_is_meant() -> None:
    """`layers=-2` of the command line is a number to TOML."""
    assert checked_settings(LORA, {"layers": -2}) == (("layers", "-2"),)


def test_lists_become_tuples() -> None:
    method = method_named("peft:trainable_tokens")
    assert checked_settings(method, {"token_indices": [1, 2]}) == (("token_indices", (1, 2)),)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_method_says_what_it_is(method: AnyMethod) -> None:
    assert method.summary
    assert "arXiv" in method.source or method.name == "zero-shot", "all but one were published there"
    assert (0 < method.untuned_learning_rate < 1) is method.trains
    assert method.default_rank >= 1


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_method_trains_weights_in_place_only_where_they_are_plain(method: AnyMethod) -> None:
    reason = method.cannot(real_trial(method.name, quantization="nf4"))
    assert not method.adapts_in_place or reason is not None
    assert method.cannot(real_trial(method.name)) is None


ADAPTERS = [method for method in METHODS if isinstance(method, Adapter)]


@pytest.mark.parametrize("method", ADAPTERS, ids=lambda method: method.name)
def test_adapter_is_of_the_type_that_it_names(model: Any, method: Adapter) -> None:
    trial = real_trial(method.name, method.default_rank)
    config = method.config(trial, model)
    assert config.peft_type.value.lower() == method.peft_type.removeprefix(PREFIX)
    given = tuple((name, value) for name, value in method.settings.items() if value not in ("", "all"))
    assert method.config(replace(trial, settings=given), model) == config, "a default that is given changes nothing"


@pytest.mark.parametrize("rank", [1, 4, 32])
@pytest.mark.parametrize(
    "method", [one for one in ADAPTERS if one.rank_means == "rank" and one.name != "adalora"], ids=lambda one: one.name
)
def test_adapter_has_the_rank_that_was_asked_for(model: Any, method: Adapter, rank: int) -> None:
    assert method.config(real_trial(method.name, rank), model).r == rank


@pytest.mark.parametrize(
    ("name", "field", "expected"),
    [
        ("rslora", "use_rslora", True),
        ("dora", "use_dora", True),
        ("pissa", "init_lora_weights", "pissa"),
        ("olora", "init_lora_weights", "olora"),
        ("lora", "use_rslora", False),
        ("lora", "use_dora", False),
        ("lora", "init_lora_weights", True),
        ("adalora", "target_r", 4),
        ("adalora", "init_r", 6),
    ],
)
def test_relative_of_lora_is_configured_with(model: Any, name: str, field: str, expected: Any) -> None:
    method = method_named(name)
    assert isinstance(method, Adapter)
    assert getattr(method.config(real_trial(name, 4), model), field) == expected


def test_lora_plus_trains_b_faster_than_a(load: Load) -> None:
    method = training_method("lora+")
    trial = real_trial("lora+", 4, learning_rate=1e-3, settings=(("ratio", 4.0),))
    model = method.adapt(load(), trial)
    parts = {id(parameter): name for name, parameter in model.named_parameters() if parameter.requires_grad}
    rates = {
        (("lora_B" in parts[id(one)]), group["lr"])
        for group in method.optimizer(model, trial).param_groups
        for one in group["params"]
    }
    assert rates == {(False, 1e-3), (True, 4e-3)}


def test_lora_fa_trains_b_alone(load: Load) -> None:
    model = training_method("lora-fa").adapt(load(), real_trial("lora-fa", 4))
    names = trainable(model)
    assert names
    assert all("lora_B" in name for name in names)


def test_adalora_is_pruned_to_its_rank(load: Load) -> None:
    """It starts half as wide again; by the end of training the ranks are 4 on average."""
    method = training_method("adalora")
    trial = real_trial("adalora", 4, learning_rate=1e-2, recipe=replace(RECIPE, steps=12))
    torch.manual_seed(0)
    model = method.adapt(load(), trial)
    assert model.peft_config["default"].rank_pattern is None
    loss = cross_entropy(0, "float32")
    run_training(trial, method, model, TrainingPlan(loss, lambda: batches(sequences(), 4, 0), sequences()[:4]))
    pattern: Any = model.peft_config["default"].rank_pattern
    ranks = [sum(kept) for kept in pattern.values()]
    assert sum(ranks) == 4 * len(ranks)


@pytest.mark.parametrize(
    ("name", "trained"),
    [
        ("full", lambda name: True),
        ("norms", lambda name: "norm" in name),
        ("embeddings", lambda name: "embed_tokens" in name),
    ],
)
def test_in_place_method_trains(load: Load, name: str, trained: Callable[[str], bool]) -> None:
    model = training_method(name).adapt(load(), real_trial(name))
    names = trainable(model)
    assert names == {name for name, _ in model.named_parameters() if trained(name)}
    assert names


def test_bitfit_trains_the_biases_of_a_model_that_has_some() -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    base = GPT2LMHeadModel(GPT2Config(n_layer=1, n_embd=8, n_head=2, vocab_size=16)).requires_grad_(False)
    model = training_method("bitfit").adapt(base, real_trial("bitfit"))
    names = trainable(model)
    assert "transformer.h.0.attn.c_attn.bias" in names
    assert names == {name for name, _ in model.named_parameters() if name.endswith("bias")}


def test_prompt_starts_from(load: Load) -> None:
    method = training_method("prompt-tuning")
    starts = (("start", "text"), ("text", "Say what you know."))
    model = method.adapt(load(), real_trial("prompt-tuning", 4, settings=starts))
    own = named(model, "prompt_encoder").detach()
    embeddings = model.get_input_embeddings().weight.detach()
    assert all(any(torch.equal(row, known) for known in embeddings) for row in own)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((("start", "txt"),), "start 'txt' is not known. Did you mean 'text'"),
        ((("start", "text"),), "go together; give both or neither"),
        ((("text", "a b"),), "go together; give both or neither"),
    ],
)
def test_prompt_tuning_refuses(load: Load, settings: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        training_method("prompt-tuning").adapt(load(), real_trial("prompt-tuning", 4, settings=settings))
    assert message in str(caught.value)


def test_what_peft_refuses_is_the_users_to_mend(load: Load) -> None:
    with pytest.raises(UserError, match=r"road: PEFT refuses these settings for this base model: .*road_9"):
        training_method("road").adapt(load(), real_trial("road", 4, settings=(("variant", "road_9"),)))


@pytest.mark.parametrize("name", ["miss", "shira", "peft:psoft"])
def test_rank_that_no_layer_holds_is_the_users_to_mend(load: Load, name: str) -> None:
    with pytest.raises(UserError, match=rf"^{name}: PEFT refuses these settings .*1000"):
        training_method(name).adapt(load(), real_trial(name, 1000))


def test_method_names_are_unique_and_begin_with_the_base() -> None:
    assert method_names()[0] == "base"
    assert len(set(method_names())) == len(METHODS) + 1
    with pytest.raises(UserError, match="Did you mean 'lora'"):
        method_named("lorra")


def test_prompting_is_no_training_method() -> None:
    with pytest.raises(TypeError, match="few-shot trains nothing"):
        training_method("few-shot")


def test_all_methods_are_the_named_ones_and_every_type_that_none_of_them_is() -> None:
    names = all_names()
    assert len(set(names)) == len(names)
    assert names[: len(METHODS)] == [method.name for method in METHODS]
    assert all(method_named(name).name == name for name in names)
    types = [method_named(name) for name in names]
    assert {one.peft_type for one in types if isinstance(one, Adapter)} == set(peft_names())
    assert not {one.peft_type for one in ADAPTERS} & set(names)
