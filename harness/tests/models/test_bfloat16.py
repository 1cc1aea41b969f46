"""Is a base stored in bfloat16 the same model in half the bytes, that adapters can learn on?"""

from dataclasses import replace
from typing import Any

import pytest
import torch

from harness.models.base import load_model
from harness.models.bfloat16 import store_in_bfloat16
from harness.run.cost.probes import weight_bytes
from harness.schema.record import Status
from harness.tests.builders import RECIPE, embedded, measure, real_trial

pytestmark = pytest.mark.trains
ROW = torch.tensor([[5, 6, 7, 8, 9]])


def base(level: str) -> Any:
    return load_model(real_trial("base", quantization=level), embedded())


def test_checkpoint_that_was_saved_in_it_computes_the_same_in_half_the_bytes() -> None:
    """The embedded model's was."""
    plain, stored = base("none"), base("bf16")
    with torch.no_grad():
        assert torch.equal(plain(ROW).logits, stored(ROW).logits)
    assert weight_bytes(stored) < 0.52 * weight_bytes(plain)
    assert stored(ROW).logits.dtype is torch.float32


def test_gradients_go_through_and_no_cast_weight_is_kept() -> None:
    plain, stored = base("none"), base("bf16")
    sizes: list[int] = []

    def kept(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.dim() == 2 and tensor.dtype is torch.float32 and tensor.shape[0] > 100:
            sizes.append(tensor.numel())
        return tensor

    found = []
    for model in (plain, stored):
        inputs = model.get_input_embeddings()(ROW).detach().requires_grad_()
        sizes.clear()
        with torch.autograd.graph.saved_tensors_hooks(kept, lambda tensor: tensor):
            model(inputs_embeds=inputs, labels=ROW).loss.backward()
        found.append((inputs.grad, len(sizes)))
    assert torch.allclose(found[0][0], found[1][0], rtol=1e-5, atol=1e-8)
    assert found[0][1] > 0
    assert found[1][1] == 0


@pytest.mark.parametrize("kind", ["Linear", "Conv1D", "Embedding"])
def test_layer_casts_when_it_is_used(kind: str) -> None:
    from transformers.pytorch_utils import Conv1D

    sizes = {"Linear": (3, 4), "Conv1D": (4, 3), "Embedding": (9, 4)}
    made = {"Linear": torch.nn.Linear, "Conv1D": Conv1D, "Embedding": torch.nn.Embedding}[kind]
    layer = torch.nn.Sequential(made(*sizes[kind])).to(torch.bfloat16)
    inputs = torch.tensor([[1, 2]]) if kind == "Embedding" else torch.randn(2, 3)
    expected = torch.nn.Sequential(made(*sizes[kind]))
    expected.load_state_dict({name: one.float() for name, one in layer.state_dict().items()})
    found = store_in_bfloat16(layer)(inputs)
    assert found.dtype is torch.float32
    assert torch.allclose(found, expected(inputs), atol=1e-6)
    assert layer[0].weight.dtype is torch.bfloat16


def test_layer_of_another_kind_becomes_float32() -> None:
    layer = store_in_bfloat16(torch.nn.LayerNorm(4).to(torch.bfloat16))
    assert layer.weight.dtype is torch.float32


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_adapter_on_it_is_float32_and_keeps_its_promises(dtype: str) -> None:
    record = measure(real_trial("lora", 4, quantization="bf16", recipe=replace(RECIPE, dtype=dtype))).record
    assert record.status is Status.COMPLETED, record.reason
    assert [one for one in record.promises if one.held is False] == []
    assert record.cost.trainable_params is not None
    assert record.cost.gradient_bytes == 4 * record.cost.trainable_params


def test_what_trains_the_base_itself_says_why_it_cannot() -> None:
    from harness.methods import method_named

    said = method_named("full").cannot(real_trial("full", quantization="bf16"))
    assert said is not None
    assert "bf16 stores in 16 bits, which small updates are rounded away in" in said
