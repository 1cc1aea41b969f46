"""What does a trial gain on its target?"""

import math

import pytest

from harness.judge.pairing import Bench
from harness.schema.measured import TARGET, Measured


def test_gain_is_measured(completed: Measured, before: Measured) -> None:
    """On the same items as the base arm at the same quantization. How large it is, is a finding."""
    after_score, before_score = completed.record.target, before.record.target
    assert after_score is not None
    assert before_score is not None
    assert (after_score.items, after_score.metric) == (before_score.items, before_score.metric)
    pairs = Bench([completed, before]).paired([completed], [before], TARGET, after_score.task, "score")
    assert pairs is not None
    assert math.isfinite(after_score.value - before_score.value)


@pytest.mark.one_seed
def test_guessing_is_measured_beside_the_gain(completed: Measured, floors: list[Measured]) -> None:
    """On the same items: the commonest answers, and training on shuffled ones. Whether an arm has learned more than
    guessing does is a finding; that no training on shuffled answers crashes is not.
    """
    score = completed.record.target
    assert score is not None
    if not floors:
        pytest.skip("nothing to guess with: there is no right or wrong here, and nothing trains on shuffled answers")
    for one in floors:
        if one.completed:
            assert one.record.target is not None
            assert (one.record.target.items, one.record.target.metric) == (score.items, score.metric)
        else:
            assert one.record.status == "diverged", one.record.reason
