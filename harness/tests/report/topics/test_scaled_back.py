"""Arms whose update was scaled back: which part of it is praised, and how the way back is shown."""

import re
from dataclasses import replace

from harness.report.charts.figure import marks
from harness.report.model.arms import methods
from harness.report.topics.scaled_back import chart, sentence, table
from harness.schema.results import Results
from harness.tests.report.topics.runs import TARGET, text_of
from harness.tests.synthetic import FULL, base_arms, results_of, scaled_back


def scaled(forgot: float) -> Results:
    arm = replace(FULL, forgot=forgot)
    measured = [*base_arms(TARGET), *(scaled_back(arm, TARGET, seed, (0.5, 0.9)) for seed in range(4))]
    return results_of(measured, learning_rates=())


def test_part_of_an_update_that_keeps_its_gain_and_forgets_less_is_named() -> None:
    text = text_of(sentence(scaled(0.3), TARGET))
    assert text.startswith("With 0.5 of its update full forgot ")
    assert text.endswith("This part was picked on the test items themselves.")


def test_part_of_an_update_that_saves_nothing_is_not_praised() -> None:
    assert text_of(sentence(scaled(0.0), TARGET)).startswith("No part of an update forgot less")


def test_the_table_has_every_part_but_the_base_and_marks_the_one_that_is_named() -> None:
    (group,) = table(scaled(0.3)).groups
    assert [(row[1].text, row[1].detail) for row in group.rows] == [("0.5", ""), ("0.9", ""), ("1", "whole")]
    assert [row[3].text for row in group.rows][-1] == "100 %"
    assert [row[-1].tone for row in group.rows] == ["good", "", ""]


def test_every_part_is_labelled_once_on_the_way_back() -> None:
    results = scaled(0.3)
    figure = chart(results, TARGET, marks(methods(results), []), "chart")
    assert figure is not None
    points = [row["part"] for rows in figure.spec["datasets"].values() for row in rows]
    assert points == ["0", "0.5", "0.9", "1"]
    assert all(len(re.findall(f">{part}</text>", figure.svg)) >= 1 for part in points)


def test_nothing_is_said_where_nothing_was_scaled_back(prompted: Results) -> None:
    assert sentence(prompted, TARGET) is None
    assert not table(prompted)
    assert chart(prompted, TARGET, marks(methods(prompted), []), "chart") is None
