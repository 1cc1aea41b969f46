"""Tables of two runs side by side: what differs in how they were made, and every figure by the way it went."""

from collections.abc import Sequence
from typing import Any

from harness.report.gate.rows import (
    TONES,
    Row,
    figures,
    is_cost,
    measure_name,
    task_name,
    urgent_first,
    verdict_place,
    verdict_text,
    why,
)
from harness.report.model.links import arm_named, key_of
from harness.report.tables.table import NOT_MEASURED, Cell, Column, Group, Table, known
from harness.report.words.numbers import MISSING, POINTS, fixed
from harness.schema.results import Results

_COLUMNS = (
    Column("Arm"),
    Column("Measure"),
    Column("Task"),
    Column("Before", True, "The score or cost itself, over all seeds: the baseline's, or the base's"),
    Column("After", True, "The same of the run under judgement"),
    Column("Difference", True, "After against before, with its one-sided bounds: above 0 is better; a ratio for costs"),
    Column("Margin", True, "What may be lost at most, or how many times the cost may be; the reason is on each cell"),
    Column("Verdict"),
    Column("Why"),
)
_INSIDE = {"PASS": "inside the margin", "FAIL": "outside the margin", "INCONCLUSIVE": "perhaps outside"}


def rows_table(name: str, caption: str, rows: list[Row], results: Results) -> Table | None:
    """Rows of a gate, target by target, failures first; None where there is none.

    Args:
        results: of the present run, whose arms are numbered.
    """
    if not rows:
        return None
    names = dict.fromkeys(row["target"] for row in rows)
    groups = tuple(
        Group(target, tuple(_row(row, results) for row in urgent_first(rows) if row["target"] == target))
        for target in names
    )
    return Table(name, caption, _COLUMNS, groups, "wide prose")


def _row(row: Row, results: Results) -> tuple[Cell, ...]:
    shown = figures(row)
    against = "against its own base" if row["against"] == "base" else ""
    inside = _INSIDE.get(row["verdict"], "") if row["difference"] is not None and row["measure"] != "learned" else ""
    return (
        Cell(row["arm"], key=key_of(arm_named(results, row["target"], row["arm"]))),
        Cell(measure_name(row), against),
        Cell(MISSING, title="costs belong to no task", tone="quiet") if is_cost(row) else Cell(task_name(row)),
        known(shown.before, value=row["before"]),
        known(shown.after, value=row["after"]),
        known(shown.difference, shown.bounds, value=shown.merit),
        Cell(shown.margin, title=str(row["limit_reason"])),
        verdict_cell(row["verdict"], inside),
        Cell(why(row)),
    )


def verdict_cell(verdict: str, detail: str = "") -> Cell:
    """Shape and word; failures sort first."""
    return Cell(verdict_text(verdict), detail, tone=TONES.get(verdict, ""), value=float(verdict_place(verdict)))


def changes_table(changes: Sequence[dict[str, Any]]) -> Table | None:
    """Settings that differ between the two sides; None where none does."""
    if not changes:
        return None
    columns = (Column("What"), Column("Baseline"), Column("Now"), Column("Trials"))
    rows = tuple(
        (
            Cell(str(one.what)),
            _setting(one.baseline),
            _setting(one.present),
            Cell(_trials(one.trials), title=", ".join(map(str, one.trials))),
        )
        for one in changes
    )
    caption = "What was set otherwise: the change under judgement, most likely. Trials are matched by their name."
    return Table("changes", caption, columns, (Group("", rows),), "prose")


def _setting(value: Any) -> Cell:
    text = str(value)
    return Cell(MISSING, title="none", tone="quiet") if text in ("", "None") else Cell(text)


def _trials(trials: Sequence[Any]) -> str:
    return str(trials[0]) if len(trials) == 1 else f"{len(trials)} trials"


def checks_table(checks: Sequence[dict[str, Any]]) -> Table | None:
    """Checks of comparability that failed, or that hold only because the user allowed the difference."""
    if not checks:
        return None
    columns = (Column("Check"), Column("Verdict"), Column("Found"))
    rows = tuple((Cell(str(one.name)), verdict_cell(one.verdict), Cell(str(one.reason))) for one in checks)
    caption = "Surroundings and completeness: whether the two sides may be compared at all."
    return Table("comparable", caption, columns, (Group("", rows),), "prose")


def tasks_table(worse: Sequence[dict[str, Any]], results: Results) -> Table | None:
    """General tasks that got significantly worse, all of them considered together; None where none did."""
    if not worse:
        return None
    columns = (
        Column("Arm"),
        Column("Target"),
        Column("General task"),
        Column("Lost, points", True),
        Column("p", True, "One-sided, adjusted over all general tasks of all arms (Holm)"),
    )
    rows = tuple(
        (
            Cell(one.arm, key=key_of(arm_named(results, one.target, one.arm))),
            Cell(one.target),
            Cell(str(one.task), "against its own base" if one.against == "base" else ""),
            NOT_MEASURED if one.difference is None else Cell(fixed(-POINTS.scale * one.difference, 1)),
            _p(one.p_holm),
        )
        for one in worse
    )
    caption = (
        "Whatever their margin: p-values adjusted over all general tasks of all arms (Holm), so that one row stands "
        "here by chance in one of twenty comparisons at most."
    )
    return Table("significantly-worse", caption, columns, (Group("", rows),))


def _p(value: float | None) -> Cell:
    if value is None:
        return NOT_MEASURED
    return Cell("< 0.001" if value < 0.001 else f"{value:.3f}", value=value)
