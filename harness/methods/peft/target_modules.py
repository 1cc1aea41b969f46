"""Which modules of a base model the settings `targets` and `layers` name, whatever the architecture calls them."""

import re
from typing import Any

from harness.methods.peft.patterns import matching
from harness.models.base import block_stack
from harness.schema.errors import UserError, shown

ALL_LINEAR = "all-linear"
PARENTS = {"attention": ("attn", "attention"), "mlp": ("mlp", "feed_forward", "ffn")}
"""What the modules around attention and feed-forward layers are called: parts of their names."""

TARGET_SETTINGS: dict[str, bool | int | float | str] = {"targets": ALL_LINEAR, "layers": "all"}
"""Defaults. `targets`: `all-linear`, `attention`, `mlp`, or a regular expression over full module names.
`layers`: `all`, or blocks counted from 0 such as `2`, `0-3`, `-2` (the last two) and lists of these with commas."""


def linear_names(model: Any) -> list[str]:
    """Full names of the linear layers inside the transformer blocks; the head is not among them."""
    import torch
    from transformers.pytorch_utils import Conv1D

    _, stack = block_stack(model)
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, (torch.nn.Linear, Conv1D)) and name.startswith(f"{stack}.")
    ]


def chosen_modules(model: Any, targets: str, layers: str) -> str | list[str]:
    """What PEFT takes as `target_modules`: `all-linear`, or the full names of the layers meant.

    Raises:
        UserError: the settings name no layer of this model, or are none that can be read.
    """
    if targets == ALL_LINEAR and layers == "all":
        return ALL_LINEAR
    blocks, stack = block_stack(model)
    wanted = chosen_blocks(layers, len(blocks))
    found = _meant(linear_names(model), stack, targets)
    if not found:
        raise UserError(
            f"targets {targets!r} names no linear layer of this base model. Allowed: {ALL_LINEAR}, "
            f"{', '.join(PARENTS)}, or a regular expression over names such as {linear_names(model)[0]!r}."
        )
    return [name for name in found if _block_of(name, stack) in wanted]


def _meant(names: list[str], stack: str, targets: str) -> list[str]:
    if targets == ALL_LINEAR:
        return names
    if targets in PARENTS:
        parents = {name: name.removeprefix(f"{stack}.").split(".")[:-1] for name in names}
        return [name for name in names if any(word in part for part in parents[name] for word in PARENTS[targets])]
    matched = matching(targets, names, f"targets {shown(targets)}")
    return [name for name in names if name in matched]


def _block_of(name: str, stack: str) -> int:
    return int(name.removeprefix(f"{stack}.").split(".")[0])


def chosen_blocks(layers: str, count: int) -> set[int]:
    """Block numbers of `all`, `2`, `0-3`, `-2` (the last two) or several of these with commas.

    Raises:
        UserError: none of these, or blocks that the model does not have.
    """
    if layers == "all":
        return set(range(count))
    blocks: set[int] = set()
    for part in str(layers).split(","):
        last, span = re.fullmatch(r"\s*-(\d+)\s*", part), re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        if last:
            found = set(range(count - int(last[1]), count))
        elif span:
            found = set(range(int(span[1]), int(span[2] or span[1]) + 1))
        else:
            found = set()
        if not found or min(found) < 0 or max(found) >= count:
            raise UserError(
                f"layers {layers!r}: {part.strip()!r} names no blocks of this base model, which has {count} "
                f"(0 to {count - 1}). Allowed: all, a block (2), a range (0-3), the last ones (-2), lists with commas."
            )
        blocks |= found
    return blocks
