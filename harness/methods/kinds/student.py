"""The kind of method that trains another, smaller model from the base's outputs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from harness.methods.kinds.protocol import Model, TrainingMethod
from harness.models.base import block_stack
from harness.models.quantization import quantization_named
from harness.schema.errors import UserError, one_of
from harness.schema.trial import Trial

FINE_TUNED = "fine-tuned"
TEACHERS = (FINE_TUNED, "base")


@dataclass(frozen=True, kw_only=True)
class Student(TrainingMethod):
    """A smaller model of the base's architecture, trained whole.

    It starts from its teacher, the base or the base fine-tuned: blocks are taken at even distances, the first
    and the last among them, and smaller matrices are the teacher's upper left corners.
    """

    starts_as_base: bool = False
    adapts_in_place: ClassVar[bool] = True

    def cannot(self, trial: Trial) -> str | None:
        if dict(trial.settings).get("kl"):
            return f"{self.name} follows its teacher; the setting kl is for methods that adapt the base"
        level = quantization_named(trial.quantization)
        if level.trainable:
            return None
        return f"{self.name} starts its student from the base's weights, which {level.name} stores {level.why_frozen}"

    def check(self, model: Model, trial: Trial) -> None:
        self._config(model, trial)
        teacher = {**self.settings, **dict(trial.settings)}["teacher"]
        if teacher not in TEACHERS:
            raise one_of(f"{self.name}: teacher", teacher, list(TEACHERS))

    def adapt(self, model: Model, trial: Trial) -> Model:
        from transformers import AutoModelForCausalLM

        config, kept = self._config(model, trial)
        student = AutoModelForCausalLM.from_config(
            config, attn_implementation=trial.platform.attention, trust_remote_code=False
        )
        _start_from(student, model, kept)
        return student.to(next(model.parameters()).device).requires_grad_(True)

    def _config(self, model: Model, trial: Trial) -> tuple[Any, list[int]]:
        """The student's configuration, and which of the base's blocks it starts from."""
        values = {**self.settings, **dict(trial.settings)}
        config = type(model.config).from_dict(model.config.to_dict())
        blocks = getattr(config, "num_hidden_layers", 0)
        layers = int(str(values["layers"])) or max(1, (blocks + 1) // 2)
        width = int(str(values["width"])) or config.hidden_size
        if not 1 <= layers <= blocks or not 1 <= width <= config.hidden_size:
            raise UserError(
                f"{self.name}: layers is {layers} and width {width}; the base has {blocks} blocks of width "
                f"{config.hidden_size}. A student is smaller: allowed are 1 to {blocks}, and 1 to {config.hidden_size}."
            )
        if (layers, width) == (blocks, config.hidden_size):
            raise UserError(f"{self.name}: layers {layers} and width {width} make a student as large as its teacher.")
        _narrow(config, width, self.name)
        kept = [round(index * (blocks - 1) / max(1, layers - 1)) for index in range(layers)]
        config.num_hidden_layers = layers
        if getattr(config, "layer_types", None):
            config.layer_types = [config.layer_types[block] for block in kept]
        return config, kept

    def save(self, model: Model, directory: Path) -> None:
        model.save_pretrained(directory)

    def load(self, base: Model, directory: Path) -> Model:
        from transformers import AutoModelForCausalLM

        attention = base.config._attn_implementation
        student = AutoModelForCausalLM.from_pretrained(
            directory, attn_implementation=attention, use_safetensors=True, trust_remote_code=False
        )
        return student.to(next(base.parameters()).device).eval()

    def why_not_merged(self, trial: Trial) -> str | None:
        return "the student is a model of its own"


def _narrow(config: Any, width: int, name: str) -> None:
    """Fewer heads of the same size, and a feed-forward part in proportion."""
    if width == config.hidden_size:
        return
    heads, size = config.num_attention_heads, config.hidden_size
    head = getattr(config, "head_dim", None) or size // heads
    share = getattr(config, "num_key_value_heads", heads) or heads
    group = heads // share
    if width % head or (width // head) % group:
        raise UserError(
            f"{name}: width {width} does not hold whole attention heads of {head} in groups of {group}. "
            f"Allowed: multiples of {head * group} below {size}."
        )
    if hasattr(config, "intermediate_size"):
        config.intermediate_size = config.intermediate_size * width // size
    config.hidden_size, config.num_attention_heads = width, width // head
    if hasattr(config, "num_key_value_heads"):
        config.num_key_value_heads = config.num_attention_heads // group


def _start_from(student: Model, base: Model, kept: list[int]) -> None:
    """Copies what has a counterpart in the base: the same name, with its block's number translated."""
    import torch

    _, stack = block_stack(base)
    source = dict(base.named_parameters())
    with torch.no_grad():
        for name, parameter in student.named_parameters():
            if name.startswith(f"{stack}."):
                number, rest = name.removeprefix(f"{stack}.").split(".", 1)
                name = f"{stack}.{kept[int(number)]}.{rest}"
            if name in source:
                corner = tuple(slice(0, size) for size in parameter.shape)
                parameter.copy_(source[name][corner])
