"""LN tuning: the scales of all normalisation layers, as a PEFT adapter that can be switched off."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "ln_tuning",
    summary="copies of the normalisation layers are trained",
    source="Zhao et al. 2023, arXiv:2312.11420",
)
