"""RandLoRA: fixed random matrices of rank r, mixed by trained scales into an update of full rank.

The matrices are drawn again from `projection_prng_key` when the adapter is loaded, so they are not saved.
"""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "randlora",
    summary="full-rank updates from trained mixtures of random matrices",
    source="Albert et al. 2025, arXiv:2502.00987",
    fields={"save_projection": False},
    settings={"randlora_alpha": 640, "randlora_dropout": 0.0, "sparse": False, "projection_prng_key": 0},
)
