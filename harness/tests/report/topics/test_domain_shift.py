"""Full fine-tuning and LoRA from near targets to far ones."""

import pytest

from harness.report.charts.figure import marks
from harness.report.model.arms import methods
from harness.report.topics.domain_shift import chart, sentence, table
from harness.schema.results import ArmResult, Results
from harness.tests.report.topics.runs import text_of
from harness.tests.synthetic import LADDER, ladder_results


@pytest.mark.slow
def test_the_ladder_is_read_from_near_to_far() -> None:
    text = text_of(sentence(ladder_results()))
    assert text.startswith("Against full fine-tuning, from new-facts (near) to new-language (far), lora-r16 ")
    assert "gained less on " in text
    assert "new-language" in text.split("gained less on ")[1]


@pytest.mark.slow
def test_the_table_has_a_row_per_target_in_that_order() -> None:
    (group,) = table(ladder_results()).groups
    assert [row[0].text for row in group.rows] == list(LADDER)


def test_gains_at_the_ceiling_are_said_too() -> None:
    results = ladder_results()
    rows = tuple(row.with_(gain="ceiling", forgets_at_matched_gain=None) for row in results.comparisons)
    text = text_of(sentence(results.with_(comparisons=rows)))
    assert "lora-r16 gained, as it did, all there is to gain on new-facts" in text


def test_two_targets_are_no_ladder() -> None:
    results = ladder_results()
    results = results.with_(arms=tuple(arm for arm in results.arms if arm.target_task in LADDER[:2]))
    assert sentence(results) is None
    assert not table(results)
    assert chart(results, marks(methods(results), []), "chart") is None


def test_gains_in_other_units_share_no_axis() -> None:
    results = ladder_results()
    figure = chart(results, marks(methods(results), []), "chart")
    assert figure is not None
    assert ">Gain (points)<" in figure.svg
    mixed = results.with_(arms=tuple(map(in_nats, results.arms)))
    figure = chart(mixed, marks(methods(mixed), []), "chart")
    assert figure is not None
    assert "Gain" not in figure.svg
    assert ">Forgetting (points)<" in figure.svg


def in_nats(arm: ArmResult) -> ArmResult:
    """The poems' metric is another one."""
    if arm.target is None or arm.target_task != "poems":
        return arm
    return arm.with_(target=arm.target.with_(metric="nll_per_token"))


def test_a_run_on_one_target_says_nothing(prompted: Results) -> None:
    assert sentence(prompted) is None
