"""Does every trial end with a result?"""

from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.schema.trial import Trial


def test_trial_ends_with_a_result(trial: Trial, measured: Measured) -> None:
    """Completed, or diverged, which is a finding; a crash is never a result."""
    assert measured.record.status in (Status.COMPLETED, Status.DIVERGED), measured.record.reason


def test_trial_trained_as_specified(trial: Trial, completed: Measured) -> None:
    """One finite loss per step of the recipe, of this very trial."""
    steps = [step for step, _ in completed.record.loss_curve]
    assert completed.trial.digest == trial.digest
    assert steps == list(range(1, trial.recipe.steps + 1))
