"""The kind of method that trains a part of the base's own parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.methods.kinds.protocol import Model, TrainingMethod
from harness.models.quantization import quantization_named
from harness.schema.trial import Trial


@dataclass(frozen=True, kw_only=True)
class InPlace(TrainingMethod):
    """Trains a part of the base's own parameters.

    Attributes:
        select: names of the parameters to train, given the model and the trial.
    """

    select: Callable[[Model, Trial], set[str]]
    adapts_in_place: ClassVar[bool] = True

    def cannot(self, trial: Trial) -> str | None:
        level = quantization_named(trial.quantization)
        if level.trainable:
            return None
        return (
            f"{self.name} trains the base's own weights, which {level.name} stores {level.why_frozen}; use an adapter "
            "(lora), or quantization none"
        )

    def check(self, model: Model, trial: Trial) -> None:
        self.select(model, trial)

    def adapt(self, model: Model, trial: Trial) -> Model:
        chosen = self.select(model, trial)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in chosen)
        return model

    def save(self, model: Model, directory: Path) -> None:
        """Only what was trained: the rest is the base, which the user has."""
        from safetensors.torch import save_file

        directory.mkdir(parents=True, exist_ok=True)
        trained = {n: p.detach().cpu().contiguous() for n, p in model.named_parameters() if p.requires_grad}
        save_file(trained, directory / "model.safetensors", metadata={"format": "pt"})

    def load(self, base: Model, directory: Path) -> Model:
        from safetensors.torch import load_file

        unexpected = base.load_state_dict(load_file(directory / "model.safetensors"), strict=False).unexpected_keys
        if unexpected:
            raise ValueError(f"the artifact holds parameters that the base has not: {', '.join(unexpected)}")
        return base

    def export(self, model: Model, directory: Path) -> None:
        """The whole model: transformers loads no parts."""
        model.save_pretrained(directory)

    def why_not_merged(self, trial: Trial) -> str | None:
        return "the method changes the base's own weights: there is nothing to fold in"
