"""Tables of what may be concluded: comparisons with full fine-tuning, and retention task by task."""

from typing import Any

from harness.report.arms import Arm, base_arms, general_tasks, metric, targets, trained_arms
from harness.report.numbers import MINUS, MISSING, POINTS, fixed, percent, spread, supported_decimals, unit_of
from harness.report.tables.arms import absolute
from harness.report.view import NOT_MEASURED, Cell, Column, Group, Table

_TONES = {"less": "good", "more": "bad"}
_GAIN_TONES = {"more": "good", "less": "bad"}


def comparisons_table(results: dict[str, Any]) -> Table:
    """Every trained arm against full fine-tuning on the same target and seeds."""
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
            f"{target}: equal gain means within {_margin(rows[0], metric(results, target))}",
            _comparisons(results, rows),
        )
        for target in targets(results)
        if (rows := [row for row in results["comparisons"] if row["target_task"] == target])
    )
    caption = (
        "Against full fine-tuning, paired item by item and seed by seed, each side from its own base "
        "at its own quantization: what quantization cost is not in it. Who learns less also forgets less, "
        "so forgetting is compared where gains are equal."
    )
    return Table("comparisons", caption, columns, groups)


def _margin(row: dict[str, Any], name: str) -> str:
    unit = unit_of(name)
    return f"{fixed(row['equal_gain_margin'] * unit.scale, 1).removesuffix('.0')} {unit.name}".rstrip()


def _comparisons(results: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[tuple[Cell, ...], ...]:
    unit = unit_of(metric(results, rows[0]["target_task"]))
    gain_decimals = supported_decimals([row["gain_ci95"] for row in rows], unit.scale)
    lost_decimals = supported_decimals([row["forgetting_ci95"] for row in rows], POINTS.scale)
    cells = []
    for row in rows:
        gained, lost = row["gain_difference"], row["forgetting_difference"]
        cells.append(
            (
                Cell(row["arm"]),
                Cell(str(len(row["seeds"])), tone="warn" if len(row["seeds"]) == 1 else ""),
                _difference(gained, row["gain_ci95"], unit.scale, gain_decimals),
                _difference(lost, row["forgetting_ci95"], POINTS.scale, lost_decimals),
                Cell(row["gain"], tone=_GAIN_TONES.get(row["gain"], "quiet")),
                NOT_MEASURED if lost is None else Cell(row["forgets"], tone=_TONES.get(row["forgets"], "quiet")),
                Cell(row["verdict"]),
            )
        )
    return tuple(cells)


def _difference(value: float | None, interval: list[float] | None, scale: float, decimals: int) -> Cell:
    if value is None:
        return NOT_MEASURED
    return Cell(fixed(value * scale, decimals, plus=True), spread(interval, decimals, scale))


def retention_table(results: dict[str, Any]) -> Table:
    """Share of each general ability that is left, per arm: a heat map centred on all of it."""
    tasks = general_tasks(results, "choice")
    columns = (Column("Arm"), *(Column(task, True) for task in tasks), Column("mean", True))
    groups = []
    for target in targets(results):
        base = base_arms(results, target)[:1]
        trained = [arm for arm in trained_arms(results, target) if arm["general"]]
        rows = [_before_row(arm, tasks) for arm in base] + [_retention_row(arm, tasks) for arm in trained]
        groups.append(Group(f"after training on {target}", tuple(rows)))
    caption = (
        f"Retention: (after {MINUS} chance) / (before {MINUS} chance). 100 % is all of it, 0 % is guessing. "
        "The first row has the accuracies before training, with chance under them."
    )
    return Table("retention", caption, columns, tuple(groups), "heat")


def _before_row(arm: Arm, tasks: list[str]) -> tuple[Cell, ...]:
    scores = {score["task"]: score for score in arm["general"]}
    cells = []
    for task in tasks:
        score = scores.get(task)
        if score is None or score["after"] is None:
            cells.append(NOT_MEASURED)
            continue
        chance = "" if score["chance"] is None else f"chance {percent(score['chance'])}"
        cells.append(Cell(absolute(score["after"], score["metric"]), chance))
    return Cell("before", arm["quantization"] if arm["quantization"] != "none" else ""), *cells, Cell("")


def _retention_row(arm: Arm, tasks: list[str]) -> tuple[Cell, ...]:
    scores = {score["task"]: score for score in arm["general"]}
    cells = [Cell(arm["arm"]), *(_retained(scores.get(task)) for task in tasks)]
    mean = (arm["forgetting"] or {}).get("retention")
    cells.append(NOT_MEASURED if mean is None else _shaded(mean, ""))
    return tuple(cells)


def _retained(score: dict[str, Any] | None) -> Cell:
    if score is None or score["after"] is None:
        return NOT_MEASURED
    if score["retention"] is None:
        return Cell("n/a", title="the base does not beat chance: nothing to retain", tone="quiet")
    name = score["metric"]
    return _shaded(score["retention"], f"{absolute(score['before'], name)} to {absolute(score['after'], name)}")


def _shaded(retention: float, title: str) -> Cell:
    return Cell(percent(retention), title=title, shade=max(-1.0, min(1.0, retention - 1)))


def text_table(results: dict[str, Any]) -> Table | None:
    """Perplexity on general text after training, a column per task and target; None where no text task was scored."""
    tasks = general_tasks(results, "text")
    if not tasks:
        return None
    pairs = [(task, target) for task in tasks for target in targets(results)]
    columns = (Column("Arm"), *(Column(f"{task} after {target}", True) for task, target in pairs))
    found = {
        (arm["arm"], score["task"], arm["target_task"]): score for arm in results["arms"] for score in arm["general"]
    }
    arms = [
        arm["arm"]
        for target in targets(results)
        for arm in (*base_arms(results, target), *trained_arms(results, target))
        if arm["general"]
    ]
    rows = tuple((Cell(arm), *(_perplexity(found.get((arm, *pair))) for pair in pairs)) for arm in dict.fromkeys(arms))
    caption = "Perplexity on general text after training, with the change. Lower is better."
    return Table("perplexity", caption, columns, (Group("", rows),), "narrow")


def _perplexity(score: dict[str, Any] | None) -> Cell:
    if score is None or score["perplexity_after"] is None:
        return NOT_MEASURED
    before, after = score["perplexity_before"], score["perplexity_after"]
    change = "" if before is None or before == after else f"{fixed(100 * (after / before - 1), 1, plus=True)} %"
    return Cell(fixed(after, 2), change, f"before {fixed(before, 2)}" if before is not None else MISSING)
