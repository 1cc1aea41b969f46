"""The main table: what every arm gained, forgot and cost."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.report.model.arms import (
    FORGETS_NOTHING,
    Arm,
    Triple,
    base_arms,
    forgetting,
    gain,
    method_label,
    metric,
    other_arms,
    short_reason,
    targets,
    trains,
    triple,
)
from harness.report.model.links import key_of, trials_of
from harness.report.tables.table import NOT_MEASURED, NOTHING_TRAINED, Cell, Column, Group, Table, figure, known
from harness.report.words.numbers import MISSING, POINTS, Unit, absolute, count, duration, percent, rate, size, unit_of
from harness.schema.results import Results, TrialResult
from harness.schema.trial import RateSource

COLUMNS = (
    Column("Method"),
    Column("Rank", True, "Rank, or what stands for it: virtual tokens, examples shown, block size"),
    Column("Quantization"),
    Column("Learning rate", True),
    Column("Seeds", True),
    Column("Gain", True, "Change on the target's test split, with its 95 % interval"),
    Column("Forgetting", True, "Drop in accuracy on the general tasks in points, with its 95 % interval"),
    Column("Retention", True, "Share of the general abilities that is left, corrected for chance"),
    Column("NLL rise", True, "Rise in negative log-likelihood of the right answers, nats per item"),
    Column("Trained parameters", True),
    Column("Training", True, "Time of the whole training; below it the median optimizer step after warm-up"),
    Column("Peak memory", True, "Peak allocated while training"),
    Column("Artifact", True, "What has to be kept to use the result"),
)

MOST_LINKS = 4
"""Seeds of one arm that lead to their trials; the table of trials has them all."""

KEPT = Cell(MISSING, title=FORGETS_NOTHING, tone="quiet")


def arms_table(results: Results) -> Table:
    """One group per target: base arms with their scores before training, what trains nothing, every trained arm."""
    groups = tuple(_group(results, target) for target in targets(results))
    caption = (
        "Every arm, over its seeds. Small figures are 95 % intervals. The rows of the base show its scores "
        "before any training: on the target under gain, on the general tasks under forgetting."
    )
    if not all(trains(arm) for target in targets(results) for arm in other_arms(results, target)):
        caption += f" An arm without training {FORGETS_NOTHING}."
    return Table("arms", caption, COLUMNS, groups, "wide")


def _group(results: Results, target: str) -> Group:
    arms = other_arms(results, target)
    unit = unit_of(metric(results, target))
    gains, losses = [gain(arm) for arm in arms], [forgetting(arm) for arm in arms if trains(arm)]
    rises = [_nll_rise(arm) for arm in arms if trains(arm)]
    notes = list(dict.fromkeys(note for arm in arms for note in arm.notes))
    rows = [_base_row(arm) for arm in base_arms(results, target)]
    trials = trials_of(results)
    for arm in arms:
        gained = figure(gain(arm), gains, unit, plus=True) if arm.target else _stopped(arm)
        rows.append(
            (*_spec(arm, notes, trials.get((target, arm.arm), [])), gained, *_kept(arm, losses, rises), *_cost(arm))
        )
    return Group(_heading(results, target, unit), tuple(rows), tuple(notes))


def _heading(results: Results, target: str, unit: Unit) -> str:
    items = next(
        (arm.target.items for arm in results.arms if arm.target_task == target and arm.target),
        0,
    )
    name = metric(results, target).replace("_", " ")
    return f"{target}: {name} over {items} test items, gain in {unit.name or name}" if name else target


def _spec(arm: Arm, notes: Sequence[str], trials: Sequence[dict[str, Any]]) -> tuple[Cell, ...]:
    source = str(arm.learning_rate_source)
    warned = source in (RateSource.UNTUNED, RateSource.GIVEN)
    numbers = ", ".join(str(notes.index(note) + 1) for note in arm.notes)
    return (
        Cell(arm.method, _remark(arm), mark=numbers, key=key_of(arm)),
        Cell(MISSING, title="this method has no rank", tone="quiet") if arm.rank is None else Cell(str(arm.rank)),
        Cell(arm.quantization, tone="quiet" if arm.quantization == "none" else ""),
        Cell(
            rate(arm.learning_rate),
            "" if source == RateSource.TUNED else source,
            source,
            "warn" if warned else "",
            value=arm.learning_rate,
        )
        if trains(arm)
        else NOTHING_TRAINED,
        _seeds(arm, tuple((_text(trial), trial.anchor) for trial in trials if "anchor" in trial)),
    )


def _text(trial: TrialResult) -> str:
    seed = trial.spec.seed
    return "trial" if seed is None else str(seed)


def _remark(arm: Arm) -> str:
    """The settings that differ from the method's defaults; whether anything is trained."""
    settings = method_label(arm).removeprefix(arm.method).strip()
    return settings if trains(arm) else ", ".join(filter(None, ("no training", settings)))


