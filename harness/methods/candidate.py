"""A candidate: an adapter or a model that was trained elsewhere. Where it is, what identifies it, how it is loaded."""

import re
from dataclasses import dataclass
from math import prod
from os.path import expanduser
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from harness.methods import method_named
from harness.methods.kinds.adapter import Adapter
from harness.methods.peft.factory import PREFIX, peft_names
from harness.models import checkpoint
from harness.models.base import BaseModel, files_sha256, load_model
from harness.models.checkpoint import GENERATION, INDEX, Fields, read_config, read_fields
from harness.models.loading import loading
from harness.schema.edge import reading
from harness.schema.errors import UserError, one_of, shown
from harness.schema.trial import Source, Trial

ADAPTER, MODEL = "adapter", "model"
WEIGHTS = {ADAPTER: "adapter_model.safetensors", MODEL: checkpoint.WEIGHTS}
CONFIG = {ADAPTER: "adapter_config.json", MODEL: checkpoint.CONFIG}
PICKLED = re.compile(r"(adapter_model|pytorch_model|model).*\.(bin|pt|pth)")
ALLOWED = (
    f"Give a directory that save_pretrained wrote: of an adapter ({CONFIG[ADAPTER]}, {WEIGHTS[ADAPTER]}), or of a "
    f"whole model ({CONFIG[MODEL]}, *.safetensors)."
)
SPLITS_BASE = ("pissa", "olora", "corda", "loftq")
"""Values of LoRA's `init_lora_weights` that start by moving a part of the base's weights into the adapter."""


class AdapterConfig(Fields):
    """`adapter_config.json`."""

    peft_type: str
    task_type: str | None = None
    base_model_name_or_path: str | None = None
    init_lora_weights: JsonValue = None
    bias: JsonValue = None
    megatron_config: JsonValue = None
    """PEFT would import whatever module `megatron_core` names for it."""


@dataclass(frozen=True)
class Candidate:
    """What was trained elsewhere.

    Attributes:
        source: the directory's name, and the sha256 of the files that decide what it computes.
        kind: `adapter` or `model`.
        peft_type: PEFT's name of the adapter's type; None for a model.
        trained_on: the base that an adapter names as its own; None where it names none.
        splits_base: whether the adapter holds a part of the base's weights, which loading it takes out of the base.
        why_not_off: why an adapter that is switched off does not leave the base; None where it does.
    """

    source: Source
    location: str
    kind: str
    peft_type: str | None = None
    trained_on: str | None = None
    splits_base: bool = False
    why_not_off: str | None = None

    @property
    def flag(self) -> str:
        """How messages name it."""
        return f"--candidate {self.source.name!r}"

    @property
    def as_model(self) -> BaseModel:
        """It, where it is a whole model, as one that can be loaded."""
        return BaseModel(self.source, self.location, "--candidate")

    @property
    def method(self) -> Adapter:
        """The way of an adapter's type: how it is loaded, switched off and merged."""
        method = method_named(f"{PREFIX}{str(self.peft_type).lower()}")
        if not isinstance(method, Adapter):
            raise TypeError(f"{self.source.name} is no adapter")
        return method

    @property
    def weight_files(self) -> list[Path]:
        return _weight_files(Path(self.location), self.kind)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of all its tensors, from the files' headers."""
        files = self.weight_files
        return {name: shape for path in files for name, shape in checkpoint.shapes(path, "--candidate").items()}

    @property
    def parameters(self) -> int:
        """How many numbers its tensors hold."""
        return sum(map(prod, self.shapes.values()))

    def cannot(self, trial: Trial) -> str | None:
        """Why it cannot be evaluated at the trial's quantization; None where it can."""
        if self.kind == MODEL:
            return None
        if self.splits_base and trial.quantization != "none":
            return f"{self.why_not_off}; a base stored as {trial.quantization} cannot be split"
        return self.method.cannot(trial)


def find_candidate(path: str) -> Candidate:
    """The adapter or the model in a directory.

    Raises:
        UserError: there is no such directory, it holds neither or both, or not as safetensors.
    """
    directory = Path(expanduser(path))  # the one of pathlib raises for a user that there is not
    if not path.strip() or not directory.is_dir():
        what = "is a file; give the directory that holds it" if directory.is_file() else "there is no such directory"
        raise UserError(f"--candidate {path!r}: {what}. {ALLOWED}")
    directory = directory.resolve()
    with reading(f"--candidate {str(directory)!r}", way_out="Give a directory whose files can be read."):
        return _in_directory(directory)


def _in_directory(directory: Path) -> Candidate:
    kind = _kind(directory)
    said, files = f"--candidate {str(directory)!r}", _weight_files(directory, kind)
    if not any(checkpoint.shapes(file, "--candidate") for file in files):
        raise UserError(f"{said}: {files[0].name} holds no tensor. Save the {kind} again.")
    decisive = [directory / name for name in (CONFIG[kind], *((INDEX, GENERATION) if kind == MODEL else ()))]
    source = Source(directory.name, files_sha256([path for path in (*decisive, *files) if path.is_file()]))
    if kind == MODEL:
        read_config(directory, said)
        return Candidate(source, str(directory), kind)
    config = read_fields(directory / CONFIG[kind], AdapterConfig, "--candidate")
    _check_type(directory, config)
    start = config.init_lora_weights
    splits_base = isinstance(start, str) and start.startswith(SPLITS_BASE)
    why = f"its start ({start}) moved a part of the base's weights into it" if splits_base else _why_not_off(config)
    return Candidate(source, str(directory), kind, config.peft_type, _trained_on(config), splits_base, why)


