"""Lookups in a results dictionary that several parts of the report share: arms, targets, names."""

from collections.abc import Sequence
from typing import Any

BASE = "base"
REFERENCE = "full"
QUANTIZATION_ORDER = ("none", "int8", "fp4", "nf4", "nf4-dq")

Arm = dict[str, Any]


def targets(results: dict[str, Any]) -> list[str]:
    """Target tasks, in the order of the run."""
    return list(dict.fromkeys(arm["target_task"] for arm in results["arms"]))


def base_arms(results: dict[str, Any], target: str) -> list[Arm]:
    """The arms that train nothing, full precision first."""
    found = [arm for arm in results["arms"] if arm["target_task"] == target and arm["method"] == BASE]
    return sorted(found, key=lambda arm: quantization_place(arm["quantization"]))


def trained_arms(results: dict[str, Any], target: str) -> list[Arm]:
    """Everything but the base, full fine-tuning first, then as the run had them."""
    found = [arm for arm in results["arms"] if arm["target_task"] == target and arm["method"] != BASE]
    return sorted(found, key=lambda arm: arm["arm"] != REFERENCE)


def measured_arms(results: dict[str, Any], target: str) -> list[Arm]:
    """Trained arms with a gain and its interval."""
    return [arm for arm in trained_arms(results, target) if gain(arm) is not None]


def gain(arm: Arm) -> tuple[float, float, float] | None:
    """Gain with its interval; None unless all three are there."""
    target = arm["target"] or {}
    return _triple(target.get("gain"), target.get("ci95"))


def forgetting(arm: Arm) -> tuple[float, float, float] | None:
    """Accuracy drop with its interval; None unless all three are there."""
    lost = arm["forgetting"] or {}
    return _triple(lost.get("accuracy_drop"), lost.get("ci95"))


def _triple(value: float | None, interval: Sequence[float] | None) -> tuple[float, float, float] | None:
    if value is None or interval is None or any(bound is None for bound in interval):
        return None
    return value, interval[0], interval[1]


def metric(results: dict[str, Any], target: str) -> str:
    """Name of the target's metric; empty where nothing of it was scored."""
    arms = (arm for arm in results["arms"] if arm["target_task"] == target and arm["target"])
    return next((str(arm["target"]["metric"]) for arm in arms), "")


def methods(results: dict[str, Any]) -> list[str]:
    """Methods with their settings, trained ones only, full fine-tuning first: one colour and shape each."""
    names = dict.fromkeys(method_label(arm) for arm in results["arms"] if arm["method"] != BASE)
    return sorted(names, key=lambda name: name != REFERENCE)


def method_label(arm: Arm) -> str:
    """Method with the settings that differ from its defaults: `lora`, `lora alpha=64`."""
    return " ".join((str(arm["method"]), *(f"{name}={value}" for name, value in arm["settings"].items())))


def quantization_place(level: str) -> tuple[int, str]:
    """Sorting key from full precision to the coarsest, unknown levels last."""
    known = QUANTIZATION_ORDER.index(level) if level in QUANTIZATION_ORDER else len(QUANTIZATION_ORDER)
    return known, level


def general_tasks(results: dict[str, Any], kind: str) -> list[str]:
    """General tasks of one kind (`choice`, `text`, ...), in the order of the run."""
    scores = (score for arm in results["arms"] for score in arm["general"] if score["kind"] == kind)
    return list(dict.fromkeys(score["task"] for score in scores))


def models(results: dict[str, Any]) -> list[str]:
    """Names of the base models."""
    return list(dict.fromkeys(trial["spec"]["model"] for trial in results["trials"]))


def joined(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
