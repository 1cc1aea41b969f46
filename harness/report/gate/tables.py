"""Tables of two runs side by side: what differs in how they were made, and every figure by the way it went."""

from collections.abc import Sequence

from harness.judge.gate.margins import LEARNED
from harness.report.gate import rows as words
from harness.report.model.links import arm_named
from harness.report.tables.table import Cell, Col, Columns, Table, known, table
from harness.report.words.numbers import MISSING
from harness.schema.gate import Change, Check, GateResult, Verdict, Worse
from harness.schema.results import Results


def rows_table(name: str, caption: str, rows: Sequence[GateResult], results: Results, brief: bool = False) -> Table:
    """Rows of a gate, target by target, failures first.

    Args:
        results: of the present run, whose arms are numbered.
        brief: without the figures of both sides.
    """
    arm: Col[GateResult] = Col("Arm", lambda row: _arm(results, row))
    columns = (arm, *_WHAT, *(() if brief else _SIDES), *_JUDGED)
    targets = dict.fromkeys(row.target for row in rows)
    groups = {target: [row for row in words.urgent_first(rows) if row.target == target] for target in targets}
    return table(name, caption, columns, groups, "wide prose")


def _arm(results: Results, one: GateResult | Worse) -> Cell:
    arm = arm_named(results, one.target, one.arm)
    return Cell(one.arm, key=arm.key if arm else "")


def _difference(row: GateResult) -> Cell:
    shown = words.figures(row)
    title = f"One-sided bounds, at {shown.level} each" if shown.level else ""
    return known(shown.difference, shown.bounds, title, value=shown.merit)


def _verdict(row: GateResult) -> Cell:
    measured = row.difference is not None and row.measure != LEARNED
    return verdict_cell(row.verdict, words.LOOKS[row.verdict].lies if measured else "")


def verdict_cell(verdict: Verdict, detail: str = "") -> Cell:
    """Shape and word; failures sort first."""
    return Cell(
        words.verdict_text(verdict), detail, tone=words.LOOKS[verdict].tone, value=float(words.VERDICTS.index(verdict))
    )


_NO_TASK = Cell(MISSING, title="costs belong to no task", tone="quiet")
_WHAT: Columns[GateResult] = (
    Col("Measure", lambda row: Cell(words.measure_name(row), words.against(row))),
    Col("Task", lambda row: words.task_name(row) or _NO_TASK),
)
_SIDES: Columns[GateResult] = (
    Col("Before", lambda row: known(words.figures(row).before, value=row.before), numeric=True,
        title="The score or cost itself, over all seeds: the baseline's, or the base's"),
    Col("After", lambda row: known(words.figures(row).after, value=row.after), numeric=True,
        title="The same of the run under judgement"),
)  # fmt: skip
_JUDGED: Columns[GateResult] = (
    Col("Difference", _difference, numeric=True,
        title="After against before, with its one-sided bounds: above 0 is better; a ratio for costs"),
    Col("Margin", lambda row: Cell(words.figures(row).margin, title=row.limit_reason), numeric=True,
        title="What may be lost at most, or how many times the cost may be; the reason is on each cell"),
    Col("Verdict", _verdict),
    Col("Why", lambda row: Cell(words.why(row))),
)  # fmt: skip


def changes_table(changes: Sequence[Change]) -> Table:
    """Settings that differ between the two sides."""
    caption = "What was set otherwise: the change under judgement, most likely. Trials are matched by their name."
    return table("changes", caption, _CHANGES, {"": changes}, "prose")


def _setting(value: str) -> Cell:
    return Cell(MISSING, title="none", tone="quiet") if value in ("", "None") else Cell(value)


_CHANGES: Columns[Change] = (
    Col("What", lambda one: one.what),
    Col("Baseline", lambda one: _setting(one.baseline)),
    Col("Now", lambda one: _setting(one.present)),
    Col("Trials", lambda one: Cell(words.trials_named(one.trials), title=", ".join(one.trials))),
)


def checks_table(checks: Sequence[Check]) -> Table:
    """Whether the two sides may be compared."""
    caption = "Surroundings and completeness: whether the two sides may be compared at all."
    return table("comparable", caption, _CHECKS, {"": checks}, "prose")


_CHECKS: Columns[Check] = (
    Col("Check", lambda one: one.name),
    Col("Verdict", lambda one: verdict_cell(one.verdict)),
    Col("Found", lambda one: one.reason),
)


def tasks_table(worse: Sequence[Worse], results: Results) -> Table:
    """General tasks that got significantly worse, all of them considered together."""
    caption = (
        "Whatever their margin: p-values adjusted over all general tasks of all arms (Holm), so that one row stands "
        "here by chance in one of twenty comparisons at most."
    )
    arm: Col[Worse] = Col("Arm", lambda one: _arm(results, one))
    return table("significantly-worse", caption, (arm, *_WORSE), {"": worse})


_WORSE: Columns[Worse] = (
    Col("Target", lambda one: one.target),
    Col("General task", lambda one: Cell(one.task or "", words.against(one))),
    Col("Lost, points", words.points_lost, numeric=True),
    Col("p", lambda one: Cell(words.p_text(one.p_holm), value=one.p_holm), numeric=True,
        title="One-sided, adjusted over all general tasks of all arms (Holm)"),
)  # fmt: skip
