"""Scores a model on general tasks: accuracy over given answers or of what it is told to write, perplexity of text."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from harness.data.readers.examples import Example
from harness.data.tasks.general import (
    ChoiceItem,
    ContinuationItem,
    GeneralItem,
    GeneralTask,
    InstructionItem,
    TextItem,
)
from harness.data.tasks.instructions import obeys
from harness.data.tokenization import Pair, Tokenizer, encode_answer, encode_pair
from harness.run.scoring.evaluated import Evaluated, item_table, means
from harness.run.scoring.excerpts import of_choice, of_continuation, of_instruction, of_text
from harness.run.scoring.generation import generate
from harness.run.scoring.log_likelihood import Scored, bounded, score_pairs, score_texts, under_both
from harness.schema.record import Score
from harness.schema.trial import Scoring

OVERFLOWS = 700.0
"""Nats per word above which a perplexity is no number."""
DIVERGENCE_TEXTS = 64
"""Texts over which the divergence from the base is taken: two models run on each."""


def evaluate_general(
    model: Any, tokenizer: Tokenizer, task: GeneralTask, scoring: Scoring, max_length: int
) -> Evaluated:
    """Accuracy over given answers, of continuations or of answers to instructions, or perplexity of text; items as in
    the task, at most `scoring.max_items`."""
    items = task.items[: scoring.max_items or None]
    pairs = encoded_general(tokenizer, replace(task, items=items))
    by_kind = {"choice": _choices, "continuation": _continuations, "instruction": _instructions, "text": _texts}
    return by_kind[task.kind](Asked(model, tokenizer, scoring, max_length), task, items, pairs)


@dataclass(frozen=True)
class Asked:
    """A model, and how it is asked."""

    model: Any
    tokenizer: Tokenizer
    scoring: Scoring
    max_length: int

    def scored(self, pairs: Sequence[Pair], score: Callable[..., list[Scored]] = score_pairs) -> list[Scored]:
        """Continuations given their contexts."""
        scoring = bounded(self.model, self.scoring)
        return score(self.model, pairs, self.tokenizer.pad_token_id, scoring, self.max_length)

    def answers(self, pairs: Sequence[Pair], limits: Sequence[int]) -> list[str]:
        """Greedy answers to the contexts; those that leave no room for an answer lose their beginning."""
        within = [max(1, min(limit, self.max_length - 1)) for limit in limits]
        rooms = [self.max_length - limit for limit in within]
        contexts = [_ending(pair.context, room) for pair, room in zip(pairs, rooms, strict=True)]
        return generate(self.model, self.tokenizer, contexts, self.scoring, within)


def _choices(asked: Asked, task: GeneralTask, items: Sequence[GeneralItem], pairs: Sequence[Pair]) -> Evaluated:
    """The likeliest of the given answers."""
    asks = [item for item in items if isinstance(item, ChoiceItem)]
    likeliest, by_byte, nll = _chosen(asks, asked.scored(pairs))
    values = [float(chosen == item.answer) for chosen, item in zip(likeliest, asks, strict=True)]
    texts = [of_choice(item, chosen) for chosen, item in zip(likeliest, asks, strict=True)]
    table = item_table("general", task.name, items, values, nll, texts)
    score = Score(task.name, task.kind, "accuracy", True, task.chance, len(items), *means(table))
    return Evaluated(replace(score, accuracy_per_byte=sum(by_byte) / len(by_byte)), table)


def _continuations(asked: Asked, task: GeneralTask, items: Sequence[GeneralItem], pairs: Sequence[Pair]) -> Evaluated:
    """Whether greedy decoding would say exactly what should follow, and its nats."""
    scored = asked.scored(pairs)
    values, nll = [float(one.greedy) for one in scored], [one.nll for one in scored]
    texts = [of_continuation(item) for item in items if isinstance(item, ContinuationItem)]
    table = item_table("general", task.name, items, values, nll, texts)
    return Evaluated(Score(task.name, task.kind, "accuracy", True, task.chance, len(items), *means(table)), table)


def _instructions(asked: Asked, task: GeneralTask, items: Sequence[GeneralItem], pairs: Sequence[Pair]) -> Evaluated:
    """Greedy answers, each right where all of its checks hold; and nats of the answers that stand beside the checks."""
    told = [item for item in items if isinstance(item, InstructionItem)]
    nll = [one.nll for one in asked.scored(pairs)]
    produced = asked.answers(pairs, [item.max_tokens for item in told])
    answers = [_answer(asked.tokenizer, text) for text in produced]
    values = [float(obeys(item.checks, answer)) for item, answer in zip(told, answers, strict=True)]
    texts = [of_instruction(item, answer) for item, answer in zip(told, answers, strict=True)]
    table = item_table("general", task.name, items, values, nll, texts)
    return Evaluated(Score(task.name, task.kind, "accuracy", True, task.chance, len(items), *means(table)), table)


def _texts(asked: Asked, task: GeneralTask, items: Sequence[GeneralItem], pairs: Sequence[Pair]) -> Evaluated:
    """Perplexity."""
    bodies = [item.text for item in items if isinstance(item, TextItem)]
    scored = asked.scored(pairs, score_texts)
    nll = [one.nll / one.tokens for one in scored]
    table = item_table("general", task.name, items, nll, nll, list(map(of_text, bodies)))
    score = Score(task.name, task.kind, "nll_per_token", False, task.chance, len(bodies), *means(table))
    nats = sum(one.nll for one in scored)
    in_bytes = nats / sum(len(body.encode()) for body in bodies)
    in_words = nats / sum(len(re.split(r"\s+", body)) for body in bodies)
    perplexity = math.exp(in_words) if in_words < OVERFLOWS else None
    return Evaluated(replace(score, bits_per_byte=in_bytes / math.log(2), word_perplexity=perplexity), table)


def _chosen(items: list[ChoiceItem], scored: list[Scored]) -> tuple[list[int], list[float], list[float]]:
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
    """All choices of all items, all continuations, answers or texts, in order. Kept, since every trial of a process
    scores the same."""
    return [pair for item in task.items for pair in _encoded(tokenizer, item)]


def _encoded(tokenizer: Tokenizer, item: GeneralItem) -> list[Pair]:
    if isinstance(item, InstructionItem):
        return [encode_answer(tokenizer, _as_told(tokenizer, item))]
    if isinstance(item, TextItem):
        return [encode_pair(tokenizer, "", item.text)]
    if isinstance(item, ContinuationItem):
        return [encode_pair(tokenizer, item.context, item.continuation)]
    if item.after:
        return [encode_pair(tokenizer, item.context + choice, item.after) for choice in item.choices]
    return [encode_pair(tokenizer, item.context, choice) for choice in item.choices]


def _as_told(tokenizer: Tokenizer, item: InstructionItem) -> Example:
    """In the model's own chat template; as plain text where it has none."""
    if getattr(tokenizer, "chat_template", None):
        return Example(item.id, item.cluster, messages=(("user", item.prompt), ("assistant", item.answer)))
    return Example(item.id, item.cluster, f"Instruction: {item.prompt}\nAnswer:", f" {item.answer}")


def _answer(tokenizer: Tokenizer, text: str) -> str:
    """What was said, without the paragraphs that a model without a chat template may go on with."""
    text = text.strip()
    return text if getattr(tokenizer, "chat_template", None) else text.split("\n\n")[0]


def _ending(context: list[int], length: int) -> list[int]:
    """At most so many tokens; the start token stays."""
    return context if len(context) <= length else context[:1] + context[len(context) - length + 1 :]


def divergence_on_text(
    model: Any, base: Any, tokenizer: Tokenizer, task: GeneralTask, scoring: Scoring, max_length: int
) -> float:
    """KL(base || model) in nats per token, over the first `DIVERGENCE_TEXTS` texts of a task."""
    texts = replace(task, items=task.items[: scoring.max_items or None])
    pairs = encoded_general(tokenizer, texts)[:DIVERGENCE_TEXTS]
    nats, tokens = 0.0, 0
    for own, reference in under_both(model, base, pairs, tokenizer.pad_token_id, scoring, max_length):
        shared = min(own.shape[1], reference.shape[1])  # a candidate may know tokens that the base does not
        own, reference = own[:, :shared], reference[:, :shared]
        nats += float((reference.exp() * (reference - own)).double().sum())
        tokens += len(own)
    return nats / tokens
