"""Loads by transformers, each as it must be: no code of the model's own is run, nothing is made up, nothing is said
but one message."""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.schema.edge import reason
from harness.schema.errors import UserError
from harness.schema.wording import counted

NO_CODE = "it asks for code of its own to be run, and no model's code is run here"
OWN_CODE = "Give a model whose architecture transformers itself has."
TAKE_CARE = "Look at its files, or save it again with save_pretrained."
SAVE_WHOLE = "Save the whole model again with save_pretrained, an adapter merged."

BUFFERS = re.compile(r"(\.|^)(inv_freq|masked_bias|position_ids|(cos|sin)_cached)$|(\.|^)(attn|attention)\.bias$")
"""What older versions saved beside the weights, and newer ones compute."""


@contextmanager
def loading(what: str, way_out: str = TAKE_CARE, in_trial: bool = False) -> Iterator[None]:
    """Whatever a library raises on files of a user's is one message; what it prints about them is not seen.

    Args:
        what: what cannot be, as the message says it: `--base-model 'mine' cannot be loaded`.
        way_out: what to do about it.
        in_trial: a trial is running, which itself records that memory ran out.

    Raises:
        UserError: it cannot be loaded.
    """
    try:
        with _quiet():
            yield
    except UserError:
        raise
    # Broad, since the files are anybody's: transformers, PEFT, safetensors and tokenizers (which knows nothing but
    # `Exception`) raise a dozen kinds on bad ones, TypeError, ZeroDivisionError and RecursionError among them.
    except Exception as error:
        if in_trial and is_out_of_memory(error):
            raise
        way_out = OWN_CODE if _wants_code(error) else way_out
        raise UserError(f"{what}: {said(error)}. {way_out}".rstrip()) from None


def said(error: Exception) -> str:
    """The first line of a library's message that says what is wrong, without its final stop."""
    if _wants_code(error):
        return NO_CODE
    if isinstance(error, RecursionError | MemoryError | OSError):
        return reason(error).rstrip(".")
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith("Error(s) in loading")] or [""]
    first = " ".join(telling[:2]) if telling[0].endswith(":") else telling[0]
    plain = type(error) in (ValueError, RuntimeError, ImportError, Exception, NotImplementedError) and first
    return (first if plain else f"{type(error).__name__} {first}").strip().rstrip(".")[:500]


def _wants_code(error: Exception) -> bool:
    return "trust_remote_code" in str(error)


def is_out_of_memory(error: BaseException) -> bool:
    """The device's own error, Python's, and the CPU allocator's, which torch raises as a plain RuntimeError."""
    known = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return known or "can't allocate memory" in str(error)


def causal_lm(location: str, what: str, in_trial: bool = False, **options: Any) -> Any:
    """The model in a directory, with every weight from its files.

    Args:
        what: how messages name it, such as `--base-model 'mine'`.
        options: of `from_pretrained`. With `device_map="meta"` only the headers of its files are read.

    Raises:
        UserError: transformers cannot load it, or would fill something in.
    """
    from transformers import AutoModelForCausalLM

    with loading(f"{what} cannot be loaded", in_trial=in_trial):
        model, found = AutoModelForCausalLM.from_pretrained(
            location,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # named below
            **options,
        )
    _require_whole(found, what)
    return model


def _require_whole(found: Mapping[str, Any], what: str) -> None:
    """Transformers gives random numbers for what a file lacks, leaves out what it has no place for, and only warns.

    Tied weights, and names that it translates, are no difference to it.
    """
    random = "random numbers would stand in for them"
    if differing := sorted(found["mismatched_keys"]):
        name, held, asked = differing[0]
        raise UserError(
            f"{what}: its config.json asks for {counted(len(differing), 'tensor')} in another shape than its weights "
            f"hold, such as {name} ({list(asked)}, where they hold {list(held)}); {random}. {SAVE_WHOLE}"
        )
    if missing := sorted(found["missing_keys"]):
        raise UserError(
            f"{what}: its config.json asks for {counted(len(missing), 'tensor')} that its weights do not hold, such as "
            f"{missing[0]}; {random}. {SAVE_WHOLE}"
        )
    if left := sorted(name for name in found["unexpected_keys"] if not BUFFERS.search(name)):
        raise UserError(
            f"{what}: its weights hold {counted(len(left), 'tensor')} for which its config.json has no place, such as "
            f"{left[0]}; the model would be measured without them. {SAVE_WHOLE}"
        )


def tokenizer(location: str, what: str, way_out: str = TAKE_CARE) -> Any:
    """The tokenizer in a directory.

    Raises:
        UserError: transformers cannot load it.
    """
    from transformers import AutoTokenizer

    with loading(what, way_out):
        return AutoTokenizer.from_pretrained(location, trust_remote_code=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """What the libraries would print about a file is said in the error."""
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
