"""What happened to general text."""

from harness.report.topics.general_text import table
from harness.schema.results import ArmResult
from harness.tests.synthetic import whole_results


def without_words(arm: ArmResult) -> ArmResult:
    scores = (score.with_(word_perplexity_after=None, kl_to_base=None) for score in arm.general)
    return arm.with_(general=tuple(scores))


def test_a_change_stands_below_the_figure() -> None:
    found = table(whole_results())
    assert found.columns[0].label == "Arm"
    changed = [cell for group in found.groups for row in group.rows for cell in row if cell.detail]
    assert changed
    assert all(cell.detail.startswith("before ") and cell.title.endswith(" %") for cell in changed)


def test_measures_that_no_text_has_get_no_column() -> None:
    results = whole_results()
    labels = {column.label for column in table(results).columns}
    fewer = {column.label for column in table(results.with_(arms=tuple(map(without_words, results.arms)))).columns}
    assert fewer == labels - {"Perplexity per word", "KL to the base"}


def test_a_run_without_texts_has_no_such_table() -> None:
    results = whole_results()
    arms = (arm.with_(general=tuple(s for s in arm.general if s.kind != "text")) for arm in results.arms)
    assert not table(results.with_(arms=tuple(arms)))
