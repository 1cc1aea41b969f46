"""Scores a model on tasks: log-likelihoods first, generation only where an answer's form is judged.

All rows are padded on the right: prompt learning puts its virtual tokens at the front, and padding between
them and the text would change what the model sees.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from harness.data.readers.examples import Example
from harness.data.tasks.general import ChoiceItem, GeneralTask, TextItem
from harness.data.tasks.target import TargetTask
from harness.data.tokenization import Pair, Tokenizer, encode_answer, encode_pair, windows
from harness.run.scoring.excerpts import Excerpts, of_answer, of_choice, of_text, with_excerpts
from harness.run.scoring.metrics import score_each
from harness.schema.measured import ITEM_COLUMNS, without_texts
from harness.schema.record import Score
from harness.schema.trial import Scoring

MAX_NEW_TOKENS = 128
LOGIT_BYTES = 64 * 2**20
"""Of one forward pass that scores on a CPU: with a large vocabulary more are gigabytes, and buy no speed there."""
OVERFLOWS = 700.0
"""Nats per word above which a perplexity is no number."""
DIVERGENCE_TEXTS = 64
"""Texts over which the divergence from the base is taken: two models run on each."""
ANSWERS = 8
"""Test items whose answer is generated to be read, where the metric itself needs none generated: the first ones."""
EXTRA_TOKENS, READ_TOKENS = 4, 80
"""An answer to be read is this much longer than the longest right one at most, and never longer than the second."""


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


@dataclass(frozen=True)
class Evaluated:
    """A score and its items, a table of `ITEM_COLUMNS`."""

    score: Score
    items: pd.DataFrame


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


def evaluate_general(
    model: Any, tokenizer: Tokenizer, task: GeneralTask, scoring: Scoring, max_length: int
) -> Evaluated:
    """Accuracy over given answers, or perplexity of text; items as in the task, at most `scoring.max_items`."""
    items, scoring = task.items[: scoring.max_items or None], bounded(model, scoring)
    pairs, pad = encoded_general(tokenizer, task), tokenizer.pad_token_id
    if task.kind == "choice":
        choices = [item for item in items if isinstance(item, ChoiceItem)]
        pairs = pairs[: sum(len(item.choices) for item in choices)]
        likeliest, by_byte, nll = _choices(choices, score_pairs(model, pairs, pad, scoring, max_length))
        values = [float(chosen == item.answer) for chosen, item in zip(likeliest, choices, strict=True)]
        texts = [of_choice(item, chosen) for chosen, item in zip(likeliest, choices, strict=True)]
        table = _table("general", task.name, items, values, nll, texts)
        score = Score(task.name, task.kind, "accuracy", True, task.chance, len(items), *_means(table))
        return Evaluated(replace(score, accuracy_per_byte=sum(by_byte) / len(by_byte)), table)
    bodies = [item.text for item in items if isinstance(item, TextItem)]
    scored = score_texts(model, pairs[: len(items)], pad, scoring, max_length)
    nll = [one.nll / one.tokens for one in scored]
    table = _table("general", task.name, items, nll, nll, list(map(of_text, bodies)))
    score = Score(task.name, task.kind, "nll_per_token", False, task.chance, len(items), *_means(table))
    nats = sum(one.nll for one in scored)
    in_bytes = nats / sum(len(body.encode()) for body in bodies)
    in_words = nats / sum(len(re.split(r"\s+", body)) for body in bodies)
    perplexity = math.exp(in_words) if in_words < OVERFLOWS else None
    return Evaluated(replace(score, bits_per_byte=in_bytes / math.log(2), word_perplexity=perplexity), table)


def _choices(items: list[ChoiceItem], scored: list[Scored]) -> tuple[list[int], list[float], list[float]]:
    """The likeliest choice, right or wrong per byte, and nats of the right choice, per item."""
    values = iter(scored)
    likeliest, by_byte, nll = [], [], []
    for item in items:
        own = [next(values).nll for _ in item.choices]
        each = [nats / len(choice.encode()) for nats, choice in zip(own, item.choices, strict=True)]
        likeliest.append(int(np.argmin(own)))
        by_byte.append(float(int(np.argmin(each)) == item.answer))
        nll.append(own[item.answer])
    return likeliest, by_byte, nll


@cache
def encoded_general(tokenizer: Tokenizer, task: GeneralTask) -> list[Pair]:
    """All choices of all items, or all texts, in order. Kept, since every trial of a process scores the same."""
    asked = ((one.context, one.choices) if isinstance(one, ChoiceItem) else ("", (one.text,)) for one in task.items)
    return [encode_pair(tokenizer, context, text) for context, texts in asked for text in texts]


def evaluate_target(
    model: Any,
    tokenizer: Tokenizer,
    target: TargetTask,
    split: str,
    scoring: Scoring,
    max_length: int,
    answers: bool = False,
) -> Evaluated:
    """The target's own metric on `validation` or `test`, and nats per token of the right answers.

    `exact_match` needs no generation: greedy decoding yields an answer exactly if every one of its tokens,
    the end token included, is the most likely one given those before it. Plain texts are scored whole,
    window by window where they are longer than the model's context. `rouge_l` and `field_accuracy` judge the
    greedy answer.

    Args:
        answers: keep what was asked and answered on the test split, for people to read.
    """
    examples, scoring = getattr(target, split)[: scoring.max_items or None], bounded(model, scoring)
    pairs = [encode_answer(tokenizer, example) for example in examples]
    score = score_texts if target.objective == "pretrain" else score_pairs
    scored = score(model, pairs, tokenizer.pad_token_id, scoring, max_length)
    values, said, format_errors = _judged(model, tokenizer, target, examples, pairs, scored, scoring)
    texts: list[Excerpts] | None = None
    if answers and split == "test" and target.objective == "pretrain":
        texts = [of_text(example.answer) for example in examples]
    elif answers and split == "test":
        said = said or _answers(model, tokenizer, examples, pairs, scored, scoring, max_length)
        texts = [of_answer(example, answer) for example, answer in zip(examples, said, strict=True)]
    role = "target" if split == "test" else "validation"
    nll = [one.nll / one.tokens for one in scored]
    table, higher = _table(role, target.name, examples, values, nll, texts), target.higher_is_better
    found = Score(target.name, "completion", target.metric, higher, 0.0, len(examples), *_means(table))
    return Evaluated(replace(found, format_errors=format_errors), table)


def _judged(
    model: Any,
    tokenizer: Tokenizer,
    target: TargetTask,
    examples: Sequence[Example],
    pairs: Sequence[Pair],
    scored: Sequence[Scored],
    scoring: Scoring,
) -> tuple[list[float], list[str | None] | None, float | None]:
    """The metric per item, the greedy answers where it judges those, and the share of them that is no JSON object."""
    contexts = [pair.context for pair in pairs]
    if target.metric == "field_accuracy":
        produced = generate(model, tokenizer, contexts, scoring)
        judged = [field_accuracy(answer, example) for answer, example in zip(produced, examples, strict=True)]
        return [value or 0.0 for value in judged], [*produced], sum(value is None for value in judged) / len(judged)
    if target.metric == "rouge_l":
        longest = max(len(pair.continuation) for pair in pairs)
        produced = generate(model, tokenizer, contexts, scoring, max(longest, MAX_NEW_TOKENS))
        return score_each("rouge_l", produced, [example.answer for example in examples]), [*produced], None
    if target.metric == "exact_match":
        return [float(one.greedy) for one in scored], None, None
    return [one.nll / one.tokens for one in scored], None, None


def _answers(
    model: Any,
    tokenizer: Tokenizer,
    examples: Sequence[Example],
    pairs: Sequence[Pair],
    scored: Sequence[Scored],
    scoring: Scoring,
    max_length: int,
) -> list[str | None]:
    """What greedy decoding says, where that is known: the right answer where scoring found it the likeliest token
    by token, and among the first `ANSWERS` items what is generated, if the model's context has room for it."""
    said = [example.answer if one.greedy else None for example, one in zip(examples, scored, strict=True)]
    tokens = min(max(len(pair.continuation) for pair in pairs) + EXTRA_TOKENS, READ_TOKENS)
    room = max_length - tokens
    asked = [at for at, pair in enumerate(pairs[:ANSWERS]) if said[at] is None and len(pair.context) <= room]
    produced = generate(model, tokenizer, [pairs[at].context for at in asked], scoring, tokens)
    for at, answer in zip(asked, produced, strict=True):
        said[at] = answer
    return said


