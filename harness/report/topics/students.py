"""Lookups: arms that trained another, smaller model, each beside its teacher."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.report.model.arms import Arm, trained_arms
from harness.schema.results import Results, StudentAndTeacher

Teacher = StudentAndTeacher


@dataclass(frozen=True)
class Student:
    """One arm over its seeds.

    Attributes:
        teachers: what `results.json` says of each trial's teacher, and of the student beside it.
    """

    arm: Arm
    teachers: tuple[Teacher, ...]

    def mean(self, name: str) -> float | None:
        """Over seeds; None where one of them lacks it."""
        return _mean([teacher[name] for teacher in self.teachers])

    @property
    def taught(self) -> float | None:
        """The teacher's score on the target, mean over seeds."""
        return _mean([teacher.target.value for teacher in self.teachers])

    @property
    def fine_tuned(self) -> bool:
        """Whether the teacher learned the target first."""
        return all(teacher.fine_tuned for teacher in self.teachers)


def students(results: Results, target: str) -> list[Student]:
    """Arms of one target whose trials had a teacher."""
    taught = {trial.id: trial.teacher for trial in results.trials if trial.teacher}
    found = [
        Student(arm, tuple(taught[trial] for trial in arm.trials if trial in taught))
        for arm in trained_arms(results, target)
    ]
    return [student for student in found if student.teachers]


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return fmean(present) if present and len(present) == len(values) else None
