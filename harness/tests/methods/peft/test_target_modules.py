"""Do the settings `targets` and `layers` name the same parts, whatever an architecture calls its modules?"""

from typing import Any

import pytest
import torch

from harness.methods import training_method
from harness.methods.peft.target_modules import ALL_LINEAR, chosen_blocks, chosen_modules, linear_names
from harness.methods.peft.types import common_divisor, norm_names
from harness.models.base import block_stack
from harness.schema.errors import UserError
from harness.tests.builders import real_trial

BLOCKS = 5
ATTENTION = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"}
MLP = {"mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}


def names(parts: set[str], blocks: set[int]) -> set[str]:
    return {f"model.layers.{block}.{part}" for block in blocks for part in parts}


EVERY = set(range(BLOCKS))


@pytest.mark.parametrize(
    ("targets", "layers", "expected"),
    [
        pytest.param("attention", "all", names(ATTENTION, EVERY), id="attention everywhere"),
        pytest.param("mlp", "all", names(MLP, EVERY), id="feed-forward everywhere"),
        pytest.param("all-linear", "2", names(ATTENTION | MLP, {2}), id="all of one block"),
        pytest.param("all-linear", "0-3", names(ATTENTION | MLP, {0, 1, 2, 3}), id="all of a range"),
        pytest.param("mlp", "-2", names(MLP, {3, 4}), id="feed-forward of the last two"),
        pytest.param("attention", "0,2-3", names(ATTENTION, {0, 2, 3}), id="a list with a range"),
        pytest.param(r".*\.[qv]_proj", "all", names({"self_attn.q_proj", "self_attn.v_proj"}, EVERY), id="a regex"),
        pytest.param(r".*down_proj", "-1", names({"mlp.down_proj"}, {4}), id="a regex in the last block"),
        pytest.param(r"model\.layers\.1\.mlp\.up_proj", "all", names({"mlp.up_proj"}, {1}), id="one layer by name"),
    ],
)
def test_settings_name(model: Any, targets: str, layers: str, expected: set[str]) -> None:
    assert set(chosen_modules(model, targets, layers)) == expected


def test_defaults_are_left_to_peft(model: Any) -> None:
    assert chosen_modules(model, ALL_LINEAR, "all") == ALL_LINEAR


def test_linear_layers_leave_out_the_head(model: Any) -> None:
    assert set(linear_names(model)) == names(ATTENTION | MLP, EVERY)
    assert "lm_head" not in linear_names(model)


@pytest.mark.parametrize(
    ("layers", "blocks"),
    [
        ("all", {0, 1, 2, 3, 4}),
        ("0", {0}),
        ("4", {4}),
        ("1-1", {1}),
        ("0-4", EVERY),
        ("-1", {4}),
        ("-5", EVERY),
        ("0,2-3", {0, 2, 3}),
        (" 0 , -1 ", {0, 4}),
        ("1,1,0-1", {0, 1}),
    ],
)
def test_layers_are(layers: str, blocks: set[int]) -> None:
    assert chosen_blocks(layers, BLOCKS) == blocks


@pytest.mark.parametrize("layers", ["", "5", "0-5", "-6", "-0", "3-1", "x", "1.5", "0,", "0;1", "--1", "0,7", "1-"])
def test_layers_are_refused(layers: str) -> None:
    with pytest.raises(UserError) as caught:
        chosen_blocks(layers, BLOCKS)
    assert repr(layers) in str(caught.value)
    assert "which has 5 (0 to 4). Allowed: all, a block (2)" in str(caught.value)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (
            "atention",
            "targets 'atention' names no linear layer of this base model. Allowed: all-linear, ",
        ),
        ("q_proj", "a regular expression over names such as 'model.layers.0.self_attn.q_proj'"),
        ("(", "targets '(' is not a regular expression"),
        ("lm_head", "names no linear layer"),
    ],
)
def test_targets_are_refused(model: Any, targets: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        chosen_modules(model, targets, "all")
    assert message in str(caught.value)


@pytest.mark.parametrize(("layers", "blocks"), [("-2", {3, 4}), ("0,2-3", {0, 2, 3})])
@pytest.mark.parametrize("method", ["lora", "oft"])
def test_adapter_goes_there_and_nowhere_else(load: Any, method: str, layers: str, blocks: set[int]) -> None:
    settings = (("layers", layers), ("targets", "mlp"))
    model = training_method(method).adapt(load(), real_trial(method, 4, settings=settings))
    adapted = {name for name, one in model.named_parameters() if one.requires_grad}
    found = {name.split("layers.", 1)[1].rsplit(f".{method}_", 1)[0] for name in adapted}
    assert found == {name.split("layers.", 1)[1] for name in names(MLP, blocks)}


def test_other_architecture_has_other_names() -> None:
    """GPT-2: `attn` and `mlp` around layers of its own class, in `transformer.h`."""
    from transformers import GPT2Config, GPT2LMHeadModel

    model = GPT2LMHeadModel(GPT2Config(n_layer=3, n_embd=8, n_head=2, vocab_size=16))
    assert block_stack(model)[1] == "transformer.h"
    assert set(chosen_modules(model, "attention", "1")) == {
        "transformer.h.1.attn.c_attn",
        "transformer.h.1.attn.c_proj",
    }
    assert set(chosen_modules(model, "mlp", "-1")) == {"transformer.h.2.mlp.c_fc", "transformer.h.2.mlp.c_proj"}
    assert norm_names(model) == ["ln_1", "ln_2", "ln_f"]
    assert common_divisor(model) == 8


def test_parent_decides_what_a_layer_belongs_to() -> None:
    parts = {"attn": ("q", "mlp_like"), "mlp": ("attn_gate",)}
    block = torch.nn.ModuleDict(
        {parent: torch.nn.ModuleDict({one: torch.nn.Linear(2, 2) for one in own}) for parent, own in parts.items()}
    )
    model = torch.nn.ModuleDict({"layers": torch.nn.ModuleList([block])})
    assert chosen_modules(model, "attention", "0") == ["layers.0.attn.q", "layers.0.attn.mlp_like"]
    assert chosen_modules(model, "mlp", "0") == ["layers.0.mlp.attn_gate"]


def test_block_sizes_divide_every_layer(model: Any) -> None:
    assert common_divisor(model) == 128


def test_model_without_blocks_is_refused() -> None:
    with pytest.raises(UserError, match="no stack of transformer blocks"):
        block_stack(torch.nn.Linear(2, 2))
