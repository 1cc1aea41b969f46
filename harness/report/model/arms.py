"""Lookups in a results dictionary that several parts of the report share: arms, targets, names."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from harness.schema.results import ArmResult, Results
from harness.schema.trial import RateSource

BASE = "base"
REFERENCE = "full"
UNSUPPORTED = "unsupported"
QUANTIZATION_ORDER = ("none", "int8", "fp4", "nf4", "nf4-dq")

FORGETS_NOTHING = "forgets nothing: the weights are the base's"
"""What is said of every arm that trains nothing, instead of a measured forgetting."""

Arm = ArmResult
Triple = tuple[float, float, float]
"""A value, and the lower and the upper bound of its interval."""


def targets(results: Results) -> list[str]:
    """Target tasks, in the order of the run."""
    return list(dict.fromkeys(arm.target_task for arm in results.arms))


def base_arms(results: Results, target: str) -> list[Arm]:
    """What every other arm is measured against, full precision first."""
    found = [arm for arm in results.arms if arm.target_task == target and arm.method == BASE]
    return sorted(found, key=lambda arm: quantization_place(arm.quantization))


def other_arms(results: Results, target: str) -> list[Arm]:
    """Everything but the base: arms without training, then full fine-tuning, then as the run had them."""
    return untrained_arms(results, target) + trained_arms(results, target)


def untrained_arms(results: Results, target: str) -> list[Arm]:
    """The base asked in other words: zero-shot, few-shot, retrieval."""
    return [arm for arm in _run(results, target) if not trains(arm)]


def trained_arms(results: Results, target: str) -> list[Arm]:
    """Arms that change weights, full fine-tuning first."""
    return sorted((arm for arm in _run(results, target) if trains(arm)), key=lambda arm: arm.arm != REFERENCE)


def measured_arms(results: Results, target: str) -> list[Arm]:
    """All but the base that have a gain and its interval."""
    return [arm for arm in other_arms(results, target) if gain(arm) is not None]


def trains(arm: Arm) -> bool:
    """Whether weights change: only what trains has a learning rate from somewhere. Takes a trial's `spec` as well."""
    return bool(arm.learning_rate_source != RateSource.NONE)


def _run(results: Results, target: str) -> list[Arm]:
    """Without the base, and without what was refused: that stands in a table of its own."""
    arms = (arm for arm in results.arms if arm.target_task == target and arm.method != BASE)
    return [arm for arm in arms if set(arm.statuses) != {UNSUPPORTED}]


def gain(arm: Arm) -> Triple | None:
    """Gain with its interval; None unless all three are there."""
    target = arm.target or {}
    return triple(target.gain, target.ci95)


def forgetting(arm: Arm) -> Triple | None:
    """Accuracy drop with its interval; None unless all three are there."""
    lost = arm.forgetting or {}
    return triple(lost.accuracy_drop, lost.ci95)


def triple(value: float | None, interval: Sequence[float] | None) -> Triple | None:
    """A value with its interval; None unless all three are there."""
    if value is None or interval is None or any(bound is None for bound in interval):
        return None
    return value, interval[0], interval[1]


def metric(results: Results, target: str) -> str:
    """Name of the target's metric; empty where nothing of it was scored."""
    arms = (arm for arm in results.arms if arm.target_task == target and arm.target)
    return next((str(arm.target.metric) for arm in arms), "")


def methods(results: Results) -> list[str]:
    """Methods with their settings, full fine-tuning first, the base left out."""
    names = dict.fromkeys(method_label(arm) for target in targets(results) for arm in other_arms(results, target))
    return sorted(names, key=lambda name: name != REFERENCE)


def methods_at_levels(results: Results) -> list[str]:
    """Those with arms at several ranks or levels of quantization on one target: what charts draw lines for."""
    arms = [(target, method_label(arm)) for target in targets(results) for arm in measured_arms(results, target)]
    return list(dict.fromkeys(name for target, name in arms if arms.count((target, name)) > 1))


def method_label(arm: Arm) -> str:
    """Method with the settings that differ from its defaults: `lora`, `lora alpha=64`."""
    return " ".join((str(arm.method), *(f"{name}={value}" for name, value in arm.settings.items())))


def quantization_place(level: str) -> tuple[int, str]:
    """Sorting key from full precision to the coarsest, unknown levels last."""
    known = QUANTIZATION_ORDER.index(level) if level in QUANTIZATION_ORDER else len(QUANTIZATION_ORDER)
    return known, level


def quantization_loss(base: Arm) -> float | None:
    """Mean drop in accuracy over the general tasks of a quantized base against the same base unquantized."""
    drops = [
        score.before_unquantized - score.after
        for score in base.general
        if score.kind == "choice" and score.before_unquantized is not None and score.after is not None
    ]
    return fmean(drops) if drops else None


def comparison(results: Results, arm: Arm) -> dict[str, Any] | None:
    """The arm against full fine-tuning, paired; None where that could not be done."""
    here = (arm.target_task, arm.arm)
    return next((row for row in results.comparisons if (row["target_task"], row["arm"]) == here), None)


def general_tasks(results: Results, kind: str) -> list[str]:
    """General tasks of one kind (`choice`, `text`, ...), in the order of the run."""
    scores = (score for arm in results.arms for score in arm.general if score.kind == kind)
    return list(dict.fromkeys(score.task for score in scores))


def models(results: Results) -> list[str]:
    """Names of the base models."""
    return list(dict.fromkeys(trial.spec.model for trial in results.trials))


def short_reason(reason: str | None) -> str:
    """Why a trial has no scores, without the traceback that follows a crash."""
    first = (reason or "no reason given").replace("\n", " ").split(" Traceback (most recent call last)", 1)[0]
    return first.strip().rstrip(".")


def joined(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
