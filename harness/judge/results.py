"""What each trial and each arm gained, forgot and cost, from records and their scores per item."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from statistics import median
from typing import TypedDict

import numpy as np

from harness.judge.curves import scaled_back, while_training
from harness.judge.flips import FLIPS_SHARE, flips, samples
from harness.judge.matched_gain import compare_at_matched_gain
from harness.judge.pairing import Bench
from harness.judge.stats import Interval, Paired, SeedNoise, bootstrap_mean, holm, mcnemar, retention
from harness.judge.versus_full import compare_with_full
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.record import Cost, Record, Score
from harness.schema.results import (
    ArmResult,
    Forgetting,
    GeneralScore,
    Results,
    RunFields,
    Spec,
    StudentAndTeacher,
    TargetScore,
    TrialResult,
)
from harness.schema.trial import Setting, Trial

ROOM_FOR_ANSWERS, LEAST_ROOM = 450_000, 1500
"""Bytes of JSON that the answers shown in all trials may take together, and what each trial has in any case."""


Commands = Callable[[Trial], list[str] | None]
"""The command that repeats a trial alone; None where no command leads to it."""


def build_results(
    measured: Sequence[Measured], run: RunFields | None = None, command_of: Commands = lambda trial: None
) -> Results:
    """All that the report, the gate and the tables show.

    Args:
        measured: records with their scores per item, base arms included.
        run: what was asked for and where it ran.
    """
    run, bench = run or RunFields(), Bench(measured)
    room = max(LEAST_ROOM, ROOM_FOR_ANSWERS // max(1, sum(one.completed for one in bench.measured)))
    results = Results(
        **dict(run),
        trials=tuple(_trial(bench, one, room, command_of) for one in measured),
        arms=tuple(_arm(bench, group) for group in bench.groups()),
        comparisons=tuple(compare_with_full(bench)),
        matched_gain=tuple(compare_at_matched_gain(bench)),
    )
    return priced(results, run.usd_per_hour)


def priced(results: Results, usd_per_hour: float | None) -> Results:
    """The results with what every training cost at this price of the machine; None where no price is known."""
    return results.with_(
        usd_per_hour=usd_per_hour,
        trials=tuple(one.with_(cost=_priced(one.cost, usd_per_hour)) for one in results.trials),
        arms=tuple(one.with_(cost=_priced(one.cost, usd_per_hour)) for one in results.arms),
    )


def _priced(cost: Cost, usd_per_hour: float | None) -> Cost:
    seconds = cost.train_s
    return replace(cost, usd=None if seconds is None or usd_per_hour is None else seconds * usd_per_hour / 3600)


def _trial(bench: Bench, one: Measured, room: int, command_of: Commands) -> TrialResult:
    record, before = one.record, bench.before(one.trial)
    command, for_flips = command_of(one.trial), int(room * FLIPS_SHARE)
    shown = before if one.completed else None
    return TrialResult(
        id=one.trial.id,
        digest=one.trial.digest,
        status=record.status,
        reason=record.reason,
        spec=spec_of(one.trial),
        **_scores(bench, [one] if one.completed else []),
        cost=record.cost,
        promises=record.promises,
        loss_curve=record.loss_curve,
        notes=record.notes,
        teacher=_teacher(record),
        environment=record.environment,
        started_at=record.started_at,
        duration_s=record.duration_s,
        command=None if command is None else tuple(command),
        flips=() if shown is None else tuple(flips(one, shown, for_flips)),
        samples=() if shown is None else tuple(samples(one, shown, room - for_flips)),
    )


def spec_of(trial: Trial) -> Spec:
    """The trial's specification as one flat row."""
    return Spec(
        model=trial.base.name,
        model_sha256=trial.base.sha256,
        target=trial.target.name,
        target_sha256=trial.target.sha256,
        general={source.name: source.sha256 for source in trial.general},
        objective=trial.objective,
        **_arm_fields(trial),
        seed=trial.seed,
        **asdict(trial.recipe),
        replay_text=None if trial.replay is None else trial.replay.name,
        candidate=None if trial.candidate is None else trial.candidate.name,
        candidate_sha256=None if trial.candidate is None else trial.candidate.sha256,
        eval_dtype=trial.scoring.dtype,
        compute_dtype=trial.scoring.dtype if trial.quantization != "none" else None,
        max_items=trial.scoring.max_items,
        device=trial.platform.device,
        threads=trial.platform.threads,
        versions=dict(trial.platform.versions),
        numerics=trial.numerics,
    )


class _ArmFields(TypedDict):
    arm: str
    method: str
    settings: dict[str, Setting]
    rank: int | None
    quantization: str
    learning_rate: float | None
    learning_rate_source: str


