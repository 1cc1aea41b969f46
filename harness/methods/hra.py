"""HRA: every weight is multiplied by r Householder reflections."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "hra",
    "HRA",
    summary="weights turned by a chain of r reflections",
    source="Yuan et al. 2024, arXiv:2405.17484",
    untuned_learning_rate=1e-3,
    settings={"apply_GS": False},
)
