"""Does a candidate fit the base? Seen from names, shapes and tokens, before anything runs.

PEFT and transformers complete what a file lacks with random numbers, and only warn. Nothing that was completed
so, or that was trained on other tokens, may get a score.
"""

from pathlib import Path
from typing import Any

from harness.data.tasks.target import TargetTask
from harness.data.tokenization import Tokenizer, encode_answer
from harness.methods.candidate import ADAPTER, CONFIG, Candidate, widened
from harness.methods.kinds.adapter import DEFAULT
from harness.methods.peft.patterns import require_quick
from harness.models import loading
from harness.models.base import BaseModel, context_length, load_tokenizer, skeleton
from harness.models.checkpoint import read_object
from harness.models.soundness import embeddings, last_token, without_weights
from harness.schema.errors import UserError, shown
from harness.schema.wording import counted

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model")
GIVE_BASE = "Give the base that it was trained on with --base-model."


def check_fits(candidate: Candidate, base: BaseModel) -> None:
    """Compares names and shapes with the base, without reading weights of either.

    Raises:
        UserError: it does not fit, or cannot be loaded at all.
    """
    check = _check_adapter if candidate.kind == ADAPTER else _check_model
    check(candidate, base)


def _check_adapter(candidate: Candidate, base: BaseModel) -> None:
    if candidate.method.impossible:
        raise UserError(f"{candidate.flag}, an adapter of type {candidate.peft_type}: {candidate.method.impossible}.")
    model = skeleton(base)
    settings = read_object(Path(candidate.location) / CONFIG[ADAPTER], "--candidate")
    require_quick(settings, [name for name, _ in model.named_modules()], f"{candidate.flag}: {CONFIG[ADAPTER]}")
    with loading.loading(_misfit(candidate, base), GIVE_BASE):
        _check_tensors(candidate, base, model)


def _check_tensors(candidate: Candidate, base: BaseModel, model: Any) -> None:
    """Puts the adapter on the base, both without weights."""
    from peft import PeftConfig, get_peft_model, get_peft_model_state_dict

    config = PeftConfig.from_pretrained(candidate.location)
    config.inference_mode = True
    if hasattr(config, "init_lora_weights"):
        config.init_lora_weights = True  # others look at weights, and there are none
    try:
        adapted = get_peft_model(widened(model, candidate), config)
        result = adapted.load_adapter(candidate.location, DEFAULT, torch_device="cpu")
    except NotImplementedError:
        return  # a type that is made from the weights' values: loading them tells
    needed = set(get_peft_model_state_dict(adapted, save_embedding_layers=False))
    places = set(get_peft_model_state_dict(adapted, save_embedding_layers=True))
    # Neither account alone: PEFT renames tensors of older versions, and misses some of what other types do hold.
    lacking, left = sorted(needed - set(candidate.shapes)), sorted(set(candidate.shapes) - places)
    if lacking and result.missing_keys:
        why = f"it lacks {counted(len(lacking), 'tensor')}, such as {lacking[0]}"
        raise UserError(f"{_misfit(candidate, base)}: {why}. {GIVE_BASE}")
    if left and result.unexpected_keys:
        why = f"the base has no place for {counted(len(left), 'tensor')}, such as {left[0]}"
        raise UserError(f"{_misfit(candidate, base)}: {why}. {GIVE_BASE}")


def _misfit(candidate: Candidate, base: BaseModel) -> str:
    named = f" (it names {shown(candidate.trained_on)} as its base)" if candidate.trained_on else ""
    return (
        f"{candidate.flag}, an adapter of type {candidate.peft_type}, does not fit the base model "
        f"{base.source.name!r}{named}"
    )


def _check_model(candidate: Candidate, base: BaseModel) -> None:
    """Every token of the base, and as many of them at once."""
    rows = embeddings(without_weights(candidate.as_model))
    tokens = last_token(load_tokenizer(base))[0] + 1
    if rows < tokens:
        raise UserError(
            f"{candidate.flag} knows {counted(rows, 'token')}, and the tokenizer of the base model "
            f"{base.source.name!r} has {tokens:,}. {GIVE_BASE}"
        )
    length, needed = context_length(candidate.as_model), context_length(base)
    if length < needed:
        raise UserError(
            f"{candidate.flag} attends to {counted(length, 'token')}, the base model "
            f"{base.source.name!r} to {needed:,}: long items would be cut for one of them alone. {GIVE_BASE}"
        )


def check_tokenizer(candidate: Candidate, tokenizer: Tokenizer, target: TargetTask) -> None:
    """Compares the candidate's own tokenizer, where it has one, with the base's on the target's test items.

    Raises:
        UserError: it reads one of them differently; the model would be scored on tokens that it was not trained on.
    """
    if not any((Path(candidate.location) / name).is_file() for name in TOKENIZER_FILES):
        return
    cannot, way_out = f"{candidate.flag}: its tokenizer cannot be used", "Remove its files if it is the base's."
    own = loading.tokenizer(candidate.location, cannot, way_out)
    with loading.loading(cannot, way_out):
        differing = (item for item in target.test if encode_answer(own, item) != encode_answer(tokenizer, item))
        differs = next(differing, None)
    if differs is not None:
        raise UserError(
            f"{candidate.flag}: its tokenizer reads the test item {differs.id!r} of {target.name} differently from the "
            "base's: other tokens, another chat template, or another end token. Everything here is scored with the "
            "base's tokenizer, so the two could not be compared. Give the base that it was trained from with "
            "--base-model, or train it with the base's tokenizer."
        )
