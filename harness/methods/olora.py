"""OLoRA: LoRA that starts as the first orthonormal vectors of each weight's QR decomposition.

As with PiSSA the base then lacks that part, and the artifact is a plain LoRA of twice the rank.
"""

from harness.methods.lora import low_rank
from harness.methods.peft.types import QUANTIZED, READS_WEIGHTS

METHOD = low_rank(
    "olora",
    summary="LoRA that starts as an orthonormal basis of the weights",
    source="Büyükakyüz 2024, arXiv:2406.01775",
    fields={"init_lora_weights": "olora"},
    not_on=dict.fromkeys(QUANTIZED, READS_WEIGHTS),
    splits_base=True,
)
