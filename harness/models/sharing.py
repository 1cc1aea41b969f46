"""A base once more without its bytes: modules of their own around the very same tensors."""

import copy
from typing import Any


def sharing(model: Any) -> Any:
    """A copy of a model that shares every tensor with it. An adapter on the one is not seen by the other; what changes
    the weights themselves changes both."""
    import torch

    # An 8-bit layer of bitsandbytes moves its weight into a state of its own when it first computes.
    for module in model.modules():
        if hasattr(module, "init_8bit_state") and getattr(module.weight, "CB", None) is not None:
            module.init_8bit_state()
    tensors = [*model.parameters(), *model.buffers()]
    states = (getattr(module, "state", None) for module in model.modules())
    tensors += [one for state in states for one in getattr(state, "__dict__", {}).values() if torch.is_tensor(one)]
    return copy.deepcopy(model, {id(one): one for one in tensors})
