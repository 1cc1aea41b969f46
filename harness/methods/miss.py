"""MiSS: a matrix of r rows is added to every group of a weight's columns."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "miss",
    summary="one small matrix, repeated over each weight",
    source="Kang and Yin 2024, arXiv:2409.15371",
    settings={"miss_dropout": 0.0, "mini_r": 1},
)
