"""What does a trial gain on its target?"""

import math

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