def generate(
    model: Any, tokenizer: Tokenizer, contexts: list[list[int]], scoring: Scoring, max_tokens: int = MAX_NEW_TOKENS
) -> list[str]:
    """Greedy answers of at most `max_tokens`. Only contexts of equal length share a batch, so no padding can matter."""
    import torch

    by_length: dict[int, list[int]] = {}
    for index, context in enumerate(contexts):
        by_length.setdefault(len(context), []).append(index)
    answers = [""] * len(contexts)
    device = next(model.parameters()).device
    for length, indices in by_length.items():
        ids = torch.tensor([contexts[index] for index in indices], device=device)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=scoring.dtype == "bfloat16"):
            produced = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=max_tokens,
                do_sample=False,
                pad_token_id=tokenizer.pad_token_id,
            )
        for index, row in zip(indices, produced.tolist(), strict=True):
            # Prompt learning returns the answer alone, since its input were embeddings.
            new = row[length:] if row[:length] == contexts[index] else row
            answers[index] = tokenizer.decode(new, skip_special_tokens=True)
    return answers


def field_accuracy(answer: str, example: Example) -> float | None:
    """Share of the expected JSON object's fields that the answer holds; None where it is no JSON object.

    Fields that nobody asked for count as wrong ones.
    """
    try:
        produced = json.loads(answer)
    except (ValueError, RecursionError):  # numbers of thousands of digits, too
        return None
    if not isinstance(produced, dict):
        return None
    expected = json.loads(example.answer)
    names = set(expected) | set(produced)
    right = [name for name in expected if name in produced and json.dumps(produced[name]) == json.dumps(expected[name])]
    return len(right) / len(names) if names else 1.0


