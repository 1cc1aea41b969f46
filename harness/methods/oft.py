"""OFT: every weight is multiplied by an orthogonal matrix with blocks of the rank's size, the largest that divides."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "oft",
    summary="weights turned by block-diagonal orthogonal matrices",
    source="Qiu et al. 2023, arXiv:2306.07280",
    settings={"coft": False, "block_share": False, "module_dropout": 0.0},
)
