"""C3A: block-circulant updates; the rank is the largest block size, which must divide every layer."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "c3a",
    summary="updates by circular convolution",
    source="Chen et al. 2024, arXiv:2407.19342",
    untuned_learning_rate=1e-2,
    settings={"init_weights": "xavier_uniform"},
)
