"""What a method is: how it makes a base model trainable, and how its result is kept, undone and merged.

Kinds cover all methods: `InPlace` trains some of the base's own parameters, `Adapter` adds parameters
through PEFT and leaves the base alone, `Prompted` trains nothing and puts text before the question, and
`Student` trains another, smaller model. A method is one value of a kind, in one file of its own.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from harness.schema.errors import UserError, one_of, shown
from harness.schema.trial import Setting, Trial

Model = Any
"""A `transformers` model, or a PEFT model around one."""

VIRTUAL_TOKENS = "virtual tokens"
"""What a rank means to soft prompts."""

COMMON: dict[str, Setting] = {"replay": 0.0, "kl": 0.0}
"""Settings that every training method takes, since users ask how to forget less. `replay`: the share of
general text in every batch and in the loss, from 0 to below 1; `kl`: the weight of the divergence from the base."""


@dataclass(frozen=True, kw_only=True)
class Method(ABC):
    """What the harness needs of every method. It knows this and never a method's name.

    Attributes:
        summary: one line for `--methods help` and the report's glossary.
        source: where the method comes from.
        untuned_learning_rate: where to start on a model for which nothing was tuned.
        settings: names and defaults, besides the `COMMON` ones.
        rank_means: `rank` or `VIRTUAL_TOKENS`; None for methods without.
        default_rank: the rank of an arm for which none is named.
        seeded: whether a seed changes anything.
        trains: whether there is anything to train; few-shot prompting does not.
        adapts_in_place: whether the base's own weights are what is trained.
    """

    name: str
    summary: str
    source: str
    untuned_learning_rate: float
    settings: Mapping[str, Setting] = field(default_factory=dict)
    rank_means: str | None = None
    default_rank: int = 8
    seeded: bool = True
    trains: ClassVar[bool] = True
    adapts_in_place: ClassVar[bool] = False

    @abstractmethod
    def cannot(self, trial: Trial) -> str | None:
        """Why the trial cannot be, whatever the model: its quantization, say. None where it can."""


@dataclass(frozen=True, kw_only=True)
class TrainingMethod(Method):
    """What the harness needs of a method that changes or adds weights."""

    starts_as_base: bool = True
    """Whether the adapted but untrained model computes what the base computes."""

    @abstractmethod
    def check(self, model: Model, trial: Trial) -> None:
        """Looks, before anything runs, whether the trial's settings fit the base; its weights may be missing.

        Raises:
            UserError: they do not.
        """

    def owns(self, name: str) -> bool:
        """Whether a trained parameter of that name is the method's to train."""
        return True

    @abstractmethod
    def adapt(self, model: Model, trial: Trial) -> Model:
        """Makes `model` trainable: exactly the parameters of the method require gradients afterwards.

        Raises:
            UserError: this base, or these settings, do not go with the method.
        """

    def optimizer(self, model: Model, trial: Trial) -> Any:
        """An optimizer over what requires gradients, at the trial's learning rate and weight decay."""
        return optimizer(model, trial)

    def after_step(self, model: Model, step: int) -> None:
        """Called after optimizer step `step` (from 1), while the gradients are still there."""
        return

    @abstractmethod
    def save(self, model: Model, directory: Path) -> None:
        """Writes the artifact as safetensors: all that must be kept beside the base."""

    @abstractmethod
    def load(self, base: Model, directory: Path) -> Model:
        """Puts a saved artifact onto a fresh base, for inference."""

    def export(self, model: Model, directory: Path) -> None:
        """Writes what another program can load: an adapter for PEFT, or a whole model for transformers."""
        self.save(model, directory)

    def off(self, model: Model) -> AbstractContextManager[Any] | None:
        """A context in which the method's effect is switched off; None where that cannot be."""
        return None

    @abstractmethod
    def why_not_merged(self, trial: Trial) -> str | None:
        """Why the update cannot be folded into plain weights; None where it can."""


def optimizer(model: Model, trial: Trial) -> Any:
    """The recipe's, at one learning rate over everything that requires gradients: every method's default."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    made = optimizer_class(trial.recipe.optimizer)
    return made(parameters, lr=trial.learning_rate or 0.0, weight_decay=trial.recipe.weight_decay)


def optimizer_class(name: str) -> Any:
    """The class that a recipe's `optimizer` names."""
    import torch

    if name == "adamw":
        return torch.optim.AdamW
    if name == "adafactor":
        return torch.optim.Adafactor
    import bitsandbytes

    return {"adamw-8bit": bitsandbytes.optim.AdamW8bit, "paged-adamw-8bit": bitsandbytes.optim.PagedAdamW8bit}[name]


def setting(method: Method, trial: Trial, name: str) -> Setting:
    """A setting of the trial, or the method's default."""
    defaults = {**COMMON, **method.settings}
    return dict(trial.settings).get(name, defaults[name])


def checked_settings(method: Method, given: Mapping[str, Any]) -> tuple[tuple[str, Setting], ...]:
    """The settings that differ from the defaults, sorted by name; lists become tuples.

    Raises:
        UserError: a setting that the method does not have, or of another type than its default.
    """
    allowed = {**(COMMON if method.trains else {}), **method.settings}
    found: dict[str, Setting] = {}
    for name, value in given.items():
        if name not in allowed:
            raise one_of(f"Setting of method {method.name}:", name, sorted(allowed) or ["(it has none)"])
        found[name] = _typed(method, name, value, allowed[name])
        _check_range(method, name, found[name])
    return tuple(sorted((name, value) for name, value in found.items() if value != allowed[name]))


NEEDED = {bool: "truth value", int: "number", float: "number", str: "text", tuple: "list"}
"""Types of settings, in words."""


def _typed(method: Method, name: str, value: Any, default: Setting) -> Setting:
    value = tuple(value) if isinstance(value, list) else value
    if isinstance(default, str) and type(value) in (int, float):
        value = str(value)  # layers = -2
    known = isinstance(value, (bool, int, float, str, tuple))
    numbers = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (default, value))
    if not known or (default is not None and type(value) is not type(default) and not numbers):
        needed = NEEDED.get(type(default), "number, a text, a truth value or a list")
        raise UserError(
            f"Setting {name} of method {method.name} is {shown(value)}; a {needed} is needed (default {default!r})."
        )
    return value


RANGES: tuple[tuple[str, float, float, str], ...] = (
    ("kl", 0.0, 1e6, "a weight from 0 to 1,000,000"),
    ("replay|.*dropout", 0.0, 1.0, "a share from 0 to below 1"),
    ("mix", 0.0, 1.0 + 1e-9, "a share from 0 to 1"),
    (".*(alpha|lambda|ratio|scaling|temperature)", 1e-9, 1e9, "a number above 0"),
    (".*", -1e9, 1e9, "a number of at most 1,000,000,000"),
)
"""What numbers a setting may be, by its name: from the first up to below the second. The first pattern that fits holds.
Without it NaN, infinity and a scale of 0 would train for hours, or fail deep inside PEFT."""


def _check_range(method: Method, name: str, value: Setting) -> None:
    """Raises UserError for a number that no such setting can be."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    low, high, needed = next((low, high, words) for pattern, low, high, words in RANGES if re.fullmatch(pattern, name))
    if not low <= value < high:
        raise UserError(f"Setting {name} of method {method.name} is {shown(value)}; {needed} is needed.")
