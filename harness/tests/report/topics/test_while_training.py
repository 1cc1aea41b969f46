"""Arms that were scored while they trained: at matched gain, step by step, and as curves."""

import re

import pytest

from harness.report.charts.figure import COLORS, marks
from harness.report.model.arms import methods
from harness.report.topics.while_training import chart, matched_table, sentence, table
from harness.schema.comparisons import MatchedGain
from harness.schema.results import Results
from harness.tests.report.topics.runs import TARGET, Interval, text_of
from harness.tests.synthetic import FULL, Arm, base_arms, completed, results_of, traced

LESS, MORE, EITHER = (-0.04, -0.06, -0.02), (0.04, 0.02, 0.06), (0.0, -0.02, 0.02)


def matched(arm: str, difference: Interval | None, gain: float = 0.4, equal_within: float | None = None) -> MatchedGain:
    value, bounds = (None, None) if difference is None else (difference[0], difference[1:])
    lost = None if value is None else 0.1 + value
    return MatchedGain(target_task=TARGET, arm=arm, reference="full", seeds=(0,), gain=gain, forgetting=lost,
                       forgetting_reference=0.1, forgetting_difference=value, ci95=bounds,
                       equal_within=equal_within)  # fmt: skip


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (LESS, "When both had gained +40.0 points, lora-r8 had forgotten less than full fine-tuning, by "
         "4.0 points (2.0 to 6.0)."),
        (MORE, "When both had gained +40.0 points, lora-r8 had forgotten more than full fine-tuning, by "
         "4.0 points (2.0 to 6.0)."),
        (EITHER, "When both had gained +40.0 points, lora-r8 and full fine-tuning cannot be told apart in forgetting."),
        (None, "lora-r8 and full fine-tuning did not both reach +40.0 points surely enough to be compared there."),
    ],
    ids=["less", "more", "undecided", "not settled"],
)  # fmt: skip
def test_one_arm_at_matched_gain(prompted: Results, difference: Interval | None, said: str) -> None:
    results = prompted.with_(matched_gain=(matched("lora-r8", difference),))
    assert text_of(sentence(results, TARGET)) == said


def test_several_arms_at_matched_gain_are_sorted_by_what_was_shown(prompted: Results) -> None:
    rows = (matched("a", None), matched("b", EITHER), matched("c", MORE), matched("d", LESS), matched("e", LESS))
    assert text_of(sentence(prompted.with_(matched_gain=rows), TARGET)) == (
        "Against full fine-tuning, when both first reached the same gain: d and e had forgotten less; c had forgotten "
        "more; b cannot be told apart from it; a did not reach such a gain surely enough to be compared."
    )


def test_arms_that_cannot_be_told_apart_are_the_same_within_a_bound(prompted: Results) -> None:
    rows = (matched("b", EITHER, equal_within=0.0174), matched("c", EITHER, equal_within=0.021))
    assert "b cannot be told apart from it (the same within 1.8 points)." in text_of(
        sentence(prompted.with_(matched_gain=(rows[0], matched("d", LESS))), TARGET)
    )
    assert text_of(sentence(prompted.with_(matched_gain=rows), TARGET)).endswith(
        "b and c cannot be told apart from it (the same within 1.8 to 2.1 points)."
    )
    assert text_of(sentence(prompted.with_(matched_gain=rows[:1]), TARGET)) == (
        "When both had gained +40.0 points, b and full fine-tuning cannot be told apart in forgetting: the same within "
        "1.8 points."
    )
    (group,) = matched_table(prompted.with_(matched_gain=rows[:1])).groups
    assert (group.rows[0][-1].text, group.rows[0][-1].detail) == ("undecided", "the same within 1.8 points")


def test_nothing_is_said_at_matched_gain_where_nothing_was_traced(prompted: Results) -> None:
    assert sentence(prompted, TARGET) is None
    assert sentence(prompted.with_(matched_gain=(matched("lora-r8", LESS),)), "poems") is None


def test_what_is_not_settled_at_matched_gain_has_no_figures(prompted: Results) -> None:
    (group,) = matched_table(prompted.with_(matched_gain=(matched("a", LESS), matched("b", None)))).groups
    shown = [[cell.text for cell in row[2:]] for row in group.rows]
    known = ["+40.0 points", "6.0", "10.0", "\N{MINUS SIGN}4.0", "less"]
    assert shown == [known, ["+40.0 points", *["not settled"] * 4]]


def traces(*arms: Arm) -> Results:
    return results_of([*base_arms(TARGET), *(traced(completed(arm, TARGET, 0), arm) for arm in arms)])


def test_the_table_has_every_step_but_the_base() -> None:
    (group,) = table(traces(FULL)).groups
    (arm,) = (arm for arm in traces(FULL).arms if arm.trace)
    assert [row[1].text for row in group.rows] == [str(point.step) for point in arm.trace]
    assert [row[1].detail for row in group.rows][-1] == "the end"


@pytest.mark.parametrize("others", [2, len(COLORS)], ids=["one panel", "a panel each"])
@pytest.mark.slow
def test_every_traced_arm_is_named_beside_its_gain_and_its_forgetting(others: int) -> None:
    arms = [FULL, *(Arm(f"method-{number}", 4, "none", 0.5, 0.1, 900) for number in range(others))]
    measured = [traced(completed(arm, TARGET, 0), arm) for arm in arms]
    silent = completed(Arm("silent", 4, "none", 0.5, 0.1, 900), TARGET, 0)
    results = results_of([*base_arms(TARGET), *measured, silent])
    figure = chart(results, TARGET, marks(methods(results), []), "chart")
    assert figure is not None
    assert all(len(re.findall(f">method-{number}-r4<", figure.svg)) == 2 for number in range(others))
    assert ">silent-r4<" not in figure.svg
    assert all(f">{title} (points)<" in figure.svg for title in ("Gain", "Forgetting"))


def test_training_that_was_not_traced_has_neither_table_nor_chart() -> None:
    results = results_of([*base_arms(TARGET), completed(FULL, TARGET, 0)])
    assert not table(results)
    assert not matched_table(results)
    assert chart(results, TARGET, marks(methods(results), []), "chart") is None


def test_only_what_was_measured_on_the_way_is_drawn() -> None:
    results = traces(FULL)
    arms = (
        arm.with_(trace=tuple(point.with_(accuracy_drop=None, accuracy_drop_ci95=None) for point in arm.trace))
        for arm in results.arms
    )
    results = results.with_(arms=tuple(arms))
    figure = chart(results, TARGET, marks(methods(results), []), "chart")
    assert figure is not None
    assert "Gain (points)" in figure.svg
    assert "Forgetting (points)" not in figure.svg
