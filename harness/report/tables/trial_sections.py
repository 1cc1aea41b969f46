"""The section of every trial: what was asked, what was found, and how to make it again."""

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from harness.report.model.arms import BASE, FORGETS_NOTHING, forgetting, gain, triple
from harness.report.tables.trials import outcome
from harness.report.words.escaping import compact
from harness.report.words.numbers import MISSING, absolute, duration, fixed, rate, unit_of
from harness.report.words.phrases import amount, told
from harness.schema.record import Promise
from harness.schema.results import Answers, Results, TrialResult
from harness.schema.scores import GeneralScore, TargetScore
from harness.schema.wording import counted

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
class Section:
    """All that the page says of one trial, as the template asks for it."""

    trial: TrialResult
    shared: frozenset[str]
    """Settings that are said once for all trials."""
    surroundings: frozenset[tuple[str, str]]
    """The same of where they ran."""
    most: int
    """Answers of a kind to show."""
    many: bool
    """Whether promises that held are only counted."""

    @property
    def status(self) -> str:
        return self.trial.status.replace("_", " ")

    @property
    def summary(self) -> tuple[str, ...]:
        """Gain and forgetting in a line."""
        trial, target = self.trial, self.trial.target
        if target is None:
            return (self.status,)
        if trial.spec.method == BASE:
            return (f"scores {absolute(target.after, target.metric)} before any training",)
        gained, forgot = gain(trial), forgetting(trial)
        said = f"gained {amount(gained, target.metric, plus=True)}" if gained else "gain not measured"
        if not trial.spec.trains:
            return (said, FORGETS_NOTHING.split(":")[0])
        return (said, f"forgot {amount(forgot, 'accuracy')}" if forgot else "forgetting not measured")

    @property
    def settings(self) -> Pairs:
        """What sets this trial apart; where the learning rate came from stands beside it."""
        trial, spec = self.trial, {name: value for name, value in self.trial.spec if value not in (None, {})}
        rows = [("target", trial.spec.target)]
        rows += [(name, _shown(spec[name])) for name in _ALWAYS if name in spec]
        if trial.spec.trains:
            rows.append(("learning rate", f"{rate(trial.spec.learning_rate)}, {trial.spec.learning_rate_source}"))
            rows.append(("steps", str(trial.spec.steps)))
            rest = [name for name in spec if name not in self.shared and name not in (*_ALWAYS, *_ELSEWHERE)]
            rows += [(name.replace("_", " "), _shown(spec[name])) for name in rest]
        if trial.duration_s:
            rows.append(("took", duration(trial.duration_s)))
        if trial.started_at:
            rows.append(("started", trial.started_at.replace("T", " ")[:16]))
        return tuple(rows)

    @cached_property
    def losses(self) -> str:
        """The points of a line in a box of 160 by 40; empty where no loss was recorded."""
        return _line([value for _, value in self.trial.loss_curve if value is not None])

    @property
    def losses_said(self) -> str:
        known = [(step, value) for step, value in self.trial.loss_curve if value is not None]
        (_, first), (last_step, last) = known[0], known[-1]
        return f"Training loss {fixed(first, 2)} to {fixed(last, 2)} nats per token over {counted(last_step, 'step')}"

    @property
    def scores(self) -> tuple[TaskScore, ...]:
        target = self.trial.target
        if target is None:
            return ()
        first = _score(f"{target.task} (target)", target, target.gain)
        return (first, *(_score(one.task, one, one.change, _flipped(one)) for one in self.trial.general))

    @cached_property
    def lost(self) -> list[Answers]:
        """Items that went from right to wrong."""
        return self._flips("right_to_wrong", min(self.most, MOST_FLIPS))

    @cached_property
    def won(self) -> list[Answers]:
        return self._flips("wrong_to_right", min(self.most, MOST_FLIPS) // 2)

    def _flips(self, direction: str, most: int) -> list[Answers]:
        return _cut_short([flip for flip in self.trial.flips if flip.direction == direction], most)

    @cached_property
    def samples(self) -> list[Answers]:
        return _cut_short(self.trial.samples, min(self.most // 2, MOST_SAMPLES))

    @property
    def more(self) -> str:
        """How many answers the page leaves to `results.json`; empty where it shows all."""
        left = len((*self.trial.flips, *self.trial.samples)) - len(self.lost + self.won + self.samples)
        return f"{counted(left, 'more answer')} in results.json." if left else ""

    @property
    def promises(self) -> list[tuple[Promise, str]]:
        """With `held`, `broken` or `n/a`."""
        return [(one, outcome(one)) for one in self.trial.promises if not self.many or one.held is False]

    @property
    def promises_said(self) -> str:
        """How many held, where the page leaves their details to `results.json`; empty where it shows all."""
        found = Counter(map(outcome, self.trial.promises))
        held, idle = found["held"], found["n/a"]
        said = f"Promises: {held} held, {idle} not applicable; details in results.json."
        return said if self.many and held + idle else ""

    @property
    def environment(self) -> Pairs:
        found = ((name, compact(value)) for name, value in self.trial.environment.items())
        return tuple(pair for pair in found if pair not in self.surroundings)

    @property
    def command(self) -> str:
        return shlex.join(self.trial.command or ())


def sections(results: Results) -> list[Section]:
    """One per trial, in the order of the run."""
    trials = results.trials
    shared, surroundings = frozenset(shared_settings(results)), frozenset(shared_environment(results))
    most = max(FEWEST, EXCERPTS // max(1, len(trials)))
    return [Section(trial, shared, surroundings, most, len(trials) > MANY) for trial in trials]


def shared_settings(results: Results) -> dict[str, str]:
    """Settings that are the same in every trial that trains: said once."""
    specs = [dict(trial.spec) for trial in results.trials if trial.spec.trains]
    first = {name: value for name, value in (specs or [{}])[0].items() if name not in (*_ALWAYS, *_ELSEWHERE)}
    return {name: _shown(value) for name, value in first.items() if all(spec[name] == value for spec in specs)}


def shared_environment(results: Results) -> Pairs:
    """What every trial that says where it ran says alike."""
    found = [trial.environment for trial in results.trials if trial.environment]
    first = (found or [{}])[0]
    return tuple((name, compact(first[name])) for name in first if all(one.get(name) == first[name] for one in found))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    text = MISSING if value is None else compact(value)
    return text[:12] if len(text) == 64 and text.isalnum() else text


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
    heights = (1 + (HEIGHT - 2) * (high - value) / room for value in means)
    return " ".join(f"{WIDTH * place / (bins - 1):.0f},{height:.0f}" for place, height in enumerate(heights))


def _score(task: str, score: TargetScore | GeneralScore, change: float | None, flips: str = "") -> TaskScore:
    name, found = score.metric, triple(change, score.ci95)
    said = told(found, unit_of(name), plus=True) if found else MISSING
    return TaskScore(task, absolute(score.before, name), absolute(score.after, name), said, flips)


def _flipped(score: GeneralScore) -> str:
    lost, won = score.right_to_wrong, score.wrong_to_right
    return "" if lost is None or won is None else f"{fixed(lost, 0)} / {fixed(won, 0)}"


def _cut_short(answers: Sequence[Answers], most: int) -> list[Answers]:
    """The first ones, with the end of the question and the beginnings of the answers."""
    return [
        one.with_(
            question=_end(one.question or ""),
            expected=_cut(one.expected),
            before=_cut(one.before),
            after=_cut(one.after),
        )
        for one in answers[: max(FEWEST, most)]
    ]


def _end(question: str) -> str:
    return question if len(question) <= LONGEST else f"…{question[1 - LONGEST :]}"


def _cut(answer: str | None) -> str:
    if answer is None:
        return MISSING
    return answer if len(answer) <= LONGEST else f"{answer[: LONGEST - 1]}…"
