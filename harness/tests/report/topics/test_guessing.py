"""What is said of guessing: what it scores, and who is not above it for certain, however large the gain."""

import pytest

from harness.report.advice.recommend import recommendations
from harness.report.topics import gain, guessing
from harness.schema.results import ArmResult, Results
from harness.tests.report.topics.runs import TARGET, Interval, text_of

ABOVE, NOT_ABOVE = (0.3, 0.2, 0.4), (0.02, -0.01, 0.05)


def with_floor(results: Results, **above: Interval) -> Results:
    """The same results, with what arms gained above a floor of 10 %; the method's name says whose."""

    def changed(arm: ArmResult) -> ArmResult:
        if arm.target is None or arm.method not in above:
            return arm
        value, low, high = above[arm.method]
        found = {"floor": 0.1, "floor_by": "majority", "gain_above_floor": value, "gain_above_floor_ci95": (low, high)}
        return arm.with_(target=arm.target.with_(**found))

    return results.with_(arms=tuple(map(changed, results.arms)))


def floors(prompted: Results, *above: str) -> Results:
    methods = {arm.method for arm in prompted.arms if arm.method != "base"}
    return with_floor(prompted, **{name: ABOVE if name in above else NOT_ABOVE for name in methods})


@pytest.mark.parametrize(
    ("above", "said"),
    [
        ((), "; no arm is above that for certain."),
        (("full", "retrieval", "few-shot", "zero-shot"), "; every arm is above that for certain."),
        (("full", "few-shot", "zero-shot"), "; retrieval-r4 is not above that for certain, whatever the gain."),
    ],
    ids=["none", "all", "all but one"],
)
def test_who_is_not_above_guessing_is_named(prompted: Results, above: tuple[str, ...], said: str) -> None:
    text = text_of(guessing.sentence(floors(prompted, *above), TARGET))
    assert text.startswith("Guessing scores 10.0 %, always giving the commonest training answer")
    assert text.endswith(said)


def test_without_a_floor_it_is_said_that_there_is_none(prompted: Results) -> None:
    assert text_of(guessing.sentence(prompted, TARGET)).startswith("Not measured")


def test_an_arm_that_only_guesses_is_not_recommended(prompted: Results) -> None:
    only = floors(prompted, "full")
    named = {arm for one in recommendations(only, TARGET) for arm in one.arms}
    assert named == {"full"}
    assert text_of(gain.sentence(only, TARGET)).startswith("full gained most")


def test_where_all_only_guess_nobody_is(prompted: Results) -> None:
    assert not any(one.arms for one in recommendations(floors(prompted), TARGET))
    assert text_of(gain.sentence(floors(prompted), TARGET)).endswith("allows for guessing.")
