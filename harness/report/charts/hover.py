"""What a picture says of an arm that is pointed at: its gain, its forgetting and its cost."""

from dataclasses import dataclass

from harness.report.model.arms import FORGETS_NOTHING, cannot_lose, forgetting, gain, method_label, targets
from harness.report.words.numbers import MISSING, POINTS, count, duration, size, unit_of
from harness.report.words.phrases import told
from harness.schema.results import ArmResult, Results


@dataclass(frozen=True)
class Facts:
    """One arm on one target: what filters ask for, and the lines to show, name and text."""

    key: str
    target: str
    arm: str
    method: str
    label: str
    rank: int | None
    quantization: str
    seeds: tuple[int, ...]
    lines: tuple[tuple[str, str], ...]


def facts(results: Results) -> list[Facts]:
    """One entry per arm and target."""
    arms = (arm for target in targets(results) for arm in results.arms if arm.target_task == target)
    return [
        Facts(one.key, one.target_task, one.arm, one.method, method_label(one), one.rank, one.quantization, one.seeds,
              _lines(one))
        for one in arms
    ]  # fmt: skip


def _lines(arm: ArmResult) -> tuple[tuple[str, str], ...]:
    gained, forgot, cost, unit = gain(arm), forgetting(arm), arm.cost, unit_of(arm.metric)
    lost = f"{told(forgot, POINTS)} points" if forgot else MISSING
    shown = (
        ("Gain", f"{told(gained, unit, plus=True)} {unit.name}".strip() if gained else MISSING, ""),
        ("Forgetting", FORGETS_NOTHING if cannot_lose(arm) else lost, ""),
        ("Trained", count(cost.trainable_params), " parameters"),
        ("Memory", size(cost.peak_memory_bytes), " while training"),
        ("Time", duration(cost.train_s), " of training"),
        ("To keep", size(cost.artifact_bytes), ""),
        ("Serving", count(cost.forward_tokens_per_s), " tokens per second"),
        ("Money", f"${cost.usd:.3g}" if cost.usd is not None else MISSING, ""),
    )
    return tuple((name, f"{text}{what}") for name, text, what in shown if text != MISSING)
