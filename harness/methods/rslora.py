"""Rank-stabilised LoRA: the update is scaled by alpha / sqrt(r), so that high ranks still learn.

The default alpha of 32 is LoRA's, so at rank r the update is sqrt(r) times as large as LoRA's.
"""

from harness.methods.lora import low_rank

METHOD = low_rank(
    "rslora",
    summary="LoRA scaled by the root of the rank",
    source="Kalajdzievski 2023, arXiv:2312.03732",
    untuned_learning_rate=1e-4,
    fields={"use_rslora": True},
)
