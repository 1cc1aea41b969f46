"""One training step of a trial as a function to be timed: same batch, same model, nothing else in it."""

from collections.abc import Callable

from harness.methods import training_method
from harness.plan.job import Job
from harness.run.context import Context, seed_everything
from harness.run.environment import quiet_libraries
from harness.run.training.ingredients import TrainingData, make_teacher, plan_training
from harness.run.training.loop import make_train_step


def training_step(job: Job) -> Callable[[], float]:
    """Loads and adapts the trial's model; the function it returns does one step, and returns its loss."""
    trial = job.trial
    context = Context(trial, job.inputs, lambda phase, done, total: None)
    quiet_libraries(trial.platform.threads)
    seed_everything(trial.seed or 0)
    method, base, data = training_method(trial.method), context.load(), TrainingData.of(context)
    teacher = make_teacher(trial, method, base, data)
    model = method.adapt(base, trial).train()
    plan = plan_training(trial, method, model, data, teacher)
    step = make_train_step(model, trial.recipe, method.optimizer(model, trial), plan.loss, method.after_step)
    return lambda: step(plan.probe_batch)
