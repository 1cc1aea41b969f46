"""A base whose large weights are stored in bfloat16, and computed with in whatever what they meet is in.

Half the bytes of float32, and the very numbers of a checkpoint that was saved in bfloat16. Activations stay as they
are: in float32 scores do not depend on what else is in a batch, and under autocast the stored weights are used as they
are. What is small (norms, biases) is float32. Adapters on top are float32, as PEFT makes them.
"""

from functools import cache
from typing import Any


def store_in_bfloat16(model: Any) -> Any:
    """Makes a model that was loaded in bfloat16 one that computes in float32, layer by layer; the weights of linear
    layers and embeddings stay as they are. A layer of a kind that is not known here becomes float32 whole."""
    import torch

    stored = {id(_weight_of(module)) for module in model.modules() if _weight_of(module) is not None}
    for module in model.modules():
        if _weight_of(module) is not None:
            module.__class__ = _casting(module.__class__)
        for parameter in module.parameters(recurse=False):
            if id(parameter) not in stored and parameter.dtype == torch.bfloat16:
                parameter.data = parameter.data.float()
    return model


def _weight_of(module: Any) -> Any | None:
    """What stays in bfloat16; None where the layer is none that casts."""
    import torch
    from transformers.pytorch_utils import Conv1D

    plain = type(module) in (torch.nn.Linear, Conv1D) or isinstance(module, torch.nn.Embedding)
    return module.weight if plain else None


@cache
def _casting(kind: Any) -> Any:
    """The same layer with weights that are cast when they are used."""
    import torch
    from transformers.pytorch_utils import Conv1D

    product = _product()

    def linear(self: Any, x: Any) -> Any:
        return product.apply(x, self.weight, self.bias)

    def transposed(self: Any, x: Any) -> Any:
        return product.apply(x, self.weight.t(), self.bias)

    def embedding(self: Any, ids: Any) -> Any:
        return kind.forward(self, ids).float()

    forward = linear if kind is torch.nn.Linear else transposed if kind is Conv1D else embedding
    return type(kind.__name__, (kind,), {"forward": forward})


@cache
def _product() -> Any:
    """`x @ weight.T + bias`, of which nothing but the stored weight is kept for the backward pass."""
    import torch

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, weight: Any, bias: Any) -> Any:
            if torch.is_autocast_enabled(x.device.type):
                return torch.nn.functional.linear(x, weight, bias)
            return torch.nn.functional.linear(x, weight.to(x.dtype), bias)

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
            ctx.save_for_backward(inputs[1])
            ctx.dtype = inputs[0].dtype

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> tuple[Any, None, None]:
            (weight,) = ctx.saved_tensors
            return (gradient @ weight.to(gradient.dtype)).to(ctx.dtype), None, None

    return Product
