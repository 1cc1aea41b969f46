"""What must hold for every trial whatever its score. Each check says what it saw, and None where it cannot apply."""

from collections.abc import Sequence
from typing import Any

from harness.data.tasks.target import TargetTask, leaked
from harness.methods.kinds.protocol import TrainingMethod
from harness.models.base import checksum
from harness.run.context import Context
from harness.run.cost.probes import virtual_tokens
from harness.run.scoring.log_likelihood import score_pairs
from harness.schema.record import Promise
from harness.schema.trial import Scoring
from harness.schema.wording import counted

IDENTITY_TOLERANCE = 5e-5
"""Largest difference of a logit that counts as the same computation, float32: logits of 20 or so carry a few
units of 2e-6 for every product on the way, and orthogonal methods add products."""
MERGE_TOLERANCE = 1e-3
"""Folding an update into the weights rounds once more."""
SCORE_TOLERANCE = 1e-3
"""Nats; batches of other shapes add up in another order."""
INT8_SCORE_TOLERANCE = 0.25
"""Nats. LLM.int8() rounds activations to 255 levels, so where a float's last digit decides the rounding, whole
steps differ between batch shapes."""
BFLOAT16_SCORE_TOLERANCE = 0.15
"""Nats, where the profile scores in bfloat16 and every sum is rounded to 8 bits."""

NAMES = (
    "starts as the base",
    "only declared parameters train",
    "every trainable parameter receives a gradient",
    "the base is untouched",
    "switched off it is the base",
    "the adaptation acts",
    "a reloaded artifact computes the same",
    "merged it computes the same",
    "unmerged it is the adapter again",
    "several adapters do not mix",
    "scores do not depend on the batch",
    "no test item in training",
)
"""All promises, in the order in which they are checked."""

(STARTS, DECLARED, GRADIENTS, UNTOUCHED, OFF, ACTS, RELOADED, MERGED, UNMERGED, SEVERAL, BATCHES, LEAK) = NAMES
ARTIFACT = (OFF, RELOADED, MERGED, UNMERGED, SEVERAL)
"""Those of an adapter as an artifact, which `suites/test_adapters.py` shows."""


def not_applicable(name: str, why: str) -> Promise:
    return Promise(name, None, why)


def close(name: str, difference: float, tolerance: float) -> Promise:
    """Holds when the difference is a number within the tolerance; NaN breaks it."""
    return Promise(name, difference <= tolerance, f"largest difference {difference:.2g}, allowed {tolerance:g}")


def logits_of(model: Any, rows: list[list[int]]) -> Any:
    """Logits `(tokens, vocabulary)` of every row alone, one after the other: no padding, no batch."""
    import torch

    device = next(model.parameters()).device
    with torch.inference_mode():
        outputs = [model(input_ids=torch.tensor([row], device=device)).logits[0, -len(row) :] for row in rows]
    return torch.cat(outputs).float().cpu()


def largest_difference(left: Any, right: Any) -> float:
    return float((left - right).abs().max())


def _trainable(model: Any) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


class FrozenPart:
    """The parameters that a method must not change, and their bytes before training."""

    def __init__(self, model: Any) -> None:
        self.trained = _trainable(model)
        self.names = {name for name, _ in model.named_parameters()} - self.trained
        self.before = checksum(model, self.names)

    def check(self, model: Any) -> Promise:
        if not self.names:
            return not_applicable(UNTOUCHED, "the method trains every parameter of the base")
        same = checksum(model, self.names) == self.before
        said = f"sha256 of {counted(len(self.names), 'frozen tensor')} {'unchanged' if same else 'changed'}"
        return Promise(UNTOUCHED, same, said)


def declared(model: Any, method: TrainingMethod, frozen: FrozenPart, teacher: Any | None) -> Promise:
    """Trainable now is what was trainable at the start, and no adapter trains a parameter of the base.

    Args:
        frozen: taken of the same model at the start; of the teacher, where there is one, of which nothing trains.
    """
    now = _trainable(model)
    foreign = sorted(now ^ frozen.trained) if teacher is None else sorted(frozen.trained)
    if not method.adapts_in_place:
        foreign += sorted(name for name in now if not method.owns(name))
    detail = counted(len(now), "tensor") if not foreign else f"not declared: {', '.join(foreign[:5])}"
    return Promise(DECLARED, bool(now) and not foreign, detail)


def starts_as_base(method: TrainingMethod, base_logits: Any, model: Any, rows: list[list[int]]) -> Promise:
    if not method.starts_as_base:
        return not_applicable(STARTS, f"an untrained {method.name} already changes the model, by its definition")
    return close(STARTS, largest_difference(base_logits, logits_of(model, rows)), IDENTITY_TOLERANCE)


def gradients_flow(without_gradient: Sequence[str]) -> Promise:
    detail = f"none in {', '.join(without_gradient[:5])}" if without_gradient else "all of them, on a probe batch"
    return Promise(GRADIENTS, not without_gradient, detail)


def acts(base_logits: Any, trained_logits: Any) -> Promise:
    difference = largest_difference(base_logits, trained_logits)
    return Promise(ACTS, difference > 0, f"largest difference from the base {difference:.2g}")


def batch_invariant(context: Context, model: Any) -> Promise:
    """The same items alone and together, where the shorter ones are padded."""
    scoring, length = context.trial.scoring, context.context_length - virtual_tokens(model)
    alone, together = (Scoring(scoring.dtype, tokens, 0) for tokens in (1, 1_000_000))
    singles = score_pairs(model, context.pairs, context.pad_id, alone, length)
    batched = score_pairs(model, context.pairs, context.pad_id, together, length)
    worst = max(abs(one.nll - other.nll) for one, other in zip(singles, batched, strict=True))
    tolerance = SCORE_TOLERANCE if scoring.dtype == "float32" else BFLOAT16_SCORE_TOLERANCE
    return close(BATCHES, worst, max(tolerance, INT8_SCORE_TOLERANCE if context.trial.quantization == "int8" else 0.0))


def no_leak(target: TargetTask) -> Promise:
    leaks = leaked(target)
    held_out = counted(len(target.validation) + len(target.test), "held-out item")
    return Promise(LEAK, not leaks, f"in both: {leaks[:5]}" if leaks else held_out)
