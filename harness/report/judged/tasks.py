"""Other people's runs, task by task: what changed, which answers turned, and how far both are shown to be equal."""

from harness.report.gate.rows import p_text
from harness.report.tables.table import Cell, Col, Columns, Num, Table, known, table
from harness.report.words.numbers import Unit, absolute, fixed, spread, supported_decimals, unit_of
from harness.report.words.phrases import some
from harness.schema.judged import OWN_UNIT, Judged, JudgedTask
from harness.schema.wording import counted

CAPTION = (
    "Every metric that has a number per item, with the 95 % interval of its paired difference: above 0 is better. "
    "p is two-sided and adjusted over all rows (Holm). Lost / won counts items that went from right to wrong and back, "
    "with McNemar's exact test where items share nothing. Equal within: the smallest margin for which two one-sided "
    "tests at 5 % show equality."
)
MISSING_P = "items share clusters, or there are several runs: the exact test would take them for independent"


def tasks_table(judged: Judged) -> Table:
    """A row per metric, program by program."""
    programs = dict.fromkeys(row.program for row in judged.tasks)
    groups = {program: [row for row in judged.tasks if row.program == program] for program in programs}
    return table("tasks", CAPTION, _COLUMNS, groups, "wide")


def unit(row: JudgedTask) -> Unit:
    """Points for shares, nats for likelihoods, the bare number for everything else."""
    return unit_of(shown_metric(row))


def shown_metric(row: JudgedTask) -> str:
    """The metric, marked where it has a unit of its own."""
    return row.metric if row.is_share or row.metric.startswith("nll") else f"{row.metric}{OWN_UNIT}"


def difference(row: JudgedTask) -> tuple[str, str]:
    """`+1.2 points` and `-0.4 to 2.8`, as fine as the gate's; without bounds where there is no interval."""
    own, decimals = unit(row), _decimals(row)
    value = None if row.difference is None else own.scale * row.difference
    return own.after(fixed(value, decimals, plus=True)), spread(row.ci95, decimals, own.scale)


def _decimals(row: JudgedTask) -> int:
    return max(1, supported_decimals([row.ci95], unit(row).scale))


def equality(row: JudgedTask) -> str:
    """`3.1 points`."""
    if row.equal_within is None:
        return fixed(None, 0)
    return unit(row).after(fixed(unit(row).scale * row.equal_within, _decimals(row)))


def flips(row: JudgedTask) -> str:
    """`4 / 7`; with halves over several runs."""
    if row.right_to_wrong is None or row.wrong_to_right is None:
        return fixed(None, 0)
    return f"{row.right_to_wrong:g} / {row.wrong_to_right:g}"


def sentence(row: JudgedTask) -> str:
    """A row for a terminal."""
    value, bounds = difference(row)
    said = [f"{row.task} {row.metric}: {value}{f' (95 %: {bounds})' if bounds else ''}"]
    if row.p_holm is not None:
        said.append(f"p {p_text(row.p_holm)} after Holm")
    if row.right_to_wrong is not None:
        mcnemar = "" if row.mcnemar_p is None else f" (McNemar p {p_text(row.mcnemar_p)})"
        said.append(f"lost / won {flips(row)}{mcnemar}")
    if row.equal_within is not None:
        said.append(f"equal within {equality(row)}")
    clusters = f" in {counted(row.clusters, 'cluster')}" if row.clusters < row.items else ""
    return ", ".join([*said, f"{counted(row.items, 'item')}{clusters}"])


def _items(row: JudgedTask) -> Cell:
    clusters = counted(row.clusters, "cluster") if row.clusters < row.items else ""
    return Cell(f"{row.items:,}", clusters, value=float(row.items))


def _p(value: float | None, why: str) -> Cell:
    return Cell(fixed(None, 0), title=why, tone="quiet") if value is None else Cell(p_text(value), value=value)


def _flips(row: JudgedTask) -> Cell:
    named = f"lost: {some(list(row.lost))}" if row.lost else ""
    return known(flips(row), title=named, value=row.right_to_wrong)


def _difference(row: JudgedTask) -> Cell:
    value, bounds = difference(row)
    return known(value, bounds, value=row.difference)


_COLUMNS: Columns[JudgedTask] = (
    Col("Task", lambda row: Cell(row.task)),
    Col("Metric", lambda row: Cell(row.metric, "" if row.higher_is_better else "less is better")),
    Num("Items", _items),
    Num("Before", lambda row: known(absolute(row.before, shown_metric(row)), value=row.before)),
    Num("After", lambda row: known(absolute(row.after, shown_metric(row)), value=row.after)),
    Num("Difference", _difference, title="After against before, with its 95 % interval: above 0 is better"),
    Num("p", lambda row: _p(row.p_holm, "no interval"), title="Two-sided, adjusted over all rows (Holm)"),
    Num("Lost / won", _flips, title="Items that went from right to wrong, and back; means over runs"),
    Num("McNemar", lambda row: _p(row.mcnemar_p, MISSING_P), title="Exact, two-sided: lost and won are equally likely"),
    Num("Equal within", lambda row: known(equality(row), value=row.equal_within),
        title="The smallest margin for which equality is shown (TOST at 5 %)"),
)  # fmt: skip
