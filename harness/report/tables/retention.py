"""Share of each general ability that is left, task by task."""

from collections.abc import Callable

from harness.report.model.arms import BASE, base_arms, general_tasks, targets, trained_arms, untrained_arms
from harness.report.tables.table import NOT_MEASURED, Cell, Col, Columns, Num, Table, arm_cell, table
from harness.report.words.numbers import MINUS, absolute, percent
from harness.schema.record import RIGHT_OR_WRONG
from harness.schema.results import ArmResult, Results


def retention_table(results: Results) -> Table:
    """Per arm, under the accuracies before training: a heat map centred on all of it."""
    tasks = general_tasks(results, *RIGHT_OR_WRONG)
    columns: Columns[ArmResult] = (
        Col("Arm", _name),
        *(Num(task, _on(task)) for task in tasks),
        Num("mean", _mean),
    )
    rows = {
        f"after training on {target}": base_arms(results, target)[:1]
        + [arm for arm in trained_arms(results, target) if arm.general]
        for target in targets(results)
    }
    caption = (
        f"Retention: (after {MINUS} chance) / (before {MINUS} chance). 100 % is all of it, 0 % is guessing. "
        "Before is the base stored as the arm stores it: what training left. The first row has the accuracies before "
        "training, with chance under them."
    )
    if any(untrained_arms(results, target) for target in targets(results)):
        caption += " Arms without training are left out: their weights are the base's."
    return table("retention", caption, columns, rows, "heat")


def _name(arm: ArmResult) -> Cell:
    if arm.method != BASE:
        return arm_cell(arm)
    return Cell("before", arm.quantization if arm.quantization != "none" else "", key=arm.key)


def _on(task: str) -> Callable[[ArmResult], Cell]:
    """What is left on this task; of the base, what there was."""

    def cell(arm: ArmResult) -> Cell:
        score = next((one for one in arm.general if one.task == task), None)
        if score is None or score.after is None:
            return NOT_MEASURED
        after = absolute(score.after, score.metric)
        if arm.method == BASE:
            return Cell(after, "" if score.chance is None else f"chance {percent(score.chance)}")
        if score.retention is None:
            return Cell("n/a", title="the base does not beat chance: nothing to retain", tone="quiet")
        return _shaded(score.retention, f"{absolute(score.before, score.metric)} to {after}")

    return cell


def _mean(arm: ArmResult) -> Cell:
    if arm.method == BASE:
        return Cell("")
    kept = arm.forgetting
    return NOT_MEASURED if kept is None or kept.retention is None else _shaded(kept.retention, "")


def _shaded(retention: float, title: str) -> Cell:
    return Cell(percent(retention), title=title, shade=max(-1.0, min(1.0, retention - 1)))
