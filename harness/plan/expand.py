"""From a profile to trials: which ones it asks for, which of them cannot be, at which rates they train."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from harness.data.objectives import check_lengths
from harness.data.tasks.general import GeneralTask, check_untrained, find_general_tasks, load_general
from harness.data.tasks.lm_eval import PREFIX, lm_eval_tasks, spelled_out
from harness.data.tasks.replay import SHIPPED as SHIPPED_REPLAY
from harness.data.tasks.replay import ReplayText, check_apart, load_replay
from harness.data.tasks.target import TargetTask, load_target, shipped_targets, split_user_data, targets_of_the_embedded
from harness.methods import AnyMethod, method_named, training_method
from harness.methods.candidate import Candidate, find_candidate
from harness.methods.candidate_compatibility import check_fits, check_tokenizer
from harness.methods.kinds.protocol import VIRTUAL_TOKENS, checked_settings
from harness.models.base import EMBEDDED, BaseModel, context_length, find_base_model, load_tokenizer, skeleton
from harness.models.quantization import quantization_named
from harness.models.soundness import check_base
from harness.plan.job import Workload
from harness.plan.learning_rates import Tuned, choose
from harness.plan.profile import ArmRequest, Profile, said_of
from harness.schema.errors import UserError
from harness.schema.trial import BASE, CANDIDATE, NO_TRAINING, Platform, RateSource, Source, Trial

ALL = "all"


def expand(profile: Profile, platform: Platform, tuned: Sequence[Tuned]) -> Workload:
    """Every trial of a profile, each once, base arms first.

    Raises:
        UserError: an unknown name, a method that the user asked for and that nothing asked for can run, or a
            candidate that does not fit the base.
    """
    _check_names(profile)
    with said_of(profile, "base_model", "--base-model", "base_model"):
        base = find_base_model(profile.base_model)
        platform = replace(platform, attention=check_base(base, platform.attention))
    targets, context = _targets(profile), context_length(base)
    if profile.data is not None or profile.base_model != EMBEDDED:  # what ships fits what ships
        tokenizer = load_tokenizer(base)
        targets = [check_lengths(tokenizer, target, profile.recipe.max_length, context) for target in targets]
    general = _general(profile)
    for target in targets:
        check_untrained(general, target.name, target.train)
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
        learning_rate_source=RateSource.NONE,
        seed=None,
        recipe=NO_TRAINING,
        scoring=replace(profile.scoring, interpolate=profile.interpolate, trace=profile.trace),
        platform=platform,
    )
    with said_of(profile, "replay", "--replay", "replay"):
        replay = _replay(profile, general, targets)
    candidate = _candidate(profile, base, targets)
    trials: dict[str, Trial] = {}
    unsupported: dict[str, str] = {}
    for target in targets:
        source = Source(target.name, target.sha256)
        for arm in profile.arms:
            here = replace(template, target=source, objective=target.objective)
            for trial in _trials(profile, arm, here, tuned, replay, candidate):
                reason = _impossible(trial, candidate, context)
                trials[trial.digest] = trial
                if reason:
                    unsupported[trial.digest] = reason
    _check_possible(profile, trials, unsupported)
    _check_settings(base, [trial for digest, trial in trials.items() if digest not in unsupported])
    ordered = sorted(trials.values(), key=lambda trial: not trial.is_base)
    by_content = {target.sha256: target for target in targets}
    artifacts = None if profile.artifacts is None else Path(profile.artifacts)
    return Workload(tuple(ordered), unsupported, base, by_content, general, replay, artifacts, candidate)


FULL = "full"
LADDER = (FULL, "lora")


def ladder(profile: Profile) -> Profile:
    """The profile with full fine-tuning and LoRA of rank 16 on every target of the embedded model, from near to far."""
    arms = (ArmRequest("full"), ArmRequest("lora", (16,)))
    return replace(profile, targets=(ALL,), arms=arms)


def on_the_ladder(trial: Trial) -> bool:
    """Whether the trial is one of those that `suites/test_domain_shift.py` looks at."""
    return trial.method in LADDER and not trial.settings and trial.target.name in targets_of_the_embedded()


def beside(trial: Trial, trials: Iterable[Trial]) -> Trial | None:
    """The trial among these of full fine-tuning with the same target, seed and recipe; None where there is none."""
    same = (trial.target, trial.seed, trial.recipe)
    fulls = (one for one in trials if one.method == FULL)
    return next((one for one in fulls if (one.target, one.seed, one.recipe) == same), None)


def at_rates(workload: Workload, profile: Profile, tuned: Sequence[Tuned]) -> Workload:
    """The same trials at the rates that `tuned` says now; those that cannot be stay as they are."""
    trials = tuple(
        _with_rate(trial, profile, method_named(trial.method), tuned)
        if trial.trains and trial.digest not in workload.unsupported
        else trial
        for trial in workload.trials
    )
    return replace(workload, trials=trials)


def at_accepted_rates(workload: Workload, accepted: Iterable[Trial]) -> Workload:
    """The same trials; on data that changed since a baseline was accepted, at the rates of its trials of the same arm.

    A rate is tuned for one content of the data. With other data it would fall back to another, and two changes would be
    judged as one. Rates that are given, or tuned for exactly the new data, stay.
    """
    before = {(one.base.sha256, one.target.name, one.arm): one for one in accepted if one.trains}

    def rated(trial: Trial) -> Trial:
        old = before.get((trial.base.sha256, trial.target.name, trial.arm))
        wished = trial.learning_rate_source in (RateSource.TUNED, RateSource.GIVEN)
        if old is None or wished or old.target == trial.target or trial.digest in workload.unsupported:
            return trial
        return replace(trial, learning_rate=old.learning_rate, learning_rate_source=RateSource.BASELINE)

    return replace(workload, trials=tuple(map(rated, workload.trials)))


def _check_names(profile: Profile) -> None:
    """Every method and every level that is named is there.

    Raises:
        UserError: one is not.
    """
    for name in profile.learning_rates:
        with said_of(profile, "learning_rates", "--methods"):
            method_named(name)
    for place, arm in enumerate(profile.arms, 1):
        with said_of(profile, f"arms[{place}].method", "--methods", "methods"):
            if arm.method not in (BASE, CANDIDATE):
                method_named(arm.method)
        for level in arm.quantization:
            with said_of(profile, f"arms[{place}].quantization", "--quantization", "quantization"):
                quantization_named(level)


def _targets(profile: Profile) -> list[TargetTask]:
    if profile.data is not None:
        with said_of(profile, "data", "--data", "data"):
            return [split_user_data(profile.data, profile.metric, profile.objective)]
    names = targets_of_the_embedded() if profile.targets == (ALL,) else list(dict.fromkeys(profile.targets))
    if not names:
        raise UserError(f"No target task. Give one with --targets ({', '.join(shipped_targets())}) or --data FILE.")
    with said_of(profile, "targets", "--targets", "targets"):
        return [load_target(name) for name in names]


def _general(profile: Profile) -> tuple[GeneralTask, ...]:
    with said_of(profile, "general", "--general-tasks", "general"):
        asked = spelled_out(profile.general)
        paths = [path for name in asked if not name.startswith(PREFIX) for path in find_general_tasks(name)]
        tasks = [load_general(path) for path in dict.fromkeys(paths)]
        if others := tuple(name for name in asked if name.startswith(PREFIX)):
            tasks += lm_eval_tasks(others)
        names = [task.name for task in tasks]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise UserError(f"--general-tasks: two task files are called {twice!r}. Rename one of them.")
    return tuple(tasks)


def _replay(profile: Profile, general: tuple[GeneralTask, ...], targets: Sequence[TargetTask]) -> ReplayText | None:
    """The general text to mix in, where any arm asks for some.

    Raises:
        UserError: there is none for this base model, or it holds held-out text.
    """
    if not any(arm.settings.get("replay") for arm in profile.arms):
        if profile.replay is not None:
            raise UserError(
                "--replay gives general text, but no arm mixes any in. Say how much: --methods 'lora[replay=0.25]'."
            )
        return None
    if profile.replay is None and profile.base_model != EMBEDDED:
        raise UserError(
            "The setting replay mixes general text in, and none ships for this base model. Give a JSONL file of "
            '{"text": ...}, text like what it was pre-trained on, with --replay FILE.'
        )
    replay = load_replay(SHIPPED_REPLAY if profile.replay is None else Path(profile.replay))
    check_apart(replay, general, targets)
    return replay


def _candidate(profile: Profile, base: BaseModel, targets: Sequence[TargetTask]) -> Candidate | None:
    """What was trained elsewhere, checked against the base and the targets.

    Raises:
        UserError: an arm evaluates it and none is given, or it does not fit.
    """
    own = [arm for arm in profile.arms if arm.method == CANDIDATE]
    if any(profile.candidate is None or arm.settings for arm in own):
        raise UserError(
            f"{CANDIDATE!r} is no method, and has no settings: nothing trains it. What was trained elsewhere goes in "
            "with --candidate DIR."
        )
    if profile.candidate is None:
        return None
    candidate = find_candidate(profile.candidate)
    check_fits(candidate, base)
    for target in targets:
        check_tokenizer(candidate, load_tokenizer(base), target)
    return candidate


def _trials(
    profile: Profile,
    arm: ArmRequest,
    template: Trial,
    tuned: Sequence[Tuned],
    replay: ReplayText | None,
    candidate: Candidate | None,
) -> Iterable[Trial]:
    levels = [quantization_named(name).name for name in arm.quantization]
    if arm.method == BASE:
        return [template.base_arm(level) for level in levels]
    if arm.method == CANDIDATE and candidate is not None:
        return [template.candidate_arm(candidate.source, level) for level in levels]
    method = method_named(arm.method)
    settings = checked_settings(method, arm.settings)
    mixed_in = Source(replay.name, replay.sha256) if replay is not None and dict(settings).get("replay") else None
    trials = []
    for rank in _ranks(method, arm):
        for level in levels:
            for seed in profile.seeds if method.seeded else (None,):
                trial = replace(
                    template, method=method.name, settings=settings, rank=rank, quantization=level, seed=seed
                )
                if method.trains:
                    trial = replace(trial, recipe=profile.recipe, replay=mixed_in)
                    trial = _with_rate(trial, profile, method, tuned)
                else:
                    trial = replace(trial, scoring=profile.scoring)
                trials.append(trial)
    return trials


def _ranks(method: AnyMethod, arm: ArmRequest) -> tuple[int | None, ...]:
    if method.rank_means is None:
        return (None,)
    return arm.ranks or (method.default_rank,)


def _with_rate(trial: Trial, profile: Profile, method: AnyMethod, tuned: Sequence[Tuned]) -> Trial:
    given = profile.learning_rates.get(method.name)
    rate, source = choose(tuned, trial, method.untuned_learning_rate) if given is None else (given, RateSource.GIVEN)
    return replace(trial, learning_rate=rate, learning_rate_source=source)


def _impossible(trial: Trial, candidate: Candidate | None, context: int) -> str | None:
    if trial.is_base:
        return None
    if trial.candidate is not None:
        return None if candidate is None else candidate.cannot(trial)
    method = method_named(trial.method)
    if method.rank_means == VIRTUAL_TOKENS and (trial.rank or 0) >= context:
        return f"{trial.rank:,} virtual tokens leave no room in a context of {context:,} tokens"
    return method.cannot(trial)


def _check_possible(profile: Profile, trials: dict[str, Trial], unsupported: dict[str, str]) -> None:
    """A method that the user named and that cannot run at all is a mistake, not a finding."""
    for method in profile.asked:
        own = [digest for digest, trial in trials.items() if trial.method == method]
        if own and all(digest in unsupported for digest in own):
            asked = f"--{CANDIDATE}" if method == CANDIDATE else f"--methods {method}"
            raise UserError(f"{asked} cannot be run as asked: {unsupported[own[0]]}.")


def _check_settings(base: BaseModel, trials: Sequence[Trial]) -> None:
    """Settings that do not fit the base are found before anything runs. Defaults need no look: they are a finding."""
    chosen = {(trial.method, trial.settings, trial.rank): trial for trial in trials if trial.trains and trial.settings}
    if not chosen:
        return
    model = skeleton(base)
    for trial in chosen.values():
        training_method(trial.method).check(model, trial)
