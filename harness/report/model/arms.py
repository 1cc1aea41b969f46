"""Lookups in results that several parts of the report share: arms, targets, names."""

from statistics import fmean

from harness.report.words.numbers import Triple, Unit, unit_of
from harness.schema.comparisons import VersusFull
from harness.schema.record import RIGHT_OR_WRONG
from harness.schema.results import ArmResult, Results, TrialResult

BASE = "base"
REFERENCE = "full"
UNSUPPORTED = "unsupported"
QUANTIZATION_ORDER = ("none", "bf16", "int8", "fp4", "nf4", "nf4-dq")

FORGETS_NOTHING = "forgets nothing: the weights are the base's"
"""What is said of every arm that trains nothing, instead of a measured forgetting."""


def targets(results: Results) -> list[str]:
    """Target tasks, in the order of the run."""
    return list(dict.fromkeys(arm.target_task for arm in results.arms))


def base_arms(results: Results, target: str) -> list[ArmResult]:
    """What every other arm is measured against, full precision first."""
    found = (arm for arm in results.arms if arm.target_task == target and arm.method == BASE)
    return sorted(found, key=lambda arm: quantization_place(arm.quantization))


def other_arms(results: Results, target: str) -> list[ArmResult]:
    """Everything but the base: arms without training, then full fine-tuning, then as the run had them."""
    return untrained_arms(results, target) + trained_arms(results, target)


def untrained_arms(results: Results, target: str) -> list[ArmResult]:
    """The base asked in other words: zero-shot, few-shot, retrieval."""
    return [arm for arm in _run(results, target) if not arm.trains]


def trained_arms(results: Results, target: str) -> list[ArmResult]:
    """Arms that change weights, full fine-tuning first."""
    return sorted((arm for arm in _run(results, target) if arm.trains), key=lambda arm: arm.arm != REFERENCE)


def measured_arms(results: Results, target: str) -> list[ArmResult]:
    """All but the base that have a gain and its interval."""
    return [arm for arm in other_arms(results, target) if gain(arm) is not None]


def _run(results: Results, target: str) -> list[ArmResult]:
    """Without the base, and without what was refused: that stands in a table of its own."""
    arms = (arm for arm in results.arms if arm.target_task == target and arm.method != BASE)
    return [arm for arm in arms if set(arm.statuses) != {UNSUPPORTED}]


def gain(arm: ArmResult | TrialResult) -> Triple | None:
    """Gain with its interval; None unless all three are there."""
    return None if arm.target is None else triple(arm.target.gain, arm.target.ci95)


def gain_above_floor(arm: ArmResult | TrialResult) -> Triple | None:
    """What was gained above guessing, with its interval; None where what guessing scores was not measured."""
    return None if arm.target is None else triple(arm.target.gain_above_floor, arm.target.gain_above_floor_ci95)


def learned(arm: ArmResult) -> bool:
    """Whether its gain is certain: above the base, and above what guessing scores where that was measured."""
    gained, above = gain(arm), gain_above_floor(arm)
    return gained is not None and gained[1] > 0 and (above is None or above[1] > 0)


def forgetting(arm: ArmResult | TrialResult) -> Triple | None:
    """Accuracy drop with its interval; None unless all three are there."""
    return None if arm.forgetting is None else triple(arm.forgetting.accuracy_drop, arm.forgetting.ci95)


def lost_at_most(arm: ArmResult) -> float | None:
    """Upper bound of the accuracy drop; None where it is not known, or where the arm cannot lose."""
    return None if arm.forgetting is None or cannot_lose(arm) else arm.forgetting.lost_at_most


def gain_by_training(arm: ArmResult | TrialResult) -> Triple | None:
    """The part of the gain that training brought, with its interval; None unless all three are there."""
    return None if arm.target is None else triple(arm.target.gain_by_training, arm.target.gain_by_training_ci95)


