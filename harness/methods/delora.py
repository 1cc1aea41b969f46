"""DeLoRA: the direction and the length of a low-rank update are learned apart."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "delora",
    summary="low-rank updates of bounded length",
    source="Bini et al. 2025, arXiv:2503.18225",
    settings={"delora_lambda": 15, "module_dropout": 0.0},
)