def _table(
    role: str,
    task: str,
    items: Sequence[Example | ChoiceItem | TextItem],
    scores: list[float],
    nll: list[float],
    excerpts: Sequence[Excerpts] | None,
) -> pd.DataFrame:
    table = pd.DataFrame([(role, task, item.id, item.cluster) for item in items], columns=list(ITEM_COLUMNS[:4]))
    table = table.assign(score=np.asarray(scores, dtype=np.float64), nll=np.asarray(nll, dtype=np.float64))
    return without_texts(table) if excerpts is None else with_excerpts(table, excerpts)


def _means(table: pd.DataFrame) -> tuple[float, float]:
    return float(table["score"].mean()), float(table["nll"].mean())


def agreement(one: Any, other: Any, pairs: Sequence[Pair], pad_id: int, scoring: Scoring, max_length: int) -> float:
    """Share of the answers' tokens for which two models of one vocabulary find the same token likeliest."""
    same = total = 0
    for left, right in _both(one, other, pairs, pad_id, scoring, max_length):
        same += int((left.argmax(dim=-1) == right.argmax(dim=-1)).sum())
        total += len(left)
    return same / total


def divergence_on_text(
    model: Any, base: Any, tokenizer: Tokenizer, task: GeneralTask, scoring: Scoring, max_length: int
) -> float:
    """KL(base || model) in nats per token, over the first `DIVERGENCE_TEXTS` texts of a task."""
    pairs = encoded_general(tokenizer, task)[: min(DIVERGENCE_TEXTS, scoring.max_items or DIVERGENCE_TEXTS)]
    nats, tokens = 0.0, 0
    for own, reference in _both(model, base, pairs, tokenizer.pad_token_id, scoring, max_length):
        shared = min(own.shape[1], reference.shape[1])  # a candidate may know tokens that the base does not
        own, reference = own[:, :shared], reference[:, :shared]
        nats += float((reference.exp() * (reference - own)).double().sum())
        tokens += len(own)
    return nats / tokens


def _both(
    one: Any, other: Any, pairs: Sequence[Pair], pad_id: int, scoring: Scoring, max_length: int
) -> Iterator[tuple[Any, Any]]:
    """Log-probabilities `(tokens, vocabulary)` of every continuation under two models."""
    fitted, scoring = [_fit(pair, max_length) for pair in pairs], bounded(one, scoring)
    lengths = {(*pair.context, *pair.continuation[:-1]): len(pair.continuation) for pair in fitted}
    for batch in _batched(sorted(lengths, key=lambda row: (len(row), row)), scoring.batch_tokens):
        counts = [lengths[row] for row in batch]
        both = [_forward(model, batch, counts, pad_id, scoring.dtype) for model in (one, other)]
        yield from zip(*both, strict=True)
