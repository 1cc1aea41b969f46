"""HRA: every weight is multiplied by r Householder reflections."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "hra",
    summary="weights turned by a chain of r reflections",
    source="Yuan et al. 2024, arXiv:2405.17484",
    settings={"apply_GS": False},
)
