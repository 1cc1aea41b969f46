"""How do full fine-tuning and LoRA fare, the further the target lies from what the base knows?

`pytest suites/test_domain_shift.py` trains both on every target that ships, from near to far. As a part of
a larger run it looks at those of its targets that ship.
"""

import math

import pytest

from harness.judge.pairing import Bench
from harness.judge.versus_full import compare_with_full
from harness.schema.measured import Measured
from harness.schema.trial import Trial

pytestmark = pytest.mark.ladder


def test_step_of_the_ladder_is_measured(completed: Measured, before: Measured) -> None:
    """There is something to learn, and both sides of the trade-off are measured against the same base."""
    start, end = before.record.target, completed.record.target
    assert start is not None
    assert end is not None
    solved = start.value >= 0.95 if start.higher_is_better else start.value <= 0.0
    assert not solved, f"the base solves {start.task} already ({start.value:.2f}): it is no step of a ladder"
    assert math.isfinite(end.nll)
    assert {score.task for score in completed.record.general} == {source.name for source in completed.trial.general}


def test_full_and_lora_are_compared(trial: Trial, full: list[Measured], completed: Measured, before: Measured) -> None:
    """Paired with full fine-tuning of the same target and seed; what comes out is a finding."""
    everything = {one.trial.digest: one for one in (completed, before, *full)}
    rows = compare_with_full(Bench(everything.values()))
    assert [row.arm for row in rows] == [trial.arm]
    assert rows[0].gain_difference is not None
