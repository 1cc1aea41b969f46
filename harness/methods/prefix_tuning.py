"""Prefix tuning: r virtual keys and values in every block."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "prefix-tuning",
    summary="trained keys and values before every block's own",
    source="Li and Liang 2021, arXiv:2101.00190",
    untuned_learning_rate=1e-2,
    settings={"prefix_projection": False},
)
