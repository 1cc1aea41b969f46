"""BitFit: the bias terms alone. Many recent models have none, and then there is nothing to train."""

from typing import Any

from harness.methods.kinds.in_place import InPlace
from harness.schema.errors import UserError
from harness.schema.trial import Trial


def _biases(model: Any, trial: Trial) -> set[str]:
    biases = {name for name, _ in model.named_parameters() if name.endswith(".bias")}
    if not biases:
        raise UserError(
            "bitfit: this base model has no bias terms, so there is nothing to train. The method `norms` trains the "
            "scales of its normalisation layers, and `peft:beft` adds biases."
        )
    return biases


METHOD = InPlace(
    name="bitfit",
    summary="the bias terms are trained, where the model has any",
    source="Ben Zaken et al. 2021, arXiv:2106.10199",
    untuned_learning_rate=1e-3,
    select=_biases,
)