def _kind(directory: Path) -> str:
    held = [kind for kind in (ADAPTER, MODEL) if _has_weights(directory, kind)]
    said = f"--candidate {str(directory)!r}"
    if MODEL in held and (directory / CONFIG[ADAPTER]).is_file():  # transformers would load the adapter's base instead
        raise UserError(
            f"{said} holds a whole model and an {CONFIG[ADAPTER]}; which of them is meant cannot be seen. Move the "
            "adapter's files or the model's to a directory of their own."
        )
    if held and (directory / CONFIG[held[0]]).is_file():
        return held[0]
    if held:
        raise UserError(f"{said} holds weights, but no {CONFIG[held[0]]} that says what they are. {ALLOWED}")
    if pickled := sorted(path.name for path in directory.iterdir() if PICKLED.fullmatch(path.name)):
        raise UserError(
            f"{said} holds {pickled[0]}, and safetensors is the only format read here: the other one can run code. "
            "Load it once where you trust it, and save it again with save_pretrained, which writes safetensors."
        )
    raise UserError(f"{said} holds neither an adapter nor a model.{_inside(directory)} {ALLOWED}")


def _has_weights(directory: Path, kind: str) -> bool:
    return (directory / WEIGHTS[kind]).is_file() or (kind == MODEL and (directory / INDEX).is_file())


def _inside(directory: Path) -> str:
    """What trainers put into directories of their own: checkpoints, and adapters with a name."""
    found = [
        path.name
        for path in sorted(directory.iterdir())
        if path.is_dir() and any((path / name).is_file() for name in CONFIG.values())
    ]
    return f" It holds {', '.join(found[:3])}{', ...' if len(found) > 3 else ''}: give one of these." if found else ""


def _weight_files(directory: Path, kind: str) -> list[Path]:
    if kind == ADAPTER:
        return [directory / WEIGHTS[kind]]
    return checkpoint.weight_files(directory, "--candidate")


def _check_type(directory: Path, config: AdapterConfig) -> None:
    known = [name.removeprefix(PREFIX).upper() for name in peft_names()]
    said = f"--candidate {str(directory)!r}: {CONFIG[ADAPTER]}"
    if config.peft_type not in known:
        raise one_of(f"{said}: the type of PEFT's", config.peft_type, known)
    if config.task_type not in (None, "CAUSAL_LM"):
        raise UserError(
            f"{said} says task_type {shown(config.task_type)}; only adapters of causal language models (CAUSAL_LM) are "
            "evaluated here."
        )
    if config.megatron_config is not None:
        raise UserError(f"{said} holds a megatron_config, for layers that are not here. Save the adapter without it.")


def _trained_on(config: AdapterConfig) -> str | None:
    """A model's id on the hub, or the name of a directory without the path to it."""
    name = config.base_model_name_or_path
    return None if not name else name if name.count("/") == 1 else Path(name).name


def _why_not_off(config: AdapterConfig) -> str | None:
    bias = config.bias
    return None if bias in ("none", None, False) else f"it trains biases of the base itself (bias = {shown(bias)})"


def load_candidate(trial: Trial, candidate: Candidate, base: Any) -> Any:
    """The candidate ready to be scored, at the trial's quantization.

    Args:
        base: a fresh copy of the base, `widened`, which an adapter is put on; a model leaves it alone.

    Raises:
        UserError: it cannot be loaded.
    """
    if candidate.kind == MODEL:
        return load_model(trial, candidate.as_model)
    with loading(f"{candidate.flag} cannot be loaded", in_trial=True):
        return candidate.method.load(base, Path(candidate.location))


def added_tokens(model: Any, candidate: Candidate) -> int:
    """How many tokens more than the base an adapter brings embeddings for."""
    if candidate.kind == MODEL:
        return 0
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    layers = [name for name, module in model.named_modules() if module is embedding or module is head]
    ends = tuple(f".{name}{between}.weight" for name in layers for between in ("", ".base_layer"))
    tables = [shape for name, shape in candidate.shapes.items() if name.endswith(ends)]
    rows = int(embedding.num_embeddings)
    return max((shape[0] - rows for shape in tables if shape[0] > rows), default=0)


def widened(model: Any, candidate: Candidate) -> Any:
    """The base with a row, all zero, for every token that an adapter added."""
    import torch

    added = added_tokens(model, candidate)
    if not added:
        return model
    rows = model.get_input_embeddings().num_embeddings
    model.resize_token_embeddings(rows + added, mean_resizing=False)
    with torch.no_grad():
        for layer in (model.get_input_embeddings(), model.get_output_embeddings()):
            layer.weight[rows:] = 0.0
    return model.requires_grad_(False).eval()


def broken_tensor(candidate: Candidate) -> str | None:
    """The first tensor that holds NaN or infinity; None where all are numbers."""
    from safetensors import safe_open

    for path in candidate.weight_files:
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118  # no mapping
                if not file.get_tensor(name).float().isfinite().all():
                    return str(name)
    return None
