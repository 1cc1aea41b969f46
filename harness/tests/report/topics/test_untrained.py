"""What is said of arms without training: whether training is needed for their gain."""

import pytest

from harness.report.model.arms import FORGETS_NOTHING
from harness.report.topics.untrained import sentence
from harness.schema.results import Results
from harness.tests.report.topics.runs import TARGET, Interval, run_of, text_of, with_gain
from harness.tests.synthetic import FULL, RETRIEVAL, ZERO_SHOT


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        ((0.9, 0.8, 1.0), "retrieval-r4 gained more than full, the trained arm that gained most: +90 points"),
        ((0.5, 0.49, 0.51), "retrieval-r4 gained +50.0 points (49.0 to 51.0), as much as full"),
        ((0.5, 0.4, 0.6), "retrieval-r4 gained +50 points (40 to 60), and cannot be told apart from full"),
        ((0.4, 0.38, 0.42), "retrieval-r4 gained +40.0 points (38.0 to 42.0), less than full"),
    ],
    ids=["more", "equal", "undecided", "less"],
)
def test_the_best_arm_without_training_is_set_against_the_best_trained_one(
    prompted: Results, gain: Interval, said: str
) -> None:
    unpaired = prompted.with_(comparisons=())
    results = with_gain(with_gain(unpaired, "full", (0.5, 0.48, 0.52)), "retrieval", gain)
    text = text_of(sentence(results, TARGET))
    assert text.startswith(said)
    assert f"It {FORGETS_NOTHING}. It reads 51 tokens before each answer, where the base reads 15." in text
    assert ("No training is needed" in text) is (gain[0] >= 0.5 and gain != (0.5, 0.4, 0.6))


def test_the_paired_comparison_is_believed_where_there_is_one(prompted: Results) -> None:
    rows = (row.with_(gain="equal") if row.arm == "few-shot-r8" else row for row in prompted.comparisons)
    results = with_gain(prompted.with_(comparisons=tuple(rows)), "few-shot", (0.7, 0.5, 0.9))
    assert "few-shot-r8 gained +70 points (50 to 90), as much as full" in text_of(sentence(results, TARGET))


def test_without_a_trained_arm_the_gain_stands_alone() -> None:
    assert "no trained arm was measured beside it" in text_of(sentence(run_of(RETRIEVAL), TARGET))


def test_no_gain_without_training_is_said_plainly() -> None:
    results = with_gain(run_of(FULL, RETRIEVAL), "retrieval", (0.02, -0.01, 0.05))
    assert text_of(sentence(results, TARGET)) == "retrieval-r4 gained no more than its interval allows for chance."


def test_nothing_is_said_of_the_bare_question() -> None:
    assert sentence(run_of(FULL, ZERO_SHOT), TARGET) is None
