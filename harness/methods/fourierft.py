"""FourierFT: the update is the inverse Fourier transform of a spectrum with r trained entries per layer."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "fourierft",
    summary="a few trained frequencies of the update's spectrum",
    source="Gao et al. 2024, arXiv:2405.03003",
    untuned_learning_rate=1e-2,
    settings={"scaling": 150.0, "random_loc_seed": 777},
)
