"""How the frozen base is stored while it is adapted. One level is one entry of `LEVELS`.

bf16 quantizes nothing, and takes half of float32's bytes. int8: Dettmers et al. 2022 (LLM.int8()). fp4, nf4 and double
quantization: Dettmers et al. 2023 (QLoRA). Those through bitsandbytes; another library's quantizer is another entry
with its own `config`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness.schema.errors import one_of

BLOCK = 64
"""Weights per scale in bitsandbytes' 4-bit types; layers whose size it does not divide are padded there."""


@dataclass(frozen=True)
class Quantization:
    """A storage format of the frozen base's linear layers.

    Attributes:
        config: makes transformers' `quantization_config` for a compute dtype, or None for plain weights.
        trainable: whether the stored weights themselves can receive gradients.
        dtype: of the weights that are not quantized.
        why_frozen: why they cannot be trained, as messages say it.
    """

    name: str
    config: Callable[[Any], Any] | None
    trainable: bool
    dtype: str = "float32"
    why_frozen: str = "as integers without gradients"


def _int8(compute_dtype: Any) -> Any:
    from transformers import BitsAndBytesConfig

    # Threshold 0: outlier columns are looked for in the whole batch, so scores would depend on its other rows.
    return BitsAndBytesConfig(load_in_8bit=True, llm_int8_threshold=0.0)


def _four_bit(kind: str, double: bool, compute_dtype: Any) -> Any:
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=kind,
        bnb_4bit_use_double_quant=double,
        bnb_4bit_compute_dtype=compute_dtype,
    )


LEVELS: tuple[Quantization, ...] = (
    Quantization("none", None, trainable=True),
    Quantization("bf16", None, False, "bfloat16", "in 16 bits, which small updates are rounded away in"),
    Quantization("int8", _int8, trainable=False),
    Quantization("fp4", partial(_four_bit, "fp4", False), trainable=False),
    Quantization("nf4", partial(_four_bit, "nf4", False), trainable=False),
    Quantization("nf4-dq", partial(_four_bit, "nf4", True), trainable=False),
)


def keep_weights_as_stored(model: Any) -> Any:
    """Stops bitsandbytes from repacking 4-bit weights, and from taking the scales off 8-bit ones.

    On CPUs with AVX512-BF16 the first forward pass in evaluation mode would repack 4-bit weights for a kernel
    that has no backward pass (a later training step then gets no gradient, silently) and that computes in
    bfloat16 whatever was asked for. The first pass of an 8-bit layer moves the scales from the weight to the
    layer's state; methods that dequantize the weight later (DoRA, RandLoRA) lose them there on a CPU.
    Seen with bitsandbytes 0.50 and PEFT 0.21.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
        if hasattr(module, "init_8bit_state"):
            module.init_8bit_state = partial(_share_scales, module)
    return model


def _share_scales(layer: Any) -> None:
    """What `Linear8bitLt.init_8bit_state` does, but the weight keeps its scales."""
    layer.state.CB, layer.weight.CB = layer.weight.CB, None
    layer.state.SCB = layer.weight.SCB


def quantization_named(name: str) -> Quantization:
    """The level of that name.

    Raises:
        UserError: there is none.
    """
    for level in LEVELS:
        if level.name == name:
            return level
    raise one_of("--quantization", name, [level.name for level in LEVELS])
