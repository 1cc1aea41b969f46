"""What each type of PEFT's registry needs of a model, and where it cannot go. Seen with PEFT 0.21.

`harness/tests/methods/peft/test_types.py` runs every registered type against this table, on every quantization
level, so an upgrade of PEFT that changes a line of it is noticed. A type that is not listed gets what most
need: all linear layers as targets, and its rank in `r`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from harness.methods.kinds.adapter import Traits
from harness.methods.kinds.protocol import VIRTUAL_TOKENS, Model
from harness.methods.peft.target_modules import linear_names
from harness.models.base import block_stack
from harness.schema.trial import Setting, Trial

Fields = dict[str, Any]

FOUR_BIT = ("fp4", "nf4", "nf4-dq")
QUANTIZED = ("int8", *FOUR_BIT)
READS_WEIGHTS = "its PEFT layers compute with the stored weights, and would take integer codes for numbers"
PACKED_SHAPE = "its PEFT layers take their shape from the stored weight, which 4-bit types pack"
DEQUANTIZES = "its PEFT layers multiply with dequantized weights, and untrained ones then differ from the int8 product"
NO_GRADIENT = "its PEFT layers cast the adapter to the weights' integer type, so nothing would train"
IN_PLACE = "its PEFT layers add to the output in place, which the int8 products of bitsandbytes forbid"
TRAINS_WEIGHTS = "its PEFT layers make parameters out of the base's weights, and integers have no gradients"


def _on(levels: tuple[str, ...], reason: str) -> dict[str, str]:
    return dict.fromkeys(levels, reason)


@dataclass(frozen=True, kw_only=True)
class PeftType(Traits):
    """One type of PEFT's registry.

    Attributes:
        rank: the config field that is its rank, or None where `needs` reads it or there is none.
        linear: whether it goes beside linear layers, so that `targets` and `layers` mean something.
        needs: config fields that depend on the trial and the model.
    """

    rank: str | None = "r"
    linear: bool = True
    needs: Callable[[Trial, Model], Fields] = lambda trial, model: {}


def rank_of(trial: Trial) -> int:
    return int(trial.rank or 8)


def common_divisor(model: Model) -> int:
    """The largest size that divides every input and output size of the model's linear layers."""
    layers = [model.get_submodule(name) for name in linear_names(model)]
    features = [getattr(layer, side, 0) for layer in layers for side in ("in_features", "out_features")]
    return math.gcd(*(filter(None, features) if any(features) else (n for layer in layers for n in layer.weight.shape)))


def largest_divisor(number: int, at_most: int) -> int:
    return next(size for size in range(min(number, at_most), 0, -1) if number % size == 0)


