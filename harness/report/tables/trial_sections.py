"""The section of every trial: what was asked, what was found, and how to make it again."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.report.model.arms import BASE, FORGETS_NOTHING, trains, triple
from harness.report.model.links import key_of
from harness.report.words.escaping import compact
from harness.report.words.numbers import (
    MISSING,
    absolute,
    duration,
    fixed,
    rate,
    spread,
    supported_decimals,
    unit_of,
)
from harness.report.words.phrases import amount
from harness.schema.results import GeneralScore, Results, TrialResult

Trial = TrialResult
Pairs = tuple[tuple[str, str], ...]

EXCERPTS = 400
"""Changed answers that the page shows in all: a page of many trials shows fewer of each, and scripts bring the rest."""
MANY = 60
"""Trials from which on the page counts the promises that held, and details the others alone."""
MOST_FLIPS, MOST_SAMPLES = 8, 5
FEWEST = 1
"""Of each kind, whatever the number of trials: right to wrong, wrong to right, samples."""
LONGEST = 120
"""Letters of a question, and of an answer: the end of the one and the beginning of the other."""

_ALWAYS = ("method", "settings", "rank", "quantization", "seed")
_ELSEWHERE = ("arm", "learning_rate", "learning_rate_source", "target_sha256", "target", "steps")


@dataclass(frozen=True)
class TaskScore:
    """One task before and after."""

    task: str
    before: str
    after: str
    change: str
    flips: str


@dataclass(frozen=True)
class Answer:
    """What the model answered to one item, before and after."""

    item: str
    task: str
    question: str
    expected: str
    before: str
    after: str


@dataclass(frozen=True)
class Section:
    """All that the page says of one trial, ready to be put into a template."""

    key: str
    anchor: str
    name: str
    status: str
    reason: str
    summary: tuple[str, ...]
    settings: Pairs
    losses: str
    """The points of a line in a box of 160 by 40; empty where no loss was recorded."""
    losses_said: str
    scores: tuple[TaskScore, ...]
    lost: tuple[Answer, ...]
    """Items that went from right to wrong."""
    won: tuple[Answer, ...]
    samples: tuple[Answer, ...]
    more: str
    """How many answers the page leaves to `results.json`; empty where it shows all."""
    promises_said: str
    """How many held, where the page leaves their details to `results.json`; empty where it shows all."""
    promises: tuple[tuple[str, str, str], ...]
    """Name, `held`, `broken` or `n/a`, and detail."""
    environment: Pairs
    command: str


def sections(results: Results) -> list[Section]:
    """One per trial, in the order of the run."""
    trials = results.trials
    shared, surroundings = set(shared_settings(results)), dict(shared_environment(results))
    most = max(FEWEST, EXCERPTS // max(1, len(trials)))
    return [_section(trial, shared, surroundings, most, len(trials) > MANY) for trial in trials]


def shared_settings(results: Results) -> dict[str, str]:
    """Settings that are the same in every trial that trains: said once."""
    specs = [trial.spec for trial in results.trials if trains(trial.spec)]
    names = [name for name in (specs[0] if specs else {}) if name not in (*_ALWAYS, *_ELSEWHERE)]
    return {name: _shown(specs[0][name]) for name in names if all(spec.get(name) == specs[0][name] for spec in specs)}


def shared_environment(results: Results) -> Pairs:
    """What every trial that says where it ran says alike."""
    found = [trial.environment for trial in results.trials if trial.environment]
    first = found[0] if found else {}
    return tuple(
        (name, compact(value)) for name, value in first.items() if all(one.get(name) == value for one in found)
    )


def _section(trial: Trial, shared: set[str], surroundings: dict[str, str], most: int, many: bool) -> Section:
    flips, samples = trial.flips or [], trial.samples or []
    lost = [flip for flip in flips if flip.direction == "right_to_wrong"]
    won = [flip for flip in flips if flip.direction != "right_to_wrong"]
    shown = (lost[: min(most, MOST_FLIPS)], won[: max(FEWEST, min(most, MOST_FLIPS) // 2)])
    read = samples[: max(FEWEST, min(most // 2, MOST_SAMPLES))]
    left = len(flips) - sum(map(len, shown)) + len(samples) - len(read)
    return Section(
        key=key_of(trial),
        anchor=trial.anchor,
        name=trial.id,
        status=trial.status.replace("_", " "),
        reason=trial.reason or "",
        summary=_summary(trial),
        settings=_settings(trial, shared),
        losses=_line([value for _, value in trial.loss_curve if value is not None]),
        losses_said=_losses_said(trial),
        scores=_scores(trial),
        lost=tuple(_answer(flip, flip.task) for flip in shown[0]),
        won=tuple(_answer(flip, flip.task) for flip in shown[1]),
        samples=tuple(_answer(sample, "") for sample in read),
        more=f"{left} more answers in results.json." if left else "",
        promises_said=_counted_promises(trial) if many else "",
        promises=tuple(_promise(one) for one in trial.promises if not many or one.held is False),
        environment=_surroundings(trial, surroundings),
        command=shlex.join(map(str, trial.command or ())),
    )


def _summary(trial: Trial) -> tuple[str, ...]:
    """Gain and forgetting in a line."""
    target, lost = trial.target, trial.forgetting or {}
    if target is None:
        return (trial.status.replace("_", " "),)
    if trial.spec.method == BASE:
        return (f"scores {absolute(target.get('after'), target['metric'])} before any training",)
    gained = triple(target.gain, target.ci95)
    forgot = triple(lost.accuracy_drop, lost.ci95)
    said = [f"gained {amount(gained, target['metric'], plus=True)}" if gained else "gain not measured"]
    if not trains(trial.spec):
        return (*said, FORGETS_NOTHING.split(":")[0])
    return (*said, f"forgot {amount(forgot, 'accuracy')}" if forgot else "forgetting not measured")


def _settings(trial: Trial, shared: set[str]) -> Pairs:
    """What sets this trial apart; where the learning rate came from stands beside it."""
    spec = trial.spec
    rows = [("target", spec.target)]
    rows += [(name, _shown(spec[name])) for name in _ALWAYS if spec[name] not in (None, {})]
    if trains(spec):
        rows.append(("learning rate", f"{rate(spec['learning_rate'])}, {spec['learning_rate_source']}"))
        rows.append(("steps", str(spec.steps)))
        rest = [name for name in spec if name not in shared and name not in (*_ALWAYS, *_ELSEWHERE)]
        rows += [(name.replace("_", " "), _shown(spec[name])) for name in rest if spec[name] not in (None, {})]
    took = [("took", duration(trial.duration_s))] if trial.duration_s else []
    started = [("started", trial.started_at.replace("T", " ")[:16])] if trial.started_at else []
    return (*rows, *took, *started)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    text = MISSING if value is None else compact(value)
    return text[:12] if len(text) == 64 and text.isalnum() else text


def _surroundings(trial: Trial, shared: dict[str, str]) -> Pairs:
    environment = trial.environment or {}
    return tuple((name, compact(value)) for name, value in environment.items() if shared.get(name) != compact(value))


WIDTH, HEIGHT, POINTS_DRAWN = 160, 40, 32


def _line(values: Sequence[float]) -> str:
    """Means of neighbouring values, from the left edge to the right one; the largest is at the top."""
    if len(values) < 2:
        return ""
    bins = min(POINTS_DRAWN, len(values))
    edges = [place * len(values) // bins for place in range(bins + 1)]
    means = [sum(values[low:high]) / (high - low) for low, high in pairwise(edges)]
    low, high = min(means), max(means)
    room = (high - low) or 1.0
    return " ".join(
        f"{WIDTH * place / (bins - 1):.0f},{1 + (HEIGHT - 2) * (high - value) / room:.0f}"
        for place, value in enumerate(means)
    )


def _losses_said(trial: Trial) -> str:
    known = [(step, value) for step, value in trial.loss_curve if value is not None]
    if not known:
        return ""
    return f"Training loss {fixed(known[0][1], 2)} to {fixed(known[-1][1], 2)} nats per token over {known[-1][0]} steps"


def _scores(trial: Trial) -> tuple[TaskScore, ...]:
    if trial.target is None:
        return ()
    target = trial.target
    changed = {**target, "change": target.gain, "task": f"{target.get('task', 'target')} (target)"}
    rows = [_score(changed, target.metric, "")]
    for score in trial.general:
        lost, won = score.right_to_wrong, score.wrong_to_right
        flips = "" if lost is None or won is None else f"{fixed(lost, 0)} / {fixed(won, 0)}"
        rows.append(_score(score, score.metric, flips))
    return tuple(rows)


def _score(score: GeneralScore, name: str, flips: str) -> TaskScore:
    unit = unit_of(name)
    change = triple(score.change, score.ci95)
    said = MISSING
    if change is not None:
        decimals = supported_decimals([change[1:]], unit.scale)
        said = f"{fixed(change[0] * unit.scale, decimals, plus=True)} ({spread(change[1:], decimals, unit.scale)})"
    return TaskScore(score.task, absolute(score.before, name), absolute(score.after, name), said, flips)


def _answer(one: dict[str, Any], task: str) -> Answer:
    question = one.question or ""
    if len(question) > LONGEST:
        question = f"…{question[1 - LONGEST :]}"
    return Answer(one.item, task, question, _cut(one.expected), _cut(one.before), _cut(one.after))


def _cut(answer: str | None) -> str:
    if answer is None:
        return MISSING
    return answer if len(answer) <= LONGEST else f"{answer[: LONGEST - 1]}…"


def _counted_promises(trial: Trial) -> str:
    held = sum(promise.held is True for promise in trial.promises)
    idle = sum(promise.held is None for promise in trial.promises)
    return f"Promises: {held} held, {idle} not applicable; details in results.json." if held + idle else ""


def _promise(promise: dict[str, Any]) -> tuple[str, str, str]:
    held = "n/a" if promise.held is None else "held" if promise.held else "broken"
    return promise.name, held, promise.detail
