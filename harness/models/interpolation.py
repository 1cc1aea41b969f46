"""Models between the base and the trained one: the curve of gain against forgetting from one trial.

Scaling the update back is linear interpolation of weights (Wortsman et al. 2021, arXiv:2109.01903). An
adapter is folded into the weights first, so the curve means the same for every method that can be folded.
"""

from collections.abc import Iterator, Sequence
from typing import Any


def models_between(base: Any, trained: Any, scales: Sequence[float]) -> Iterator[tuple[float, Any]]:
    """Yields each scale and the model with weights `base + scale * (trained - base)`.

    The yielded model is `trained` itself, overwritten: read what is needed before the next one.

    Args:
        base, trained: models with the same parameter names and shapes.

    Raises:
        ValueError: they have not.
    """
    import torch

    start = {name: parameter.detach().clone() for name, parameter in base.named_parameters()}
    end = {name: parameter.detach().clone() for name, parameter in trained.named_parameters()}
    if {name: tensor.shape for name, tensor in start.items()} != {name: tensor.shape for name, tensor in end.items()}:
        raise ValueError("the trained model has other parameters than the base")
    for scale in scales:
        with torch.no_grad():
            for name, parameter in trained.named_parameters():
                parameter.copy_(torch.lerp(start[name], end[name], scale))
        yield scale, trained
