"""What the paired comparisons with full fine-tuning show."""

from harness.report.model.arms import FORGETS_NOTHING
from harness.report.topics.versus_full import sentence, table
from harness.schema.results import Results
from harness.tests.report.topics.runs import TARGET


def test_arms_without_training_have_a_sentence_of_their_own(prompted: Results) -> None:
    assert sentence(prompted, TARGET) is None


def test_arms_without_training_forget_nothing_by_construction(prompted: Results) -> None:
    (group,) = table(prompted).groups
    rows = {row[0].text: row for row in group.rows}
    assert rows["few-shot-r8"][0].detail == "no training"
    assert rows["few-shot-r8"][-1].text.endswith(FORGETS_NOTHING)
