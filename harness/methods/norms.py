"""Norms: scales and biases of all normalisation layers, in place."""

from typing import Any

from harness.methods.kinds.in_place import InPlace
from harness.methods.peft.types import norm_names
from harness.schema.errors import UserError
from harness.schema.trial import Trial


def _norms(model: Any, trial: Trial) -> set[str]:
    ends = set(norm_names(model))
    found = {name for name, _ in model.named_parameters() if name.split(".")[-2:-1] and name.split(".")[-2] in ends}
    if not found:
        raise UserError("norms: this base model has no normalisation layer with parameters, so nothing would train.")
    return found


METHOD = InPlace(
    name="norms",
    summary="scales and biases of the normalisation layers are trained",
    source="Frankle et al. 2020, arXiv:2003.00152",
    untuned_learning_rate=1e-3,
    select=_norms,
)
