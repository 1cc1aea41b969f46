"""What does a trial forget of the general tasks?"""

import pytest

from harness.judge.pairing import Bench
from harness.schema.measured import GENERAL, Measured
from harness.schema.record import RIGHT_OR_WRONG


def test_forgetting_is_measured(completed: Measured, before: Measured) -> None:
    """Every general task, item by item against the same base. How much is forgotten, is a finding."""
    if not completed.trial.general:
        pytest.skip("no general task was given: forgetting is not measured")
    bench = Bench([completed, before])
    for source in completed.trial.general:
        pairs = bench.paired([completed], [before], GENERAL, source.name, "nll")
        assert pairs is not None, f"{source.name} was not scored on both sides"


def test_accuracies_are_possible(completed: Measured) -> None:
    """Shares of items, from 0 to 1; and a right answer's log-likelihood is never positive."""
    choices = [score for score in completed.record.general if score.kind in RIGHT_OR_WRONG]
    assert all(0 <= score.value <= 1 for score in choices)
    assert (completed.items["nll"] >= 0).all()
