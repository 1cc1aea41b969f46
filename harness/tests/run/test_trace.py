"""Is a model that is scored in the middle of its training trained as if nobody had looked?"""

from dataclasses import replace

import pytest

from harness.schema.measured import GENERAL, TARGET, Measured, at_step
from harness.schema.record import Status
from harness.schema.trial import Trial
from harness.tests.builders import RECIPE, SCORING, measure, real_trial

pytestmark = pytest.mark.trains

DROPOUT = (("dropout", 0.5),)


def tracing(every: int, method: str = "full", rank: int | None = None, steps: int = 4, **changes: object) -> Trial:
    recipe, scoring = replace(RECIPE, steps=steps), replace(SCORING, trace=every)
    return real_trial(method, rank, recipe=recipe, scoring=scoring, learning_rate=1e-3, **changes)


def steps_of(measured: Measured) -> list[int]:
    assert measured.record.status is Status.COMPLETED, measured.record.reason
    return [one.step for one in measured.record.trace]


@pytest.mark.parametrize(("every", "steps"), [(1, [1, 2, 3]), (2, [2]), (3, [3]), (4, []), (9, []), (0, [])])
def test_every_so_many_steps_are_scored_but_the_last(every: int, steps: list[int]) -> None:
    assert steps_of(measure(tracing(every))) == steps


@pytest.mark.parametrize(
    ("method", "rank", "settings"),
    [("lora", 4, DROPOUT), ("full", None, ()), ("prompt-tuning", 4, ()), ("vera", 4, ())],
)
def test_looking_changes_nothing(method: str, rank: int | None, settings: tuple[tuple[str, float], ...]) -> None:
    traced, plain = (measure(tracing(every, method, rank, settings=settings)).record for every in (1, 0))
    assert traced.loss_curve == plain.loss_curve
    assert (traced.target, traced.validation, traced.general) == (plain.target, plain.validation, plain.general)
    assert [promise for promise in traced.promises if promise.held is False] == []


def test_point_is_what_a_shorter_training_gives() -> None:
    """At a constant rate, four steps are the first four of six."""
    recipe = replace(RECIPE, steps=6, schedule="constant")
    long = replace(tracing(4), recipe=recipe)
    short = replace(tracing(0), recipe=replace(recipe, steps=4))
    (point,) = measure(long).record.trace
    record = measure(short).record
    assert (point.target, point.general) == (record.target, record.general)


def test_items_on_the_way_stand_under_roles_of_their_own() -> None:
    items = measure(tracing(2)).items
    for role in (TARGET, GENERAL):
        plain, traced = (items[items["role"] == one] for one in (role, f"{role} {at_step(2)}"))
        assert plain["item"].to_list() == traced["item"].to_list() != []
