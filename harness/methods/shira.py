"""SHiRA: as many entries of a weight as LoRA of rank r has, at random places, are trained."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "shira",
    summary="a few entries of every weight are trained",
    source="Bhardwaj et al. 2024, arXiv:2406.13175",
    fields={"random_seed": 0},
)