def _arm_fields(trial: Trial) -> _ArmFields:
    """What tells arms apart."""
    return {
        "arm": trial.arm,
        "method": trial.method,
        "settings": dict(trial.settings),
        "rank": trial.rank,
        "quantization": trial.quantization,
        "learning_rate": trial.learning_rate,
        "learning_rate_source": str(trial.learning_rate_source),
    }


def _arm(bench: Bench, group: list[Measured]) -> ArmResult:
    """One method x rank x quantization on one target, over all its seeds."""
    first = group[0].trial
    done = [one for one in group if one.completed]
    return ArmResult(
        target_task=first.target.name,
        **_arm_fields(first),
        seeds=tuple(one.trial.seed for one in done if one.trial.seed is not None),
        trials=tuple(one.trial.id for one in group),
        statuses=tuple(one.record.status for one in group),
        reasons=tuple(sorted({one.record.reason for one in group if one.record.reason})),
        **_scores(bench, done),
        cost=_median_cost(done),
        notes=tuple(sorted({note for one in done for note in one.record.notes})),
        interpolation=tuple(scaled_back(bench, done, bench.before(first))),
        trace=tuple(while_training(bench, done, bench.before(first))),
    )


def _teacher(record: Record) -> StudentAndTeacher | None:
    """A student beside its teacher: quality, size and speed."""
    if record.teacher is None or record.target is None:
        return None
    return StudentAndTeacher(
        **vars(record.teacher),
        student_value=record.target.value,
        params_ratio=_ratio(record.cost.total_params, record.teacher.total_params),
        flops_ratio=_ratio(record.cost.forward_flops_per_token, record.teacher.forward_flops_per_token),
        speed_ratio=_ratio(record.cost.forward_tokens_per_s, record.teacher.forward_tokens_per_s),
    )


def _ratio(student: float | None, teacher: float | None) -> float | None:
    return None if student is None or not teacher else student / teacher


class _Scores(TypedDict):
    target: TargetScore | None
    general: tuple[GeneralScore, ...]
    forgetting: Forgetting | None


def _scores(bench: Bench, group: list[Measured]) -> _Scores:
    """Gain and forgetting of trials that differ in nothing but the seed."""
    if not group:
        return {"target": None, "general": (), "forgetting": None}
    before = bench.before(group[0].trial)
    plain = bench.before(group[0].trial, "none")
    return {
        "target": _target(bench, group, before, plain),
        "general": _with_holm([_general(bench, group, before, plain, task.task) for task in group[0].record.general]),
        "forgetting": _forgetting(bench, group, before),
    }


def _target(bench: Bench, group: list[Measured], before: Measured | None, plain: Measured | None) -> TargetScore:
    scores = [score for one in group if (score := one.record.target) is not None]
    first = scores[0]
    start = before.record.target if before else None
    pairs = None if before is None else bench.paired(group, [before], TARGET, first.task, "score")
    others = bench.seed_noise(group[0].trial.target.name, TARGET, [first.task], "score")
    gain = _interval([] if pairs is None else [pairs], 1.0 if first.higher_is_better else -1.0, "gain", others)
    validations = [one.record.validation for one in group]
    return TargetScore(
        task=first.task,
        metric=first.metric,
        higher_is_better=first.higher_is_better,
        before=start.value if start else None,
        before_unquantized=plain.record.target.value if plain and plain.record.target else None,
        after=_mean([score.value for score in scores]),
        gain=gain.value if gain else None,
        ci95=_ci(gain),
        items=first.items,
        nll_before=start.nll if start else None,
        nll_after=_mean([score.nll for score in scores]),
        format_errors=_mean([score.format_errors for score in scores]),
        validation=_mean([score.value if score else None for score in validations]),
    )


def _general(
    bench: Bench, group: list[Measured], before: Measured | None, plain: Measured | None, task: str
) -> GeneralScore:
    scores = [score for one in group if (score := _score(one, task)) is not None]
    first = scores[0]
    start = _score(before, task) if before else None
    unquantized = _score(plain, task) if plain else None
    pairs = None if before is None else bench.paired(group, [before], GENERAL, task, "score")
    others = bench.seed_noise(group[0].trial.target.name, GENERAL, [task], "score")
    change = _interval([] if pairs is None else [pairs], 1.0, "change", others)
    after = _mean([score.value for score in scores])
    right_to_wrong, wrong_to_right = _flips(pairs) if first.kind == "choice" else (None, None)
    return GeneralScore(
        task=task,
        kind=first.kind,
        metric=first.metric,
        higher_is_better=first.higher_is_better,
        chance=first.chance if first.kind == "choice" else None,
        before=start.value if start else None,
        before_unquantized=unquantized.value if unquantized else None,
        after=after,
        change=change.value if change else None,
        ci95=_ci(change),
        items=first.items,
        right_to_wrong=right_to_wrong,
        wrong_to_right=wrong_to_right,
        p_value=change.p if change else None,
        detectable=change.detectable if change else None,
        mcnemar_p=_pooled_mcnemar(right_to_wrong, wrong_to_right, len(group)),
        retention=None
        if start is None or after is None or first.kind != "choice"
        else retention(start.value, after, start.chance),
        nll_before=start.nll if start else None,
        nll_after=_mean([score.nll for score in scores]),
        kl_to_base=_mean([score.kl_to_base for score in scores]),
        **_beside(start, scores),
        perplexity_before=float(np.exp(start.nll)) if start and first.kind == "text" else None,
        perplexity_after=float(np.exp(np.mean([s.nll for s in scores]))) if first.kind == "text" else None,
    )


