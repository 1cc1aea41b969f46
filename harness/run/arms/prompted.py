"""Arms without training: the base's weights, and examples before every held-out question."""

import json
from dataclasses import dataclass
from typing import Any

from harness.data.tasks.target import TargetTask
from harness.methods.kinds.prompted import Prompted
from harness.models.base import checksum
from harness.run.context import Setup
from harness.run.cost.probes import parameter_counts, weight_bytes
from harness.run.promises import model as promises
from harness.schema.record import Cost, Promise

NOTHING_TRAINED = "nothing is trained"


@dataclass(frozen=True)
class Prompt:
    """What is asked instead of the bare questions.

    Attributes:
        before: checksum of the base before it was asked anything.
    """

    target: TargetTask
    cost: Cost
    notes: list[str]
    before: str


def show_examples(setup: Setup, method: Prompted, base: Any) -> Prompt:
    """Puts examples before the target's questions; general tasks are asked as they are."""
    trial, target = setup.trial, setup.inputs.target
    shown = method.shown(target, trial, setup.tokenizer, setup.context)
    notes = []
    if trial.rank and shown.mean < trial.rank:
        notes.append(
            f"{shown.mean:.1f} of {trial.rank} examples were shown on average, at most {shown.most}: "
            f"no more fit the context of {setup.context} tokens, or the training split has no more"
        )
    kept = [(one.prompt, one.completion, one.messages) for one in method.keeps(target.train, trial)]
    cost = Cost(
        trainable_params=0,
        total_params=parameter_counts(base)[1],
        artifact_bytes=sum(len(json.dumps(one, ensure_ascii=False).encode()) for one in kept),
        weight_bytes=weight_bytes(base),
    )
    return Prompt(shown.target, cost, notes, checksum(base))


def prompt_promises(setup: Setup, base: Any, before: str) -> list[Promise]:
    """After all evaluation: the base is what it was, and no test item was shown."""
    same = checksum(base) == before
    applicable = {
        promises.UNTOUCHED: Promise(
            promises.UNTOUCHED, same, "sha256 of all weights " + ("unchanged" if same else "changed")
        ),
        promises.BATCHES: promises.batch_invariant(setup, base),
        promises.LEAK: promises.no_leak(setup.inputs.target),
    }
    return [applicable.get(name) or promises.not_applicable(name, NOTHING_TRAINED) for name in promises.NAMES]
