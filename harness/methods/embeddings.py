"""Embeddings: the input embeddings, and with them the head where the two share their weights."""

from typing import Any

from harness.methods.kinds.in_place import InPlace
from harness.schema.trial import Trial


def _embeddings(model: Any, trial: Trial) -> set[str]:
    wanted = {id(parameter) for parameter in model.get_input_embeddings().parameters()}
    return {name for name, parameter in model.named_parameters() if id(parameter) in wanted}


METHOD = InPlace(
    name="embeddings",
    summary="the input embeddings are trained, and a head that shares them",
    source="Artetxe et al. 2019, arXiv:1910.11856",
    untuned_learning_rate=1e-4,
    select=_embeddings,
)
