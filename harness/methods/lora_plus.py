"""LoRA+: B learns faster than A, by PEFT's own optimizer with a separate learning rate for it."""

from typing import Any

from harness.methods.kinds.protocol import Model, optimizer_class
from harness.methods.lora import low_rank
from harness.schema.trial import Trial


def _optimizer(model: Model, trial: Trial) -> Any:
    from peft.optimizers import create_loraplus_optimizer

    ratio = dict(trial.settings).get("ratio", METHOD.settings["ratio"])
    return create_loraplus_optimizer(
        model,
        optimizer_class(trial.recipe.optimizer),
        lr=trial.learning_rate or 0.0,
        loraplus_lr_ratio=ratio,
        weight_decay=trial.recipe.weight_decay,
    )


METHOD = low_rank(
    "lora+",
    summary="LoRA whose B has a learning rate of its own, `ratio` times A's",
    source="Hayou et al. 2024, arXiv:2402.12354",
    settings={"ratio": 16.0},
    make_optimizer=_optimizer,
)
