"""(IA)3: three vectors of scales per block; nothing but scales is learned."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "ia3",
    summary="learned scales on keys, values and feed-forward activations",
    source="Liu et al. 2022, arXiv:2205.05638",
    untuned_learning_rate=3e-3,
)
