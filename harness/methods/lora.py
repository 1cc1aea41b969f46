"""LoRA: W x + (alpha / r) B A x with A (r, in) random, B (out, r) zero at the start, W frozen.

On a quantized base this is QLoRA. Alpha is fixed by default, so the update's scale falls with the rank;
`alpha_per_rank` makes alpha a multiple of the rank instead (2 is a common choice), and the method `rslora`
divides by the root of the rank.
"""

from collections.abc import Mapping
from typing import Any

from harness.methods.kinds.adapter import Adapter
from harness.methods.peft.target_modules import TARGET_SETTINGS, chosen_modules
from harness.schema.trial import Setting, Trial

SETTINGS: dict[str, Setting] = {"alpha": 32, "alpha_per_rank": 0.0, "dropout": 0.0, **TARGET_SETTINGS}


def low_rank(
    name: str, *, fields: Mapping[str, Any] | None = None, settings: Mapping[str, Setting] | None = None, **about: Any
) -> Adapter:
    """LoRA or a relative of it: the same settings, and what `fields` of PEFT's `LoraConfig` make of it.

    Args:
        settings: further ones.
        about: attributes of `Adapter`: summary, source, and others that are not LoRA's.
    """
    defaults = {**SETTINGS, **(settings or {})}

    def config(trial: Trial, model: Any) -> Any:
        from peft import LoraConfig

        given = {**defaults, **dict(trial.settings)}
        rank, multiple = int(trial.rank or 0), float(str(given["alpha_per_rank"]))
        return LoraConfig(
            task_type="CAUSAL_LM",
            r=rank,
            lora_alpha=multiple * rank if multiple else given["alpha"],
            lora_dropout=float(str(given["dropout"])),
            target_modules=chosen_modules(model, str(given["targets"]), str(given["layers"])),
            **(fields or {}),
        )

    about = {"untuned_learning_rate": 2e-4, **about}
    return Adapter(name=name, peft_type="peft:lora", config=config, settings=defaults, **about)


METHOD = low_rank(
    "lora",
    summary="a low-rank update beside every linear layer (QLoRA on a quantized base)",
    source="Hu et al. 2021, arXiv:2106.09685; Dettmers et al. 2023, arXiv:2305.14314",
)
