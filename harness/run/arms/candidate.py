"""From a base to a model that was trained elsewhere: loads it, counts what it costs to keep, and checks what can be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.methods.candidate import ADAPTER, Candidate, added_tokens, broken_tensor, load_candidate, widened
from harness.models.base import dense_parts, scales_of
from harness.run.arms.delivered import Delivered
from harness.run.context import Context
from harness.run.cost.probes import parameter_counts, weight_bytes
from harness.run.promises import model as promises
from harness.run.promises.artifact import artifact_promises, off_promise
from harness.run.training.loop import Diverged
from harness.schema.record import Cost, Promise
from harness.schema.wording import counted

ELSEWHERE = "trained elsewhere: its training was not seen"
UNKNOWN_DATA = "trained elsewhere: what it was trained on is not known"
WHOLE = "a whole model: there is no adapter"


def load_and_check(context: Context, base: Any) -> Delivered:
    """Loads the trial's candidate.

    Args:
        base: a fresh copy of the base; an adapter is put on it.

    Raises:
        Diverged: its weights hold NaN or infinity, which a quantizer might take for numbers.
        UserError: it cannot be loaded.
    """
    trial, rows, candidate = context.trial, context.rows, context.inputs.candidate
    if candidate is None:
        raise ValueError(f"trial {trial.id} evaluates a candidate, and none was given")
    if name := broken_tensor(candidate):
        raise Diverged(f"the candidate's weights are not finite: {name} holds NaN or infinity")
    added = added_tokens(base, candidate)
    widened(base, candidate)
    base_logits = promises.logits_of(base, rows)
    model = load_candidate(trial, candidate, base)
    logits = promises.logits_of(model, rows)
    shared = min(base_logits.shape[1], logits.shape[1])  # tokens that both know
    checked = {
        promises.ACTS: promises.acts(base_logits[:, :shared], logits[:, :shared]),
        promises.BATCHES: promises.batch_invariant(context, model),
        promises.LEAK: promises.not_applicable(promises.LEAK, UNKNOWN_DATA),
        **{promise.name: promise for promise in _artifact(context, candidate, model, base_logits, logits)},
    }
    more = counted(added, "more token")
    tables = f"it brings tables of embeddings with {more}, which replace the base's" if added else None
    if why := candidate.why_not_off or tables:
        checked |= {name: promises.not_applicable(name, why) for name in (promises.OFF, promises.SEVERAL)}
    kept = [checked.get(name) or promises.not_applicable(name, ELSEWHERE) for name in promises.NAMES]
    cost, notes = _cost(candidate, base, model), (described(candidate),)
    return Delivered(model, context.inputs.target, cost, lambda: kept, notes, moved=True)


def described(candidate: Candidate) -> str:
    """What a reader must know of it."""
    what = f"an adapter of type {candidate.peft_type}" if candidate.kind == ADAPTER else "a whole model"
    names = f", which names {candidate.trained_on!r} as its base" if candidate.trained_on else ""
    return (
        f"the candidate is {candidate.source.name!r} (sha256 {candidate.source.sha256[:12]}), {what}{names}; it was "
        "trained elsewhere, and whether it has seen the test items is not known"
    )


def _artifact(context: Context, candidate: Candidate, model: Any, base_logits: Any, logits: Any) -> Iterator[Promise]:
    """Does with it what users do with adapters; a whole model is only loaded once more."""

    def load_base() -> Any:
        return widened(context.load(), candidate)

    rows = context.rows
    if candidate.kind != ADAPTER:
        again = promises.logits_of(load_candidate(context.trial, candidate, None), rows)
        difference = promises.largest_difference(logits, again)
        yield promises.close(promises.RELOADED, difference, promises.IDENTITY_TOLERANCE)
        for name in (promises.OFF, promises.MERGED, promises.UNMERGED, promises.SEVERAL):
            yield promises.not_applicable(name, WHOLE)
        return
    method, directory = candidate.method, Path(candidate.location)
    reloaded = load_candidate(context.trial, candidate, load_base())
    found = [off_promise(method, base_logits, model, reloaded, rows)]
    found += artifact_promises(method, context.trial, directory, load_base, reloaded, base_logits, logits, rows)
    yield from found


def _cost(candidate: Candidate, base: Any, model: Any) -> Cost:
    """What can be counted without its training."""
    total = parameter_counts(model)[1]
    return Cost(
        trainable_params=candidate.parameters if candidate.kind == ADAPTER else changed_parameters(base, model),
        total_params=total,
        artifact_bytes=sum(path.stat().st_size for path in candidate.weight_files),
        weight_bytes=weight_bytes(model),
    )


def changed_parameters(base: Any, model: Any) -> int:
    """Parameters in tensors that are not the base's to the last bit: what must have been trained, at least."""
    import torch

    before = dict(base.named_parameters())

    def same(name: str, tensor: Any) -> bool:
        other = before.get(name)
        if other is None or other.shape != tensor.shape or other.dtype != tensor.dtype:
            return False
        own, its = ([*dense_parts(one), *scales_of(one)] for one in (tensor, other))
        return len(own) == len(its) and all(map(torch.equal, own, its))

    changed = [tensor for name, tensor in model.named_parameters() if not same(name, tensor)]
    return parameter_counts(torch.nn.ParameterList(changed))[1] if changed else 0
