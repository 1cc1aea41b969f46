"""May the two sides be compared at all? What is missing, damaged or measured otherwise fails, with a reason.

Closed by default: a comparison of other items, of other library versions or on another device says nothing
about the change under judgement, unless the user says that this is the change.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

from harness.schema.gate import Change, Check, Verdict
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.record import Cost
from harness.schema.trial import Trial

ALLOWABLE = ("versions", "device", "precision")
"""Differences that the user may allow; they are then printed."""

MAX_NAMED = 5


@dataclass(frozen=True)
class Evidence:
    """All that integrity is judged on.

    Attributes:
        accepted: the baseline's records; None where candidates are judged against their base alone.
        asked: the trials of the run under judgement, measured or not.
        measured: the records of the run.
        in_reserve: whether the baseline may hold further seeds, for settling.
    """

    accepted: Sequence[Measured] | None
    asked: Sequence[Trial]
    measured: Sequence[Measured]
    allowed: frozenset[str] = frozenset()
    in_reserve: bool = False

    def pairs(self) -> list[tuple[Measured, Measured]]:
        """Records of one id on both sides: the baseline's, and the run's."""
        by_id = {one.trial.id: one for one in self.accepted or ()}
        return [(by_id[one.trial.id], one) for one in self.measured if one.trial.id in by_id]


def inspect(evidence: Evidence) -> list[Check]:
    """Every check, in the order of `CHECKS`."""
    return [inspect_one(name, evidence) for name in CHECKS]


def inspect_one(name: str, evidence: Evidence) -> Check:
    """One check by name."""
    wrong = CHECKS[name](evidence)
    if not wrong:
        return _check(name, Verdict.PASS, HOLDS[name])
    said = "; ".join(wrong[:MAX_NAMED]) + (f"; and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else "")
    if name in evidence.allowed:
        return _check(name, Verdict.PASS, f"allowed, though they differ: {said}")
    if name in ALLOWABLE:
        said += f". If this is the change to be judged, say --allow {name}"
    return _check(name, Verdict.FAIL, said)


def _check(name: str, verdict: Verdict, reason: str) -> Check:
    return Check(id=f"comparable-{name}", name=name, verdict=verdict, reason=reason)


def _trials(evidence: Evidence) -> list[str]:
    """Every accepted trial is asked for, and no other; seeds in reserve excepted. Base arms come by themselves."""
    if evidence.accepted is None:
        return [] if evidence.asked else ["no trial at all"]
    before = {one.trial.id: one.trial for one in evidence.accepted if not one.trial.is_base}
    now = {trial.id: trial for trial in evidence.asked if not trial.is_base}
    arms = {(trial.target.name, trial.arm) for trial in now.values()}
    missing = [
        name
        for name, trial in before.items()
        if name not in now and not (evidence.in_reserve and (trial.target.name, trial.arm) in arms)
    ]
    hint = " (give it the baseline's seeds with --seeds, or --max-seeds)" if _only_seeds(missing, before, arms) else ""
    wrong = [f"{name} is in the baseline, but not in this run{hint}" for name in missing]
    wrong += [f"{name} is in this run, but not in the baseline" for name in now if name not in before]
    return wrong or ([] if before and now else ["no trial at all"])


def _only_seeds(missing: Sequence[str], before: dict[str, Trial], arms: set[tuple[str, str]]) -> bool:
    """Whether all that is missing are further seeds of arms that the run has."""
    return bool(missing) and all((before[name].target.name, before[name].arm) in arms for name in missing)


def _completed(evidence: Evidence) -> list[str]:
    """A crash is no result, and neither is a divergence that was none before."""
    sides = (("", evidence.measured), ("in the baseline, ", evidence.accepted or ()))
    wrong = [
        f"{where}{one.trial.id} {one.record.status.value}: {(one.record.reason or '').splitlines()[0][:200]}"
        for where, side in sides
        for one in side
        if not one.completed
    ]
    return wrong or ([] if evidence.measured else ["nothing was measured"])


def _promises(evidence: Evidence) -> list[str]:
    return [
        f"{one.trial.id}: {promise.name} ({promise.detail})"
        for one in evidence.measured
        for promise in one.record.promises
        if promise.held is False
    ]


def _tasks(evidence: Evidence) -> list[str]:
    """The same questions, word for word: hashes of the target's test split and of every general task."""
    wrong: dict[str, None] = {}
    for before, now in evidence.pairs():
        if _test_hash(before) != _test_hash(now):
            wrong[f"the test items of {now.trial.target.name} changed"] = None
        old = {source.name: source.sha256 for source in before.trial.general}
        new = {source.name: source.sha256 for source in now.trial.general}
        for name in sorted(set(old) | set(new)):
            if old.get(name) != new.get(name):
                how = "changed" if name in old and name in new else "is new" if name in new else "is gone"
                wrong[f"the general task {name} {how}"] = None
        target = (before.record.target, now.record.target)
        if target[0] is not None and target[1] is not None and target[0].metric != target[1].metric:
            wrong[f"the metric of {now.trial.target.name} was {target[0].metric}, is {target[1].metric}"] = None
    return list(wrong)


