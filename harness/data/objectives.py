"""Objectives: which tokens of an example the loss is taken over."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from harness.data.readers.examples import Example
from harness.data.tasks.target import TargetTask
from harness.data.tokenization import Tokenizer, encode_answer, encode_chat, start_token
from harness.schema.errors import UserError
from harness.schema.wording import counted

IGNORED = -100
"""Label of a token that the loss leaves out; PyTorch's and transformers' convention."""

FIRST_ASKED = 100
COUNTED = 1000
"""Long examples of which each is encoded for the plan to count; of more, every second or third is."""
TOKENS_OF_A_TURN = 16
"""Generous: tokens that a template, or a start and an end, add to the text of a turn."""


@dataclass(frozen=True)
class Sequence:
    """One training sequence: `input_ids (tokens,)` and `labels (tokens,)`, `IGNORED` where nothing is learned."""

    input_ids: list[int]
    labels: list[int]
    replayed: bool = False
    """Whether it is general text that is mixed in, and no example of the target."""


def instruction(tokenizer: Tokenizer, example: Example) -> Sequence:
    """Prompt, then completion and end token; the loss is over the last two alone."""
    pair = encode_answer(tokenizer, example)
    return Sequence(pair.context + pair.continuation, [IGNORED] * len(pair.context) + pair.continuation)


def chat(tokenizer: Tokenizer, example: Example) -> Sequence:
    """A conversation in the model's template; the loss is over every learned assistant turn with its end token.

    The turn's tokens are those that the template adds to the conversation before it.

    Raises:
        UserError: the tokenizer has no chat template, one that refuses the conversation, or one whose earlier
            turns change when later ones come.
    """
    from jinja2 import TemplateError

    if not getattr(tokenizer, "chat_template", None):
        raise UserError(
            "The data holds messages, but the base model's tokenizer has no chat template. "
            "Use a chat model, or give the data as prompt and completion."
        )
    try:
        return _chat(tokenizer, example)
    except TemplateError as error:
        raise UserError(f"{example.place}: the model's chat template refuses the conversation ({error}).") from None


def _chat(tokenizer: Tokenizer, example: Example) -> Sequence:
    ids = encode_chat(tokenizer, example.messages)
    labels = [IGNORED] * len(ids)
    for end, (role, _) in enumerate(example.messages, 1):
        if role != "assistant" or end - 1 in example.unlearned:
            continue
        before = encode_chat(tokenizer, example.messages[: end - 1], generation_prompt=True)
        after = encode_chat(tokenizer, example.messages[:end])
        if ids[: len(after)] != after or after[: len(before)] != before:
            raise UserError(
                f"{example.place}: the model's chat template rewrites earlier turns, so the answers' tokens "
                "cannot be told apart. Give one exchange per line."
            )
        labels[len(before) : len(after)] = after[len(before) :]
    return Sequence(ids, labels)


def packed(tokenizer: Tokenizer, examples: Iterable[Example], max_length: int) -> list[Sequence]:
    """Plain texts as one stream, each with its end token, cut every `max_length` tokens; the loss is over every token.

    The stream begins with the start token. The last sequence may be shorter; it is left out where it has a
    single token, from which nothing can be predicted.
    """
    stream = [start_token(tokenizer)]
    for example in examples:
        stream += encode_answer(tokenizer, example).continuation
    chunks = [stream[start : start + max_length] for start in range(0, len(stream), max_length)]
    return [Sequence(chunk, list(chunk)) for chunk in chunks if len(chunk) >= 2]


OBJECTIVES = {"instruction": instruction, "chat": chat}
"""Objectives of which every example is a sequence of its own; plain text is packed instead."""


def encode_all(tokenizer: Tokenizer, objective: str, examples: tuple[Example, ...], max_length: int) -> list[Sequence]:
    """Sequences of at most `max_length` tokens; a longer prompt loses its beginning, an answer nothing.

    Raises:
        UserError: an answer alone is longer than the context.
    """
    if objective == "pretrain":
        return packed(tokenizer, examples, max_length)
    sequences = [OBJECTIVES[objective](tokenizer, example) for example in examples]
    return [_fit(sequence, example, max_length) for sequence, example in zip(sequences, examples, strict=True)]


def check_lengths(tokenizer: Tokenizer, target: TargetTask, max_length: int, context_length: int) -> TargetTask:
    """Encodes what may not fit as training and scoring will, so that it is found before either.

    Args:
        max_length: tokens of a training sequence.
        context_length: tokens that the model can attend to.

    Returns:
        The target, with notes on how many prompts will be cut.

    Raises:
        UserError: an answer is too long for a training sequence or for the model, a training sequence is
            too long for the model, or the model's chat template is missing or does not serve.
    """
    # It would warn that a text is longer than the context, which is what is checked here.
    logging.getLogger("transformers.tokenization_utils_base").setLevel(logging.ERROR)
    plain = target.objective == "pretrain"
    if plain and max_length <= context_length:
        return target  # packed to max_length, and scored window by window
    prompts_too = max_length > context_length  # otherwise they are cut to what fits
    train = target.train if plain else _suspects(target.train, min(max_length, context_length), prompts_too)
    sequences = encode_all(tokenizer, target.objective, train, max_length)
    longest = max((len(sequence.input_ids) for sequence in sequences), default=0)
    if longest > context_length:
        raise UserError(
            f"Target {target.name!r}: a training sequence has {longest} tokens, and the base model attends to "
            f"{context_length}. Lower max_length in the profile, now {max_length}."
        )
    for example in () if plain else _suspects(target.validation + target.test, context_length):
        if example.messages:
            chat(tokenizer, example)
        tokens = len(encode_answer(tokenizer, example).continuation)
        if tokens > context_length:
            raise UserError(
                f"{example.place}: its answer has {tokens} tokens, and the base model attends to {context_length}. "
                "Shorten it."
            )
    return (
        target
        if plain
        else replace(target, notes=(*target.notes, *_cut(tokenizer, target, max_length, context_length)))
    )


def _cut(tokenizer: Tokenizer, target: TargetTask, max_length: int, context_length: int) -> Iterator[str]:
    """Sentences on the prompts that lose their beginning, when trained on and when scored."""
    held_out = target.validation + target.test
    # The last token is learned or scored, and not attended to: where a model's context ends, one more fits.
    for examples, most, which, limit in (
        (target.train, max_length, "training", f"max_length, {max_length} tokens,"),
        (held_out, context_length + 1, "held-out", f"the {context_length} tokens that the base model attends to"),
    ):
        number, exact = _longer(tokenizer, examples, most)
        if number:
            those = counted(number, f"{which} prompt", "is", "are")
            yield f"{'' if exact else 'about '}{those} longer than {limit} with the answer: the beginning is cut"


def _longer(tokenizer: Tokenizer, examples: tuple[Example, ...], limit: int) -> tuple[int, bool]:
    """How many examples need more than `limit` tokens, and whether all that may were counted, or a sample of them."""
    suspects = _suspects(examples, limit, prompts_too=True)
    asked = suspects[:: len(suspects) // COUNTED + 1]
    found = sum(sum(map(len, encode_answer(tokenizer, example))) > limit for example in asked)
    return (found, True) if len(asked) == len(suspects) else (found * len(suspects) // len(asked), False)


def _suspects(examples: tuple[Example, ...], limit: int, prompts_too: bool = False) -> tuple[Example, ...]:
    """Examples whose answers (with their prompts) may need more than `limit` tokens, or that a template may refuse.

    A token takes a byte of text at least, so most need no counting. Templates look at the order of roles:
    one conversation of each order is asked for, and the first hundred.
    """
    orders: set[tuple[str, ...]] = set()
    found = []
    for index, example in enumerate(examples):
        order = tuple(role for role, _ in example.messages)
        texts = [content for _, content in example.messages] or [example.prompt, example.completion]
        if not prompts_too:
            texts = texts[order.index("assistant") if order else 1 :]
        asked = example.messages and (index < FIRST_ASKED or order not in orders)
        orders.add(order)
        if asked or sum(len(text.encode()) + TOKENS_OF_A_TURN for text in texts) > limit:
            found.append(example)
    return tuple(found)


def _fit(sequence: Sequence, example: Example, max_length: int) -> Sequence:
    excess = len(sequence.input_ids) - max_length
    if excess <= 0:
        return sequence
    first = next(index for index, label in enumerate(sequence.labels) if label != IGNORED)
    if first <= excess:
        raise UserError(
            f"{example.place}: its answers need more than the {max_length} tokens that a sequence may have. "
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
