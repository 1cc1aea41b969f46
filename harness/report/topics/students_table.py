"""Students beside their teachers: quality, size and speed."""

from harness.report.model.arms import metric, targets
from harness.report.model.links import key_of
from harness.report.tables.table import Cell, Column, Group, Table, known
from harness.report.topics.students import Student, students
from harness.report.words.numbers import MISSING, absolute, count, fixed, percent, size
from harness.schema.results import Results

_COLUMNS = (
    Column("Student"),
    Column("Teacher"),
    Column("Teacher scores", True, "On the target's test split"),
    Column("Student scores", True, "On the target's test split"),
    Column("Agreement", True, "Share of the test answers' tokens for which both find the same token likeliest"),
    Column("Parameters", True, "Of the student; below it the share of its teacher's"),
    Column("Teacher's weights", True, "Memory that they take"),
    Column("FLOPs per token", True, "Forward pass of the student; below it the share of its teacher's"),
    Column("Speed", True, "Tokens per second against the teacher's, as measured beside a neighbour"),
)


def students_table(results: Results) -> Table | None:
    """A row per arm, over its seeds, grouped by target; None where no arm has a teacher."""
    groups = tuple(
        Group(f"{target}: {metric(results, target).replace('_', ' ')}", tuple(map(_row, found)))
        for target in targets(results)
        if (found := students(results, target))
    )
    caption = (
        "A student is a smaller model that learned from another one's outputs; figures are means over seeds. "
        "Speed depends on the machine and on what else it ran; parameters and operations do not."
    )
    return Table("students", caption, _COLUMNS, groups, "wide") if groups else None


def _row(student: Student) -> tuple[Cell, ...]:
    name, cost = student.arm.target.metric if student.arm.target else "", student.arm.cost
    return (
        Cell(student.arm.arm, key=key_of(student.arm)),
        Cell("fine-tuned first" if student.fine_tuned else "the base"),
        known(absolute(student.taught, name)),
        known(absolute(student.mean("student_value"), name)),
        known(percent(student.mean("agreement"))),
        _share(cost.total_params, student.mean("total_params"), student.mean("params_ratio")),
        known(size(student.mean("weight_bytes"))),
        _share(cost.forward_flops_per_token, student.mean("forward_flops_per_token"), student.mean("flops_ratio")),
        known(_times(student.mean("speed_ratio"))),
    )


def _share(own: float | None, teachers: float | None, ratio: float | None) -> Cell:
    return known(count(own), "" if ratio is None else f"{percent(ratio)} of {count(teachers)}", "of the teacher's")


def _times(ratio: float | None) -> str:
    return MISSING if ratio is None else f"{fixed(ratio, 2)} times"
