"""Tables of single trials: the promises they kept, what each measured, and where the run was made."""

import shlex
from collections import Counter
from typing import Any

from harness.report.model.arms import BASE, FORGETS_NOTHING, short_reason, trains
from harness.report.model.links import key_of
from harness.report.tables.table import NOT_MEASURED, NOTHING_TRAINED, Cell, Column, Group, Table, known
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
from harness.schema.results import Results, TrialResult

Trial = TrialResult


def named(trial: Trial, mark: str = "") -> Cell:
    """The trial's name, leading to its section where there is one."""
    return Cell(trial.id, mark=mark, href=trial.anchor, key=key_of(trial))


def broken_table(results: Results) -> Table | None:
    """Every broken promise with its detail; None where all were kept."""
    rows = tuple(
        (named(trial), Cell(promise.name, tone="bad"), Cell(promise.detail))
        for trial in results.trials
        for promise in trial.promises
        if promise.held is False
    )
    columns = (Column("Trial"), Column("Broken promise"), Column("Detail"))
    return Table("broken", "Broken promises.", columns, (Group("", rows),), "narrow") if rows else None


def promises_table(results: Results) -> Table:
    """How often each promise was checked, and what came out; each trial's section has its own."""
    found: dict[str, Counter[str]] = {}
    for trial in results.trials:
        for promise in trial.promises:
            found.setdefault(promise.name, Counter())[_outcome(promise)] += 1
    rows = tuple(
        (
            Cell(name),
            Cell(str(outcomes["held"])),
            Cell(str(outcomes["broken"]), tone="bad" if outcomes["broken"] else ""),
            Cell(str(outcomes["n/a"])),
        )
        for name, outcomes in found.items()
    )
    columns = (Column("Promise"), Column("Held", True), Column("Broken", True), Column("Does not apply", True))
    caption = (
        "What must hold for every trial whatever its score, and in how many trials it did. "
        "What was checked stands in the section of each trial."
    )
    return Table("promises", caption, columns, (Group("", rows),), "narrow")


def _outcome(promise: dict[str, Any]) -> str:
    return "n/a" if promise.held is None else "held" if promise.held else "broken"


def trials_table(results: Results) -> Table:
    """Every trial, one row each."""
    columns = (
        Column("Trial"),
        Column("Status"),
        Column("Seed", True),
        Column("Learning rate", True),
        Column("Before", True, "Base on the target's test split"),
        Column("After", True),
        Column("Gain", True),
        Column("Forgetting", True, "Points of accuracy"),
        Column(
            "Right to wrong",
            True,
            "Items of all general tasks that the base had right and the trial has wrong",
        ),
        Column("Wrong to right", True),
        Column("Steps", True),
        Column("Took", True, "Whole trial, evaluation included"),
        Column("Digest", title="Identifies everything that can change a number of this trial"),
    )
    notes = list(dict.fromkeys(note for trial in results.trials for note in trial.notes))
    rows = tuple(_trial(trial, notes) for trial in results.trials)
    return Table(
        "trials",
        "Every trial of this run; the name leads to its section.",
        columns,
        (Group("", rows, tuple(notes)),),
        "wide",
    )


def _trial(trial: Trial, notes: list[str]) -> tuple[Cell, ...]:
    spec, target = trial.spec, trial.target or {}
    name = target.metric
    done = trial.status == "completed"
    status = trial.status.replace("_", " ")
    numbers = ", ".join(str(notes.index(note) + 1) for note in trial.notes)
    measured, trained = spec.method != BASE, trains(spec)
    gained = _difference(target.gain, target.ci95, unit_of(name).scale, plus=True)
    return (
        named(trial, numbers),
        Cell(status, "" if done else short_reason(trial.reason), tone="" if done else "bad"),
        Cell("") if spec.seed is None else Cell(str(spec.seed)),
        known(rate(spec.learning_rate), value=spec.learning_rate) if trained else _without(measured),
        known(absolute(target.before, name)),
        known(absolute(target.after, name)),
        gained if measured else Cell(""),
        *(_forgot(trial) if trained else _kept(measured and done)),
        known(str(spec.steps)) if trained else _without(measured),
        known(duration(trial.duration_s), value=trial.duration_s),
        Cell(trial.digest, tone="quiet"),
    )


def _without(measured: bool) -> Cell:
    return NOTHING_TRAINED if measured else Cell("")


def _forgot(trial: Trial) -> tuple[Cell, ...]:
    lost = trial.forgetting or {}
    drop = _difference(lost.accuracy_drop, lost.ci95, 100.0)
    return drop, _flips(trial, "right_to_wrong"), _flips(trial, "wrong_to_right")


def _kept(measured: bool) -> tuple[Cell, ...]:
    """What stands there for an arm without training, and for the base."""
    kept = Cell(MISSING, title=FORGETS_NOTHING, tone="quiet")
    return (Cell("0", "by construction", FORGETS_NOTHING), kept, kept) if measured else (Cell(""),) * 3


def _difference(value: float | None, interval: list[float] | None, scale: float, plus: bool = False) -> Cell:
    if value is None:
        return NOT_MEASURED
    decimals = supported_decimals([interval], scale)
    return Cell(fixed(value * scale, decimals, plus), spread(interval, decimals, scale))


def _flips(trial: Trial, direction: str) -> Cell:
    flips = [score[direction] for score in trial.general if score[direction] is not None]
    return Cell(fixed(sum(flips), 0)) if flips else NOT_MEASURED


def environment_table(results: Results) -> Table:
    """Where the run was made and what was asked for."""
    run = {
        "made at": results.generated_at,
        "profile": results.profile,
        "took": duration(results.seconds),
        "trials trained": results.trained,
        "trials reused": results.reused,
    }
    rows = {**run, **(results.environment or {})}
    cells = tuple(
        (Cell(name), NOT_MEASURED if value in (None, "", MISSING) else Cell(compact(value)))
        for name, value in rows.items()
    )
    return Table(
        "environment",
        "Run and environment.",
        (Column("Setting"), Column("Value")),
        (Group("", cells),),
        "narrow",
    )


def command(results: Results) -> str:
    """The command that makes this again, quoted for a shell; empty where it is not known."""
    return shlex.join(str(word) for word in results.command or [])