def _with_holm(rows: list[GeneralScore]) -> tuple[GeneralScore, ...]:
    """Adds p-values adjusted over all general tasks of the arm: "any task changed" needs these."""
    adjusted = iter(holm([row.p_value for row in rows if row.p_value is not None]))
    return tuple(row if row.p_value is None else row.with_(p_holm=next(adjusted)) for row in rows)


def _beside(start: Score | None, scores: Sequence[Score]) -> dict[str, float | None]:
    """Further measures of a general task, before and after; None where they do not apply to its kind."""
    found: dict[str, float | None] = {}
    for name in ("accuracy_per_byte", "bits_per_byte", "word_perplexity"):
        found[f"{name}_before"] = getattr(start, name) if start else None
        found[f"{name}_after"] = _mean([getattr(score, name) for score in scores])
    return found


def _forgetting(bench: Bench, group: list[Measured], before: Measured | None) -> Forgetting | None:
    """Over all general tasks that have right answers, each task with equal weight."""
    tasks = [score.task for score in group[0].record.general if score.kind == "choice"]
    if before is None or not tasks:
        return None
    by_score = [bench.paired(group, [before], GENERAL, task, "score") for task in tasks]
    by_nll = [bench.paired(group, [before], GENERAL, task, "nll") for task in tasks]
    noise = [bench.seed_noise(group[0].trial.target.name, GENERAL, tasks, column) for column in ("score", "nll")]
    drop = _interval([pairs for pairs in by_score if pairs], -1.0, "forgetting", noise[0])
    rise = _interval([pairs for pairs in by_nll if pairs], 1.0, "forgetting", noise[1])
    kept = [_retention(before, group, task) for task in tasks]
    known = [share for share in kept if share is not None]
    return Forgetting(
        tasks=tuple(tasks),
        accuracy_drop=drop.value if drop else None,
        ci95=_ci(drop),
        detectable=drop.detectable if drop else None,
        retention=_mean(known),
        retention_tasks=len(known),
        nll_rise=rise.value if rise else None,
        nll_rise_ci95=_ci(rise),
    )


def _score(one: Measured, task: str) -> Score | None:
    return next((score for score in one.record.general if score.task == task), None)


def _retention(before: Measured, group: list[Measured], task: str) -> float | None:
    """Share of what the base knew above chance; None where it knew nothing, or a side was not scored."""
    start = _score(before, task)
    after = _mean([score.value if (score := _score(one, task)) else None for one in group])
    return None if start is None or after is None else retention(start.value, after, start.chance)


def _interval(pairs: Sequence[Paired], sign: float, purpose: str, others: SeedNoise | None) -> Interval | None:
    if not pairs:
        return None
    signed = [Paired(sign * pair.differences, pair.draws) for pair in pairs]
    return bootstrap_mean(signed, Bench.rng(purpose), others=others)


def _ci(interval: Interval | None) -> tuple[float, float] | None:
    return None if interval is None else (interval.low, interval.high)


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return float(np.mean(present)) if present and len(present) == len(values) else None


def _flips(pairs: Paired | None) -> tuple[float, float] | tuple[None, None]:
    """Items that went from right to wrong and back, mean over seeds."""
    if pairs is None:
        return None, None
    seeds = pairs.differences.shape[0]
    return float((pairs.differences < 0).sum() / seeds), float((pairs.differences > 0).sum() / seeds)


def _pooled_mcnemar(right_to_wrong: float | None, wrong_to_right: float | None, seeds: int) -> float | None:
    """Exact test for a single seed; items repeat over seeds, so no pooled p-value is claimed for more."""
    if right_to_wrong is None or wrong_to_right is None or seeds != 1:
        return None
    return mcnemar(round(right_to_wrong), round(wrong_to_right))


def _median_cost(group: list[Measured]) -> Cost:
    """Of what was measured; None where nothing was."""
    known = {
        field.name: [value for one in group if (value := getattr(one.record.cost, field.name)) is not None]
        for field in fields(Cost)
    }
    return Cost(**{name: float(median(values)) for name, values in known.items() if values})
