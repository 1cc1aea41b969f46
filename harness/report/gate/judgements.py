"""Tables of what may be concluded: comparisons with full fine-tuning, and retention task by task."""

from typing import Any

from harness.report.model.arms import (
    FORGETS_NOTHING,
    Arm,
    base_arms,
    general_tasks,
    metric,
    targets,
    trained_arms,
    untrained_arms,
)
from harness.report.model.links import arm_named, key_of
from harness.report.tables.table import NOT_MEASURED, Cell, Column, Group, Table
from harness.report.words.numbers import (
    MINUS,
    MISSING,
    POINTS,
    absolute,
    fixed,
    percent,
    spread,
    supported_decimals,
    unit_of,
)
from harness.report.words.phrases import margin_of
from harness.schema.results import GeneralScore, Results

_TONES = {"less": "good", "more": "bad"}
_GAIN_TONES = {"more": "good", "less": "bad"}
_WITHOUT_TRAINING = {
    "equal": "gains as much without training",
    "more": "gains more without training",
    "less": "gains less, without training",
    "undecided": "gain cannot be told apart, without training",
}


def comparisons_table(results: Results) -> Table:
    """Every arm against full fine-tuning on the same target and seeds, those without training first."""
    columns = (
        Column("Arm"),
        Column("Seeds", True),
        Column("Difference in gain", True, "Arm minus full fine-tuning; the metric's own unit, shares in points"),
        Column(
            "Difference in forgetting",
            True,
            "Arm minus full fine-tuning, points of accuracy; below zero forgets less",
        ),
        Column("Gain"),
        Column("Forgetting"),
        Column("Verdict"),
    )
    groups = tuple(
        Group(
            f"{target}: equal gain means {margin_of(rows[0]['equal_gain_margin'], metric(results, target))}",
            _comparisons(results, target, rows),
        )
        for target in targets(results)
        if (rows := [row for row in results.comparisons if row["target_task"] == target])
    )
    caption = (
        "Against full fine-tuning, paired item by item and seed by seed, each side from its own base "
        "at its own quantization: what quantization cost is not in it. Who learns less also forgets less, "
        "so forgetting is compared where gains are equal."
    )
    return Table("comparisons", caption, columns, groups)


def _comparisons(results: Results, target: str, rows: list[dict[str, Any]]) -> tuple[tuple[Cell, ...], ...]:
    prompted = {arm.arm for arm in untrained_arms(results, target)}
    unit = unit_of(metric(results, target))
    gain_decimals = supported_decimals([row["gain_ci95"] for row in rows], unit.scale)
    lost_decimals = supported_decimals([row["forgetting_ci95"] for row in rows], POINTS.scale)
    cells = []
    for row in sorted(rows, key=lambda row: row["arm"] not in prompted):
        untrained = row["arm"] in prompted
        gained = (
            Cell(row["arm"], "no training" if untrained else "", key=key_of(arm_named(results, target, row["arm"]))),
            Cell(str(len(row["seeds"])), tone="warn" if len(row["seeds"]) == 1 else ""),
            _difference(row["gain_difference"], row["gain_ci95"], unit.scale, gain_decimals),
        )
        lost = _difference(row["forgetting_difference"], row["forgetting_ci95"], POINTS.scale, lost_decimals)
        relation = Cell(row["gain"], tone=_GAIN_TONES.get(row["gain"], "quiet"))
        if untrained:
            kept = Cell(MISSING, title=FORGETS_NOTHING, tone="quiet")
            said = f"{_WITHOUT_TRAINING.get(row['gain'], row['gain'])}; {FORGETS_NOTHING}"
            cells.append((*gained, kept, relation, kept, Cell(said)))
        else:
            cells.append((*gained, lost, relation, _forgets(row), Cell(row["verdict"])))
    return tuple(cells)


def _forgets(row: dict[str, Any]) -> Cell:
    if row["forgetting_difference"] is None:
        return NOT_MEASURED
    return Cell(row["forgets"], tone=_TONES.get(row["forgets"], "quiet"))


def _difference(value: float | None, interval: list[float] | None, scale: float, decimals: int) -> Cell:
    if value is None:
        return NOT_MEASURED
    return Cell(fixed(value * scale, decimals, plus=True), spread(interval, decimals, scale))


def retention_table(results: Results) -> Table:
    """Share of each general ability that is left, per arm: a heat map centred on all of it."""
    tasks = general_tasks(results, "choice")
    columns = (Column("Arm"), *(Column(task, True) for task in tasks), Column("mean", True))
    groups = []
    for target in targets(results):
        base = base_arms(results, target)[:1]
        trained = [arm for arm in trained_arms(results, target) if arm.general]
        rows = [_before_row(arm, tasks) for arm in base] + [_retention_row(arm, tasks) for arm in trained]
        groups.append(Group(f"after training on {target}", tuple(rows)))
    caption = (
        f"Retention: (after {MINUS} chance) / (before {MINUS} chance). 100 % is all of it, 0 % is guessing. "
        "The first row has the accuracies before training, with chance under them."
    )
    if any(untrained_arms(results, target) for target in targets(results)):
        caption += " Arms without training are left out: their weights are the base's."
    return Table("retention", caption, columns, tuple(groups), "heat")


def _before_row(arm: Arm, tasks: list[str]) -> tuple[Cell, ...]:
    scores = {score.task: score for score in arm.general}
    cells = []
    for task in tasks:
        score = scores.get(task)
        if score is None or score.after is None:
            cells.append(NOT_MEASURED)
            continue
        chance = "" if score.chance is None else f"chance {percent(score['chance'])}"
        cells.append(Cell(absolute(score.after, score.metric), chance))
    name = Cell("before", arm.quantization if arm.quantization != "none" else "", key=key_of(arm))
    return name, *cells, Cell("")


def _retention_row(arm: Arm, tasks: list[str]) -> tuple[Cell, ...]:
    scores = {score.task: score for score in arm.general}
    cells = [Cell(arm.arm, key=key_of(arm)), *(_retained(scores.get(task)) for task in tasks)]
    mean = (arm.forgetting or {}).get("retention")
    cells.append(NOT_MEASURED if mean is None else _shaded(mean, ""))
    return tuple(cells)


def _retained(score: GeneralScore | None) -> Cell:
    if score is None or score.after is None:
        return NOT_MEASURED
    if score.retention is None:
        return Cell("n/a", title="the base does not beat chance: nothing to retain", tone="quiet")
    name = score.metric
    return _shaded(score.retention, f"{absolute(score['before'], name)} to {absolute(score['after'], name)}")


def _shaded(retention: float, title: str) -> Cell:
    return Cell(percent(retention), title=title, shade=max(-1.0, min(1.0, retention - 1)))
