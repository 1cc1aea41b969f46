"""BOFT: OFT with butterfly factors; blocks of the rank's size, the largest that divides every layer."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "boft",
    summary="weights turned by products of sparse orthogonal matrices",
    source="Liu et al. 2023, arXiv:2311.06243",
    settings={"boft_n_butterfly_factor": 1, "boft_dropout": 0.0},
)
