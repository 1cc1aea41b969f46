"""LoRA-FA: A stays as it was drawn, only B is trained, which saves the activations that A's gradient needs."""

from harness.methods.kinds.adapter import DEFAULT
from harness.methods.kinds.protocol import Model
from harness.methods.lora import low_rank


def _freeze_a(model: Model) -> None:
    for name, parameter in model.named_parameters():
        if f"lora_A.{DEFAULT}" in name:
            parameter.requires_grad_(False)


METHOD = low_rank(
    "lora-fa",
    summary="LoRA that trains B alone",
    source="Zhang et al. 2023, arXiv:2308.03303",
    ready=_freeze_a,
)
