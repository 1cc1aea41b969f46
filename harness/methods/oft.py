"""OFT: every weight is multiplied by an orthogonal matrix with blocks of the rank's size, the largest that divides."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "oft",
    "OFT",
    summary="weights turned by block-diagonal orthogonal matrices",
    source="Qiu et al. 2023, arXiv:2306.07280",
    untuned_learning_rate=1e-3,
    settings={"coft": False, "block_share": False, "module_dropout": 0.0},
)
