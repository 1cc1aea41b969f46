"""What still has to run: trials looked up in the store, the missing ones grouped, and how long they should take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness.plan.job import Job, Workload
from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.schema.trial import BASE, Trial
from harness.store.records import Store


@dataclass(frozen=True)
class Plan:
    """What the selected tests need: answered by the store, impossible, or to be run in groups."""

    found: dict[str, Measured]
    impossible: dict[str, str]
    groups: tuple[tuple[Job, ...], ...]

    @property
    def missing(self) -> list[Trial]:
        return [job.trial for group in self.groups for job in group]


def make_plan(workload: Workload, needed: Iterable[Trial], store: Store, with_base: bool = True) -> Plan:
    """Looks all needed trials up, and groups those that are missing.

    Args:
        with_base: add the base arms that the trials are measured against.
    """
    wanted: dict[str, Trial] = {}
    for trial in needed:
        if trial.digest in workload.unsupported:
            wanted[trial.digest] = trial
            continue
        arms = (trial.base_arm("none"), trial.base_arm()) if with_base and trial.floor is None else ()
        for one in (*arms, trial):
            wanted.setdefault(one.digest, one)
    impossible = {digest: workload.unsupported[digest] for digest in wanted if digest in workload.unsupported}
    found, groups = {}, dict[tuple[int, str, str], list[Job]]()
    for digest, trial in wanted.items():
        if digest in impossible:
            continue
        stored = store.get(digest)
        artifact = workload.artifact_of(trial)
        lacks = artifact is not None and not artifact.is_dir()
        if stored is not None and stored.record.status.final and not (lacks and stored.completed):
            found[digest] = _as_asked(stored, trial)
        else:
            place = 0 if trial.floor is None and trial.is_base else 1 if trial.floor is None else 2
            groups.setdefault((place, trial.target.name, trial.quantization), []).append(workload.job(trial))
    ordered = sorted(groups.items(), key=lambda entry: entry[0][0])  # base arms first, floors last
    return Plan(found, impossible, tuple(tuple(group) for _, group in ordered))


def _as_asked(stored: Measured, trial: Trial) -> Measured:
    """A stored record of the same numbers, whose rate may have been tuned since."""
    if stored.trial.learning_rate_source == trial.learning_rate_source:
        return stored
    return replace(stored, record=replace(stored.record, trial=trial))


def estimate_s(trials: Sequence[Trial], history: Sequence[Measured], jobs: int) -> float | None:
    """Wall time of the trials, from the median duration of the most similar ones in the store.

    None where nothing similar was ever measured on this kind of machine.
    """
    total = 0.0
    for trial in trials:
        durations = _similar(trial, history)
        if not durations:
            return None
        total += median(durations)
    return total / max(1, min(jobs, len(trials)))


def _similar(trial: Trial, history: Sequence[Measured]) -> list[float]:
    done = [
        one
        for one in history
        if one.record.status is Status.COMPLETED
        and (one.trial.base, one.trial.method == BASE, one.trial.platform.device)
        == (trial.base, trial.method == BASE, trial.platform.device)
        and one.trial.recipe.steps == trial.recipe.steps
    ]
    for key in (
        lambda one: (one.target.name, one.method, one.rank, one.quantization),
        lambda one: (one.target.name, one.method),
        lambda one: (one.target.name,),
        lambda one: (),
    ):
        durations = [one.record.duration_s for one in done if key(one.trial) == key(trial)]
        if durations:
            return durations
    return []
