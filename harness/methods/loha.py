"""LoHa: an update of rank up to r squared, as the Hadamard product of two low-rank matrices."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "loha",
    summary="the elementwise product of two low-rank updates",
    source="Hyeon-Woo et al. 2021, arXiv:2108.06098",
    settings={"alpha": 32, "rank_dropout": 0.0, "module_dropout": 0.0},
)
