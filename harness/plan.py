"""From a profile to trials, and from trials to what still has to run, grouped, with an estimate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from harness.engines import Job
from harness.errors import UserError
from harness.learning_rates import Tuned, choose
from harness.measured import Measured
from harness.methods import method_named
from harness.methods.contract import Method, checked_settings
from harness.models import BaseModel, find_base_model
from harness.profile import ArmRequest, Profile
from harness.quantization import quantization_named
from harness.record import Status
from harness.run import Inputs
from harness.store import Store
from harness.tasks.general import GeneralTask, find_general_tasks, load_general
from harness.tasks.target import TargetTask, load_target, shipped_targets, split_user_data
from harness.trial import BASE, NO_TRAINING, Platform, Source, Trial

ALL = "all"


@dataclass(frozen=True)
class Workload:
    """The trials that a profile asks for, and what their sources stand for."""

    trials: tuple[Trial, ...]
    unsupported: dict[str, str]
    """Digest of a trial that cannot be, and the reason."""
    base: BaseModel
    targets: dict[str, TargetTask]
    """By sha256 of their content."""
    general: tuple[GeneralTask, ...]

    def job(self, trial: Trial) -> Job:
        return Job(trial, Inputs(self.base, self.targets[trial.target.sha256], self.general))


def expand(profile: Profile, platform: Platform, tuned: Sequence[Tuned]) -> Workload:
    """Every trial of a profile, each once, base arms first.

    Raises:
        UserError: an unknown name, or a method that the user asked for and that nothing asked for can run.
    """
    for name in profile.learning_rates:
        method_named(name)
    base = find_base_model(profile.base_model)
    targets = _targets(profile)
    general = _general(profile)
    template = Trial(
        base=base.source,
        target=Source("", ""),
        general=tuple(Source(task.name, task.sha256) for task in general),
        objective="instruction",
        method=BASE,
        settings=(),
        rank=None,
        quantization="none",
        learning_rate=None,
        learning_rate_source="none",
        seed=None,
        recipe=NO_TRAINING,
        scoring=profile.scoring,
        platform=platform,
    )
    trials: dict[str, Trial] = {}
    unsupported: dict[str, str] = {}
    for target in targets:
        source = Source(target.name, target.sha256)
        for arm in profile.arms:
            here = replace(template, target=source, objective=target.objective)
            for trial in _trials(profile, arm, here, tuned):
                reason = _impossible(trial)
                trials[trial.digest] = trial
                if reason:
                    unsupported[trial.digest] = reason
    _check_possible(profile, trials, unsupported)
    ordered = sorted(trials.values(), key=lambda trial: trial.trains)
    return Workload(tuple(ordered), unsupported, base, {target.sha256: target for target in targets}, general)


def merged(workloads: Sequence[Workload]) -> Workload:
    """One workload of all trials of several that share their base, targets and general tasks."""
    trials = {trial.digest: trial for workload in workloads for trial in workload.trials}
    unsupported = {digest: reason for workload in workloads for digest, reason in workload.unsupported.items()}
    return replace(workloads[0], trials=tuple(trials.values()), unsupported=unsupported)


def _targets(profile: Profile) -> list[TargetTask]:
    if profile.data is not None:
        return [split_user_data(Path(profile.data), profile.metric)]
    names = shipped_targets() if profile.targets == (ALL,) else list(dict.fromkeys(profile.targets))
    if not names:
        raise UserError(f"No target task. Give one with --target ({', '.join(shipped_targets())}) or --data FILE.")
    return [load_target(name) for name in names]


def _general(profile: Profile) -> tuple[GeneralTask, ...]:
    paths = [path for name in profile.general for path in find_general_tasks(name)]
    tasks = [load_general(path) for path in dict.fromkeys(paths)]
    names = [task.name for task in tasks]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UserError(f"--general: two task files are called {twice!r}. Rename one of them.")
    return tuple(tasks)


def _trials(profile: Profile, arm: ArmRequest, template: Trial, tuned: Sequence[Tuned]) -> Iterable[Trial]:
    levels = [quantization_named(name).name for name in arm.quantization]
    if arm.method == BASE:
        return [template.base_arm(level) for level in levels]
    method = method_named(arm.method)
    settings = checked_settings(method, arm.settings)
    trials = []
    for rank in _ranks(method, arm):
        for level in levels:
            for seed in profile.seeds:
                trial = replace(
                    template, method=method.name, settings=settings, rank=rank, quantization=level, seed=seed
                )
                trials.append(_with_rate(replace(trial, recipe=profile.recipe), profile, method, tuned))
    return trials


def _ranks(method: Method, arm: ArmRequest) -> tuple[int | None, ...]:
    if method.rank_means is None:
        return (None,)
    return arm.ranks or (8,)


def _with_rate(trial: Trial, profile: Profile, method: Method, tuned: Sequence[Tuned]) -> Trial:
    if method.name in profile.learning_rates:
        return replace(trial, learning_rate=profile.learning_rates[method.name], learning_rate_source="given")
    choice = choose(
        tuned,
        trial.base.sha256,
        trial.target.sha256,
        trial.method,
        trial.rank,
        trial.quantization,
        trial.recipe.steps,
        method.untuned_learning_rate,
    )
    return replace(trial, learning_rate=choice.rate, learning_rate_source=choice.source)


def _impossible(trial: Trial) -> str | None:
    if not trial.trains or quantization_named(trial.quantization).trainable:
        return None
    if method_named(trial.method).quantized_base:
        return None
    return (
        f"{trial.method} trains the base's own weights, which {trial.quantization} stores as integers without "
        "gradients; use an adapter (lora), or quantization none"
    )


def _check_possible(profile: Profile, trials: dict[str, Trial], unsupported: dict[str, str]) -> None:
    """A method that the user named and that cannot run at all is a mistake, not a finding."""
    for method in profile.asked:
        own = [digest for digest, trial in trials.items() if trial.method == method]
        if own and all(digest in unsupported for digest in own):
            raise UserError(f"--methods {method} with this --quantization cannot be: {unsupported[own[0]]}.")


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
        arms = (trial.base_arm("none"), trial.base_arm()) if with_base else ()
        for one in (*arms, trial):
            wanted.setdefault(one.digest, one)
    impossible = {digest: workload.unsupported[digest] for digest in wanted if digest in workload.unsupported}
    found, groups = {}, dict[tuple[bool, str, str], list[Job]]()
    for digest, trial in wanted.items():
        if digest in impossible:
            continue
        stored = store.get(digest)
        if stored is not None and stored.record.status.final:
            found[digest] = stored
        else:
            groups.setdefault((trial.trains, trial.target.name, trial.quantization), []).append(workload.job(trial))
    ordered = sorted(groups.items(), key=lambda entry: entry[0][0])  # base arms first
    return Plan(found, impossible, tuple(tuple(group) for _, group in ordered))


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
        and (one.trial.base, one.trial.trains, one.trial.platform.device)
        == (trial.base, trial.trains, trial.platform.device)
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
