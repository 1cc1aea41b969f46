"""What each trial and each arm gained, forgot and cost, from records and their scores per item."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from statistics import median
from typing import Any

import numpy as np

from harness.judge.curves import scaled_back, while_training
from harness.judge.flips import FLIPS_SHARE, flips, samples
from harness.judge.floors import floors_of, gain_above_floor
from harness.judge.matched_gain import compare_at_matched_gain
from harness.judge.p_values import holm_of_known, mcnemar
from harness.judge.pairing import TRAINED, Bench, choices, score_of, sign_of
from harness.judge.ranking import rank
from harness.judge.stats import UNKNOWN, Interval, retention
from harness.judge.versus_full import compare_with_full
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.record import RIGHT_OR_WRONG, Cost, Record, Score
from harness.schema.results import Arm, ArmResult, FloorResult, Results, RunFields, Spec, StudentAndTeacher, TrialResult
from harness.schema.scores import BeforeAfter, Forgetting, GeneralScore, Scores, TargetScore
from harness.schema.trial import Trial

ROOM_FOR_ANSWERS, LEAST_ROOM = 450_000, 1500
"""Bytes of JSON that the answers shown in all trials may take together, and what each trial has in any case."""


_COPIED = (
    "status",
    "reason",
    "cost",
    "promises",
    "loss_curve",
    "notes",
    "environment",
    "started_at",
    "duration_s",
)

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
    matched = tuple(compare_at_matched_gain(bench))
    results = Results(
        **dict(run),
        trials=tuple(_trial(bench, one, room, command_of) for one in measured if one.trial.floor is None),
        floors=tuple(_floor(one) for one in measured if one.trial.floor is not None),
        arms=tuple(_arm(bench, group) for group in bench.groups()),
        comparisons=tuple(compare_with_full(bench, matched)),
        matched_gain=matched,
        rankings=tuple(rank(bench)),
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
    record, shown = one.record, bench.before(one.trial) if one.completed else None
    command, for_flips = command_of(one.trial), int(room * FLIPS_SHARE)
    return TrialResult(
        id=one.trial.id,
        digest=one.trial.digest,
        spec=_spec(one.trial),
        **dict(_scores(bench, [one] if one.completed else [])),
        **{name: getattr(record, name) for name in _COPIED},
        teacher=_teacher(record),
        command=None if command is None else tuple(command),
        flips=() if shown is None else tuple(flips(one, shown, for_flips)),
        samples=() if shown is None else tuple(samples(one, shown, room - for_flips)),
    )


def _spec(trial: Trial) -> Spec:
    """The trial's specification as one flat row."""
    return Spec(
        model=trial.base.name,
        model_sha256=trial.base.sha256,
        target=trial.target.name,
        target_sha256=trial.target.sha256,
        general={source.name: source.sha256 for source in trial.general},
        objective=trial.objective,
        **dict(_arm_of(trial)),
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


def _arm_of(trial: Trial) -> Arm:
    """What tells arms apart."""
    plain = ("arm", "method", "rank", "quantization", "learning_rate", "learning_rate_source")
    return Arm(settings=dict(trial.settings), **{name: getattr(trial, name) for name in plain})


def _arm(bench: Bench, group: list[Measured]) -> ArmResult:
    """One method x rank x quantization on one target, over all its seeds."""
    first = group[0].trial
    done = [one for one in group if one.completed]
    return ArmResult(
        target_task=first.target.name,
        **dict(_arm_of(first)),
        seeds=tuple(one.trial.seed for one in done if one.trial.seed is not None),
        trials=tuple(one.trial.id for one in group),
        statuses=tuple(one.record.status for one in group),
        reasons=tuple(sorted({one.record.reason for one in group if one.record.reason})),
        **dict(_scores(bench, done)),
        cost=_median_cost(done),
        notes=tuple(sorted({note for one in done for note in one.record.notes})),
        interpolation=tuple(scaled_back(bench, done)),
        trace=tuple(while_training(bench, done)),
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


def _scores(bench: Bench, group: list[Measured]) -> Scores:
    """Gain and forgetting of trials that differ in nothing but the seed."""
    if not group:
        return Scores(target=None, general=(), forgetting=None)
    general = _with_holm([_general(bench, group, score) for score in group[0].record.general])
    return Scores(target=_target(bench, group), general=general, forgetting=_forgetting(bench, group, general))


def _target(bench: Bench, group: list[Measured]) -> TargetScore | None:
    first = group[0].record.target
    if first is None:
        return None
    sign = sign_of(first)
    gain = bench.mean_change(group, TARGET, [first.task], sign)
    trained = bench.mean_change(group, TARGET, [first.task], sign, since=TRAINED)
    return TargetScore(
        **dict(_before_after(bench, group, TARGET, first, gain)),
        gain=gain.value,
        gain_by_training=trained.value,
        gain_by_training_ci95=trained.bounds,
        gain_by_storing=round(gain.value - trained.value, 12),
        **_above_floor(bench, group),
        format_errors=_mean([one.record.target for one in group], "format_errors"),
        validation=_mean([one.record.validation for one in group]),
    )


def _above_floor(bench: Bench, group: list[Measured]) -> dict[str, Any]:
    """What guessing scores, and what is gained above it; nothing where that was not measured."""
    trial = group[0].trial
    floors = floors_of(bench, trial)
    if not floors or floors[0].record.target is None:
        return {}
    found: dict[str, Any] = {"floor": floors[0].record.target.value, "floor_by": floors[0].trial.floor}
    gained = UNKNOWN if trial.is_base else gain_above_floor(bench, group)
    return found | {"gain_above_floor": gained.value, "gain_above_floor_ci95": gained.bounds}


def _floor(one: Measured) -> FloorResult:
    score = one.record.target
    return FloorResult(
        **{name: getattr(one.trial, name) for name in ("id", "digest")},
        target=one.trial.target.name,
        by=str(one.trial.floor),
        **{name: getattr(one.record, name) for name in ("status", "reason")},
        metric=None if score is None else score.metric,
        value=None if score is None else score.value,
        items=None if score is None else score.items,
    )


def _before_after(bench: Bench, group: list[Measured], role: str, first: Score, change: Interval) -> BeforeAfter:
    before, after = _sides(bench, group, role, first.task)
    plain = score_of(bench.before(group[0].trial, "none"), role, first.task)
    return BeforeAfter(
        task=first.task,
        metric=first.metric,
        higher_is_better=first.higher_is_better,
        before=_mean(before),
        before_unquantized=_mean([plain]),
        after=_mean(after),
        ci95=change.bounds,
        items=first.items,
        nll_before=_mean(before, "nll"),
        nll_after=_mean(after, "nll"),
    )


def _sides(bench: Bench, group: list[Measured], role: str, task: str) -> tuple[list[Score | None], list[Score | None]]:
    """The base's score, and that of every seed."""
    before = score_of(bench.before(group[0].trial), role, task)
    return [before], [score_of(one, role, task) for one in group]


def _general(bench: Bench, group: list[Measured], first: Score) -> GeneralScore:
    change = bench.mean_change(group, GENERAL, [first.task], 1.0, since=TRAINED)
    shared = _before_after(bench, group, GENERAL, first, change)
    sides = dict(zip(("before", "after"), _sides(bench, group, GENERAL, first.task), strict=True))
    beside = {
        f"{name}_{when}": _mean(side, name)
        for name in ("accuracy_per_byte", "bits_per_byte", "word_perplexity")
        for when, side in sides.items()
    }
    judged = _of_answers(bench, group, first, shared) if first.kind in RIGHT_OR_WRONG else {}
    return GeneralScore(
        **{**dict(shared), **beside, **judged},
        kind=first.kind,
        change=change.value,
        p_value=change.p,
        detectable=change.detectable,
        kl_to_base=_mean(sides["after"], "kl_to_base"),
        perplexity_before=_exp(shared.nll_before) if first.kind == "text" else None,
        perplexity_after=_exp(shared.nll_after) if first.kind == "text" else None,
    )


def _exp(nats: float | None) -> float | None:
    return None if nats is None else float(np.exp(nats))


def _of_answers(bench: Bench, group: list[Measured], first: Score, shared: BeforeAfter) -> dict[str, float | None]:
    """What is known of items that are right or wrong. Items repeat over seeds: no p-value is pooled over several."""
    found: dict[str, float | None] = {"chance": first.chance}
    if shared.before is not None and shared.after is not None:
        found["retention"] = retention(shared.before, shared.after, first.chance)
    for pair in bench.changes(group, GENERAL, [first.task], since=TRAINED):
        lost, won = int((pair.differences < 0).sum()), int((pair.differences > 0).sum())
        found |= {"right_to_wrong": lost / len(group), "wrong_to_right": won / len(group)}
        found["mcnemar_p"] = mcnemar(lost, won) if len(group) == 1 else None
    return found


def _with_holm(scores: list[GeneralScore]) -> tuple[GeneralScore, ...]:
    """Adds p-values adjusted over all general tasks of the arm: "any task changed" needs these."""
    adjusted = holm_of_known([one.p_value for one in scores])
    return tuple(one.with_(p_holm=p) for one, p in zip(scores, adjusted, strict=True))


def _forgetting(bench: Bench, group: list[Measured], general: Sequence[GeneralScore]) -> Forgetting | None:
    """Over all general tasks that have right answers, each task with equal weight."""
    tasks = choices(group[0])
    if not tasks or bench.before(group[0].trial) is None:
        return None
    drop = bench.mean_change(group, GENERAL, tasks, -1.0)
    trained = bench.mean_change(group, GENERAL, tasks, -1.0, since=TRAINED)
    rise = bench.mean_change(group, GENERAL, tasks, 1.0, "nll")
    kept = [one.retention for one in general if one.retention is not None]
    return Forgetting(
        tasks=tuple(tasks),
        accuracy_drop=drop.value,
        ci95=drop.bounds,
        by_training=trained.value,
        by_training_ci95=trained.bounds,
        by_storing=round(drop.value - trained.value, 12),
        detectable=drop.detectable,
        retention=float(np.mean(kept)) if kept else None,
        retention_tasks=len(kept),
        nll_rise=rise.value,
        nll_rise_ci95=rise.bounds,
        lost_at_most=float(np.maximum(drop.value, drop.bound(0.95)[1])),
        equal_within=drop.equal_within,
        **_worst(bench, group, tasks),
    )


def _worst(bench: Bench, group: list[Measured], tasks: Sequence[str]) -> dict[str, Any]:
    """The task that lost most: a mean of nothing may hide what one lost and another won. Its interval is as wide as the
    choice among so many asks for (Bonferroni)."""
    confidence = 1 - 0.05 / len(tasks)
    drops = {task: bench.mean_change(group, GENERAL, [task], -1.0, confidence=confidence) for task in tasks}
    worst = max(drops, key=lambda task: drops[task].value)
    return {"worst_task": worst, "worst_drop": drops[worst].value, "worst_drop_ci95": drops[worst].bounds}


def _mean(scores: Sequence[Score | None], name: str = "value") -> float | None:
    """Of a field over seeds; None where one is not known."""
    known = [value for score in scores if score is not None and (value := getattr(score, name)) is not None]
    return float(np.mean(known)) if len(known) == len(scores) else None


def _median_cost(group: list[Measured]) -> Cost:
    """Of what was measured; None where nothing was."""
    sides = {field.name: [getattr(one.record.cost, field.name) for one in group] for field in fields(Cost)}
    known = {name: [value for value in values if value is not None] for name, values in sides.items()}
    return Cost(**{name: float(median(values)) for name, values in known.items() if values})
