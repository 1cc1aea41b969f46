"""What weakens the figures?"""

from collections import Counter
from collections.abc import Iterable

from harness.judge.floors import is_at_chance
from harness.report.model.arms import BASE, REFERENCE, UNSUPPORTED, short_reason
from harness.report.words.numbers import fixed
from harness.report.words.phrases import NAMED, joined, some
from harness.schema.results import ArmResult, Results, Sweep
from harness.schema.trial import CANDIDATE, RateSource
from harness.schema.wording import counted

_LABELS = {"out_of_memory": "out of memory"}


def caveats(results: Results) -> list[str]:
    """Warnings that stand beside the verdict, whatever it says."""
    others = [arm for arm in results.arms if arm.method != BASE and set(arm.statuses) != {UNSUPPORTED}]
    trained = [arm for arm in others if arm.trains]
    warnings = [*_single_seeds(trained), *_single_draws([arm for arm in others if not arm.trains])]
    if untuned := _names(arm for arm in trained if arm.rate_source in (RateSource.UNTUNED, RateSource.GIVEN)):
        misranked = "Methods ranked at a rate that suits one of them are misranked."
        warnings.append(f"Untuned learning rate: {untuned}. {misranked}")
    if edges := _names(one for one in results.learning_rates if one.at_edge):
        warnings.append(f"Best learning rate at the edge of its grid: {edges}. A better one may lie outside.")
    broken = Counter(promise.name for one in results.trials for promise in one.promises if promise.held is False)
    if broken:
        warnings.append(f"Broken promises: {joined([f'{name} ({times})' for name, times in broken.items()])}.")
    if trained and all(arm.method == CANDIDATE for arm in trained):
        warnings.append("Only what was trained elsewhere was measured: no way of training stands beside it to compare.")
    elif trained and not any(arm.method == REFERENCE for arm in trained):
        warnings.append("No full fine-tuning in this run: no arm's forgetting is compared with its.")
    return warnings + _at_chance(results) + _unfinished(results)


def _at_chance(results: Results) -> list[str]:
    """General tasks that the base cannot do: those of another language than its own, for example."""
    scores = [score for arm in results.arms if arm.method == BASE for score in arm.general]
    found = {
        score.task: f"{score.task} ({fixed(score.after, 2)} where guessing scores {fixed(score.chance, 2)})"
        for score in scores
        if score.after is not None and score.chance is not None and score.items
        if is_at_chance(score.after, score.chance, score.items)
    }
    said = f"The base is at chance on {some(list(found.values()))}: what it cannot do it cannot forget."
    return [said] if found else []


def _single_seeds(trained: list[ArmResult]) -> list[str]:
    done = [arm for arm in trained if arm.seeds]
    single = sum(len(arm.seeds) == 1 for arm in done)
    verb = "was" if single == 1 else "were"
    whose = f"{single} of {counted(len(done), 'arm')} {verb}" if single < len(done) else "Every trained arm was"
    said = f"One seed: {whose} trained once. Such an interval holds item noise only, and the result may not repeat."
    return [said] if single else []


def _single_draws(untrained: list[ArmResult]) -> list[str]:
    names = _names(arm for arm in untrained if len(arm.seeds) == 1)
    return [f"One draw of examples: {names}. Other examples may bring another gain."] if names else []


def _names(arms: Iterable[ArmResult | Sweep]) -> str:
    return some(list(dict.fromkeys(one.arm or one.method for one in arms)))


def _unfinished(results: Results) -> list[str]:
    """By status; what was refused by arm, since the reason is the same on every target and seed."""
    reasons: dict[str, dict[str, str]] = {}
    for trial in results.trials:
        if trial.status != "completed":
            whose = trial.spec.arm if trial.status == UNSUPPORTED else trial.id
            reasons.setdefault(trial.status, {})[whose] = short_reason(trial.reason)
    return [f"{_LABELS.get(status, status).capitalize()}: {_why(status, whys)}." for status, whys in reasons.items()]


def _why(status: str, whys: dict[str, str]) -> str:
    if status == UNSUPPORTED and len(whys) > NAMED:
        return f"{some(list(whys))}; the page has the reason of each"
    return some([f"{whose}: {reason}" for whose, reason in whys.items()], "; ")
