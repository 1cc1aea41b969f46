"""WaveFT: the update is the inverse wavelet transform of r trained coefficients per layer."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "waveft",
    summary="a few trained coefficients of the update's wavelet transform",
    source="Bilican et al. 2025, arXiv:2505.12532",
    untuned_learning_rate=1e-2,
    settings={"scaling": 25.0, "wavelet_family": "db1", "random_loc_seed": 777},
)
