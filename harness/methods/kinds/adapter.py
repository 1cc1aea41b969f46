"""The kind of method that adds parameters through PEFT and leaves the base alone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.methods.kinds.protocol import Model, adamw
from harness.schema.errors import UserError
from harness.schema.trial import Setting, Trial

DEFAULT = "default"
"""PEFT's name of the first adapter on a model."""


def nothing(model: Model) -> None:
    """For types that are ready as PEFT makes them."""


@dataclass(frozen=True)
class Adapter:
    """Adds parameters through PEFT.

    Attributes:
        peft_type: `peft:NAME` of the type that it is.
        config: PEFT's configuration, given the trial and the model that it will adapt.
        why_unmergeable: why PEFT cannot fold it into the base's weights; None where it can.
        why_not_unfolded: why PEFT cannot take it out of the weights again; None where it can.
        why_alone: why PEFT cannot put a second one beside it; None where it can.
        not_on: quantization levels that the method cannot adapt, and why.
        impossible: why no trial of the method can be; None for nearly all.
        ready: completes an adapted or a loaded model: task ids for types that ask for them, say.
        make_optimizer: for methods with an optimizer of their own.
        on_step: for methods that change something after every optimizer step.
        splits_base: it starts by moving a part of the base's weights into the adapter. Its artifact is then
            converted to a plain LoRA of twice the rank, which loads on the untouched base.
        own_names: parts of the names of parameters that it adds without the adapter's name in them.
    """

    name: str
    summary: str
    source: str
    untuned_learning_rate: float
    peft_type: str
    config: Callable[[Trial, Model], Any]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    rank_means: str | None = "rank"
    starts_as_base: bool = True
    why_unmergeable: str | None = None
    why_not_unfolded: str | None = None
    why_alone: str | None = None
    not_on: Mapping[str, str] = field(default_factory=dict)
    impossible: str | None = None
    ready: Callable[[Model], None] = nothing
    make_optimizer: Callable[[Model, Trial], Any] = adamw
    on_step: Callable[[Model, int], None] | None = None
    splits_base: bool = False
    own_names: tuple[str, ...] | None = None
    default_rank: int = 8
    trains: bool = True
    seeded: bool = True
    adapts_in_place: bool = False

    def cannot(self, trial: Trial) -> str | None:
        if self.impossible:
            return f"{self.name}: {self.impossible}"
        reason = self.not_on.get(trial.quantization)
        return f"{self.name} cannot adapt a base stored as {trial.quantization}: {reason}" if reason else None

    def check(self, model: Model, trial: Trial) -> None:
        self.checked_config(model, trial)

    def checked_config(self, model: Model, trial: Trial) -> Any:
        """PEFT's configuration, or a UserError in PEFT's words."""
        try:
            return self.config(trial, model)
        except (ValueError, TypeError) as error:
            raise self._refusal(error) from None

    def _refusal(self, error: Exception) -> UserError:
        return UserError(f"{self.name}: PEFT refuses these settings for this base model: {error}")

    def adapt(self, model: Model, trial: Trial) -> Model:
        from peft import get_peft_model

        config = self.checked_config(model, trial)
        try:
            adapted = get_peft_model(model, config)
        except (ValueError, TypeError) as error:  # a rank that no layer holds, say
            raise self._refusal(error) from None
        self.ready(adapted)
        if self.splits_base:
            _keep_start(adapted)
        return adapted

    def optimizer(self, model: Model, trial: Trial) -> Any:
        return self.make_optimizer(model, trial)

    def after_step(self, model: Model, step: int) -> None:
        if self.on_step is not None:
            self.on_step(model, step)

    def save(self, model: Model, directory: Path) -> None:
        if self.splits_base:
            start = model.start_of_adapter.name
            model.save_pretrained(directory, safe_serialization=True, path_initial_model_for_weight_conversion=start)
        else:
            model.save_pretrained(directory, safe_serialization=True)

    def load(self, base: Model, directory: Path) -> Model:
        from peft import PeftModel

        loaded = PeftModel.from_pretrained(base, directory)
        self.ready(loaded)
        return loaded.eval()

    def export(self, model: Model, directory: Path) -> None:
        self.save(model, directory)

    def off(self, model: Model) -> AbstractContextManager[Any] | None:
        """None while a part of the base still sits in the adapter; a loaded artifact can always be switched off."""
        if hasattr(model, "start_of_adapter"):
            return None
        return _switched_off(model)

    def owns(self, name: str) -> bool:
        """Whether a parameter is the adapter's own: PEFT writes its name or the type's into what it adds."""
        parts = name.split(".")
        return DEFAULT in parts or (self.own_names is not None and any(one in name for one in self.own_names))

    def fold(self, model: Model) -> None:
        """Adds the update to the base's weights in place; `unfold` takes it out again."""
        model.merge_adapter(safe_merge=True)

    def unfold(self, model: Model) -> None:
        model.unmerge_adapter()

    def plain(self, model: Model) -> Model:
        """The base's own class with the update in its weights; the adapter is gone."""
        return model.merge_and_unload(safe_merge=True)

    def why_not_merged(self, trial: Trial) -> str | None:
        if self.why_unmergeable:
            return self.why_unmergeable
        return None if trial.quantization == "none" else "merging into quantized weights rounds the update away"


@contextmanager
def _switched_off(model: Model) -> Iterator[None]:
    """PEFT makes all of the adapter trainable when it switches it on again; what a method froze stays frozen."""
    frozen = [parameter for parameter in model.parameters() if not parameter.requires_grad]
    with model.disable_adapter():
        yield
    for parameter in frozen:
        parameter.requires_grad_(False)


def _keep_start(model: Model) -> None:
    """Writes the untrained adapter to a directory that lives as long as the model: the conversion subtracts it."""
    from tempfile import TemporaryDirectory

    directory = TemporaryDirectory(prefix="harness-start-")
    config = model.peft_config[DEFAULT]
    kind, config.init_lora_weights = config.init_lora_weights, True
    model.save_pretrained(directory.name, safe_serialization=True)
    config.init_lora_weights = kind
    model.start_of_adapter = directory
