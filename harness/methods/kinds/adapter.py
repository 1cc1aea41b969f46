"""The kind of method that adds parameters through PEFT and leaves the base alone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.methods.kinds.protocol import Model, TrainingMethod, optimizer
from harness.schema.errors import UserError
from harness.schema.trial import Trial

DEFAULT = "default"
"""PEFT's name of the first adapter on a model."""


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What is peculiar to a type of PEFT's, whatever it is called here.

    Attributes:
        rank_means: what a rank is to it, or None.
        default_rank: where none is asked for: the type's own usual size, where ranks are no ranks.
        starts_as_base: as in `TrainingMethod`.
        why_unmergeable: why PEFT cannot fold it into the base's weights; None where it can.
        why_not_unfolded: why PEFT cannot take it out of the weights again; None where it can.
        why_alone: why PEFT cannot put a second one beside it; None where it can.
        not_on: quantization levels that it cannot adapt, and why.
        impossible: why no trial of it can be; None for nearly all.
        ready: completes an adapted or a loaded model: task ids for types that ask for them, say.
        on_step: for types that change something after every optimizer step.
        own_names: parts of the names of parameters that it adds without the adapter's name in them.
    """

    rank_means: str | None = "rank"
    default_rank: int = 8
    starts_as_base: bool = True
    why_unmergeable: str | None = None
    why_not_unfolded: str | None = None
    why_alone: str | None = None
    not_on: Mapping[str, str] = field(default_factory=dict)
    impossible: str | None = None
    ready: Callable[[Model], None] = lambda model: None
    on_step: Callable[[Model, int], None] = lambda model, step: None
    own_names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Adapter(Traits, TrainingMethod):
    """Adds parameters through PEFT.

    Attributes:
        peft_type: `peft:NAME` of the type that it is.
        config: PEFT's configuration, given the trial and the model that it will adapt.
        make_optimizer: for methods with an optimizer of their own.
        splits_base: it starts by moving a part of the base's weights into the adapter. Its artifact is then
            converted to a plain LoRA of twice the rank, which loads on the untouched base.
    """

    untuned_learning_rate: float = 1e-3
    peft_type: str
    config: Callable[[Trial, Model], Any]
    make_optimizer: Callable[[Model, Trial], Any] = optimizer
    splits_base: bool = False

    def cannot(self, trial: Trial) -> str | None:
        if self.impossible:
            return f"{self.name}: {self.impossible}"
        reason = self.not_on.get(trial.quantization)
        return f"{self.name} cannot adapt a base stored as {trial.quantization}: {reason}" if reason else None

    def check(self, model: Model, trial: Trial) -> None:
        with self._refusals():
            self.config(trial, model)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """What PEFT refuses, a rank that no layer holds, say, is a UserError in PEFT's words."""
        try:
            yield
        except (ValueError, TypeError) as error:
            raise UserError(f"{self.name}: PEFT refuses these settings for this base model: {error}") from None

    def adapt(self, model: Model, trial: Trial) -> Model:
        from peft import get_peft_model

        with self._refusals():
            adapted = get_peft_model(model, self.config(trial, model))
        self.ready(adapted)
        if self.splits_base:
            _keep_start(adapted)
        return adapted

    def optimizer(self, model: Model, trial: Trial) -> Any:
        return self.make_optimizer(model, trial)

    def after_step(self, model: Model, step: int) -> None:
        self.on_step(model, step)

    def save(self, model: Model, directory: Path) -> None:
        start = model.start_of_adapter.name if self.splits_base else None
        model.save_pretrained(directory, safe_serialization=True, path_initial_model_for_weight_conversion=start)

    def load(self, base: Model, directory: Path) -> Model:
        from peft import PeftModel

        loaded = PeftModel.from_pretrained(base, directory)
        self.ready(loaded)
        return loaded.eval()

    def off(self, model: Model) -> AbstractContextManager[Any] | None:
        """None while a part of the base still sits in the adapter; a loaded artifact can always be switched off."""
        return None if hasattr(model, "start_of_adapter") else _switched_off(model)

    def owns(self, name: str) -> bool:
        """Whether a parameter is the adapter's own: PEFT writes its name or the type's into what it adds."""
        return DEFAULT in name.split(".") or any(one in name for one in self.own_names)

    def fold(self, model: Model) -> None:
        """Adds the update to the base's weights in place; `unfold` takes it out again."""
        model.merge_adapter(safe_merge=True)

    def unfold(self, model: Model) -> None:
        model.unmerge_adapter()

    def plain(self, model: Model) -> Model:
        """The base's own class with the update in its weights; the adapter is gone."""
        return model.merge_and_unload(safe_merge=True)

    def why_not_merged(self, trial: Trial) -> str | None:
        rounded = (
            None
            if trial.quantization == "none"
            else f"merging into weights stored as {trial.quantization} rounds the update away"
        )
        return self.why_unmergeable or rounded


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
    directory = TemporaryDirectory(prefix="harness-start-")
    config = model.peft_config[DEFAULT]
    kind, config.init_lora_weights = config.init_lora_weights, True
    model.save_pretrained(directory.name, safe_serialization=True)
    config.init_lora_weights = kind
    model.start_of_adapter = directory
