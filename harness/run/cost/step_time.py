"""One training step of a trial as a function to be timed: same batch, same model, nothing else in it."""

from collections.abc import Callable

from harness.methods import training_method
from harness.plan.job import Job
from harness.run.context import Setup, seed_everything
from harness.run.engines.worker import quiet_libraries
from harness.run.training.ingredients import Material, make_lesson, make_teacher


def training_step(job: Job) -> Callable[[], float]:
    """Loads and adapts the trial's model; the function it returns runs forward, backward and the optimizer once."""
    trial = job.trial
    setup = Setup(trial, job.inputs, lambda phase, done, total: None)
    quiet_libraries(trial.platform.threads)
    seed_everything(trial.seed or 0)
    method, base = training_method(trial.method), setup.load()
    material = Material(setup.sequences, setup.replayed, setup.pad_id, setup.load)
    teacher = make_teacher(trial, method, base, material)
    model = method.adapt(base, trial).train()
    lesson = make_lesson(trial, method, model, material, teacher)
    optimizer = method.optimizer(model, trial)

    def step() -> float:
        loss = lesson.loss(model, lesson.probe)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())  # waits for the device

    return step
