"""What the paired comparisons with full fine-tuning show."""

import pytest

from harness.report.model.arms import FORGETS_NOTHING
from harness.report.topics.versus_full import sentence, table
from harness.schema.comparisons import MatchedGain, VersusFull
from harness.schema.results import Results
from harness.tests.report.topics.runs import TARGET, run_of, text_of
from harness.tests.synthetic import FULL, Arm


@pytest.fixture(scope="module")
def compared() -> Results:
    """Two arms that cannot be told apart from full fine-tuning."""
    return run_of(FULL, *(Arm("lora", rank, "none", 0.5, 0.1, 900) for rank in (4, 8)))


def with_rows(results: Results, *bounds: float | None, **changes: str) -> Results:
    """The same, undecided in gain and forgetting but for these changes, with these bounds."""

    def changed(row: VersusFull, bound: float | None) -> VersusFull:
        undecided = {"gain": "undecided", "forgets": "undecided", "forgets_at_matched_gain": None}
        return row.with_(**{**undecided, "gain_equal_within": bound, "forgetting_equal_within": bound, **changes})

    return results.with_(comparisons=tuple(map(changed, results.comparisons, bounds)))


def test_what_cannot_be_told_apart_is_the_same_within_a_bound(compared: Results) -> None:
    found = with_rows(compared, 0.0311, 0.052)
    assert "lora-r4 and lora-r8 cannot be told apart from it in gain (the same within 3.2 to 5.2 points)" in text_of(
        sentence(found, TARGET)
    )
    (group,) = table(found).groups
    assert [[(cell.text, cell.detail) for cell in row[4:6]] for row in group.rows] == [
        [("undecided", "the same within 3.2 points")] * 2,
        [("undecided", "the same within 5.2 points")] * 2,
    ]


def test_what_is_told_apart_has_no_bound(compared: Results) -> None:
    (group,) = table(with_rows(compared, 0.03, 0.05, gain="more", forgets="less")).groups
    assert [(cell.text, cell.detail) for cell in group.rows[0][4:6]] == [("more", ""), ("less", "")]


def test_files_that_are_older_than_the_bound_are_read_as_before(compared: Results) -> None:
    found = with_rows(compared, None, None)
    assert "cannot be told apart from it in gain;" in text_of(sentence(found, TARGET))
    (group,) = table(found).groups
    assert [cell.detail for cell in group.rows[0][4:6]] == ["", ""]


def test_at_matched_gain_the_bound_is_that_of_matched_gain(compared: Results) -> None:
    def at(arm: str) -> MatchedGain:
        return MatchedGain(target_task=TARGET, arm=arm, reference="full", seeds=(0,), gain=0.4, forgetting=0.1,
                           forgetting_reference=0.1, forgetting_difference=0.0, ci95=(-0.02, 0.02),
                           equal_within=0.0174)  # fmt: skip

    found = with_rows(compared, 0.03, 0.05, forgets_at_matched_gain="undecided")
    found = found.with_(matched_gain=(at("lora-r4"), at("lora-r8")))
    assert "in forgetting at matched gain (the same within 1.8 points)" in text_of(sentence(found, TARGET))


def test_arms_without_training_have_a_sentence_of_their_own(prompted: Results) -> None:
    assert sentence(prompted, TARGET) is None


def test_arms_without_training_forget_nothing_by_construction(prompted: Results) -> None:
    (group,) = table(prompted).groups
    rows = {row[0].text: row for row in group.rows}
    assert rows["few-shot-r8"][0].detail == "no training"
    assert rows["few-shot-r8"][-1].text.endswith(FORGETS_NOTHING)
