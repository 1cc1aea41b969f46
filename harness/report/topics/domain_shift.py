"""Lookups: full fine-tuning and LoRA on several targets, from near to what the base knows to far from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.model.arms import REFERENCE, Arm, comparison, gain, measured_arms, targets
from harness.schema.results import Results

LORA = "lora"
USUAL_RANK = 16
FEWEST = 3
"""Targets from which on there is a ladder."""


@dataclass(frozen=True)
class Step:
    """Both arms on one target, and what their paired comparison says; None where they shared no seed."""

    target: str
    full: Arm
    lora: Arm
    comparison: dict[str, Any] | None


def ladder(results: Results) -> list[Step]:
    """Steps in the order of the run; empty unless both arms were measured on enough targets."""
    found = {target: measured_arms(results, target) for target in targets(results)}
    full = {target: arm for target, arms in found.items() for arm in arms if arm.arm == REFERENCE}
    ranks: dict[int, dict[str, Arm]] = {}
    for target in full:
        for arm in found[target]:
            if arm.method == LORA and not arm.settings and arm.quantization == "none" and arm.rank:
                ranks.setdefault(arm.rank, {})[target] = arm
    if not ranks:
        return []
    lora = ranks[max(ranks, key=lambda rank: (len(ranks[rank]), rank == USUAL_RANK, rank))]
    steps = [Step(target, full[target], arm, comparison(results, arm)) for target, arm in lora.items()]
    return steps if len(steps) >= FEWEST else []


def metrics(steps: Sequence[Step]) -> list[str]:
    """Names of the targets' metrics: gains in different units share no axis."""
    return list(dict.fromkeys(str(step.full.target.metric) for step in steps if gain(step.full)))
