"""PiSSA: LoRA that starts as the principal singular vectors of each weight, which the base then lacks.

The artifact is the difference from the start, a plain LoRA of twice the rank on the untouched base.
"""

from harness.methods.lora import low_rank
from harness.methods.peft.types import QUANTIZED, READS_WEIGHTS

METHOD = low_rank(
    "pissa",
    summary="LoRA that starts as the weights' principal singular vectors",
    source="Meng et al. 2024, arXiv:2404.02948",
    fields={"init_lora_weights": "pissa"},
    not_on=dict.fromkeys(QUANTIZED, READS_WEIGHTS),
    splits_base=True,
)
