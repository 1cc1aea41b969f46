"""What lies in a directory that `save_pretrained` wrote: its configuration, files of weights, names and shapes.

Read as data, by rules that hold for every architecture; what transformers makes of it is the question of `loading`.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, JsonValue, ValidationError

from harness.models.loading import loading
from harness.schema.codec import problem
from harness.schema.edge import reading
from harness.schema.errors import UserError, shown
from harness.schema.typed import Many, PathText, Row, otherwise
from harness.schema.wording import counted

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
GENERATION = "generation_config.json"
SAVE_AGAIN = "Copy the files again, or save them again with save_pretrained."

MOST_EXPERTS = 10_000
"""More than any model has. Their number may make as many modules, and their tensors may be stored as one."""

LAYERS = re.compile(r"(n|num)_((hidden|decoder|encoder)_)?layers?|(en|de)coder_layers")
EXPERTS = re.compile(r"(n|num)_\w*experts")


class Fields(Row):
    """Those fields of a file of another program that are used here; it has many more."""

    model_config = ConfigDict(extra="ignore", strict=True)


Model = TypeVar("Model", bound=Fields)

Length = Annotated[
    Annotated[int, Field(ge=1, le=10**9)] | None, otherwise("Give a whole number from 1 to 1,000,000,000.")
]
"""Of a context, in tokens."""


class Config(Fields):
    """`config.json`."""

    model_type: str | None = None
    architectures: Many[str] | None = None
    max_position_embeddings: Length = None
    n_positions: Length = None
    quantization_config: JsonValue = None
    return_dict: Annotated[Literal[True] | None, otherwise("Leave it out.")] = None

    @property
    def context_length(self) -> int:
        """Tokens that the model can attend to."""
        return self.max_position_embeddings or self.n_positions or 2048


Ids = Annotated[int | list[int] | None, otherwise("Give the number of a token, or a list of such numbers.")]
Positive = Annotated[Annotated[float, Field(gt=0)] | None, otherwise("Give a number above 0.")]
Count = Annotated[Annotated[int, Field(ge=0)] | None, otherwise("Give a whole number, 0 or more.")]


class Generation(Fields):
    """`generation_config.json`: what greedy decoding takes from it, and transformers only looks at when it does."""

    bos_token_id: Ids = None
    eos_token_id: Ids = None
    pad_token_id: Ids = None
    suppress_tokens: Ids = None
    begin_suppress_tokens: Ids = None
    bad_words_ids: Annotated[
        list[Annotated[list[int], Field(min_length=1)]] | None, otherwise("Give a list of lists of tokens' numbers.")
    ] = None
    num_beams: Annotated[Annotated[int, Field(ge=1)] | None, otherwise("Give a whole number, 1 or more.")] = None
    min_length: Count = None
    max_length: Count = None
    min_new_tokens: Count = None
    no_repeat_ngram_size: Count = None
    encoder_no_repeat_ngram_size: Count = None
    repetition_penalty: Positive = None
    encoder_repetition_penalty: Positive = None


class _Index(Fields):
    """`model.safetensors.index.json`."""

    weight_map: Annotated[dict[str, PathText], Field(min_length=1)]
    """Name of a tensor to name of a file."""


def read_object(path: Path, what: str) -> dict[str, Any]:
    """A JSON object.

    Args:
        what: how messages name whose file it is, such as `--base-model 'mine'`.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    where = f"{what}: {path}"
    with reading(where, "JSON", SAVE_AGAIN):
        content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise UserError(f"{where} holds no JSON object. {SAVE_AGAIN}")
    return content


def read_fields(path: Path, model: type[Model], what: str) -> Model:
    """The fields of a JSON file that `model` names.

    Raises:
        UserError: there is no such file, or it or one of the fields holds something else.
    """
    content = read_object(path, what)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{problem(error, f'{what}: {path}')} {SAVE_AGAIN}") from None


def read_config(directory: Path, what: str) -> Config:
    return read_fields(directory / CONFIG, Config, what)


def check_generation(directory: Path, what: str) -> None:
    """Looks at how the model says that text is to be generated, where it says so.

    Raises:
        UserError: it says what cannot be done.
    """
    if (directory / GENERATION).exists():
        read_fields(directory / GENERATION, Generation, what)


def weight_files(directory: Path, what: str) -> list[Path]:
    """As transformers chooses them: one file, or the shards that the index names.

    Raises:
        UserError: there is neither, or a shard is missing.
    """
    whole = directory / WEIGHTS
    if whole.is_file():
        return [whole]
    if not (directory / INDEX).is_file():
        raise UserError(f"{what}: {str(directory)!r} holds neither {WEIGHTS} nor {INDEX}. {SAVE_AGAIN}")
    shards = sorted(set(read_fields(directory / INDEX, _Index, what).weight_map.values()))
    for name in shards:
        if "/" in name or not (directory / name).is_file():
            raise UserError(f"{what}: {directory / INDEX} names {shown(name)}, which is not there. {SAVE_AGAIN}")
    return [directory / name for name in shards]


def shapes(path: Path, what: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a file's tensors, from its header.

    Raises:
        UserError: it is cut short, or no safetensors file.
    """
    from safetensors import safe_open

    with (
        loading(f"{what}: {str(path)!r} is no whole safetensors file", "Copy it again."),
        safe_open(path, "numpy") as file,
    ):
        return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118  # no mapping


def require_bounded(directory: Path, tensors: int, what: str) -> None:
    """A model is built layer by layer, without its weights too: more of them than there are tensors would not end.

    Raises:
        UserError: the configuration asks for so many.
    """
    for name, value in read_object(directory / CONFIG, what).items():
        most = tensors if LAYERS.fullmatch(name) else MOST_EXPERTS if EXPERTS.fullmatch(name) else None
        if most is not None and isinstance(value, int | float) and value > most:
            why = f"its weights hold {counted(tensors, 'tensor')}" if most == tensors else f"at most {most:,} can be"
            raise UserError(f"{what}: {directory / CONFIG}: {name} is {shown(value)}, and {why}. {SAVE_AGAIN}")
