"""VB-LoRA: rows of A and B are mixtures of vectors from one bank that all layers share."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "vblora",
    summary="LoRA put together from a shared bank of vectors",
    source="Li et al. 2024, arXiv:2405.15179",
    settings={"topk": 2, "vblora_dropout": 0.0},
)
