"""A candidate: an adapter or a model that was trained elsewhere. Where it is, what identifies it, how it is loaded."""

import json
import re
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from harness.methods import method_named
from harness.methods.kinds.adapter import Adapter
from harness.methods.peft.factory import PREFIX, peft_names
from harness.models.base import BaseModel, files_sha256, load_model
from harness.schema.errors import UserError, one_of
from harness.schema.trial import Source, Trial

ADAPTER, MODEL = "adapter", "model"
WEIGHTS = {ADAPTER: "adapter_model.safetensors", MODEL: "model.safetensors"}
CONFIG = {ADAPTER: "adapter_config.json", MODEL: "config.json"}
INDEX = "model.safetensors.index.json"
GENERATION = "generation_config.json"
PICKLED = re.compile(r"(adapter_model|pytorch_model|model).*\.(bin|pt|pth)")
ALLOWED = (
    f"Give a directory that save_pretrained wrote: of an adapter ({CONFIG[ADAPTER]}, {WEIGHTS[ADAPTER]}), or of a "
    f"whole model ({CONFIG[MODEL]}, *.safetensors)."
)
SPLITS_BASE = ("pissa", "olora", "corda", "loftq")
"""Values of LoRA's `init_lora_weights` that start by moving a part of the base's weights into the adapter."""


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
        return {name: shape for path in self.weight_files for name, shape in _shapes(path).items()}

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
    directory = Path(path).expanduser()
    if not path.strip() or not directory.is_dir():
        what = "is a file; give the directory that holds it" if directory.is_file() else "there is no such directory"
        raise UserError(f"--candidate {path!r}: {what}. {ALLOWED}")
    directory = directory.resolve()
    kind = _kind(directory)
    files = _weight_files(directory, kind)
    if not any(_shapes(file) for file in files):
        raise UserError(f"--candidate {path!r}: {files[0].name} holds no tensor. Save the {kind} again.")
    config = read_json(directory / CONFIG[kind])
    decisive = [directory / name for name in (CONFIG[kind], *((INDEX, GENERATION) if kind == MODEL else ()))]
    source = Source(directory.name, files_sha256([path for path in (*decisive, *files) if path.is_file()]))
    if kind == MODEL:
        return Candidate(source, str(directory), kind)
    start, peft_type = config.get("init_lora_weights"), _peft_type(directory, config)
    splits_base = isinstance(start, str) and start.startswith(SPLITS_BASE)
    why = f"its start ({start}) moved a part of the base's weights into it" if splits_base else _why_not_off(config)
    return Candidate(source, str(directory), kind, peft_type, _trained_on(config), splits_base, why)


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
    """As transformers and PEFT choose them: one file, or the shards that the index names."""
    whole = directory / WEIGHTS[kind]
    if whole.is_file():
        return [whole]
    shards = sorted(set(read_json(directory / INDEX).get("weight_map", {}).values()))
    missing = [name for name in shards if not (directory / name).is_file()] if shards else ["no file"]
    if missing:
        raise UserError(
            f"--candidate {str(directory)!r}: {INDEX} names {missing[0]}, which is not there. "
            "Copy all files of the model."
        )
    return [directory / name for name in shards]


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118  # no mapping
    except (SafetensorError, OSError) as error:
        raise UserError(f"--candidate: {str(path)!r} is no whole safetensors file ({error}). Copy it again.") from None


def read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"--candidate: {str(path)!r} is no readable JSON ({error}). Save it again.") from None
    if not isinstance(content, dict):
        raise UserError(f"--candidate: {str(path)!r} holds no JSON object. Save it again.")
    return content


def _peft_type(directory: Path, config: dict[str, Any]) -> str:
    known = [name.removeprefix(PREFIX).upper() for name in peft_names()]
    found = str(config.get("peft_type"))
    if found not in known:
        raise one_of(f"--candidate: {CONFIG[ADAPTER]} in {str(directory)!r}: the type of PEFT's", found, known)
    if config.get("task_type") not in (None, "CAUSAL_LM"):
        raise UserError(
            f"--candidate {str(directory)!r}: {CONFIG[ADAPTER]} says task_type {config['task_type']}; only adapters of "
            "causal language models (CAUSAL_LM) are evaluated here."
        )
    return found


def _trained_on(config: dict[str, Any]) -> str | None:
    """A model's id on the hub, or the name of a directory without the path to it."""
    name = config.get("base_model_name_or_path")
    return None if not name else str(name) if str(name).count("/") == 1 else Path(str(name)).name


def _why_not_off(config: dict[str, Any]) -> str | None:
    bias = config.get("bias", "none")
    return None if bias in ("none", None, False) else f"it trains biases of the base itself (bias = {bias!r})"


def load_candidate(trial: Trial, candidate: Candidate, base: Any) -> Any:
    """The candidate ready to be scored, at the trial's quantization.

    Args:
        base: a fresh copy of the base, `widened`, which an adapter is put on; a model leaves it alone.

    Raises:
        UserError: it cannot be loaded.
    """
    if candidate.kind == MODEL:
        return load_model(trial, BaseModel(candidate.source, candidate.location), "--candidate")
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
