"""LoRA: W x + (alpha / r) B A x with A (r, in) random, B (out, r) zero at the start, W frozen.

On a quantized base this is QLoRA. Alpha is fixed by default, so the update's scale falls with the rank;
`alpha_per_rank` makes alpha a multiple of the rank instead (2 is a common choice).
"""

from typing import Any

from harness.errors import one_of
from harness.methods.contract import Adapter, setting
from harness.trial import Trial

TARGETS: dict[str, str | list[str]] = {
    "all-linear": "all-linear",
    "attention": ["q_proj", "k_proj", "v_proj", "o_proj"],
    "mlp": ["gate_proj", "up_proj", "down_proj"],
}


def _config(trial: Trial, model: Any) -> Any:
    from peft import LoraConfig

    rank = int(trial.rank or 0)
    multiple = float(setting(METHOD, trial, "alpha_per_rank"))
    targets = str(setting(METHOD, trial, "targets"))
    if targets not in TARGETS:
        raise one_of("lora: targets", targets, list(TARGETS))
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=rank,
        lora_alpha=multiple * rank if multiple else setting(METHOD, trial, "alpha"),
        lora_dropout=float(setting(METHOD, trial, "dropout")),
        target_modules=TARGETS[targets],
    )


METHOD = Adapter(
    name="lora",
    summary="a low-rank update beside every linear layer (QLoRA on a quantized base)",
    source="Hu et al. 2021, arXiv:2106.09685; Dettmers et al. 2023, arXiv:2305.14314",
    untuned_learning_rate=2e-4,
    config=_config,
    settings={"alpha": 32, "alpha_per_rank": 0.0, "dropout": 0.0, "targets": "all-linear"},
)
