"""Scores a model on its target task: log-likelihoods first, generation only where an answer's form is judged."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.data.readers.examples import Example
from harness.data.tasks.target import TargetTask
from harness.data.tokenization import Pair, Tokenizer, encode_answer
from harness.run.scoring.evaluated import Evaluated, item_table, means
from harness.run.scoring.excerpts import Excerpts, of_answer, of_text
from harness.run.scoring.generation import MAX_NEW_TOKENS, generate
from harness.run.scoring.log_likelihood import Scored, bounded, score_pairs, score_texts
from harness.run.scoring.metrics import score_each
from harness.schema.record import Score
from harness.schema.trial import Scoring

ANSWERS = 8
"""Test items whose answer is generated to be read, where the metric itself needs none generated: the first ones."""
EXTRA_TOKENS, READ_TOKENS = 4, 80
"""An answer to be read is this much longer than the longest right one at most, and never longer than the second."""


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
    examples = getattr(target, split)[: scoring.max_items or None]
    pairs = [encode_answer(tokenizer, example) for example in examples]
    score = score_texts if target.objective == "pretrain" else score_pairs
    scored = score(model, pairs, tokenizer.pad_token_id, bounded(model, scoring), max_length)
    values, said, format_errors = _judged(model, tokenizer, target, examples, pairs, scored, scoring)
    texts: list[Excerpts] | None = None
    if answers and split == "test" and target.objective == "pretrain":
        texts = [of_text(example.answer) for example in examples]
    elif answers and split == "test":
        said = said or _answers(model, tokenizer, examples, pairs, scored, scoring, max_length)
        texts = [of_answer(example, answer) for example, answer in zip(examples, said, strict=True)]
    role = "target" if split == "test" else "validation"
    nll = [one.nll / one.tokens for one in scored]
    table, higher = item_table(role, target.name, examples, values, nll, texts), target.higher_is_better
    found = Score(target.name, "completion", target.metric, higher, 0.0, len(examples), *means(table))
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
