"""AdaLoRA: the update as P diag(l) Q, starting half as wide again and pruned to the rank by importance."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "adalora",
    summary="LoRA that moves rank to where it helps most while training",
    source="Zhang et al. 2023, arXiv:2303.10512",
    settings={"lora_alpha": 32, "lora_dropout": 0.0, "orth_reg_weight": 0.5},
)
