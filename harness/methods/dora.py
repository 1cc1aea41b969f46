"""DoRA: weights taken apart into magnitude, which is trained, and direction, which LoRA updates."""

from harness.methods.lora import low_rank

METHOD = low_rank(
    "dora",
    summary="LoRA on the direction of weights, and a trained magnitude per column",
    source="Liu et al. 2024, arXiv:2402.09353",
    fields={"use_dora": True},
    not_on={"bf16": "PEFT takes the magnitudes it starts from in bfloat16, so that the start is not the base"},
)
