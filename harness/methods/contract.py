"""What a method is: how it makes a base model trainable, and how its result is kept, undone and merged.

Two kinds cover all methods: `InPlace` trains some of the base's own parameters, `Adapter` adds parameters
through PEFT and leaves the base alone. A method is one value of either, in one file of its own.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from harness.errors import UserError, one_of
from harness.trial import Setting, Trial

Model = Any
"""A `transformers` model, or a PEFT model around one."""


class Method(Protocol):
    """What the harness needs of a method. It knows this and never a method's name."""

    @property
    def name(self) -> str: ...
    @property
    def summary(self) -> str:
        """One line for `--methods help` and the report's glossary."""
        ...

    @property
    def source(self) -> str:
        """Where the method comes from."""
        ...

    @property
    def rank_means(self) -> str | None:
        """`rank` or `virtual tokens`; None for methods without."""
        ...

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Names and defaults."""
        ...

    @property
    def untuned_learning_rate(self) -> float:
        """Where to start on a model for which nothing was tuned."""
        ...

    @property
    def quantized_base(self) -> bool:
        """Whether the base may be quantized."""
        ...

    @property
    def starts_as_base(self) -> bool:
        """Whether the adapted but untrained model computes what the base computes."""
        ...

    @property
    def adapts_in_place(self) -> bool:
        """Whether the base's own weights are what is trained."""
        ...

    def adapt(self, model: Model, trial: Trial) -> Model:
        """Makes `model` trainable: exactly the parameters of the method require gradients afterwards."""
        ...

    def save(self, model: Model, directory: Path) -> None:
        """Writes the artifact as safetensors: all that must be kept beside the base."""
        ...

    def load(self, base: Model, directory: Path) -> Model:
        """Puts a saved artifact onto a fresh base, for inference."""
        ...

    def off(self, model: Model) -> AbstractContextManager[Any] | None:
        """A context in which the method's effect is switched off; None where that cannot be."""
        ...

    def merge(self, model: Model) -> Model | None:
        """The model with the update folded into plain weights; None where that cannot be."""
        ...


@dataclass(frozen=True)
class InPlace:
    """Trains a part of the base's own parameters.

    Attributes:
        select: names of the parameters to train, given the model and the trial.
    """

    name: str
    summary: str
    source: str
    untuned_learning_rate: float
    select: Callable[[Model, Trial], set[str]]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    rank_means: str | None = None
    quantized_base: bool = False
    starts_as_base: bool = True
    adapts_in_place: bool = True

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

    def off(self, model: Model) -> None:
        return None

    def merge(self, model: Model) -> None:
        return None


@dataclass(frozen=True)
class Adapter:
    """Adds parameters through PEFT.

    Attributes:
        config: PEFT's configuration, given the trial and the model that it will adapt.
        mergeable: whether PEFT can fold it into the base's weights.
    """

    name: str
    summary: str
    source: str
    untuned_learning_rate: float
    config: Callable[[Trial, Model], Any]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    rank_means: str | None = "rank"
    quantized_base: bool = True
    starts_as_base: bool = True
    mergeable: bool = True
    adapts_in_place: bool = False

    def adapt(self, model: Model, trial: Trial) -> Model:
        from peft import get_peft_model

        return get_peft_model(model, self.config(trial, model))

    def save(self, model: Model, directory: Path) -> None:
        model.save_pretrained(directory, safe_serialization=True)

    def load(self, base: Model, directory: Path) -> Model:
        from peft import PeftModel

        return PeftModel.from_pretrained(base, directory).eval()

    def off(self, model: Model) -> AbstractContextManager[Any]:
        context: AbstractContextManager[Any] = model.disable_adapter()
        return context

    def merge(self, model: Model) -> Model | None:
        return model.merge_and_unload(safe_merge=True) if self.mergeable else None


def setting(method: Method, trial: Trial, name: str) -> Setting:
    """A setting of the trial, or the method's default."""
    return dict(trial.settings).get(name, method.settings[name])


def checked_settings(method: Method, given: Mapping[str, Setting]) -> tuple[tuple[str, Setting], ...]:
    """The settings that differ from the defaults, sorted by name.

    Raises:
        UserError: a setting that the method does not have, or of another type than its default.
    """
    for name, value in given.items():
        if name not in method.settings:
            raise one_of(f"Setting of method {method.name}:", name, sorted(method.settings) or ["(it has none)"])
        default = method.settings[name]
        number = isinstance(default, (int, float)) and isinstance(value, (int, float))
        if type(value) is not type(default) and not (number and not isinstance(value, bool)):
            raise UserError(
                f"Setting {name} of method {method.name} is {value!r}; a {type(default).__name__} is needed "
                f"(default {default!r})."
            )
    return tuple(sorted((name, value) for name, value in given.items() if value != method.settings[name]))
