"""May the two sides be compared at all? What is missing, damaged or measured otherwise fails, with a reason.

Closed by default: a comparison of other items, of other library versions or on another device says nothing
about the change under judgement, unless the user says that this is the change.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from harness.schema.gate import Change, Check, Verdict
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.trial import RateSource, Trial
from harness.schema.wording import counted

ALLOWABLE = ("versions", "device", "precision")
"""Differences that the user may allow; they are then printed."""

MAX_NAMED = 5


@dataclass(frozen=True)
class Evidence:
    """All that integrity is judged on."""

    accepted: Sequence[Measured] | None
    """The baseline's records; None where candidates are judged against their base alone."""
    asked: Sequence[Trial]
    """The trials of the run under judgement, measured or not."""
    measured: Sequence[Measured]
    """The records of the run."""
    allowed: frozenset[str] = frozenset()
    in_reserve: bool = False
    """Whether the baseline may hold further seeds, for settling."""
    anchor: Sequence[Measured] | None = None
    """What was accepted first, and stays when baselines follow one another; None where the baseline is its own."""

    def sides(self) -> list[tuple[str, Measured]]:
        """Every record, with the words that tell where it stands."""
        return [*(("", one) for one in self.measured), *(("in the baseline, ", one) for one in self.accepted or ())]

    def pairs(self) -> list[tuple[Measured, Measured]]:
        """Records of one id on both sides: the baseline's, and the run's."""
        by_id = {one.trial.id: one for one in self.accepted or ()}
        return [(by_id[one.trial.id], one) for one in self.measured if one.trial.id in by_id]


Find = Callable[[Evidence], list[str]]


def inspect(name: str, evidence: Evidence) -> Check:
    """One of `CHECKS`."""
    find, holds = CHECKS[name]
    wrong = find(evidence)
    said = _some(wrong)
    verdict, reason = Verdict.PASS, f"allowed, though they differ: {said}" if wrong else holds
    if wrong and name not in evidence.allowed:
        hint = f". If this is the change to be judged, say --allow {name}" if name in ALLOWABLE else ""
        verdict, reason = Verdict.FAIL, said + hint
    return Check(id=f"comparable-{name}", name=name, verdict=verdict, reason=reason)


def _trials(evidence: Evidence) -> list[str]:
    """Every accepted trial is asked for, and no other; seeds in reserve excepted. Base arms come by themselves."""
    if evidence.accepted is None:
        return [] if evidence.asked else ["no trial at all"]
    before = {one.trial.id: one.trial for one in evidence.accepted if not one.trial.is_base}
    now = {trial.id: trial for trial in evidence.asked if not trial.is_base}
    arms = {(trial.target.name, trial.arm) for trial in now.values()}
    further = {name for name, trial in before.items() if name not in now and (trial.target.name, trial.arm) in arms}
    missing = [name for name in before if name not in now and not (evidence.in_reserve and name in further)]
    seeds_alone = bool(missing) and further.issuperset(missing)
    hint = " (give it the baseline's seeds with --seeds, or --max-seeds)" if seeds_alone else ""
    wrong = [f"{name} is in the baseline, but not in this run{hint}" for name in missing]
    wrong += [f"{name} is in this run, but not in the baseline" for name in now if name not in before]
    return wrong or ([] if before and now else ["no trial at all"])


def _completed(evidence: Evidence) -> list[str]:
    """A crash is no result, and neither is a divergence that was none before."""
    wrong = [f"{where}{ending(one, 200)}" for where, one in evidence.sides() if not one.completed]
    return wrong or ([] if evidence.measured else ["nothing was measured"])


def ending(one: Measured, most: int) -> str:
    """How a trial ended, and the first line of why, in so many characters."""
    return f"{one.trial.id} {one.record.status.value}: {''.join((one.record.reason or '').splitlines()[:1])[:most]}"


