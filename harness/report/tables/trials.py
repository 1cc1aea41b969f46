"""Tables of single trials: the promises they kept, what each measured, and where the run was made."""

import shlex
from typing import Any

from harness.report.numbers import (
    MISSING,
    count,
    duration,
    fixed,
    rate,
    size,
    spread,
    supported_decimals,
    unit_of,
)
from harness.report.tables.arms import absolute
from harness.report.text import compact
from harness.report.view import NOT_MEASURED, Cell, Column, Group, Table, known

Trial = dict[str, Any]

_MEMORY = (
    ("weight_bytes", "Weights"),
    ("gradient_bytes", "Gradients"),
    ("optimizer_bytes", "Optimizer state"),
    ("activation_bytes", "Activations"),
    ("peak_memory_bytes", "Peak"),
)


def broken_table(results: dict[str, Any]) -> Table | None:
    """Every broken promise with its detail; None where all were kept."""
    rows = tuple(
        (Cell(trial["id"]), Cell(promise["name"], tone="bad"), Cell(promise["detail"]))
        for trial in results["trials"]
        for promise in trial["promises"]
        if promise["held"] is False
    )
    columns = (Column("Trial"), Column("Broken promise"), Column("Detail"))
    return Table("broken", "Broken promises.", columns, (Group("", rows),), "narrow") if rows else None


def promises_table(results: dict[str, Any]) -> Table:
    """Trials by promises: held, broken, not applicable; trials with a broken one first."""
    names = list(dict.fromkeys(promise["name"] for trial in results["trials"] for promise in trial["promises"]))
    checked = [trial for trial in results["trials"] if trial["promises"]]
    checked.sort(key=lambda trial: all(promise["held"] is not False for promise in trial["promises"]))
    rows = tuple(
        (
            Cell(trial["id"]),
            *(_promise({one["name"]: one for one in trial["promises"]}.get(name)) for name in names),
        )
        for trial in checked
    )
    columns = (Column("Trial"), *(Column(name) for name in names))
    caption = "What must hold for every trial whatever its score. Hover over a cell for what was checked."
    return Table("promises", caption, columns, (Group("", rows),), "matrix")


def _promise(promise: dict[str, Any] | None) -> Cell:
    if promise is None:
        return Cell(MISSING, title="not checked", tone="quiet")
    if promise["held"] is None:
        return Cell("n/a", title=promise["detail"] or "does not apply to this method", tone="quiet")
    return (
        Cell("held", title=promise["detail"], tone="good")
        if promise["held"]
        else Cell("broken", title=promise["detail"], tone="bad")
    )


def cost_table(results: dict[str, Any]) -> Table:
    """What memory consists of, and what a token costs, per arm."""
    columns = (
        Column("Arm"),
        *(Column(label, True) for _, label in _MEMORY),
        Column("FLOPs per token", True, "Forward and backward, per padded training token"),
        Column("Tokens per second", True, "Unpadded training tokens"),
        Column("Evaluation", True, "Time of all evaluations of one trial"),
    )
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for arm in results["arms"]:
        cost = arm["cost"]
        if any(cost.get(name) is not None for name, _ in _MEMORY):
            row = (
                Cell(arm["arm"]),
                *(known(size(cost.get(name))) for name, _ in _MEMORY),
                known(count(cost.get("flops_per_token"))),
                known(count(cost.get("tokens_per_s"))),
                known(duration(cost.get("eval_s"))),
            )
            groups.setdefault(arm["target_task"], []).append(row)
    caption = "Cost of one trial, median over its seeds. Seconds were taken beside whatever else the machine ran."
    return Table("costs", caption, columns, tuple(Group(name, tuple(rows)) for name, rows in groups.items()), "wide")


def trials_table(results: dict[str, Any]) -> Table:
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
    rows = tuple(_trial(trial) for trial in results["trials"])
    return Table("trials", "Every trial of this run.", columns, (Group("", rows),), "wide")


def _trial(trial: Trial) -> tuple[Cell, ...]:
    spec, target, lost = trial["spec"], trial["target"] or {}, trial["forgetting"] or {}
    name = target.get("metric", "")
    done = trial["status"] == "completed"
    status = trial["status"].replace("_", " ")
    trains = spec["method"] != "base"
    return (
        Cell(trial["id"]),
        Cell(status, trial["reason"] or ("" if done else "no reason given"), tone="" if done else "bad"),
        Cell("") if spec["seed"] is None else Cell(str(spec["seed"])),
        known(rate(spec["learning_rate"])) if trains else Cell(""),
        known(absolute(target.get("before"), name)),
        known(absolute(target.get("after"), name)),
        _difference(target.get("gain"), target.get("ci95"), unit_of(name).scale, plus=True) if trains else Cell(""),
        _difference(lost.get("accuracy_drop"), lost.get("ci95"), 100.0) if trains else Cell(""),
        _flips(trial, "right_to_wrong") if trains else Cell(""),
        _flips(trial, "wrong_to_right") if trains else Cell(""),
        known(str(spec["steps"])) if trains else Cell(""),
        known(duration(trial["duration_s"])),
        Cell(trial["digest"], tone="quiet"),
    )


def _difference(value: float | None, interval: list[float] | None, scale: float, plus: bool = False) -> Cell:
    decimals = supported_decimals([interval], scale)
    return (
        NOT_MEASURED if value is None else Cell(fixed(value * scale, decimals, plus), spread(interval, decimals, scale))
    )


def _flips(trial: Trial, direction: str) -> Cell:
    flips = [score[direction] for score in trial["general"] if score[direction] is not None]
    return Cell(fixed(sum(flips), 0)) if flips else NOT_MEASURED


def environment_table(results: dict[str, Any]) -> Table:
    """Where the run was made and what was asked for."""
    run = {
        "made at": results.get("generated_at"),
        "profile": results.get("profile"),
        "took": duration(results.get("seconds")),
        "trials trained": results.get("trained"),
        "trials reused": results.get("reused"),
    }
    rows = {**run, **(results.get("environment") or {})}
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


def command(results: dict[str, Any]) -> str:
    """The command that makes this again, quoted for a shell; empty where it is not known."""
    return shlex.join(str(word) for word in results.get("command") or [])