def _test_hash(one: Measured) -> str:
    """Of the test split; of the whole target where an older record does not tell splits apart."""
    return one.record.splits.get("test", one.trial.target.sha256)


def _items(evidence: Evidence) -> list[str]:
    """The same items were scored on both sides; neither side dropped any."""
    wrong: dict[str, None] = {}
    for before, now in evidence.pairs():
        if not (before.completed and now.completed):
            continue
        for role, task in _scored(before) | _scored(now):
            old, new = before.table(role, task), now.table(role, task)
            if old is None or new is None:
                wrong[f"{task} was scored on one side only"] = None
            elif len(old) != len(new) or set(old.index) != set(new.index):
                wrong[f"{task}: {len(new)} items, {len(old)} in the baseline, or others"] = None
    return sorted(wrong)


def _scored(one: Measured) -> set[tuple[str, str]]:
    found = one.items[one.items["role"].isin([TARGET, GENERAL])][["role", "task"]].drop_duplicates()
    return {(str(role), str(task)) for role, task in found.itertuples(index=False)}


def _numbers(evidence: Evidence) -> list[str]:
    """No NaN, no infinity: in scores per item, in scores, in costs."""
    sides = (("", evidence.measured), ("in the baseline, ", evidence.accepted or ()))
    return [
        f"{where}{one.trial.id}: {what} is not a number"
        for where, side in sides
        for one in side
        if one.completed
        for what in _not_finite(one)
    ]


def _not_finite(one: Measured) -> Iterable[str]:
    judged = one.items[one.items["role"].isin([TARGET, GENERAL])]
    for (role, task), table in judged.groupby(["role", "task"], sort=False):
        if not np.isfinite(table[["score", "nll"]].to_numpy(dtype=np.float64)).all():
            yield f"an item of {task} ({role})"
    scores = [one.record.target, *one.record.general]
    for score in scores:
        if score is not None and not (math.isfinite(score.value) and math.isfinite(score.nll)):
            yield f"the score of {score.task}"
    for field in fields(Cost):
        value = getattr(one.record.cost, field.name)
        if value is not None and not math.isfinite(value):
            yield field.name


def _versions(evidence: Evidence) -> list[str]:
    return _differing(
        evidence, lambda trial: {**dict(trial.platform.versions), "the harness's numerics": str(trial.numerics)}
    )


def _device(evidence: Evidence) -> list[str]:
    names = ("device", "threads", "attention")
    return _differing(evidence, lambda trial: {name: getattr(trial.platform, name) for name in names})


def _precision(evidence: Evidence) -> list[str]:
    return _differing(
        evidence,
        lambda trial: {"scoring dtype": trial.scoring.dtype, "items per task at most": trial.scoring.max_items},
    )


def _differing(evidence: Evidence, of: Callable[[Trial], dict[str, object]]) -> list[str]:
    wrong: dict[str, None] = {}
    for before, now in evidence.pairs():
        old, new = of(before.trial), of(now.trial)
        wrong |= {
            f"{name} was {old.get(name)}, is {new.get(name)}": None
            for name in {**old, **new}
            if old.get(name) != new.get(name)
        }
    return list(wrong)


CHECKS: dict[str, Callable[[Evidence], list[str]]] = {
    "trials": _trials,
    "completed": _completed,
    "promises": _promises,
    "tasks": _tasks,
    "items": _items,
    "numbers": _numbers,
    "versions": _versions,
    "device": _device,
    "precision": _precision,
}
HOLDS = {
    "trials": "the same trials on both sides",
    "completed": "every trial completed",
    "promises": "no promise is broken",
    "tasks": "the same questions, word for word",
    "items": "the same items were scored",
    "numbers": "every figure is a number",
    "versions": "the same library versions",
    "device": "the same device, threads and attention",
    "precision": "the same precision and number of items",
}


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


def _changeable(one: Measured) -> dict[str, object]:
    trial = one.trial
    return {
        "base model": f"{trial.base.name} {trial.base.sha256[:12]}",
        "training data": one.record.splits.get("train", "")[:12],
        "replayed text": None if trial.replay is None else trial.replay.sha256[:12],
        "candidate": None if trial.candidate is None else f"{trial.candidate.name} {trial.candidate.sha256[:12]}",
        "objective": trial.objective,
        "learning rate": trial.learning_rate,
        **{name.replace("_", " "): value for name, value in asdict(trial.recipe).items()},
    }