def _seeds(arm: Arm, links: tuple[tuple[str, str], ...]) -> Cell:
    """How many, and under each the section of its trial."""
    seeds, shown = len(arm.seeds), links[:MOST_LINKS]
    if seeds == 1:
        return Cell("1", "one seed" if trains(arm) else "one draw", tone="warn", links=shown)
    if not seeds and arm.target and not trains(arm):
        return Cell(MISSING, title="nothing is drawn at random", tone="quiet", links=shown)
    return Cell(str(seeds), links=shown) if seeds else replace(NOT_MEASURED, links=shown)


def _kept(arm: Arm, losses: Sequence[Triple | None], rises: Sequence[Triple | None]) -> tuple[Cell, ...]:
    """Forgetting, retention, and the rise in nats."""
    if arm.target and not trains(arm):
        return Cell("0", "by construction", FORGETS_NOTHING), KEPT, KEPT
    retained = (arm.forgetting or {}).get("retention")
    return (
        figure(forgetting(arm), losses, POINTS),
        known(percent(retained)),
        figure(_nll_rise(arm), rises, Unit(1.0, "nats")),
    )


def _base_row(arm: Arm) -> tuple[Cell, ...]:
    target = arm.target or {}
    name = target.metric
    right = [score.after for score in arm.general if score.kind == "choice" and score.after is not None]
    nothing = Cell("", title="nothing is trained")
    return (
        Cell("base", key=key_of(arm)),
        nothing,
        Cell(arm.quantization, tone="quiet" if arm.quantization == "none" else ""),
        nothing,
        nothing,
        known(absolute(target.after, name), "before") if arm.target else _stopped(arm),
        known(absolute(sum(right) / len(right), "accuracy"), "before") if right else NOT_MEASURED,
        nothing,
        nothing,
        nothing,
        nothing,
        known(size(arm.cost.weight_bytes), "weights"),
        nothing,
    )


def _cost(arm: Arm) -> tuple[Cell, ...]:
    cost = arm.cost
    total, trained = cost.total_params, cost.trainable_params
    if not trains(arm):
        kept = known(size(cost.artifact_bytes), value=cost.artifact_bytes)
        return known(count(trained), value=trained), NOTHING_TRAINED, NOTHING_TRAINED, kept
    step = duration(cost.step_s)
    share = f"{100 * trained / total:.{2 if trained < total / 10 else 3}g} %" if total and trained is not None else ""
    return (
        known(count(trained), share, "of all parameters", trained),
        known(duration(cost.train_s), "" if step == MISSING else f"step {step}", value=cost.train_s),
        known(size(cost.peak_memory_bytes), value=cost.peak_memory_bytes),
        known(size(cost.artifact_bytes), value=cost.artifact_bytes),
    )


def _stopped(arm: Arm) -> Cell:
    statuses = [status.replace("_", " ") for status in dict.fromkeys(arm.statuses) if status != "completed"]
    if not statuses:
        return NOT_MEASURED
    return Cell(", ".join(statuses), title="; ".join(map(short_reason, arm.reasons)), tone="bad")


def _nll_rise(arm: Arm) -> Triple | None:
    lost = arm.forgetting or {}
    return triple(lost.nll_rise, lost.nll_rise_ci95)
