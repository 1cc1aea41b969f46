"""Share of each general ability that is left, task by task."""

from collections.abc import Callable

from harness.report.model.arms import BASE, base_arms, general_tasks, targets, trained_arms, untrained_arms
from harness.report.tables.table import NOT_MEASURED, Cell, Col, Columns, Num, Table, arm_cell, table
from harness.report.words.numbers import MINUS, absolute, percent
from harness.schema.results import ArmResult, GeneralScore, Results


def retention_table(results: Results) -> Table:
    """Per arm, under the accuracies before training: a heat map centred on all of it."""
    tasks = general_tasks(results, "choice")
    columns: Columns[ArmResult] = (
        Col("Arm", lambda arm: _before(arm) if arm.method == BASE else arm_cell(arm)),
        *(Num(task, _on(task)) for task in tasks),
        Num("mean", lambda arm: Cell("") if arm.method == BASE else _mean(arm)),
    )
    rows = {
        f"after training on {target}": [
            *base_arms(results, target)[:1],
            *(arm for arm in trained_arms(results, target) if arm.general),
        ]
        for target in targets(results)
    }
    caption = (
        f"Retention: (after {MINUS} chance) / (before {MINUS} chance). 100 % is all of it, 0 % is guessing. "
        "The first row has the accuracies before training, with chance under them."
    )
    if any(untrained_arms(results, target) for target in targets(results)):
        caption += " Arms without training are left out: their weights are the base's."
    return table("retention", caption, columns, rows, "heat")


def _before(base: ArmResult) -> Cell:
    return Cell("before", base.quantization if base.quantization != "none" else "", key=base.key)


def _on(task: str) -> Callable[[ArmResult], Cell]:
    """What is left on this task; of the base, what there was."""

    def cell(arm: ArmResult) -> Cell:
        score = next((one for one in arm.general if one.task == task), None)
        if score is None or score.after is None:
            return NOT_MEASURED
        return _known(score) if arm.method == BASE else _retained(score)

    return cell


def _known(score: GeneralScore) -> Cell:
    return Cell(absolute(score.after, score.metric), "" if score.chance is None else f"chance {percent(score.chance)}")


def _retained(score: GeneralScore) -> Cell:
    if score.retention is None:
        return Cell("n/a", title="the base does not beat chance: nothing to retain", tone="quiet")
    name = score.metric
    return _shaded(score.retention, f"{absolute(score.before, name)} to {absolute(score.after, name)}")


def _mean(arm: ArmResult) -> Cell:
    kept = arm.forgetting
    return NOT_MEASURED if kept is None or kept.retention is None else _shaded(kept.retention, "")


def _shaded(retention: float, title: str) -> Cell:
    return Cell(percent(retention), title=title, shade=max(-1.0, min(1.0, retention - 1)))