def _adalora(trial: Trial, model: Model) -> Fields:
    """Starts half as wide again, as in the paper, and is pruned to the rank between a tenth and half of the steps."""
    steps = trial.recipe.steps
    return {
        "init_r": math.ceil(1.5 * rank_of(trial)),
        "total_step": steps,
        "tinit": steps // 10,
        "tfinal": steps // 2,
        "deltaT": max(1, steps // 100),
    }


def _cpt(trial: Trial, model: Model) -> Fields:
    """The context is r tokens spread over the vocabulary; PEFT wants the kind of each (1 to 4: input and answer)."""
    count, size = rank_of(trial), model.config.vocab_size
    return {
        "cpt_token_ids": [(index + 1) * size // (count + 1) for index in range(count)],
        "cpt_mask": [1] * count,
        "cpt_tokens_type_mask": [index % 4 + 1 for index in range(count)],
    }


def norm_names(model: Model) -> list[str]:
    """Last parts of the names of all normalisation layers."""
    modules = [(name, type(module).__name__.lower()) for name, module in model.named_modules()]
    return sorted({name.rsplit(".", 1)[-1] for name, kind in modules if "norm" in kind})


def _ia3(trial: Trial, model: Model) -> Fields:
    """Keys, values and the last projection of the feed-forward part, where the architecture has these names."""
    ends = {name.rsplit(".", 1)[-1] for name in linear_names(model)}
    feed = sorted(ends & {"down_proj", "fc2", "dense_4h_to_h", "wo", "w2"})
    wanted = sorted(ends & {"k_proj", "v_proj", "query_key_value", "c_attn", "key", "value"}) + feed
    return {"target_modules": wanted, "feedforward_modules": feed} if wanted else {}


def one_task(model: Model) -> None:
    """Types for several tasks ask for task ids, scoring and generating: every sequence is of task 0."""
    import torch

    def with_task(inputs: Fields) -> Fields:
        rows = inputs["input_ids"] if inputs.get("input_ids") is not None else inputs["inputs_embeds"]
        return {"task_ids": torch.zeros(rows.shape[0], dtype=torch.long, device=rows.device), **inputs}

    generate = model.generate
    model.generate = lambda **inputs: generate(**with_task(inputs))
    model.register_forward_pre_hook(lambda module, args, inputs: (args, with_task(inputs)), with_kwargs=True)


def _shadow_ready(model: Model) -> None:
    """The last block's shadow is never read, so its update would be declared trainable without a gradient."""
    blocks, stack = block_stack(model)
    for name, parameter in model.named_parameters():
        if f"{stack}.{len(blocks) - 1}.shadow_update" in name:
            parameter.requires_grad_(False)


NO_RANK: Fields = {"rank": None, "rank_means": None}
SOFT = "virtual tokens stand before the input; there is no weight that they could be folded into"
VIRTUAL: Fields = {
    "rank": "num_virtual_tokens",
    "rank_means": VIRTUAL_TOKENS,
    "default_rank": 16,
    "linear": False,
    "starts_as_base": False,
    "why_unmergeable": SOFT,
}

TYPES: dict[str, PeftType] = {
    "ADALORA": PeftType(
        rank="target_r", needs=_adalora, on_step=lambda m, step: m.base_model.update_and_allocate(step)
    ),
    "ADAMSS": PeftType(not_on=_on(QUANTIZED, TRAINS_WEIGHTS)),
    "ADAPTION_PROMPT": PeftType(
        rank="adapter_len",
        rank_means=VIRTUAL_TOKENS,
        default_rank=16,
        linear=False,
        needs=lambda t, m: {"adapter_layers": len(block_stack(m)[0])},
        own_names=("adaption_gate", "adaption_prompt"),
        why_unmergeable="its prompts enter the attention, not the weights",
    ),
    "BEFT": PeftType(**NO_RANK, why_unmergeable="it adds biases, which layers without a bias cannot take up"),
    "BOFT": PeftType(
        rank="boft_block_size",
        rank_means="block size",
        needs=lambda t, m: {"boft_block_size": largest_divisor(common_divisor(m), rank_of(t))},
    ),
    "C3A": PeftType(
        rank="block_size",
        rank_means="largest block size",
        default_rank=64,
        needs=lambda t, m: {"block_size": largest_divisor(common_divisor(m), rank_of(t))},
        starts_as_base=False,
        not_on=_on(("int8",), IN_PLACE),
    ),
    "CARTRIDGE": PeftType(**VIRTUAL, needs=lambda t, m: {"num_virtual_tokens": rank_of(t) + 1}),
    "CPT": PeftType(**{**VIRTUAL, "rank": None}, needs=_cpt),
    "DEFT": PeftType(not_on=_on(QUANTIZED, READS_WEIGHTS)),
    "DELORA": PeftType(not_on=_on(QUANTIZED, READS_WEIGHTS)),
    "FOURIERFT": PeftType(
        rank="n_frequency",
        rank_means="frequencies per layer",
        default_rank=1000,
        # PEFT's default spectrum is random and, at its default scale, larger than the weights of a small layer.
        needs=lambda t, m: {"n_frequency": rank_of(t), "init_weights": True},
    ),
    "FROD": PeftType(**NO_RANK, needs=lambda t, m: {"progressbar": False}, not_on=_on(QUANTIZED, TRAINS_WEIGHTS)),
    "GLORA": PeftType(not_on=_on(QUANTIZED, "PEFT accepts plain linear layers only")),
    "GRALORA": PeftType(not_on=_on(("int8",), IN_PLACE)),
    "HRA": PeftType(not_on=_on(QUANTIZED, READS_WEIGHTS)),
    "IA3": PeftType(**NO_RANK, linear=False, needs=_ia3),
    "LILY": PeftType(
        impossible="it mixes its experts by their mean over the whole batch, padding included, so the score of an "
        "item would depend on its neighbours"
    ),
    "LN_TUNING": PeftType(**NO_RANK, linear=False, needs=lambda t, m: {"target_modules": norm_names(m)}),
    "LOHA": PeftType(not_on=_on(FOUR_BIT, PACKED_SHAPE)),
    "LOKR": PeftType(not_on=_on(FOUR_BIT, PACKED_SHAPE)),
    "MULTITASK_PROMPT_TUNING": PeftType(**VIRTUAL, ready=one_task),
    "OFT": PeftType(
        rank="oft_block_size",
        rank_means="block size",
        default_rank=32,
        needs=lambda t, m: {"r": 0, "oft_block_size": largest_divisor(common_divisor(m), max(2, rank_of(t)))},
    ),
    "OSF": PeftType(
        why_not_unfolded="PEFT keeps no copy of what the weights were before",
        rank="effective_rank",
        rank_means="rank left untouched",
        not_on=_on(QUANTIZED, TRAINS_WEIGHTS),
    ),
    "P_TUNING": PeftType(**VIRTUAL, needs=lambda t, m: {"encoder_hidden_size": m.config.hidden_size}),
    "PEANUT": PeftType(not_on=_on(QUANTIZED, READS_WEIGHTS)),
    "POLY": PeftType(
        ready=one_task,
        not_on=_on(("int8",), IN_PLACE),
        why_unmergeable="its mixture of skills is chosen per sequence, and PEFT folds none of it in",
    ),
    "PREFIX_TUNING": PeftType(**VIRTUAL),
    "PROMPT_TUNING": PeftType(**VIRTUAL),
    "PSOFT": PeftType(not_on=_on(QUANTIZED, READS_WEIGHTS)),
    "ROAD": PeftType(
        rank="group_size",
        rank_means="group size",
        default_rank=32,
        needs=lambda t, m: {"group_size": 2 * largest_divisor(common_divisor(m) // 2, max(1, rank_of(t) // 2))},
    ),
    "SHADOW": PeftType(
        linear=False,
        ready=_shadow_ready,
        why_unmergeable="its correction depends on the input, so no weight could hold it",
    ),
    "SHIRA": PeftType(not_on=_on(("int8",), DEQUANTIZES)),
    "SUPERTUNING": PeftType(**NO_RANK, not_on=_on(QUANTIZED, READS_WEIGHTS)),
    "TINYLORA": PeftType(not_on=_on(QUANTIZED, TRAINS_WEIGHTS)),
    "TRAINABLE_TOKENS": PeftType(
        why_alone="PEFT's layer does not find the embedding under a second one where the head shares its weights",
        **NO_RANK,
        linear=False,
        needs=lambda t, m: {"token_indices": list(range(m.config.vocab_size))},
    ),
    "UNILORA": PeftType(starts_as_base=False, not_on=_on(QUANTIZED, NO_GRADIENT)),
    "VBLORA": PeftType(
        needs=lambda t, m: {"vector_length": largest_divisor(common_divisor(m), 256), "num_vectors": 64},
        starts_as_base=False,
    ),
    "VERA": PeftType(default_rank=256),
    "PVERA": PeftType(default_rank=64),
    "WAVEFT": PeftType(rank="n_frequency", rank_means="frequencies per layer", default_rank=1000),
    "XLORA": PeftType(
        impossible="it learns to mix several LoRA adapters that were trained before; a trial starts from the base alone"
    ),
}


def peft_type(name: str) -> PeftType:
    """What is known of a registered type."""
    return TYPES.get(name, PeftType())


def default_settings(name: str) -> dict[str, Setting]:
    """Every field of the type's configuration with PEFT's default, where that is a plain value or None."""
    from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

    found: dict[str, Setting] = {}
    for one in fields(PEFT_TYPE_TO_CONFIG_MAPPING[name]):
        default = one.default.value if isinstance(one.default, Enum) else one.default
        found[one.name] = default if isinstance(default, (bool, int, float, str)) else None
    return found
