"""What does a model answer, greedily? Contexts of unequal length share a batch where padding changes nothing.

Rows are padded on the left, so that all answers begin in the same column; the mask hides the padding, and the library
counts positions from the mask. Soft prompts are the exception: their virtual tokens come before the padding, and PEFT
drops the positions, so that the text would move away from them. There, and in a model that is not told positions,
only contexts of equal length share a batch.
"""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from harness.data.tokenization import Tokenizer
from harness.schema.trial import Scoring

MAX_NEW_TOKENS = 128


def generate(
    model: Any,
    tokenizer: Tokenizer,
    contexts: Sequence[list[int]],
    scoring: Scoring,
    max_tokens: int | Sequence[int] = MAX_NEW_TOKENS,
) -> list[str]:
    """Greedy answers, in the order given.

    Args:
        max_tokens: of an answer at most; one number for all, or one for each context.
    """
    limits = [max_tokens] * len(contexts) if isinstance(max_tokens, int) else list(max_tokens)
    answers = [""] * len(contexts)
    for batch in _batches(contexts, limits, scoring.batch_tokens, _padding_is_hidden(model)):
        rows = [contexts[index] for index in batch]
        produced = _produced(model, rows, int(tokenizer.pad_token_id), scoring.dtype, max(limits[at] for at in batch))
        for index, new in zip(batch, produced, strict=True):
            # Greedy decoding never looks ahead: the first tokens of a longer answer are the shorter one.
            answers[index] = tokenizer.decode(new[: limits[index]], skip_special_tokens=True)
    return answers


def _batches(
    contexts: Sequence[list[int]], limits: Sequence[int], batch_tokens: int, unequal: bool
) -> Iterator[list[int]]:
    """Indices of contexts that are answered together, neighbours in length; with their answers they have no more than
    `batch_tokens` padded tokens, if there is more than one."""
    batch: list[int] = []
    tokens = 0
    for index in sorted(range(len(contexts)), key=lambda at: (len(contexts[at]), limits[at])):
        longest = max(tokens, limits[index])
        full = (len(batch) + 1) * (len(contexts[index]) + longest) > batch_tokens
        apart = bool(batch) and not unequal and len(contexts[batch[0]]) != len(contexts[index])
        if batch and (full or apart):
            yield batch
            batch, longest = [], limits[index]
        batch, tokens = [*batch, index], longest
    if batch:
        yield batch


def _produced(model: Any, rows: list[list[int]], pad_id: int, dtype: str, max_tokens: int) -> list[list[int]]:
    """New tokens of every row, padded at the end where others say more."""
    import torch

    width = max(map(len, rows))
    padded = [[pad_id] * (width - len(row)) + row for row in rows]
    device = next(model.parameters()).device
    ids = torch.tensor(padded, device=device)
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=device)
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=dtype == "bfloat16"):
        produced = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=max_tokens, do_sample=False, pad_token_id=pad_id
        ).tolist()
    # Soft prompts return the answer alone, since their input were embeddings.
    return [new[width:] if new[:width] == given else new for new, given in zip(produced, padded, strict=True)]


def _padding_is_hidden(model: Any) -> bool:
    """Whether the positions of a row follow its mask, and nothing stands before the padding."""
    active = getattr(model, "active_peft_config", None)
    if getattr(active, "is_prompt_learning", False) or getattr(active, "is_adaption_prompt", False):
        return False
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "position_ids" in inspect.signature(base.forward).parameters
