"""LLaMA-Adapter: virtual tokens in the attention of every block, with a gate that starts closed."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "adaption-prompt",
    summary="trained prompts inside the attention of every block, behind a gate",
    source="Zhang et al. 2023, arXiv:2303.16199",
    untuned_learning_rate=1e-2,
)
