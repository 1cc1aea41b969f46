"""What does a trial cost, and does it stay within its budget?"""

import pytest

from harness.judge.budgets import load_budgets
from harness.schema.measured import Measured

ALWAYS = ("total_params", "weight_bytes", "eval_s", "prompt_tokens", "forward_flops_per_token", "forward_tokens_per_s")
TRAINED = (
    "trainable_params",
    "artifact_bytes",
    "gradient_bytes",
    "optimizer_bytes",
    "activation_bytes",
    "flops_per_token",
    "step_s",
    "control_s",
    "train_s",
    "tokens_per_s",
    "peak_memory_bytes",
)


def test_cost_is_measured(completed: Measured) -> None:
    """Every core figure is there, and above zero. Arms that train nothing have no training to count."""
    cost = completed.record.cost
    names = ALWAYS + (TRAINED if completed.trial.trains else ())
    unmeasured = [name for name in names if not (getattr(cost, name) or 0) > 0]
    assert not unmeasured


def test_trainable_parameters_fit_the_bytes(completed: Measured) -> None:
    """Gradients of every trainable parameter, and two AdamW moments for each."""
    cost = completed.record.cost
    if completed.trial.candidate is not None:
        pytest.skip("trained elsewhere")
    if not completed.trial.trains:
        assert cost.trainable_params == 0
        pytest.skip("nothing is trained")
    assert cost.trainable_params is not None
    assert cost.optimizer_bytes is not None
    assert cost.gradient_bytes == 4 * cost.trainable_params
    assert cost.optimizer_bytes >= 2 * cost.gradient_bytes


@pytest.mark.parametrize("budget", load_budgets(), ids=lambda budget: budget.id)
def test_cost_stays_within_budget(budget, completed: Measured) -> None:  # type: ignore[no-untyped-def]
    """`fixtures/budgets.toml`: bounds on counts, which are the same on every machine."""
    if not budget.applies_to(completed.trial) or not completed.trial.trains:
        pytest.skip("another base model or method, or nothing is trained")
    value = getattr(completed.record.cost, budget.measure)
    assert value is not None
    assert value <= budget.limit, f"{budget.measure} is {value}, the budget {budget.limit}: {budget.reason}"
