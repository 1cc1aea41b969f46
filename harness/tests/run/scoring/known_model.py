"""A model whose logits are known, and tokenizers of single letters: scores can be worked out on paper."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pandas as pd
import torch

from harness.schema.measured import TEXT_COLUMNS

LOGITS = [0.0, 0.0, 3.0, 2.0, 1.0]
NORMALIZER = float(torch.tensor(LOGITS).logsumexp(0))


class Biased(torch.nn.Module):
    """Gives every position the same known logits."""

    def __init__(self, logits: Sequence[float]) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor(logits), requires_grad=False)

    def forward(self, input_ids: Any, attention_mask: Any = None) -> Any:
        return SimpleNamespace(logits=self.logits.expand(*input_ids.shape, -1))


class Letters:
    """A tokenizer of single letters: `a` is 2, `b` is 3, ...; 1 starts a text."""

    bos_token_id, eos_token_id, pad_token_id = 1, 0, 0

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        ids = [ord(letter) - ord("a") + 2 for letter in text]
        return {"input_ids": [1, *ids] if add_special_tokens else ids}


class Spaced(Letters):
    """The same, blind to white space."""

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return super().__call__("".join(text.split()), add_special_tokens)


def texts(items: pd.DataFrame) -> list[tuple[Any, ...]]:
    """What stands beside the scores, for people to read."""
    return list(items[list(TEXT_COLUMNS)].itertuples(index=False, name=None))
