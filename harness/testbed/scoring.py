"""Scoring: which choice of an item has the highest log-likelihood, and the perplexity of text."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from harness.testbed.general import Item

_BATCH = 64


@dataclass(frozen=True)
class _Scored:
    """A choice's ids after its context, and where its score belongs."""

    start: int
    choice_ids: list[int]
    item: int
    choice: int


def _inputs(tokenizer: PreTrainedTokenizerFast, items: Sequence[Item]) -> dict[tuple[int, ...], list[_Scored]]:
    """Model inputs to the choices that each scores: choices that differ in the last token share a pass."""
    inputs: dict[tuple[int, ...], list[_Scored]] = defaultdict(list)
    for i, item in enumerate(items):
        context = tokenizer(item.context)["input_ids"]
        for c, choice in enumerate(item.choices):
            ids = tokenizer(choice, add_special_tokens=False)["input_ids"]
            inputs[(*context, *ids[:-1])].append(_Scored(len(context), ids, i, c))
    return inputs


def _log_probabilities(model: PreTrainedModel, rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """Log-probability of every next token, (rows, longest, vocabulary); noise past a row's end."""
    longest = max(map(len, rows))
    # Padding stands on the right: causal attention keeps it from every real position.
    padded = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])
    return torch.log_softmax(model(input_ids=padded).logits.float(), -1)


@torch.inference_mode()
def accuracy(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, items: Sequence[Item]) -> float:
    """The share of items whose right choice has the highest summed log-likelihood."""
    inputs = sorted(_inputs(tokenizer, items).items(), key=lambda pair: (len(pair[0]), pair[0]))
    scores = [[0.0] * len(item.choices) for item in items]
    for at in range(0, len(inputs), _BATCH):
        some = inputs[at : at + _BATCH]
        log_p = _log_probabilities(model, [ids for ids, _ in some])
        for row, (_, choices) in zip(log_p, some, strict=True):
            for s in choices:
                places = range(s.start - 1, s.start - 1 + len(s.choice_ids))
                scores[s.item][s.choice] = sum(float(row[p, t]) for p, t in zip(places, s.choice_ids, strict=True))
    right = [max(range(len(s)), key=s.__getitem__) == item.answer for s, item in zip(scores, items, strict=True)]
    return sum(right) / len(right)


@torch.inference_mode()
def perplexity(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> float:
    """exp of the mean negative log-likelihood per token, `<eos>` included and `<bos>` not predicted."""
    eos = tokenizer.convert_tokens_to_ids("<eos>")
    rows = sorted(([*tokenizer(t)["input_ids"], eos] for t in texts), key=len)
    total, count = 0.0, 0
    for at in range(0, len(rows), _BATCH):
        some = rows[at : at + _BATCH]
        for row, log_p in zip(some, _log_probabilities(model, some), strict=True):
            targets = torch.tensor(row[1:])[:, None]
            total -= float(log_p[: len(row) - 1].gather(-1, targets).sum())
            count += len(row) - 1
    return math.exp(total / count)
