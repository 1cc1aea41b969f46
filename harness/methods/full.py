"""Full fine-tuning: every parameter of the base is trained."""

from typing import Any

from harness.methods.kinds.in_place import InPlace
from harness.schema.trial import Trial


def _all_parameters(model: Any, trial: Trial) -> set[str]:
    return {name for name, _ in model.named_parameters()}


METHOD = InPlace(
    name="full",
    summary="every parameter of the base is trained",
    source="Howard & Ruder 2018, arXiv:1801.06146",
    untuned_learning_rate=2e-5,
    select=_all_parameters,
)
