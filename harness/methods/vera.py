"""VeRA: A and B are random, frozen and shared by all layers; two vectors of scales are trained per layer.

A and B are drawn again from `projection_prng_key` when the adapter is loaded, so they are not saved.
"""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "vera",
    summary="trained scales on fixed random matrices that all layers share",
    source="Kopiczko et al. 2023, arXiv:2310.11454",
    fields={"save_projection": False},
    settings={"d_initial": 0.1, "vera_dropout": 0.0, "projection_prng_key": 0},
)
