"""Is the step that is timed the step that trains?"""

import math
import warnings
from dataclasses import replace
from itertools import repeat

import pytest

from harness.methods import training_method
from harness.run.context import seed_everything
from harness.run.step_time import training_step
from harness.run.training.ingredients import TrainingData, plan_training, run_training
from harness.schema.trial import Recipe
from harness.tests.builders import RECIPE, context_of, job_of, real_trial

pytestmark = pytest.mark.trains

CLIPPED = replace(RECIPE, steps=4, max_grad_norm=0.01)
"""A limit that every gradient passes."""


@pytest.mark.parametrize(("method", "recipe"), [("full", CLIPPED), ("adalora", RECIPE)], ids=["clipping", "after_step"])
def test_timed_step_is_that_of_training(method: str, recipe: Recipe) -> None:
    """On the same batch again and again: every loss to the last bit, so clipping and what a method does are in it."""
    trial = real_trial(method, None if method == "full" else 4, recipe=recipe, learning_rate=1e-2)
    context, own = context_of(trial), training_method(method)
    seed_everything(0)
    model = own.adapt(context.load(), trial)
    plan = plan_training(trial, own, model, TrainingData.of(context), None)
    log = run_training(trial, own, model, replace(plan, batches=lambda: repeat(plan.probe_batch)))
    with warnings.catch_warnings():
        step = training_step(job_of(trial))
    assert [step() for _ in log.loss_curve] == [loss for _, loss in log.loss_curve]


def test_timed_steps_may_be_more_than_those_of_the_trial() -> None:
    with warnings.catch_warnings():
        step = training_step(job_of(real_trial("adalora", 4)))
    assert all(math.isfinite(step()) for _ in range(2 * RECIPE.steps))
