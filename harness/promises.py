"""What must hold for every trial whatever its score. Each check says what it saw, and None where it cannot apply."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.encoding import Pair, Tokenizer
from harness.evaluate import score_pairs
from harness.methods.contract import Method
from harness.models import checksum
from harness.record import Promise
from harness.tasks.target import TargetTask, leaked
from harness.trial import Scoring, Trial

IDENTITY_TOLERANCE = 1e-5
"""Largest difference of a logit that counts as the same computation, float32."""
MERGE_TOLERANCE = 1e-3
"""Folding an update into the weights rounds once more."""
SCORE_TOLERANCE = 1e-3
"""Nats; batches of other shapes add up in another order."""
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
    "scores do not depend on the batch",
    "no test item in training",
)
"""All promises, in the order in which they are checked."""


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


class FrozenPart:
    """The parameters that a method must not change, and their bytes before training."""

    def __init__(self, model: Any) -> None:
        self.names = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
        self.before = checksum(model, self.names)
        self.trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}

    def check(self, model: Any) -> Promise:
        if not self.names:
            return not_applicable(NAMES[3], "the method trains every parameter of the base")
        after = checksum(model, self.names)
        same = after == self.before
        return Promise(
            NAMES[3], same, f"sha256 of {len(self.names)} frozen tensors " + ("unchanged" if same else "changed")
        )

    def check_declared(self, model: Any, method: Method) -> Promise:
        """Trainable now is what was trainable at the start, and no adapter trains a parameter of the base."""
        now = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
        foreign = sorted(now ^ self.trained)
        if not method.adapts_in_place:
            foreign += sorted(
                name for name in now if ".default" not in name
            )  # PEFT names what it adds after the adapter
        detail = f"{len(now)} tensors" if not foreign else f"not declared: {', '.join(foreign[:5])}"
        return Promise(NAMES[1], bool(now) and not foreign, detail)


def starts_as_base(method: Method, base_logits: Any, model: Any, rows: list[list[int]]) -> Promise:
    if not method.starts_as_base:
        return not_applicable(NAMES[0], f"an untrained {method.name} already changes the model, by its definition")
    return close(NAMES[0], largest_difference(base_logits, logits_of(model, rows)), IDENTITY_TOLERANCE)


def gradients_flow(without_gradient: Sequence[str]) -> Promise:
    detail = f"none in {', '.join(without_gradient[:5])}" if without_gradient else "all of them, on a probe batch"
    return Promise(NAMES[2], not without_gradient, detail)


def off_is_base(method: Method, base_logits: Any, model: Any, rows: list[list[int]]) -> Promise:
    context = method.off(model)
    if context is None:
        return not_applicable(NAMES[4], "the method changes the base's own weights")
    with context:
        return close(NAMES[4], largest_difference(base_logits, logits_of(model, rows)), 0.0)


def acts(base_logits: Any, trained_logits: Any) -> Promise:
    difference = largest_difference(base_logits, trained_logits)
    return Promise(NAMES[5], difference > 0, f"largest difference from the base {difference:.2g}")


def artifact_promises(
    method: Method, trial: Trial, directory: Path, load_base: Callable[[], Any], trained: Any, rows: list[list[int]]
) -> list[Promise]:
    """Reloads the artifact onto a fresh base, and merges it there."""
    reloaded = method.load(load_base(), directory)
    found = [close(NAMES[6], largest_difference(trained, logits_of(reloaded, rows)), IDENTITY_TOLERANCE)]
    if trial.quantization != "none":
        return [*found, not_applicable(NAMES[7], "merging into quantized weights rounds the update away")]
    merged = method.merge(reloaded)
    if merged is None:
        return [*found, not_applicable(NAMES[7], "the method has nothing to fold into the weights")]
    return [*found, close(NAMES[7], largest_difference(trained, logits_of(merged, rows)), MERGE_TOLERANCE)]


def batch_invariant(model: Any, tokenizer: Tokenizer, pairs: list[Pair], scoring: Scoring, max_length: int) -> Promise:
    """The same items alone and together, where the shorter ones are padded."""
    pad = tokenizer.pad_token_id
    alone = Scoring(scoring.dtype, 1, 0)
    together = Scoring(scoring.dtype, 1_000_000, 0)
    singles = score_pairs(model, pairs, pad, alone, max_length)
    batched = score_pairs(model, pairs, pad, together, max_length)
    worst = max(abs(one.nll - other.nll) for one, other in zip(singles, batched, strict=True))
    return close(NAMES[8], worst, SCORE_TOLERANCE if scoring.dtype == "float32" else BFLOAT16_SCORE_TOLERANCE)


def no_leak(target: TargetTask) -> Promise:
    leaks = leaked(target)
    detail = f"{len(target.validation) + len(target.test)} held-out items" if not leaks else f"in both: {leaks[:5]}"
    return Promise(NAMES[9], not leaks, detail)
