"""Students beside their teachers."""

from dataclasses import replace

import pytest

from harness.report.topics.students import sentence, table
from harness.schema.results import Results
from harness.tests.report.topics.runs import TARGET, text_of
from harness.tests.synthetic import STUDENT, base_arms, results_of, student


def taught(fine_tuned: bool) -> Results:
    other = replace(STUDENT, method="distill-small")
    measured = [student(TARGET, seed, arm, fine_tuned) for arm in (STUDENT, other) for seed in (0, 1)]
    return results_of([*base_arms(TARGET), *measured], learning_rates=())


@pytest.mark.parametrize(("fine_tuned", "said"), [(True, "its teacher, fine-tuned first,"), (False, "the base,")])
def test_a_student_is_set_against_its_teacher(fine_tuned: bool, said: str) -> None:
    text = text_of(sentence(taught(fine_tuned), TARGET))
    assert said in text
    assert "scores 64.0 %, with 59 % of the parameters and 65 % of the operations" in text
    assert "the same token likeliest in 71 % of the answers' tokens. 1 arm more in the table." in text


def test_a_students_size_stands_over_its_share_of_the_teachers() -> None:
    found = table(taught(fine_tuned=False))
    row = dict(zip((column.label for column in found.columns), found.groups[0].rows[0], strict=True))
    assert row["Parameters"].detail.startswith("59 % of ")
    assert row["Agreement"].text == "71 %"


def test_a_run_without_students_says_nothing(prompted: Results) -> None:
    assert sentence(prompted, TARGET) is None
    assert not table(prompted)
