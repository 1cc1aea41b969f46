"""LoKr: the update is a Kronecker product, whose second factor is of low rank."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "lokr",
    summary="the Kronecker product of two small matrices as update",
    source="Yeh et al. 2023, arXiv:2309.14859",
    settings={"alpha": 32, "decompose_both": False, "decompose_factor": -1, "rank_dropout": 0.0},
)