def forgetting_by_training(arm: ArmResult | TrialResult) -> Triple | None:
    """The part of the drop that training caused, with its interval; None unless all three are there."""
    return None if arm.forgetting is None else triple(arm.forgetting.by_training, arm.forgetting.by_training_ci95)


def cannot_lose(arm: ArmResult) -> bool:
    """Whether the weights are those of the base as it is: nothing is trained, and nothing stored in fewer bits."""
    return not arm.trains and arm.quantization == "none"


def nll_rise(arm: ArmResult | TrialResult) -> Triple | None:
    """Rise in nats per item with its interval; None unless all three are there."""
    return None if arm.forgetting is None else triple(arm.forgetting.nll_rise, arm.forgetting.nll_rise_ci95)


def triple(value: float | None, interval: tuple[float, float] | None) -> Triple | None:
    """A value with its interval; None unless all three are there."""
    return None if value is None or interval is None else (value, *interval)


def metric(results: Results, target: str) -> str:
    """Name of the target's metric; empty where nothing of it was scored."""
    return next((arm.target.metric for arm in results.arms if arm.target_task == target and arm.target), "")


def unit(one: ArmResult | TrialResult) -> Unit:
    """What its gains are shown in."""
    return unit_of(one.target.metric if one.target else "")


def methods(results: Results) -> list[str]:
    """Methods with their settings, full fine-tuning first, the base left out."""
    names = dict.fromkeys(method_label(arm) for target in targets(results) for arm in other_arms(results, target))
    return sorted(names, key=lambda name: name != REFERENCE)


def methods_at_levels(results: Results) -> list[str]:
    """Those with arms at several ranks or levels of quantization on one target: what charts draw lines for."""
    arms = [(target, method_label(arm)) for target in targets(results) for arm in measured_arms(results, target)]
    return list(dict.fromkeys(name for target, name in arms if arms.count((target, name)) > 1))


def method_label(arm: ArmResult) -> str:
    """Method with the settings that differ from its defaults: `lora`, `lora alpha=64`."""
    return " ".join((str(arm.method), *(f"{name}={value}" for name, value in arm.settings.items())))


def quantization_place(level: str) -> tuple[int, str]:
    """Sorting key from full precision to the coarsest, unknown levels last."""
    known = QUANTIZATION_ORDER.index(level) if level in QUANTIZATION_ORDER else len(QUANTIZATION_ORDER)
    return known, level


def quantization_loss(base: ArmResult) -> float | None:
    """Mean drop in accuracy over the general tasks of a quantized base against the same base unquantized."""
    drops = [
        score.before_unquantized - score.after
        for score in base.general
        if score.kind in RIGHT_OR_WRONG and score.before_unquantized is not None and score.after is not None
    ]
    return fmean(drops) if drops else None


def comparison(results: Results, arm: ArmResult) -> VersusFull | None:
    """The arm against full fine-tuning, paired; None where that could not be done."""
    return next((one for one in results.comparisons if (one.target_task, one.arm) == (arm.target_task, arm.arm)), None)


def general_tasks(results: Results, *kinds: str) -> list[str]:
    """General tasks of these kinds (`choice`, `text`, ...), in the order of the run."""
    return list(dict.fromkeys(score.task for arm in results.arms for score in arm.general if score.kind in kinds))


def models(results: Results) -> list[str]:
    """Names of the base models."""
    return list(dict.fromkeys(trial.spec.model for trial in results.trials))


def stopped(arm: ArmResult) -> str:
    """`diverged, out of memory`: how trials without scores ended; empty where all were completed."""
    return ", ".join(dict.fromkeys(one.replace("_", " ") for one in arm.statuses if one != "completed"))


def short_reason(reason: str | None) -> str:
    """Why a trial has no scores, without the traceback that follows a crash."""
    first = (reason or "no reason given").replace("\n", " ").split(" Traceback (most recent call last)", 1)[0]
    return first.strip().rstrip(".")
