"""Tables of single trials: the promises they kept, what each measured, and where the run was made."""

from collections import Counter
from typing import Literal

from harness.report.model.arms import BASE, forgetting, gain, short_reason, unit
from harness.report.tables.table import KEPT, NO_LOSS, UNTRAINED, Cell, Col, Columns, Num, Table, table
from harness.report.words.escaping import compact
from harness.report.words.numbers import POINTS, Triple, Unit, absolute, duration, figure, fixed, rate
from harness.schema.record import Promise
from harness.schema.results import Results, TrialResult


def broken_table(results: Results) -> Table:
    """Every broken promise with its detail."""
    columns: Columns[tuple[TrialResult, Promise]] = (
        Col("Trial", lambda one: Cell(one[0].id, href=one[0].anchor, key=one[0].key)),
        Col("Broken promise", lambda one: Cell(one[1].name, tone="bad")),
        Col("Detail", lambda one: one[1].detail),
    )
    broken = [(trial, one) for trial in results.trials for one in trial.promises if one.held is False]
    return table("broken", "Broken promises.", columns, {"": broken}, "narrow")


def promises_table(results: Results) -> Table:
    """How often each promise was checked, and what came out; each trial's section has its own."""
    found = Counter((one.name, outcome(one)) for trial in results.trials for one in trial.promises)
    columns: Columns[str] = (
        Col("Promise", lambda name: name),
        Num("Held", lambda name: found[name, "held"]),
        Num("Broken", lambda name: Cell(str(broken := found[name, "broken"]), tone="bad" if broken else "")),
        Num("Does not apply", lambda name: found[name, "n/a"]),
    )
    caption = (
        "What must hold for every trial whatever its score, and in how many trials it did. "
        "What was checked stands in the section of each trial."
    )
    return table("promises", caption, columns, {"": list(dict.fromkeys(name for name, _ in found))}, "narrow")


def outcome(promise: Promise) -> Literal["held", "broken", "n/a"]:
    """What came of a promise, in a word."""
    return "n/a" if promise.held is None else "held" if promise.held else "broken"


def trials_table(results: Results) -> Table:
    """Every trial, one row each."""
    caption = "Every trial of this run; the name leads to its section."
    return table("trials", caption, _COLUMNS, {"": results.trials}, "wide")


def _status(trial: TrialResult) -> Cell:
    done = trial.status == "completed"
    return Cell(trial.status.replace("_", " "), "" if done else short_reason(trial.reason), tone="" if done else "bad")


def _untrained(trial: TrialResult) -> Cell | None:
    """What stands where training is the matter, of trials without."""
    return None if trial.spec.trains else Cell("") if trial.spec.method == BASE else UNTRAINED


def _kept(trial: TrialResult, kept: Cell = KEPT) -> Cell | None:
    """What stands where losses are the matter, of trials that cannot lose."""
    if trial.spec.trains:
        return None
    return kept if trial.spec.method != BASE and trial.status == "completed" else Cell("")


def _figure(found: Triple | None, shown_in: Unit, plus: bool = False) -> Cell | None:
    return None if found is None else Cell(*figure(found, shown_in, plus))


def _total(flips: list[float | None]) -> str | None:
    known = [number for number in flips if number is not None]
    return fixed(sum(known), 0) if known else None


_COLUMNS: Columns[TrialResult] = (
    Col("Trial", lambda trial: Cell(trial.id, notes=trial.notes, href=trial.anchor, key=trial.key)),
    Col("Status", _status),
    Num("Seed", lambda trial: "" if trial.spec.seed is None else trial.spec.seed),
    Num("Learning rate", lambda trial: _untrained(trial) or trial.spec.learning_rate, rate),
    Num("Before", lambda trial: None if trial.target is None else absolute(trial.target.before, trial.target.metric),
        title="Base on the target's test split"),
    Num("After", lambda trial: None if trial.target is None else absolute(trial.target.after, trial.target.metric)),
    Num("Gain", lambda trial: Cell("") if trial.spec.method == BASE else _figure(gain(trial), unit(trial), plus=True)),
    Num("Forgetting", lambda trial: _kept(trial, NO_LOSS) or _figure(forgetting(trial), POINTS),
        title="Points of accuracy"),
    Num("Right to wrong", lambda trial: _kept(trial) or _total([score.right_to_wrong for score in trial.general]),
        title="Items of all general tasks that the base had right and the trial has wrong"),
    Num("Wrong to right", lambda trial: _kept(trial) or _total([score.wrong_to_right for score in trial.general])),
    Num("Steps", lambda trial: _untrained(trial) or trial.spec.steps),
    Num("Took", lambda trial: trial.duration_s, duration, title="Whole trial, evaluation included"),
    Col("Digest", lambda trial: Cell(trial.digest, tone="quiet"),
        title="Identifies everything that can change a number of this trial"),
)  # fmt: skip


def environment_table(results: Results) -> Table:
    """Where the run was made and what was asked for."""
    rows = {
        "made at": results.generated_at,
        "profile": results.profile,
        "took": duration(results.seconds),
        "trials trained": results.trained,
        "trials reused": results.reused,
        **results.environment,
    }
    columns: Columns[str] = (
        Col("Setting", lambda name: name),
        Col("Value", lambda name: None if rows[name] in (None, "") else compact(rows[name])),
    )
    return table("environment", "Run and environment.", columns, {"": list(rows)}, "narrow")
