"""How likely does a model find continuations of contexts? Nats per token, and whether greedy decoding would say them.

All rows are padded on the right: prompt learning puts its virtual tokens at the front, and padding between
them and the text would change what the model sees.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.data.tokenization import Pair, windows
from harness.schema.trial import Scoring

LOGIT_BYTES = 64 * 2**20
"""Of one forward pass that scores on a CPU: with a large vocabulary more are gigabytes, and buy no speed there."""


@dataclass(frozen=True)
class Scored:
    """How a model took to one continuation.

    Attributes:
        nll: nats, summed over the continuation's tokens.
        tokens: their number.
        greedy: whether greedy decoding would have produced exactly this continuation.
    """

    nll: float
    tokens: int
    greedy: bool


def score_pairs(model: Any, pairs: Sequence[Pair], pad_id: int, scoring: Scoring, max_length: int) -> list[Scored]:
    """Scores continuations given their contexts, in the order given.

    Rows that differ only in their last token are one forward pass: its logits hold all of them. Contexts
    too long for the model lose their beginning.

    Args:
        max_length: tokens that the model can attend to.
    """
    fitted = [_fit(pair, max_length) for pair in pairs]
    rows: dict[tuple[int, ...], list[int]] = {}
    for index, pair in enumerate(fitted):
        rows.setdefault((*pair.context, *pair.continuation[:-1]), []).append(index)
    results: dict[int, Scored] = {}
    for batch in _batched(sorted(rows, key=lambda row: (len(row), row)), scoring.batch_tokens):
        counts = [max(len(fitted[index].continuation) for index in rows[row]) for row in batch]
        for row, log_probs in zip(batch, _forward(model, batch, counts, pad_id, scoring.dtype), strict=True):
            best = log_probs.argmax(dim=-1).tolist()
            for index in rows[row]:
                results[index] = _read(log_probs, best, fitted[index].continuation)
    return [results[index] for index in range(len(pairs))]


def score_texts(model: Any, pairs: Sequence[Pair], pad_id: int, scoring: Scoring, max_length: int) -> list[Scored]:
    """Scores texts on every token: one longer than `max_length` tokens in consecutive windows, which add up."""
    cut = [windows(pair, max_length) for pair in pairs]
    scored = iter(score_pairs(model, [part for parts in cut for part in parts], pad_id, scoring, max_length))
    texts = [[next(scored) for _ in parts] for parts in cut]
    return [Scored(sum(p.nll for p in one), sum(p.tokens for p in one), all(p.greedy for p in one)) for one in texts]


def _fit(pair: Pair, max_length: int) -> Pair:
    excess = len(pair.context) + len(pair.continuation) - 1 - max_length
    if excess <= 0:
        return pair
    kept = pair.context[:1] + pair.context[1 + excess :] if excess + 1 < len(pair.context) else pair.context[-1:]
    return Pair(kept, pair.continuation[: max_length - len(kept) + 1])


def _batched(rows: list[tuple[int, ...]], batch_tokens: int) -> list[list[tuple[int, ...]]]:
    """Neighbours in length share a batch of at most `batch_tokens` padded tokens (and at least one row)."""
    batches: list[list[tuple[int, ...]]] = []
    for row in rows:  # rows come sorted, so the newest is the longest of its batch
        if batches and (len(batches[-1]) + 1) * len(row) <= batch_tokens:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def _forward(model: Any, rows: list[tuple[int, ...]], counts: list[int], pad_id: int, dtype: str) -> list[Any]:
    """Log-probabilities `(count, vocabulary)` of what follows the last `count` tokens of every row."""
    import torch

    width = max(map(len, rows))
    device = next(model.parameters()).device
    ids = torch.tensor([[*row, *([pad_id] * (width - len(row)))] for row in rows], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=device)
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=dtype == "bfloat16"):
        logits = model(input_ids=ids, attention_mask=mask).logits[:, -width:]  # (B, T, V), without virtual tokens
    # Most positions are context: the softmax over the vocabulary is only taken where something is read.
    wanted = [logits[at, len(row) - count : len(row)] for at, (row, count) in enumerate(zip(rows, counts, strict=True))]
    log_probs = torch.log_softmax(torch.cat(wanted).float(), dim=-1).cpu()
    return list(log_probs.split(counts))


def _read(log_probs: Any, best: list[int], continuation: list[int]) -> Scored:
    """Picks the continuation's tokens out of the last rows of `log_probs (positions, vocabulary)`."""
    import torch

    count = len(continuation)
    tokens = torch.tensor(continuation)
    nll = -float(log_probs[-count:].gather(1, tokens[:, None]).double().sum())
    return Scored(nll, count, best[-count:] == continuation)


def bounded(model: Any, scoring: Scoring) -> Scoring:
    """The same with batches that, on a CPU, have no more than `LOGIT_BYTES` of logits in float32.

    The shipped model's vocabulary reaches that at 16,384 tokens, one of 49,152 words at 341.
    """
    config = getattr(model, "config", None)
    if config is None or next(model.parameters()).device.type != "cpu":
        return scoring
    fitting = LOGIT_BYTES // (4 * config.get_text_config().vocab_size)
    return replace(scoring, batch_tokens=min(scoring.batch_tokens, fitting))


def agreement(one: Any, other: Any, pairs: Sequence[Pair], pad_id: int, scoring: Scoring, max_length: int) -> float:
    """Share of the answers' tokens for which two models of one vocabulary find the same token likeliest."""
    same = total = 0
    for left, right in under_both(one, other, pairs, pad_id, scoring, max_length):
        same += int((left.argmax(dim=-1) == right.argmax(dim=-1)).sum())
        total += len(left)
    return same / total


def under_both(
    one: Any, other: Any, pairs: Sequence[Pair], pad_id: int, scoring: Scoring, max_length: int
) -> Iterator[tuple[Any, Any]]:
    """Log-probabilities `(tokens, vocabulary)` of every continuation under two models."""
    fitted, scoring = [_fit(pair, max_length) for pair in pairs], bounded(one, scoring)
    lengths = {(*pair.context, *pair.continuation[:-1]): len(pair.continuation) for pair in fitted}
    for batch in _batched(sorted(lengths, key=lambda row: (len(row), row)), scoring.batch_tokens):
        counts = [lengths[row] for row in batch]
        both = [_forward(model, batch, counts, pad_id, scoring.dtype) for model in (one, other)]
        yield from zip(*both, strict=True)
