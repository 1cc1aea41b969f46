"""Does the curve between base and trained model say what the items that were scored on the way say?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from harness.judge.curves import scaled_back, while_training
from harness.judge.pairing import Bench
from harness.judge.results import build_results
from harness.schema import results
from harness.schema.measured import GENERAL, TARGET, VALIDATION, Measured, at_scale, at_step, with_role
from harness.schema.record import Along, Between, Status
from harness.schema.trial import Trial
from harness.tests.builders import ended, make_measured, make_trial, rows

FULL = make_trial("full", None)
Scores = list[float]
Point = tuple[Scores, Mapping[str, Scores]]
"""Scores per item of the target, and of every general task."""

BASE: Point = ([0.0, 0.0, 0.0, 0.0], {"facts": [1.0, 1.0, 1.0, 1.0], "chat": [1.0, 1.0, 0.0, 0.0]})
HALF: Point = ([1.0, 0.0, 0.0, 0.0], {"facts": [1.0, 1.0, 1.0, 0.0], "chat": [1.0, 1.0, 0.0, 0.0]})
WHOLE: Point = ([1.0, 1.0, 1.0, 0.0], {"facts": [1.0, 0.0, 1.0, 0.0], "chat": [1.0, 0.0, 0.0, 0.0]})


def before(trial: Trial = FULL, **changes: Any) -> Measured:
    return make_measured(trial.base_arm(), BASE[0], BASE[1], **changes)


def on_the_way(suffix: Callable[[Any], str], trial: Trial, points: Mapping[Any, Point], **changes: Any) -> Measured:
    """A completed trial with further points under roles of their own."""
    whole = make_measured(trial, WHOLE[0], WHOLE[1], **changes)
    tables, found = [whole.items], []
    for place, (target, general) in points.items():
        one = make_measured(trial, target, general, **changes)
        assert one.record.target is not None
        tables.append(with_role(one.items[one.items["role"] != VALIDATION], suffix(place)))
        found.append((place, one.record.target, one.record.general))
    return Measured(
        replace(
            whole.record,
            interpolation=tuple(Between(*one) for one in found) if suffix is at_scale else (),
            trace=tuple(Along(*one) for one in found) if suffix is at_step else (),
        ),
        pd.concat(tables, ignore_index=True),
    )


def scaled(trial: Trial = FULL, points: Mapping[float, Point] | None = None, **changes: Any) -> Measured:
    return on_the_way(at_scale, trial, points or {0.0: BASE, 0.5: HALF, 1.0: WHOLE}, **changes)


def traced(trial: Trial = FULL, points: Mapping[int, Point] | None = None, **changes: Any) -> Measured:
    return on_the_way(at_step, trial, points or {1: BASE, 2: HALF}, **changes)


def read(points: Sequence[results.Point], name: str = "gain") -> list[Any]:
    return [getattr(point, name) for point in points]


def curve_of(*group: Measured, start: Measured | None = None) -> list[results.ScaledBack]:
    base = before() if start is None else start
    return scaled_back(Bench([*group, base]), list(group))


def test_one_point_per_scale_with_gain_and_drop() -> None:
    points = curve_of(scaled())
    assert read(points, "scale") == [0.0, 0.5, 1.0]
    assert read(points) == [0.0, 0.25, 0.75]
    # Facts fall by 0, 1/4, 2/4 and chat by 0, 0, 1/4: each task counts the same.
    assert read(points, "accuracy_drop") == [0.0, 0.125, 0.375]
    assert set(points[0].model_dump()) == {"scale", "gain", "ci95", "accuracy_drop", "accuracy_drop_ci95"}


def test_intervals_hold_their_values_and_have_no_width_at_the_base() -> None:
    for point in curve_of(scaled()):
        for value, interval in (("gain", "ci95"), ("accuracy_drop", "accuracy_drop_ci95")):
            low, high = getattr(point, interval)
            assert low <= getattr(point, value) <= high
    first = curve_of(scaled())[0]
    assert first.ci95 == first.accuracy_drop_ci95 == (0, 0)


def test_scale_1_is_what_the_trial_itself_gained_and_forgot() -> None:
    content = build_results([scaled(), before()])
    (arm,) = [arm for arm in content.arms if arm.method == "full"]
    last = arm.interpolation[-1]
    assert arm.target is not None
    assert arm.forgetting is not None
    assert last.gain == arm.target.gain
    assert last.accuracy_drop == arm.forgetting.accuracy_drop


def test_lower_is_better_where_the_metric_says_so() -> None:
    one, base = scaled(metric="nll_per_token"), before(metric="nll_per_token")
    assert read(scaled_back(Bench([one, base]), [one])) == [0.0, -0.25, -0.75]


def test_seeds_are_averaged() -> None:
    others = {0.0: BASE, 0.5: BASE, 1.0: WHOLE}
    seeds = [scaled(make_trial("full", None, 0)), scaled(make_trial("full", None, 1), others)]
    assert read(curve_of(*seeds)) == [0.0, 0.125, 0.75]


def test_text_tasks_have_no_accuracy_to_drop() -> None:
    one, base = scaled(), before()
    with_text = []
    for measured in (one, base):
        first = measured.record.general[0]
        text = replace(first, task="text", kind="text", metric="nll_per_token", higher_is_better=False)
        items = pd.concat([measured.items, rows(GENERAL, "text", [9.0, 9.0])], ignore_index=True)
        with_text.append(Measured(replace(measured.record, general=(*measured.record.general, text)), items))
    points = scaled_back(Bench(with_text), with_text[:1])
    assert read(points, "accuracy_drop") == read(curve_of(one), "accuracy_drop")


def test_nothing_was_scored_between() -> None:
    assert curve_of(make_measured(FULL, WHOLE[0], WHOLE[1])) == []
    assert scaled_back(Bench([]), []) == []
    assert while_training(Bench([]), []) == []
    assert while_training(Bench([]), [scaled()]) == []


def test_without_a_base_arm_there_is_no_gain_and_no_stand_in() -> None:
    points = scaled_back(Bench([scaled()]), [scaled()])
    assert read(points, "scale") == [0.0, 0.5, 1.0]
    assert {value for point in points for name, value in point if name != "scale"} == {None}


def test_seed_that_lacks_a_point_leaves_the_point_empty() -> None:
    seeds = [scaled(make_trial("full", None, 0)), scaled(make_trial("full", None, 1), {0.0: BASE, 1.0: WHOLE})]
    assert read(curve_of(*seeds)) == [0.0, None, 0.75]


def test_task_that_was_not_scored_on_the_way_leaves_the_drop_empty() -> None:
    facts = {scale: (target, {"facts": general["facts"]}) for scale, (target, general) in {0.5: HALF}.items()}
    (point,) = curve_of(scaled(points=facts))
    assert (point.gain, point.accuracy_drop) == (0.25, None)


def test_points_are_paired_item_by_item_with_the_base() -> None:
    """Shuffled items change nothing; other items are refused."""
    one = scaled()
    mixed = Measured(one.record, one.items.sample(frac=1, random_state=0))
    assert curve_of(mixed) == curve_of(one)
    renamed = Measured(one.record, one.items.assign(item="new-" + one.items["item"]))
    with pytest.raises(ValueError, match="or other ids"):
        curve_of(renamed)


def test_training_is_followed_step_by_step_to_its_end() -> None:
    one, base = traced(), before()
    points = while_training(Bench([one, base]), [one])
    assert read(points, "step") == [1, 2, FULL.recipe.steps]
    assert read(points) == [0.0, 0.25, 0.75]
    assert read(points, "accuracy_drop") == [0.0, 0.125, 0.375]


def test_arm_has_both_curves_and_a_trial_that_crashed_none() -> None:
    content = build_results([scaled(), ended(make_trial("lora"), Status.FAILED), before()])
    arms = {arm.method: arm for arm in content.arms}
    assert read(arms["full"].interpolation) == [0.0, 0.25, 0.75]
    assert (arms["full"].trace, arms["lora"].interpolation, arms["lora"].trace) == ((), (), ())


def test_roles_of_points_are_no_roles_of_the_trial() -> None:
    one = scaled()
    table = one.table(TARGET, "poems")
    assert table is not None
    assert table["score"].to_list() == WHOLE[0]
    assert {at_scale(0.25), at_scale(1.0), at_step(3)} == {"at 0.25", "at 1", "at step 3"}
