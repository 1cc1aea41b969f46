"""Texts to token ids, the one way for training and for scoring, so that both see the same boundaries."""

from typing import Any, NamedTuple

from harness.data.readers.examples import Example

Tokenizer = Any
"""A `transformers` tokenizer; that library's classes carry no usable types for it."""


class Pair(NamedTuple):
    """Token ids of what is given and of what is scored or learned."""

    context: list[int]
    continuation: list[int]


def encode_pair(tokenizer: Tokenizer, context: str, continuation: str) -> Pair:
    """Splits the tokens of `context + continuation` where the context's own tokens end.

    The definition of lm-eval's `_encode_pair`: white space at the context's end moves to the continuation,
    both are tokenized as one text, and the boundary is the length of the context tokenized alone. An empty
    context becomes the token that starts a sequence, so that the first token is scored as well.
    """
    spaces = len(context) - len(context.rstrip())
    if spaces:
        context, continuation = context[:-spaces], context[-spaces:] + continuation
    if not context:
        ids = tokenizer(continuation, add_special_tokens=False)["input_ids"]
        return Pair([start_token(tokenizer)], list(ids))
    whole = tokenizer(context + continuation)["input_ids"]
    given = tokenizer(context)["input_ids"]
    if len(whole) <= len(given):  # the continuation melted into the context's last token
        return Pair(list(given), list(tokenizer(continuation, add_special_tokens=False)["input_ids"]))
    return Pair(list(whole[: len(given)]), list(whole[len(given) :]))


def start_token(tokenizer: Tokenizer) -> int:
    """`bos`, or `eos` for tokenizers that have no `bos` (GPT-2's convention).

    Raises:
        ValueError: the tokenizer has neither.
    """
    token = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    if token is None:
        raise ValueError("the tokenizer has neither a bos nor an eos token, so nothing can start a sequence")
    return int(token)


def encode_answer(tokenizer: Tokenizer, example: Example) -> Pair:
    """What stands before the (last) answer, and the answer with its end token."""
    if not example.messages:
        pair = encode_pair(tokenizer, example.prompt, example.completion)
        return Pair(pair.context, [*pair.continuation, tokenizer.eos_token_id])
    before = encode_chat(tokenizer, example.messages[:-1], generation_prompt=True)
    whole = encode_chat(tokenizer, example.messages)
    return Pair(before, whole[len(before) :])


def windows(pair: Pair, max_length: int) -> list[Pair]:
    """A continuation too long for the model as consecutive ones, each token in exactly one; or the pair itself.

    lm-eval's rolling log-likelihood: the first window follows the pair's last context token, every later one
    the token before it, and the last, which is shorter, as many tokens as fit.

    Args:
        max_length: tokens that the model can attend to.
    """
    tokens = pair.continuation
    if len(pair.context) + len(tokens) - 1 <= max_length:
        return [pair]
    stream = [pair.context[-1], *tokens]
    found = []
    for start in range(0, len(tokens), max_length):
        chunk = tokens[start : start + max_length]
        left = max(0, start + len(chunk) - max_length)
        found.append(Pair(stream[left : start + 1], chunk))
    return found


def encode_chat(
    tokenizer: Tokenizer, messages: tuple[tuple[str, str], ...], generation_prompt: bool = False
) -> list[int]:
    """Token ids of a conversation in the model's own template."""
    turns = [{"role": role, "content": content} for role, content in messages]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=generation_prompt)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
