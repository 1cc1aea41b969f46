"""Are parameters, bytes and operations counted as they are counted by hand?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.data.objectives import Sequence
from harness.data.tokenization import encode_answer
from harness.methods import training_method
from harness.models.base import checksum
from harness.models.quantization import LEVELS
from harness.run.cost.probes import (
    FORWARD_ROWS,
    directory_bytes,
    flop_counter,
    parameter_counts,
    probe_forward,
    probe_step,
    virtual_tokens,
    weight_bytes,
)
from harness.run.training.losses import cross_entropy
from harness.schema.trial import NO_TRAINING
from harness.tests.builders import context_of, few_examples, measure, real_trial
from harness.tests.golden import sequences

FOUR_BIT = [level.name for level in LEVELS if level.name not in ("none", "int8")]
QUANTIZED = [level.name for level in LEVELS if level.name != "none"]
WIDTH, MLP, BLOCKS, VOCABULARY = 128, 384, 5, 1024
LINEAR = BLOCKS * (4 * WIDTH * WIDTH + 3 * WIDTH * MLP)
PARAMETERS = LINEAR + VOCABULARY * WIDTH + (2 * BLOCKS + 1) * WIDTH
"""Of the shipped model: linear layers, tied embeddings, norms."""

Load = Callable[..., Any]
PLAIN = cross_entropy(pad_id=0, dtype="float32")


def lora(load: Load, rank: int = 4, quantization: str = "none") -> Any:
    trial = real_trial("lora", rank, quantization=quantization)
    return training_method("lora").adapt(load(quantization), trial)


@pytest.mark.parametrize("level", [level.name for level in LEVELS])
def test_parameters_are_counted_by_what_they_stand_for(load: Load, level: str) -> None:
    assert parameter_counts(load(level)) == (0, PARAMETERS)


@pytest.mark.parametrize("rank", [1, 4])
def test_lora_trains_rank_times_inputs_and_outputs(load: Load, rank: int) -> None:
    expected = BLOCKS * rank * (4 * (WIDTH + WIDTH) + 3 * (WIDTH + MLP))
    assert parameter_counts(lora(load, rank)) == (expected, PARAMETERS + expected)


def test_plain_weights_take_four_bytes_each(load: Load) -> None:
    assert weight_bytes(load()) == pytest.approx(4 * PARAMETERS, rel=1e-3)  # and the rotary frequencies


@pytest.mark.parametrize(("level", "bytes_per_weight"), [("int8", 1), ("fp4", 0.5), ("nf4", 0.5), ("nf4-dq", 0.5)])
def test_quantized_linear_layers_take(load: Load, level: str, bytes_per_weight: float) -> None:
    """And not over a fifth more, for the scales."""
    linear = weight_bytes(load(level)) - 4 * (PARAMETERS - LINEAR)
    assert bytes_per_weight * LINEAR < linear < 1.2 * bytes_per_weight * LINEAR


def test_double_quantization_saves_bytes(load: Load) -> None:
    assert weight_bytes(load("nf4-dq")) < weight_bytes(load("nf4")) == weight_bytes(load("fp4"))


@pytest.mark.parametrize(("batch", "features"), [((7,), (3, 5)), ((2, 7), (16, 4))], ids=str)
def test_linear_layer_takes_two_operations_per_weight_and_row(
    batch: tuple[int, ...], features: tuple[int, int]
) -> None:
    layer = torch.nn.Linear(*features, bias=False)
    inputs = torch.randn(*batch, features[0], requires_grad=True)
    with flop_counter() as forward:
        outputs = layer(inputs)
    with flop_counter() as backward:
        outputs.sum().backward()
    rows = inputs.numel() // features[0]
    assert forward.get_total_flops() == 2 * rows * features[0] * features[1]
    assert backward.get_total_flops() == 2 * forward.get_total_flops()


@pytest.mark.parametrize("level", QUANTIZED)
def test_quantized_forward_takes_the_operations_of_the_plain_one(load: Load, level: str) -> None:
    ids = torch.tensor([[1, *range(50, 80)]])
    counts = []
    for model in (load(), load(level)):
        with torch.inference_mode(), flop_counter() as flops:
            model(ids)
        counts.append(flops.get_total_flops())
    assert counts[1] == counts[0] > 0


@pytest.mark.parametrize("level", FOUR_BIT[-2:])
def test_quantized_training_step_takes_the_operations_of_the_plain_one(load: Load, level: str) -> None:
    plain, quantized = (probe_step(lora(load, 4, one), sequences()[:4], PLAIN) for one in ("none", level))
    assert quantized.flops_per_token == pytest.approx(plain.flops_per_token, rel=0.01)


def test_full_training_step_takes_six_operations_per_weight_and_token(load: Load) -> None:
    model = training_method("full").adapt(load(), real_trial("full"))
    probe = probe_step(model, sequences()[:4], PLAIN)
    weights = LINEAR + VOCABULARY * WIDTH  # the head multiplies, the embeddings do not
    assert probe.flops_per_token == pytest.approx(6 * weights, rel=0.05)  # attention comes on top
    assert probe.flops_per_token > 6 * weights * 0.98


def test_gradients_are_those_of_trainable_parameters(load: Load) -> None:
    model = lora(load)
    assert probe_step(model, sequences()[:4], PLAIN).gradient_bytes == 4 * parameter_counts(model)[0]


def test_activation_bytes_grow_with_the_batch(load: Load) -> None:
    model, one = lora(load), sequences()[:1]
    sizes = [probe_step(model, one * count, PLAIN).activation_bytes for count in (1, 2, 4)]
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=0.05)
    assert sizes[2] == pytest.approx(4 * sizes[0], rel=0.05)


def test_probe_leaves_the_weights_and_no_gradient(load: Load) -> None:
    model = lora(load)
    before = checksum(model)
    probe_step(model, sequences()[:2], PLAIN)
    assert checksum(model) == before
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not model.training


def test_parameter_without_gradient_is_named(load: Load) -> None:
    """An untrained LoRA: B is zero, so A receives nothing; and one that nothing uses."""
    model = lora(load)
    model.unused = torch.nn.Parameter(torch.zeros(3))
    silent = probe_step(model, [Sequence([1, 5, 6], [-100, 5, 6])], PLAIN).without_gradient
    assert "unused" in silent
    assert any("lora_A" in name for name in silent)
    assert not any("lora_B" in name for name in silent)


ROW = [1, *range(50, 80)]


def test_forward_pass_takes_two_operations_per_weight_and_token(model: Any) -> None:
    probe = probe_forward(model, ROW, "float32")
    weights = LINEAR + VOCABULARY * WIDTH  # the head multiplies, the embeddings do not
    assert 2 * weights <= probe.flops_per_token < 2 * weights * 1.05  # attention comes on top
    assert probe.tokens_per_s > 0


def test_forward_operations_are_those_of_one_pass_over_all_rows(model: Any) -> None:
    ids = torch.tensor([ROW] * FORWARD_ROWS)
    with flop_counter() as flops:
        model(input_ids=ids)
    assert probe_forward(model, ROW, "float32").flops_per_token == flops.get_total_flops() / ids.numel()


def test_adapter_beside_the_weights_makes_serving_dearer_by_its_own_products(load: Load) -> None:
    plain, adapted = (probe_forward(one, ROW, "float32").flops_per_token for one in (load(), lora(load, 4)))
    assert adapted - plain == 2 * (parameter_counts(lora(load, 4))[0])


@pytest.mark.parametrize("level", QUANTIZED)
def test_quantized_serving_takes_the_operations_of_the_plain_one(load: Load, level: str) -> None:
    plain, quantized = (probe_forward(load(one), ROW, "float32").flops_per_token for one in ("none", level))
    assert quantized == plain


@pytest.mark.parametrize(
    ("method", "tokens"), [("lora", 0), ("prompt-tuning", 4), ("prefix-tuning", 4), ("p-tuning", 4), ("ia3", 0)]
)
def test_virtual_tokens_are_those_of_soft_prompts(load: Load, method: str, tokens: int) -> None:
    model = load()
    assert virtual_tokens(model) == 0
    assert virtual_tokens(training_method(method).adapt(model, real_trial(method, 4))) == tokens


@pytest.mark.trains
def test_tokens_before_the_answer_count_virtual_ones_and_shown_examples() -> None:
    pairs = [encode_answer(context_of(real_trial("lora", 4)).tokenizer, one) for one in few_examples().test]
    asked = sum(len(pair.context) for pair in pairs) / len(pairs)
    costs = {
        name: measure(trial).record.cost.prompt_tokens
        for name, trial in (
            ("base", real_trial("lora", 4).base_arm()),
            ("lora", real_trial("lora", 4)),
            ("prompt-tuning", real_trial("prompt-tuning", 4)),
            ("few-shot", real_trial("few-shot", 2, recipe=NO_TRAINING, learning_rate=None)),
        )
    }
    assert costs["base"] == costs["lora"] == asked
    assert costs["prompt-tuning"] == asked + 4
    assert costs["few-shot"] is not None
    assert costs["few-shot"] > 2 * asked


def test_directory_bytes_count_files_at_every_depth(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "inner" / "b").write_bytes(b"4567")
    assert directory_bytes(tmp_path) == 7