def _promises(evidence: Evidence) -> list[str]:
    return [
        f"{one.trial.id}: {promise.name} ({promise.detail})"
        for one in evidence.measured
        for promise in one.record.promises
        if promise.held is False
    ]


def _tasks(evidence: Evidence) -> list[str]:
    """The same questions, word for word: hashes of the target's test split and of every general task."""
    return list(dict.fromkeys(said for pair in evidence.pairs() for _, _, said in _questions(*pair)))


Unlike = tuple[str, str, str]
"""Role and name of a task that is not the same on both sides, and how."""


def _questions(before: Measured, now: Measured) -> Iterable[Unlike]:
    target = now.trial.target.name
    if _test_hash(before) != _test_hash(now):
        yield TARGET, target, f"the test items of {target} changed"
    old, new = ({source.name: source.sha256 for source in one.trial.general} for one in (before, now))
    for name in sorted(name for name in {**old, **new} if old.get(name) != new.get(name)):
        how = "changed" if name in old and name in new else "is new" if name in new else "is gone"
        yield GENERAL, name, f"the general task {name} {how}"
    was, now_in = (None if one.record.target is None else one.record.target.metric for one in (before, now))
    if was and now_in and was != now_in:
        yield TARGET, target, f"the metric of {target} was {was}, is {now_in}"


def _test_hash(one: Measured) -> str:
    """Of the test split; of the whole target where an older record does not tell splits apart."""
    return one.record.splits.get("test", one.trial.target.sha256)


def _items(evidence: Evidence) -> list[str]:
    """The same items were scored on both sides; neither side dropped any."""
    pairs = ((before, now) for before, now in evidence.pairs() if before.completed and now.completed)
    return sorted({said for pair in pairs for _, _, said in _items_of(*pair, "baseline")})


def _items_of(before: Measured, now: Measured, side: str) -> Iterable[Unlike]:
    for role, task in _scored(before) | _scored(now):
        old, new = before.table(role, task), now.table(role, task)
        if old is None or new is None:
            yield role, task, f"{task} was scored on one side only"
        elif len(old) != len(new) or set(old.index) != set(new.index):
            yield role, task, f"{task}: {counted(len(new), 'item')}, {len(old):,} in the {side}, or others"


def _scored(one: Measured) -> set[tuple[str, str]]:
    found = one.items[one.items["role"].isin([TARGET, GENERAL])][["role", "task"]].drop_duplicates()
    return {(str(role), str(task)) for role, task in found.itertuples(index=False)}


def _numbers(evidence: Evidence) -> list[str]:
    """No NaN, no infinity: in scores per item, in scores, in costs."""
    done = [(where, one) for where, one in evidence.sides() if one.completed]
    return [f"{where}{one.trial.id}: {what} is not a number" for where, one in done for what in _not_finite(one)]


def _not_finite(one: Measured) -> Iterable[str]:
    judged = one.items[one.items["role"].isin([TARGET, GENERAL])]
    for (role, task), table in judged.groupby(["role", "task"], sort=False):
        if not np.isfinite(table[["score", "nll"]].to_numpy(dtype=np.float64)).all():
            yield f"an item of {task} ({role})"
    for score in (one.record.target, *one.record.general):
        if score is not None and not (math.isfinite(score.value) and math.isfinite(score.nll)):
            yield f"the score of {score.task}"
    yield from (name for name, value in vars(one.record.cost).items() if value is not None and not math.isfinite(value))


def _differing(of: Callable[[Trial], dict[str, object]]) -> Find:
    """What differs between the trials of both sides, each difference once."""

    def find(evidence: Evidence) -> list[str]:
        pairs = [(of(before.trial), of(now.trial)) for before, now in evidence.pairs()]
        found = (
            f"{name} was {old.get(name)}, is {new.get(name)}"
            for old, new in pairs
            for name in {**old, **new}
            if old.get(name) != new.get(name)
        )
        return list(dict.fromkeys(found))

    return find


