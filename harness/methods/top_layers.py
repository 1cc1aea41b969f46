"""Top-layers: the last n transformer blocks, the final norm and an untied head; all below stays frozen.

Classic transfer learning. Where the head shares its weights with the input embeddings it stays frozen,
since training it would train the very bottom of the network too.
"""

from typing import Any

from harness.methods.kinds.in_place import InPlace
from harness.methods.kinds.protocol import setting
from harness.models.base import block_stack
from harness.schema.errors import UserError
from harness.schema.trial import Trial
from harness.schema.wording import counted


def _top(model: Any, trial: Trial) -> set[str]:
    blocks, stack = block_stack(model)
    wanted = int(str(setting(METHOD, trial, "blocks")))
    if not 1 <= wanted < len(blocks):
        raise UserError(
            f"top-layers: blocks is {wanted}, but the base model has {counted(len(blocks), 'transformer block')}. "
            f"Allowed: 1 to {len(blocks) - 1}."
        )
    top = tuple(f"{stack}.{index}." for index in range(len(blocks) - wanted, len(blocks)))
    body = stack.rsplit(".", 1)[0]
    after = tuple(  # modules beside the stack that come after it: the final norm
        f"{name}."
        for name, module in model.named_modules()
        if name.rsplit(".", 1)[0] == body and "norm" in name.rsplit(".", 1)[-1].replace("ln_f", "norm")
    )
    tied = bool(getattr(model.config, "tie_word_embeddings", False))
    head = () if tied else ("lm_head.", "embed_out.")
    return {name for name, _ in model.named_parameters() if name.startswith(top + after + head)}


METHOD = InPlace(
    name="top-layers",
    summary="the last blocks, the final norm and an untied head are trained",
    source="Yosinski et al. 2014, arXiv:1411.1792",
    untuned_learning_rate=5e-5,
    select=_top,
    settings={"blocks": 2},
)
