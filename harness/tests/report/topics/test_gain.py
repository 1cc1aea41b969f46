"""What is said of gains: of an arm without training no forgetting is praised, and its winning is marked."""

from harness.report.topics.gain import sentence
from harness.schema.results import Results
from harness.tests.report.topics.runs import TARGET, text_of, with_gain


def test_no_arm_without_training_is_praised_for_forgetting_little(prompted: Results) -> None:
    assert "Of the trained arms that gained, full forgot least" in text_of(sentence(prompted, TARGET))


def test_a_winner_without_training_is_marked(prompted: Results) -> None:
    text = text_of(sentence(with_gain(prompted, "retrieval", (0.95, 0.9, 1.0)), TARGET))
    assert text.startswith("retrieval-r4 gained most, +95 points (90 to 100), without training; no other arm")