def _versions(trial: Trial) -> dict[str, object]:
    return {**dict(trial.platform.versions), "the harness's numerics": str(trial.numerics)}


def _device(trial: Trial) -> dict[str, object]:
    return {name: getattr(trial.platform, name) for name in ("device", "threads", "attention")}


def _precision(trial: Trial) -> dict[str, object]:
    return {"scoring dtype": trial.scoring.dtype, "items per task at most": trial.scoring.max_items}


CHECKS: dict[str, tuple[Find, str]] = {
    "trials": (_trials, "the same trials on both sides"),
    "completed": (_completed, "every trial completed"),
    "promises": (_promises, "no promise is broken"),
    "tasks": (_tasks, "the same questions, word for word"),
    "items": (_items, "the same items were scored"),
    "numbers": (_numbers, "every figure is a number"),
    "versions": (_differing(_versions), "the same library versions"),
    "device": (_differing(_device), "the same device, threads and attention"),
    "precision": (_differing(_precision), "the same precision and number of items"),
}
"""What finds what is wrong, and what is said where nothing is."""


def unlike(before: Sequence[Measured], after: Sequence[Measured], role: str, task: str | None = None) -> list[str]:
    """Why the anchor cannot be compared with on a task, or on any task of that role: questions or items are others.

    A task that the anchor does not have is not held against it.
    """
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if new.completed]
    found = [one for old, new in pairs for one in (*_questions(old, new), *_items_of(old, new, "anchor"))]
    anchored = {source.name for one in before for source in one.trial.general}
    own = [said for where, name, said in found if where == role and (role == TARGET or name in anchored)
           and task in (None, name)]  # fmt: skip
    return list(dict.fromkeys(own))


def since_anchor(evidence: Evidence) -> list[Check]:
    """What differs between the anchor and the run: accepted on the way, and so no bar. None where nothing does."""
    if evidence.anchor is None:
        return []
    then = replace(evidence, accepted=evidence.anchor)
    found = [said for name in ALLOWABLE for said in CHECKS[name][0](then)]
    found += [f"{said}, and has no anchor" for said in _tasks(then) if said.endswith(" is new")]
    reason = f"allowed, though they differ from the anchor's: {_some(found)}"
    return [Check(id="comparable-anchor", name="anchor", verdict=Verdict.PASS, reason=reason)] if found else []


def _some(found: Sequence[str]) -> str:
    more = len(found) - MAX_NAMED
    return "; ".join(found[:MAX_NAMED]) + (f"; and {more} more" if more > 0 else "")


def changes(evidence: Evidence) -> list[Change]:
    """What else differs between the two sides: the change under judgement, most likely. Each once, with its trials."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for before, now in evidence.pairs():
        old, new = _changeable(before), _changeable(now)
        for name in old:
            if old[name] != new[name]:
                found.setdefault((name, str(old[name]), str(new[name])), []).append(now.trial.id)
    return [
        Change(what=what, baseline=old, present=new, trials=tuple(trials)) for (what, old, new), trials in found.items()
    ]


def _rate(trial: Trial) -> object:
    """A rate that was taken from the baseline says so, though it is the same: data were changed, and rates were not."""
    kept = trial.learning_rate_source == RateSource.BASELINE
    return f"{trial.learning_rate} ({trial.learning_rate_source}; not tuned again)" if kept else trial.learning_rate


def _changeable(one: Measured) -> dict[str, object]:
    trial = one.trial
    return {
        "base model": f"{trial.base.name} {trial.base.sha256[:12]}",
        "training data": one.record.splits.get("train", "")[:12],
        "replayed text": None if trial.replay is None else trial.replay.sha256[:12],
        "candidate": None if trial.candidate is None else f"{trial.candidate.name} {trial.candidate.sha256[:12]}",
        "objective": trial.objective,
        "learning rate": _rate(trial),
        **{name.replace("_", " "): value for name, value in asdict(trial.recipe).items()},
    }
