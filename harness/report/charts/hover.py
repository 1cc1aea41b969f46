"""What a picture says of an arm that is pointed at: its gain, its forgetting and its cost."""

from typing import Any

from harness.report.model.arms import (
    FORGETS_NOTHING,
    Arm,
    Triple,
    forgetting,
    gain,
    method_label,
    metric,
    targets,
    trains,
)
from harness.report.model.links import key_of
from harness.report.words.numbers import (
    MISSING,
    POINTS,
    Unit,
    count,
    duration,
    fixed,
    size,
    spread,
    supported_decimals,
    unit_of,
)
from harness.schema.record import Cost
from harness.schema.results import Results


def told(found: Triple, scale: float, plus: bool = False) -> str:
    """A value with its interval, as fine as that supports: `45 (34 to 55)`."""
    decimals = supported_decimals([found[1:]], scale)
    return f"{fixed(found[0] * scale, decimals, plus)} ({spread(found[1:], decimals, scale)})"


def facts(results: Results) -> list[dict[str, Any]]:
    """One entry per arm and target: what filters ask for, and the lines to show."""
    return [
        _facts(arm, unit_of(metric(results, target)))
        for target in targets(results)
        for arm in results.arms
        if arm.target_task == target
    ]


def _facts(arm: Arm, unit: Unit) -> dict[str, Any]:
    return {
        "key": key_of(arm),
        "target": arm.target_task,
        "arm": arm.arm,
        "method": arm.method,
        "label": method_label(arm),
        "rank": arm.rank,
        "quantization": arm.quantization,
        "seeds": arm.seeds,
        "lines": [[name, text] for name, text in _lines(arm, unit) if text],
    }


def _lines(arm: Arm, unit: Unit) -> list[tuple[str, str]]:
    gained, forgot = gain(arm), forgetting(arm)
    lost = f"{told(forgot, POINTS.scale)} points" if forgot else ""
    return [
        ("Gain", f"{told(gained, unit.scale, plus=True)} {unit.name}".strip() if gained else ""),
        ("Forgetting", lost if trains(arm) else FORGETS_NOTHING),
        *_costs(arm.cost),
    ]


def _costs(cost: Cost) -> list[tuple[str, str]]:
    shown = (
        ("Trained", count(cost.trainable_params), " parameters"),
        ("Memory", size(cost.peak_memory_bytes), " while training"),
        ("Time", duration(cost.train_s), " of training"),
        ("To keep", size(cost.artifact_bytes), ""),
        ("Serving", count(cost.forward_tokens_per_s), " tokens per second"),
        ("Money", f"${cost['usd']:.3g}" if cost.usd is not None else MISSING, ""),
    )
    return [(name, f"{text}{unit}") for name, text, unit in shown if text != MISSING]
