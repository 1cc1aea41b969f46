"""What a trained arm costs: parameters, bytes, floating-point operations, measured on one probe step.

Counts are the same on every machine, unlike seconds. The probe runs after training, so that it can
neither change the trial's random numbers nor see gradients that are still zero by construction.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data.objectives import Sequence
from harness.models.base import dense_parts, scales_of

FORWARD_ROWS, FORWARD_TOKENS = 8, 1024
"""Of a forward pass that is timed: so many copies of a row at most, and so many tokens, but for one row."""


@dataclass(frozen=True)
class StepProbe:
    """One forward and backward pass, taken apart.

    Attributes:
        without_gradient: names of trainable parameters that received no gradient, or only zeros.
        activation_bytes: tensors saved for the backward pass, each storage once, parameters not counted.
    """

    gradient_bytes: int
    activation_bytes: int
    flops_per_token: float
    without_gradient: tuple[str, ...]


def probe_step(model: Any, batch: list[Sequence], loss_of: Callable[[Any, list[Sequence]], Any]) -> StepProbe:
    """Measures a training step of `batch` and leaves the weights as they were."""
    import torch
    from torch.autograd.graph import saved_tensors_hooks

    tensors = [part for tensor in (*model.parameters(), *model.buffers()) for part in dense_parts(tensor)]
    own = {tensor.untyped_storage().data_ptr() for tensor in tensors}
    saved: dict[int, int] = {}

    def pack(tensor: Any) -> Any:
        for part in dense_parts(tensor):
            storage = part.untyped_storage()
            if storage.data_ptr() not in own:
                saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    model.train()
    with flop_counter() as flops:
        with saved_tensors_hooks(pack, lambda tensor: tensor):
            loss = loss_of(model, batch)
        loss.backward()
    model.eval()
    trainable = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    gradients = {name: parameter.grad for name, parameter in trainable.items()}
    silent = tuple(name for name, grad in gradients.items() if grad is None or not torch.any(grad))
    size = sum(grad.numel() * grad.element_size() for grad in gradients.values() if grad is not None)
    model.zero_grad(set_to_none=True)
    tokens = len(batch) * max(len(sequence.input_ids) for sequence in batch)
    return StepProbe(size, sum(saved.values()), flops.get_total_flops() / tokens, silent)


@dataclass(frozen=True)
class ForwardProbe:
    """One forward pass without gradients, over a batch of equal rows."""

    flops_per_token: float
    tokens_per_s: float


def probe_forward(model: Any, row: list[int], dtype: str) -> ForwardProbe:
    """What it takes to read one token: copies of a row, the best of three passes."""
    import torch

    device = next(model.parameters()).device
    ids = torch.tensor([row] * max(1, min(FORWARD_ROWS, FORWARD_TOKENS // len(row))), device=device)
    seconds = []
    cast = torch.autocast(device.type, torch.bfloat16, enabled=dtype == "bfloat16")
    with cast, flop_counter() as flops:  # the counter follows gradients, and stumbles where they are switched off
        model(input_ids=ids)
    with cast, torch.inference_mode():
        for _ in range(3):
            start = time.perf_counter()
            float(model(input_ids=ids).logits[0, -1, 0])  # waits for the device
            seconds.append(time.perf_counter() - start)
    return ForwardProbe(flops.get_total_flops() / ids.numel(), ids.numel() / min(seconds))


def virtual_tokens(model: Any) -> int:
    """Tokens that a soft prompt puts before every input; 0 for a model without one."""
    active = getattr(model, "active_peft_config", None)
    return int(getattr(active, "num_virtual_tokens", 0)) if getattr(active, "is_prompt_learning", False) else 0


def flop_counter() -> Any:
    """PyTorch's counter, taught the matrix products that bitsandbytes does in operators of its own."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    formulas: dict[str, Callable[..., int]] = {
        "int8_linear_matmul": _matmul_flops,
        "int8_scaled_mm": _matmul_flops,
        # LLM.int8(): what is kept in full is part of the same product.
        "int8_mixed_scaled_mm": lambda a, ca, cb, *rest, **named: _matmul_flops(a, cb),
        "gemv_4bit": lambda a, b, shape, *rest, **named: _matmul_flops(a, tuple(shape)),
        "gemm_4bit": lambda a, b, shape, *rest, **named: _matmul_flops(a, tuple(shape)),
    }
    known = torch.ops.bitsandbytes
    mapping = {getattr(known, name): formula for name, formula in formulas.items() if hasattr(known, name)}
    return FlopCounterMode(display=False, custom_mapping=mapping)


def _matmul_flops(a: tuple[int, ...], b: tuple[int, ...], *rest: Any, **named: Any) -> int:
    """Shapes `(..., in)` and `(out, in)`: a multiplication and an addition each."""
    return 2 * math.prod(a) * b[0]


def parameter_counts(model: Any) -> tuple[int, int]:
    """Trainable and all parameters; packed 4-bit weights are counted as what they stand for."""
    trainable = total = 0
    for parameter in model.parameters():
        state = getattr(parameter, "quant_state", None)
        count = parameter.numel() if state is None else int(state.shape.numel())
        total += count
        trainable += count if parameter.requires_grad else 0
    return trainable, total


def weight_bytes(model: Any) -> int:
    """Bytes of parameters and buffers as stored, the scales of quantized weights included."""
    stored: dict[int, tuple[Any, ...]] = {}
    for tensor in (*model.parameters(), *model.buffers()):
        parts = (*dense_parts(tensor), *scales_of(tensor))
        stored.setdefault(parts[0].data_ptr(), parts)
    return sum(part.numel() * part.element_size() for parts in stored.values() for part in parts)


def directory_bytes(directory: Path) -> int:
    """Bytes of the files of an artifact."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
