"""P-tuning: virtual tokens before the input, learned through a small network."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "p-tuning",
    summary="trained embeddings before every input, made by a small network",
    source="Liu et al. 2021, arXiv:2103.10385",
    untuned_learning_rate=3e-3,
    settings={"encoder_reparameterization_type": "MLP", "encoder_num_layers": 2, "encoder_dropout": 0.0},
)
