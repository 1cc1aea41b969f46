"""Does a candidate fit the base? Seen from names, shapes and tokens, before anything runs.

PEFT and transformers complete what a file lacks with random numbers, and only warn. Nothing that was completed
so, or that was trained on other tokens, may get a score.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.data.tasks.target import TargetTask
from harness.data.tokenization import Tokenizer, encode_answer
from harness.methods.candidate import ADAPTER, CONFIG, MODEL, Candidate, read_json, widened
from harness.methods.kinds.adapter import DEFAULT
from harness.models.base import BaseModel, context_length, load_tokenizer, skeleton
from harness.schema.errors import UserError

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model")


def check_fits(candidate: Candidate, base: BaseModel) -> None:
    """Compares names and shapes with the base, without reading weights of either.

    Raises:
        UserError: it does not fit, or cannot be loaded at all.
    """
    check = _check_adapter if candidate.kind == ADAPTER else _check_model
    with _quiet():
        check(candidate, base)


def _check_adapter(candidate: Candidate, base: BaseModel) -> None:
    from peft import PeftConfig, get_peft_model, get_peft_model_state_dict

    if candidate.method.impossible:
        raise UserError(f"{candidate.flag}, an adapter of type {candidate.peft_type}: {candidate.method.impossible}.")
    try:
        config = PeftConfig.from_pretrained(candidate.location)
        config.inference_mode = True
        if hasattr(config, "init_lora_weights"):
            config.init_lora_weights = True  # others look at weights, and there are none
        adapted = get_peft_model(widened(skeleton(base), candidate), config)
        result = adapted.load_adapter(candidate.location, DEFAULT, torch_device="cpu")
        needed = set(get_peft_model_state_dict(adapted, save_embedding_layers=False))
        places = set(get_peft_model_state_dict(adapted, save_embedding_layers=True))
    except NotImplementedError:
        return  # a type that is made from the weights' values: loading them tells
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _misfit(candidate, base, _said(error)) from None
    # Neither account alone: PEFT renames tensors of older versions, and misses some of what other types do hold.
    lacking, left = sorted(needed - set(candidate.shapes)), sorted(set(candidate.shapes) - places)
    if lacking and result.missing_keys:
        raise _misfit(candidate, base, f"it lacks {len(lacking)} tensors, such as {lacking[0]}")
    if left and result.unexpected_keys:
        raise _misfit(candidate, base, f"the base has no place for {len(left)} tensors, such as {left[0]}")


def _misfit(candidate: Candidate, base: BaseModel, why: str) -> UserError:
    named = f" (it names {candidate.trained_on!r} as its base)" if candidate.trained_on else ""
    return UserError(
        f"{candidate.flag}, an adapter of type {candidate.peft_type}, does not fit the base model "
        f"{base.source.name!r}{named}: {why}. Give the base that it was trained on with --base-model."
    )


def _check_model(candidate: Candidate, base: BaseModel) -> None:
    from transformers import AutoModelForCausalLM

    if "quantization_config" in read_json(Path(candidate.location) / CONFIG[MODEL]):
        raise UserError(
            f"{candidate.flag} is stored quantized. Give the model at full precision; --quantization nf4 evaluates it "
            "quantized, beside the base at the same level."
        )
    try:
        model, found = AutoModelForCausalLM.from_pretrained(
            candidate.location,
            device_map="meta",
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise UserError(f"{candidate.flag} cannot be loaded: {_said(error)}") from None
    wrong = sorted(found["missing_keys"]) + sorted(name for name, *_ in found["mismatched_keys"])
    if wrong:
        raise UserError(
            f"{candidate.flag}: its {CONFIG[MODEL]} asks for {len(wrong)} tensors that its weights do not hold in that "
            f"shape, such as {wrong[0]}; random ones would stand in for them. Save the model again, an adapter merged."
        )
    _check_sizes(candidate, base, model)


def _check_sizes(candidate: Candidate, base: BaseModel, model: Any) -> None:
    """Every token of the base, and as many of them at once."""
    rows, tokens = model.get_input_embeddings().num_embeddings, len(load_tokenizer(base))
    if rows < tokens:
        raise UserError(
            f"{candidate.flag} knows {rows} tokens, and the tokenizer of the base model {base.source.name!r} has "
            f"{tokens}. Give the base that it was trained from with --base-model."
        )
    length, needed = context_length(BaseModel(candidate.source, candidate.location)), context_length(base)
    if length < needed:
        raise UserError(
            f"{candidate.flag} attends to {length} tokens, the base model {base.source.name!r} to {needed}: long items "
            "would be cut for one of them alone. Give the base that it was trained from with --base-model."
        )


def check_tokenizer(candidate: Candidate, tokenizer: Tokenizer, target: TargetTask) -> None:
    """Compares the candidate's own tokenizer, where it has one, with the base's on the target's test items.

    Raises:
        UserError: it reads one of them differently; the model would be scored on tokens that it was not trained on.
    """
    from transformers import AutoTokenizer

    if not any((Path(candidate.location) / name).is_file() for name in TOKENIZER_FILES):
        return
    try:
        own = AutoTokenizer.from_pretrained(candidate.location)
        differing = (item for item in target.test if encode_answer(own, item) != encode_answer(tokenizer, item))
        differs = next(differing, None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{candidate.flag}: its tokenizer cannot be used ({_said(error)}). Remove its files if it is the base's."
        ) from None
    if differs is not None:
        raise UserError(
            f"{candidate.flag}: its tokenizer reads the test item {differs.id!r} of {target.name} differently from the "
            "base's: other tokens, another chat template, or another end token. Everything here is scored with the "
            "base's tokenizer, so the two could not be compared. Give the base that it was trained from with "
            "--base-model, or train it with the base's tokenizer."
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """What the libraries would print about a misfit is said in the error."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _said(error: Exception) -> str:
    """The first line of a library's message that says what is wrong, without its final stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith("Error(s) in loading")]
    return telling[0].rstrip(".") if telling else type(error).__name__
