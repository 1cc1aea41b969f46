"""Arms without training: the base's weights, and examples before every held-out question."""

import json
from functools import partial
from typing import Any

from harness.methods.kinds.prompted import Prompted
from harness.models.base import checksum
from harness.run.arms.delivered import Delivered
from harness.run.context import Context
from harness.run.cost.probes import parameter_counts, weight_bytes
from harness.run.promises import model as promises
from harness.schema.record import Cost, Promise
from harness.schema.wording import counted

NOTHING_TRAINED = "nothing is trained"


def show_examples(context: Context, method: Prompted, base: Any) -> Delivered:
    """Puts examples before the target's questions; general tasks are asked as they are."""
    trial, target = context.trial, context.inputs.target
    shown = method.shown(target, trial, context.tokenizer, context.context_length)
    notes: tuple[str, ...] = ()
    if trial.rank and shown.mean < trial.rank:
        notes = (
            f"{shown.mean:.1f} of {counted(trial.rank, 'example', 'was', 'were')} shown on average, at most "
            f"{shown.most}: no more fit the context of {context.context_length} tokens, or the training split has "
            "no more",
        )
    kept = [(one.prompt, one.completion, one.messages) for one in method.keeps(target.train, trial)]
    cost = Cost(
        trainable_params=0,
        total_params=parameter_counts(base)[1],
        artifact_bytes=sum(len(json.dumps(one, ensure_ascii=False).encode()) for one in kept),
        weight_bytes=weight_bytes(base),
    )
    return Delivered(base, shown.target, cost, partial(_promises, context, base, checksum(base)), notes)


def _promises(context: Context, base: Any, before: str) -> list[Promise]:
    """After all evaluation: the base is what it was, and no test item was shown."""
    same = checksum(base) == before
    applicable = {
        promises.UNTOUCHED: Promise(
            promises.UNTOUCHED, same, "sha256 of all weights " + ("unchanged" if same else "changed")
        ),
        promises.BATCHES: promises.batch_invariant(context, base),
        promises.LEAK: promises.no_leak(context.inputs.target),
    }
    return [applicable.get(name) or promises.not_applicable(name, NOTHING_TRAINED) for name in promises.NAMES]
