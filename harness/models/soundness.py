"""Can a model be measured? Seen from its configuration, its tokenizer and the headers of its weights, before any trial.

Transformers makes up what is missing, and only warns; nothing that was made up may get a score.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from harness.models import loading
from harness.models.base import CARD, WEIGHT_SUFFIXES, BaseModel, load_tokenizer
from harness.models.checkpoint import (
    CONFIG,
    SAVE_AGAIN,
    Config,
    check_generation,
    read_config,
    read_object,
    require_bounded,
    shapes,
    weight_files,
)
from harness.schema.errors import UserError, shown
from harness.schema.paths import FIXTURES

OTHER_HEADS = (
    "ForMaskedLM",
    "ForMultipleChoice",
    "ForNextSentencePrediction",
    "ForQuestionAnswering",
    "ForSequenceClassification",
    "ForTokenClassification",
)
"""Ends of names of architectures that continue no text; transformers would put another head on them."""


AUTO, FASTEST, ALWAYS = "auto", "sdpa", "eager"
"""What takes the first of the other two that the model has: not every one has the fast implementation (Gemma 2)."""


@cache
def check_base(base: BaseModel, attention: str) -> str:
    """Everything about a base that can be known before it is loaded, once per process.

    Args:
        attention: the implementation that trials load it with, or `auto`.

    Returns:
        The implementation, `auto` resolved.

    Raises:
        UserError: it cannot be measured.
    """
    if _is_as_shipped(Path(base.location)):
        return FASTEST if attention == AUTO else attention
    model, attention = _with_attention(base, attention)
    tokenizer = load_tokenizer(base)
    _check_template(base, tokenizer)
    rows, (last, token) = embeddings(model), last_token(tokenizer)
    if last >= rows:
        raise UserError(
            f"{base.called}: its tokenizer gives {shown(token)} the number {last:,}, and its {CONFIG} makes embeddings "
            f"for {rows:,} tokens (0 to {rows - 1:,}). Give it the tokenizer that it was trained with."
        )
    return attention


def _with_attention(base: BaseModel, attention: str) -> tuple[Any, str]:
    if attention != AUTO:
        return without_weights(base, attention), attention
    try:
        return without_weights(base, FASTEST), FASTEST
    except UserError:  # what is wrong whatever the implementation is said of the other one
        return without_weights(base, ALWAYS), ALWAYS


def _is_as_shipped(directory: Path) -> bool:
    """Whether it is the embedded model to the last bit, which tests have measured; loading it takes three seconds."""
    if directory != (FIXTURES / "model").resolve():
        return False
    known = {
        name.removeprefix("model/"): sha256
        for name, sha256 in read_object(directory / CARD, "The embedded model")["sha256"].items()
        if name.startswith("model/")
    }
    held = [path for path in directory.iterdir() if path.suffix in WEIGHT_SUFFIXES and path.name != CARD]
    return known == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in held}


def without_weights(base: BaseModel, attention: str = "eager") -> Any:
    """The model on the meta device, once its files have been seen to hold every weight of it.

    Args:
        attention: the implementation to look for.

    Raises:
        UserError: they do not, or it is none that is measured here.
    """
    import torch

    directory, what = Path(base.location), base.called
    _check_kind(read_config(directory, what), what)
    check_generation(directory, what)
    tensors = sum(len(shapes(path, what)) for path in weight_files(directory, what))
    require_bounded(directory, tensors, what)
    return loading.causal_lm(base.location, what, device_map="meta", dtype=torch.float32, attn_implementation=attention)


def _check_kind(config: Config, what: str) -> None:
    if config.quantization_config is not None:
        raise UserError(
            f"{what} is stored quantized. Give the model at full precision; --quantization nf4 measures it quantized, "
            "beside the base at the same level."
        )
    heads = config.architectures or ()
    if heads and all(head.endswith(OTHER_HEADS) for head in heads):
        raise UserError(
            f"{what}: its {CONFIG} says that it is a {shown(heads[0])}, which continues no text. Give a model that "
            "does, such as a LlamaForCausalLM."
        )


def embeddings(model: Any) -> int:
    """For how many tokens the model has embeddings."""
    return int(model.get_input_embeddings().weight.shape[0])


def last_token(tokenizer: Any) -> tuple[int, str]:
    """The largest number that text can become, and its token.

    Tokens that were added and that neither start, end, pad nor stand in the chat template may have larger ones: models
    of several modalities share tokenizers with their text models, which have no embeddings for pictures.
    """
    added = tokenizer.get_added_vocab()
    template = str(getattr(tokenizer, "chat_template", None))
    used = {tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token}
    vocabulary = tokenizer.get_vocab().items()
    return max(
        ((number, token) for token, number in vocabulary if token not in added or token in used or token in template),
        default=(-1, ""),
    )


def _check_template(base: BaseModel, tokenizer: Any) -> None:
    """What a template makes of a conversation is its own affair; that it can be read at all is seen here."""
    from jinja2 import TemplateSyntaxError

    if not getattr(tokenizer, "chat_template", None):
        return
    try:
        tokenizer.apply_chat_template([{"role": "user", "content": "a"}], tokenize=False)
    except TemplateSyntaxError as error:
        raise UserError(f"{base.called}: its chat template cannot be read ({error}). {SAVE_AGAIN}") from None
    except Exception:  # a template that wants something else of a conversation says so when it gets one
        return
