"""Base models: where they are, what identifies them, and how they are loaded."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from os.path import expanduser
from pathlib import Path
from typing import Any

from harness.models import loading
from harness.models.bfloat16 import store_in_bfloat16
from harness.models.checkpoint import CONFIG, read_config
from harness.models.quantization import keep_weights_as_stored, quantization_named
from harness.schema.edge import reading
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES, model_cache
from harness.schema.trial import Source, Trial

EMBEDDED = "embedded"
PACKAGED = {"smollm2": "smollm2-135m-instruct"}
"""Short names of models that `python -m harness fetch` brings, and their directory in the cache."""

WEIGHT_SUFFIXES = (".safetensors", ".json", ".model", ".jinja", ".txt")
"""Of the files that decide what a model computes."""
CARD = "card.json"
"""What is known of the embedded model, the digests of its files among it."""
ADAPTER_CONFIG = "adapter_config.json"


@dataclass(frozen=True)
class BaseModel:
    """A model's name, what `from_pretrained` is given for it, and its content's identity.

    Attributes:
        flag: the option that named it.
    """

    source: Source
    location: str
    flag: str = "--base-model"

    @property
    def called(self) -> str:
        """How messages name it."""
        return f"{self.flag} {self.source.name!r}"


def find_base_model(name: str) -> BaseModel:
    """`embedded`, a fetched model's short name, a local directory, or a model id on the hub.

    Raises:
        UserError: a path that does not exist or holds no model, a model not fetched yet or not reachable.
    """
    if name == EMBEDDED:
        return _local(name, FIXTURES / "model")
    if name in PACKAGED:
        directory = model_cache() / PACKAGED[name]
        if not (directory / "config.json").is_file():
            raise UserError(f"The base model {name!r} is not here yet. Fetch it once: python -m harness fetch {name}")
        return _local(name, directory)
    path = Path(expanduser(name))  # the one of pathlib raises for a user that there is not
    if path.is_dir():
        return _local(path.resolve().name, path)
    if path.exists() or name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise UserError(
            f"--base-model {name!r}: no such model directory. Allowed: {EMBEDDED}, {', '.join(PACKAGED)}, "
            "a directory with config.json and weights, or a model id of the hub (OWNER/NAME)."
        )
    return _hub(name)


def _local(name: str, directory: Path) -> BaseModel:
    what = f"--base-model {str(directory)!r}"
    with reading(what, way_out="Give a directory that can be read."):
        found = sorted(directory.iterdir())
    held = [path.name for path in found if path.is_file()]
    if CONFIG not in held:
        raise UserError(
            f"--base-model: the directory {str(directory)!r} holds no config.json, so it is no model that "
            "transformers can load. Give the directory that save_pretrained wrote."
        )
    if not any(one.endswith(".safetensors") for one in held):
        raise UserError(
            f"--base-model: {str(directory)!r} holds no .safetensors weights, the only format read here. "
            "Load the model once with transformers and save it again with save_pretrained."
        )
    if ADAPTER_CONFIG in held:  # transformers would load the adapter's base, and the adapter with it
        raise UserError(
            f"{what} holds an {ADAPTER_CONFIG} too: an adapter on another model. Give the model alone, or the adapter "
            "with --candidate."
        )
    decisive = [directory / one for one in held if Path(one).suffix in WEIGHT_SUFFIXES and one != CARD]
    with reading(what, way_out="Give a directory whose files can be read."):
        return BaseModel(Source(name, files_sha256(decisive)), str(directory.resolve()))


def files_sha256(paths: Iterable[Path]) -> str:
    """sha256 (hex) over names and contents, whatever the order."""
    total = hashlib.sha256()
    for path in sorted(paths):
        with path.open("rb") as file:
            total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _hub(name: str) -> BaseModel:
    from huggingface_hub import snapshot_download

    try:
        directory = Path(snapshot_download(name, allow_patterns=[f"*{suffix}" for suffix in WEIGHT_SUFFIXES]))
    except Exception as error:  # the hub client raises a dozen kinds, all meaning "not to be had"
        raise UserError(
            f"--base-model {name!r}: not a local directory, and the hub did not give it ({loading.said(error)}). "
            "Check the id, the network and your access, or give a local directory."
        ) from None
    return _local(name, directory)


def load_tokenizer(base: BaseModel) -> Any:
    """The model's tokenizer, with a padding token (the end token where it has none; masks hide it).

    Raises:
        UserError: the model has no tokenizer or no end token.
    """
    tokenizer = loading.tokenizer(base.location, f"{base.called}: no tokenizer could be loaded")
    if tokenizer.eos_token_id is None:
        raise UserError(f"{base.called}: its tokenizer has no end token, so answers cannot end.")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def context_length(base: BaseModel) -> int:
    """Tokens that the model can attend to.

    Raises:
        UserError: its configuration says no number.
    """
    return read_config(Path(base.location), base.called).context_length


def load_model(trial: Trial, base: BaseModel) -> Any:
    """The base of `trial` at its quantization: in evaluation mode, nothing trainable, on the trial's device.

    Plain weights are float32, or bfloat16 at the level of that name; a quantized base computes in the scoring dtype.

    Raises:
        UserError: transformers cannot load it as a causal LM, or not all of it.
    """
    import torch

    # One warning per int8 matrix product otherwise.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    level = quantization_named(trial.quantization)
    compute = getattr(torch, trial.scoring.dtype)
    extra: dict[str, Any] = {} if level.config is None else {"quantization_config": level.config(compute)}
    device = "cpu" if trial.platform.device == "cpu" else "cuda"
    if extra and device == "cuda":
        extra["device_map"] = {"": 0}
    attention = trial.platform.attention
    model = loading.causal_lm(
        base.location,
        base.called,
        in_trial=True,
        dtype=getattr(torch, level.dtype),
        attn_implementation=attention,
        **extra,
    )
    if level.dtype == "bfloat16":
        model = store_in_bfloat16(model)
    if level.config is None:
        model = model.to(device)
    return keep_weights_as_stored(model).requires_grad_(False).eval()


def checksum(model: Any, names: set[str] | None = None) -> str:
    """sha256 (hex) over the bytes of parameters and buffers, quantization scales included.

    Args:
        names: parameters to include; all of them, and all buffers, when None.
    """
    import torch

    total = hashlib.sha256()
    tensors = dict(model.named_parameters()) | (dict(model.named_buffers()) if names is None else {})
    for name in sorted(tensors if names is None else names):
        total.update(name.encode())
        for part in (*dense_parts(tensors[name].detach()), *scales_of(tensors[name])):
            total.update(part.detach().contiguous().cpu().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def skeleton(base: BaseModel) -> Any:
    """The base without weights (on the meta device): what it is made of, in a fraction of the time.

    Raises:
        UserError: transformers knows no causal LM of its kind.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with loading.loading(f"{base.called} cannot be loaded"):
        config = AutoConfig.from_pretrained(base.location, trust_remote_code=False)
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(config, attn_implementation="eager", trust_remote_code=False)


def block_stack(model: Any) -> tuple[Any, str]:
    """The list of transformer blocks, the longest list of modules there is, and its name.

    Raises:
        UserError: the model has no list of modules.
    """
    import torch

    lists = [(module, name) for name, module in model.named_modules() if isinstance(module, torch.nn.ModuleList)]
    if not lists:
        raise UserError("The base model has no stack of transformer blocks, which this method needs.")
    return max(lists, key=lambda entry: len(entry[0]))


def dense_parts(tensor: Any) -> tuple[Any, ...]:
    """The tensors that hold a tensor's bytes: itself, or indices and values of a sparse one."""
    if not tensor.is_sparse:
        return (tensor,)
    plain = tensor.detach().coalesce()
    return plain.indices(), plain.values()


def scales_of(tensor: Any) -> list[Any]:
    """What a quantized weight keeps beside its bits: absmax and code, twice where they are quantized too; or SCB."""
    state = getattr(tensor, "quant_state", None)
    if state is None:
        scales = getattr(tensor, "SCB", None)
        return [] if scales is None else [scales]
    nested = getattr(state, "state2", None)
    return [state.absmax, state.code, *([nested.absmax, nested.code] if nested is not None else [])]
