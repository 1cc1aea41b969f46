"""Objectives: which tokens of an example the loss is taken over."""

from dataclasses import dataclass
from typing import Any

from harness.encoding import Tokenizer, encode_answer, encode_chat
from harness.errors import UserError
from harness.formats import Example

IGNORED = -100
"""Label of a token that the loss leaves out; PyTorch's and transformers' convention."""


@dataclass(frozen=True)
class Sequence:
    """One training sequence: `input_ids (tokens,)` and `labels (tokens,)`, `IGNORED` where nothing is learned."""

    input_ids: list[int]
    labels: list[int]


def instruction(tokenizer: Tokenizer, example: Example) -> Sequence:
    """Prompt, then completion and end token; the loss is over the last two alone."""
    pair = encode_answer(tokenizer, example)
    return Sequence(pair.context + pair.continuation, [IGNORED] * len(pair.context) + pair.continuation)


def chat(tokenizer: Tokenizer, example: Example) -> Sequence:
    """A conversation in the model's template; the loss is over every assistant turn with its end token.

    The turn's tokens are those that the template adds to the conversation before it.

    Raises:
        UserError: the tokenizer has no chat template, or one whose earlier turns change when later ones come.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise UserError(
            "The data holds messages, but the base model's tokenizer has no chat template. "
            "Use a chat model, or give the data as prompt and completion."
        )
    ids = encode_chat(tokenizer, example.messages)
    labels = [IGNORED] * len(ids)
    for end, (role, _) in enumerate(example.messages, 1):
        if role != "assistant":
            continue
        before = encode_chat(tokenizer, example.messages[: end - 1], generation_prompt=True)
        after = encode_chat(tokenizer, example.messages[:end])
        if ids[: len(after)] != after or after[: len(before)] != before:
            raise UserError(
                f"Example {example.id!r}: the model's chat template rewrites earlier turns, so the answers' tokens "
                "cannot be told apart. Give one exchange per line."
            )
        labels[len(before) : len(after)] = after[len(before) :]
    return Sequence(ids, labels)


OBJECTIVES = {"instruction": instruction, "chat": chat}


def encode_all(tokenizer: Tokenizer, objective: str, examples: tuple[Example, ...], max_length: int) -> list[Sequence]:
    """Sequences of at most `max_length` tokens; a longer prompt loses its beginning, an answer nothing.

    Raises:
        UserError: an answer alone is longer than the context.
    """
    sequences = [OBJECTIVES[objective](tokenizer, example) for example in examples]
    return [_fit(sequence, example, max_length) for sequence, example in zip(sequences, examples, strict=True)]


def _fit(sequence: Sequence, example: Example, max_length: int) -> Sequence:
    excess = len(sequence.input_ids) - max_length
    if excess <= 0:
        return sequence
    first = next(index for index, label in enumerate(sequence.labels) if label != IGNORED)
    if first <= excess:
        raise UserError(
            f"Example {example.id!r}: its answers need more than the {max_length} tokens that a sequence may have. "
            "Shorten it, or raise max_length in the profile."
        )
    # The start token stays: models of this kind have never seen a sequence without one.
    kept = slice(excess + 1, None)
    return Sequence(sequence.input_ids[:1] + sequence.input_ids[kept], sequence.labels[:1] + sequence.labels[kept])


def collate(sequences: list[Sequence], pad_id: int) -> dict[str, Any]:
    """Right-padded `input_ids`, `attention_mask` and `labels`, each `(batch, tokens)`."""
    import torch

    width = max(len(sequence.input_ids) for sequence in sequences)
    ids = torch.full((len(sequences), width), pad_id)
    labels = torch.full((len(sequences), width), IGNORED)
    mask = torch.zeros((len(sequences), width), dtype=torch.long)
    for row, sequence in enumerate(sequences):
        length = len(sequence.input_ids)
        ids[row, :length] = torch.tensor(sequence.input_ids)
        labels[row, :length] = torch.tensor(sequence.labels)
        mask[row, :length] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}
