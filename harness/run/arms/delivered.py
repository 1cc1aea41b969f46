"""What a trial makes of its base, to be scored: trained, prompted, trained elsewhere, or the base itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.data.tasks.target import TargetTask
from harness.schema.record import Cost, Promise


@dataclass(frozen=True)
class Delivered:
    """A model and what is asked of it.

    Attributes:
        target: with what a prompted arm puts before its questions.
        checks: the promises; some can only be checked after all scoring.
        moved: whether weights are other ones than the base's.
        loss_curve: of a training, as in the record.
        teacher: the model that a student learned from.
        base: the base beside the model, of the same tensors; None where the model has others.
    """

    model: Any
    target: TargetTask
    cost: Cost
    checks: Callable[[], list[Promise]] = list
    notes: tuple[str, ...] = ()
    moved: bool = False
    loss_curve: tuple[tuple[int, float], ...] = ()
    teacher: Any | None = None
    base: Any | None = None
