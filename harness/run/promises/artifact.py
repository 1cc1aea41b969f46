"""What must hold for a trial's artifact: it reloads, merges, unmerges, and lives beside other adapters."""

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

from harness.methods.kinds.adapter import DEFAULT, Adapter
from harness.methods.kinds.protocol import TrainingMethod
from harness.run.promises.model import (
    IDENTITY_TOLERANCE,
    MERGE_TOLERANCE,
    MERGED,
    OFF,
    RELOADED,
    SEVERAL,
    UNMERGED,
    close,
    largest_difference,
    logits_of,
    not_applicable,
)
from harness.schema.record import Promise
from harness.schema.trial import Trial

NO_ADAPTER = "the method adds no adapter"
SECOND = "second"

Rows = list[list[int]]


def artifact_promises(
    method: TrainingMethod,
    trial: Trial,
    directory: Path,
    load_base: Callable[[], Any],
    reloaded: Any,
    base_logits: Any,
    trained: Any,
    rows: Rows,
) -> list[Promise]:
    """Does with a reloaded artifact what users do with adapters.

    Args:
        reloaded: the artifact on a fresh base; it is used up.
        base_logits, trained: `(tokens, vocabulary)`, of the bare base and of the trained model on `rows`.
    """
    found = reload_promises(method, directory, reloaded, base_logits, trained, rows)
    if not isinstance(method, Adapter):
        return [*found, *merge_promises(method, trial, reloaded, trained, rows)]
    return [*found, *merge_promises(method, trial, method.load(load_base(), directory), trained, rows)]


def reload_promises(
    method: TrainingMethod, directory: Path, reloaded: Any, base_logits: Any, trained: Any, rows: Rows
) -> list[Promise]:
    """Those that leave the base's weights alone; arguments as above."""
    # An artifact that was converted (PiSSA, OLoRA) was rounded once more, as a merged one is.
    converted = isinstance(method, Adapter) and method.splits_base
    tolerance = MERGE_TOLERANCE if converted else IDENTITY_TOLERANCE
    found = [close(RELOADED, largest_difference(trained, logits_of(reloaded, rows)), tolerance)]
    if not isinstance(method, Adapter):
        return [*found, not_applicable(SEVERAL, NO_ADAPTER)]
    return [*found, _several(method, reloaded, directory, base_logits, trained, rows, tolerance)]


def merge_promises(method: TrainingMethod, trial: Trial, model: Any, trained: Any, rows: Rows) -> list[Promise]:
    """Folds the update into the weights, takes it out again, and makes a plain model of it.

    Args:
        model: a reloaded artifact, whose base is not the same afterwards.
    """
    if not isinstance(method, Adapter):
        return [not_applicable(name, NO_ADAPTER) for name in (MERGED, UNMERGED)]
    if reason := method.why_not_merged(trial):
        return [not_applicable(MERGED, reason), not_applicable(UNMERGED, reason)]
    folded = unmerged = None
    if method.why_not_unfolded is None:
        method.fold(model)
        folded = largest_difference(trained, logits_of(model, rows))
        method.unfold(model)
        # A model that stays merged computes the same too.
        still = any(getattr(module, "merged", False) for module in model.modules())
        apart = inf if still else largest_difference(trained, logits_of(model, rows))
        unmerged = close(UNMERGED, apart, MERGE_TOLERANCE)
    plain = largest_difference(trained, logits_of(method.plain(model), rows))
    merged = close(MERGED, max(plain, folded or 0.0), MERGE_TOLERANCE)
    return [merged, unmerged or not_applicable(UNMERGED, str(method.why_not_unfolded))]


def off_promise(method: TrainingMethod, base_logits: Any, model: Any, reloaded: Any, rows: Rows) -> Promise:
    """Switched off, both the trained model and its reloaded artifact are the base to the last bit."""
    differences = []
    for one in (model, reloaded):
        if (context := method.off(one)) is not None:
            with context:
                differences.append(largest_difference(base_logits, logits_of(one, rows)))
    if not differences:
        return not_applicable(OFF, "the method changes the base's own weights")
    return close(OFF, max(differences), 0.0)


def _several(
    method: Adapter, model: Any, directory: Path, base_logits: Any, trained: Any, rows: Rows, tolerance: float
) -> Promise:
    """A second adapter beside the first: switching to it, back, and turning all off."""
    import torch

    if method.why_alone:
        return not_applicable(SEVERAL, method.why_alone)
    try:
        model.load_adapter(str(directory), SECOND)
    except (ValueError, TypeError, NotImplementedError) as error:
        return not_applicable(SEVERAL, f"PEFT refuses a second one: {str(error).strip().splitlines()[0]}")
    model.set_adapter(SECOND)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if method.owns(name.replace(f".{SECOND}", f".{DEFAULT}")) and f".{DEFAULT}" not in name:
                parameter.mul_(1.1).add_(1e-3)
    other = logits_of(model, rows)
    model.set_adapter(DEFAULT)
    back = logits_of(model, rows)
    with model.disable_adapter():
        off = logits_of(model, rows)
    apart = largest_difference(trained, other)
    mixed = max(largest_difference(trained, back) - tolerance, largest_difference(base_logits, off))
    detail = f"the second differs by {apart:.2g}; switched back or off, by {max(0.0, mixed):.2g}"
    return Promise(SEVERAL, apart > 0 and mixed <= 0, detail)
