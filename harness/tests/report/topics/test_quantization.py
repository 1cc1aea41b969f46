"""What storing the base in fewer bits cost before any training."""

from harness.report.topics.quantization import sentence
from harness.schema.results import Results
from harness.tests.report.topics.runs import text_of
from harness.tests.synthetic import whole_results


def test_each_way_of_storing_the_base_has_its_loss() -> None:
    text = text_of(sentence(whole_results()))
    assert text.startswith("Before any training it lowered accuracy, as a mean over ")
    assert text.endswith("arms on such a base gained and forgot, and stands apart as their part by storing.")
    assert all(f" points at {level}" in text for level in ("int8", "nf4"))


def test_one_way_only_has_nothing_to_compare(prompted: Results) -> None:
    unquantized = tuple(arm for arm in prompted.arms if arm.quantization == "none")
    assert sentence(prompted.with_(arms=unquantized)) is None
