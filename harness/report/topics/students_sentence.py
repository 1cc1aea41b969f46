"""What is left of a teacher in a smaller student?"""

from harness.report.model.arms import joined, metric
from harness.report.topics.students import Student, students
from harness.report.words.numbers import MISSING, absolute, percent
from harness.report.words.phrases import Sentence, arms_counted
from harness.schema.results import Results


def students_sentence(results: Results, target: str) -> Sentence | None:
    """The student that agrees most with its teacher; None where the run has no student on this target."""
    found = students(results, target)
    if not found:
        return None
    best = max(found, key=lambda student: student.mean("agreement") or 0.0)
    name = metric(results, target)
    teacher = "its teacher, fine-tuned first," if best.fine_tuned else "its teacher, the base,"
    text = (
        f"{best.arm['arm']} scores {absolute(best.mean('student_value'), name)} "
        f"where {teacher} scores {absolute(best.taught, name)}{_size(best)}"
    )
    agreement = best.mean("agreement")
    if agreement is not None:
        text += f"; the two find the same token likeliest in {percent(agreement)} of the answers' tokens"
    more = f" {arms_counted(len(found) - 1)} more in the table." if len(found) > 1 else ""
    return Sentence(f"Student and teacher on {target}", f"{text}.{more}")


def _size(student: Student) -> str:
    shares = {"parameters": percent(student.mean("params_ratio")), "operations": percent(student.mean("flops_ratio"))}
    parts = [f"{share} of the {what}" for what, share in shares.items() if share != MISSING]
    return f", with {joined(parts)}" if parts else ""
