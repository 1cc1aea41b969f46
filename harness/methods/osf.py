"""OSF: the r strongest singular directions of every weight stay; training moves in what is orthogonal to them."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "osf",
    summary="weights change only outside their strongest singular directions",
    source="Nayak et al. 2025, arXiv:2504.07097",
    untuned_learning_rate=2e-5,
)
