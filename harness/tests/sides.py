"""Two sides of a gate for tests: records of one arm with chosen scores per item, and what may be wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.judge.gate.gates import Gate
from harness.judge.gate.integrity import Evidence
from harness.judge.gate.judgement import Comparison
from harness.judge.gate.margins import BASELINE, SCORES, Margin
from harness.schema.measured import Measured
from harness.schema.record import Cost
from harness.tests.builders import make_measured, make_trial

ITEMS = 200
TASKS = ("facts", "chat")
COST = Cost(
    trainable_params=1000,
    artifact_bytes=4000,
    peak_memory_bytes=10_000,
    flops_per_token=600.0,
    forward_flops_per_token=200.0,
    step_s=0.2,
    control_s=0.01,
)


def margin(measure: str, limit: float, reason: str = "for a test", **where: str) -> Margin:
    """A margin for a score, or a ratio for a cost."""
    key = "margin" if measure in SCORES else "ratio"
    return Margin.model_validate({"measure": measure, key: limit, "reason": reason, **where})


MARGINS = [
    margin("gain", 0.05, "gain"),
    margin("learned", 0.05, "learned"),
    margin("forgetting", 0.02, "all tasks"),
    margin("forgetting_task", 0.05, "each task"),
    margin("peak_memory", 1.05, "memory"),
    margin("flops", 1.01, "operations"),
    margin("artifact_size", 1.01, "bytes"),
    margin("trainable_params", 1.0, "parameters"),
    margin("step_time", 1.5, "time"),
]


def draw(share: float, rng: np.random.Generator, items: int = ITEMS) -> list[float]:
    """Right answers in the given share of items, which ones by chance."""
    return [float(one) for one in rng.random(items) < share]


def record(seed: int | None = 0, method: str = "lora", shift: int = 0, **changes: Any) -> Measured:
    """One record: 150 of 200 items right on the target, 160 on each general task, less `shift` of each.

    Args:
        changes: fields of `Trial`, or `cost`, `target`, `general` (scores per item).
    """
    cost = changes.pop("cost", COST)
    right = [1.0] * (160 - shift) + [0.0] * (40 + shift)
    target = changes.pop("target", [1.0] * (150 - shift) + [0.0] * (50 + shift))
    general = changes.pop("general", dict.fromkeys(TASKS, right))
    one = make_measured(make_trial(method, changes.pop("rank", 4), seed, **changes), target, general)
    return replace(one, record=replace(one.record, cost=cost))


def noisy(seeds: Sequence[int], mean: float, spread: float, rng: np.random.Generator, **changes: Any) -> list[Measured]:
    """Records whose share of right answers varies from seed to seed by `spread`."""
    shares = [float(np.clip(mean + spread * rng.standard_normal(), 0, 1)) for _ in seeds]
    return [
        record(seed, general={task: draw(share, rng) for task in TASKS}, target=draw(share, rng), **changes)
        for seed, share in zip(seeds, shares, strict=True)
    ]


def comparison(
    before: Sequence[Measured], after: Sequence[Measured], margins: list[Margin] = MARGINS, **evidence: Any
) -> Comparison:
    """What the gate judges; `evidence` are fields of `Evidence`."""
    given: Mapping[str, Any] = {"asked": [one.trial for one in after], **evidence}
    return Comparison(Evidence(before, measured=after, **given), margins)


def gate(measure: str = "forgetting", limit: float = 0.02, task: str | None = None, against: str = BASELINE) -> Gate:
    """A gate on the arm that `record` makes."""
    metric = "exact_match" if measure in ("gain", "learned") else "accuracy"
    return Gate("poems", "lora-r4", "lora", measure, against, margin(measure, limit), task, metric)
