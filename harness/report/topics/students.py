"""What is left of a teacher in a smaller student? Arms that trained another model, each beside its teacher."""

from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

from harness.report.model.arms import metric, targets, trained_arms
from harness.report.tables import table as tables
from harness.report.tables.table import Cell, Col, Columns, Num, Table, arm_cell, known
from harness.report.words.numbers import MISSING, absolute, count, fixed, percent, size
from harness.report.words.phrases import Sentence, joined
from harness.schema.results import ArmResult, Results, StudentAndTeacher
from harness.schema.wording import counted


class Student(NamedTuple):
    """One arm over its seeds, and what `results.json` says of each trial's teacher and of the student beside it."""

    arm: ArmResult
    teachers: tuple[StudentAndTeacher, ...]

    def mean(self, value: Callable[[StudentAndTeacher], float | None]) -> float | None:
        """Over seeds; None where one of them lacks it."""
        values = [found for teacher in self.teachers if (found := value(teacher)) is not None]
        return fmean(values) if len(values) == len(self.teachers) else None

    @property
    def fine_tuned(self) -> bool:
        """Whether the teacher learned the target first."""
        return all(teacher.fine_tuned for teacher in self.teachers)

    @property
    def agreement(self) -> float | None:
        return self.mean(lambda one: one.agreement)

    @property
    def scores(self) -> tuple[str, str]:
        """The teacher's on the target, and the student's."""
        taught, own = self.mean(lambda one: one.target.value), self.mean(lambda one: one.student_value)
        return absolute(taught, self.arm.metric), absolute(own, self.arm.metric)

    @property
    def shares(self) -> tuple[str, str]:
        """Of the teacher's parameters and of its operations."""
        return percent(self.mean(lambda one: one.params_ratio)), percent(self.mean(lambda one: one.flops_ratio))


def students(results: Results, target: str) -> list[Student]:
    """Arms of one target whose trials had a teacher."""
    taught = {trial.id: trial.teacher for trial in results.trials if trial.teacher}
    arms = trained_arms(results, target)
    found = (Student(arm, tuple(taught[trial] for trial in arm.trials if trial in taught)) for arm in arms)
    return [student for student in found if student.teachers]


def sentence(results: Results, target: str) -> Sentence | None:
    """The student that agrees most with its teacher; None where the run has no student on this target."""
    found = students(results, target)
    if not found:
        return None
    best = max(found, key=lambda student: student.agreement or 0.0)
    teacher = "its teacher, fine-tuned first," if best.fine_tuned else "its teacher, the base,"
    taught, own = best.scores
    shares = zip(best.shares, ("parameters", "operations"), strict=True)
    parts = [f"{share} of the {what}" for share, what in shares if share != MISSING]
    text = f"{best.arm.arm} scores {own} where {teacher} scores {taught}{', with ' if parts else ''}{joined(parts)}"
    if best.agreement is not None:
        text += f"; the two find the same token likeliest in {percent(best.agreement)} of the answers' tokens"
    more = f" {counted(len(found) - 1, 'arm')} more in the table." if len(found) > 1 else ""
    return Sentence(f"Student and teacher on {target}", f"{text}.{more}")


def table(results: Results) -> Table:
    """Students beside their teachers: a row per arm, over its seeds, grouped by target."""
    on_test = "On the target's test split"
    columns: Columns[Student] = (
        Col("Student", lambda one: arm_cell(one.arm)),
        Col("Teacher", lambda one: "fine-tuned first" if one.fine_tuned else "the base"),
        Num("Teacher scores", lambda one: one.scores[0], title=on_test),
        Num("Student scores", lambda one: one.scores[1], title=on_test),
        Num("Agreement", lambda one: percent(one.agreement),
            title="Share of the test answers' tokens for which both find the same token likeliest"),
        Num("Parameters", lambda one: _share(one.arm.cost.total_params, one.shares[0],
                                             one.mean(lambda teacher: teacher.total_params)),
            title="Of the student; below it the share of its teacher's"),
        Num("Teacher's weights", lambda one: size(one.mean(lambda teacher: teacher.weight_bytes)),
            title="Memory that they take"),
        Num("FLOPs per token",
            lambda one: _share(one.arm.cost.forward_flops_per_token, one.shares[1],
                               one.mean(lambda teacher: teacher.forward_flops_per_token)),
            title="Forward pass of the student; below it the share of its teacher's"),
        Num("Speed", lambda one: None if (found := one.mean(lambda teacher: teacher.speed_ratio)) is None
            else f"{fixed(found, 2)} times",
            title="Tokens per second against the teacher's, as measured beside a neighbour"),
    )  # fmt: skip
    caption = (
        "A student is a smaller model that learned from another one's outputs; figures are means over seeds. "
        "Speed depends on the machine and on what else it ran; parameters and operations do not."
    )
    groups = {
        f"{target}: {metric(results, target).replace('_', ' ')}": students(results, target)
        for target in targets(results)
    }
    return tables.table("students", caption, columns, groups, "wide")


def _share(own: float | None, share: str, teachers: float | None) -> Cell:
    return known(count(own), "" if share == MISSING else f"{share} of {count(teachers)}", "of the teacher's")
