"""From a base to a trained model: adapts, trains, counts the cost, and checks what needs the training state."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.methods import training_method
from harness.methods.kinds.protocol import Training
from harness.run.context import Setup, seed_everything
from harness.run.cost.memory import Peak, PhaseMemory
from harness.run.cost.probes import directory_bytes, parameter_counts, probe_step, weight_bytes
from harness.run.promises import model as promises
from harness.run.promises.artifact import artifact_promises, off_promise
from harness.run.training.ingredients import Lesson, Material, make_lesson, make_teacher, run_lesson
from harness.run.training.loop import TrainLog
from harness.schema.record import Cost, Promise


@dataclass(frozen=True)
class Adapted:
    """A trained model, and what there is to say about it.

    Attributes:
        teacher: the model that a student learned from.
    """

    model: Any
    cost: Cost
    log: TrainLog
    promises: list[Promise]
    teacher: Any | None


OnTrace = Callable[[Any, int], None]
"""Called with the model, in evaluation mode, and the optimizer steps done."""


def adapt_and_train(setup: Setup, base: Any, on_trace: OnTrace = lambda model, step: None) -> Adapted:
    """Trains the base as the trial says.

    Args:
        on_trace: called in the middle of training, every `scoring.trace` steps.

    Raises:
        Diverged: a loss was not finite.
        UserError: the method does not go with this base or these settings.
    """
    trial, rows = setup.trial, setup.rows
    method = training_method(trial.method)
    seed = trial.seed if trial.seed is not None else 0
    base_logits, base_bytes = promises.logits_of(base, rows), weight_bytes(base)
    seed_everything(seed)
    start = time.perf_counter()
    material = Material(setup.sequences, setup.replayed, setup.pad_id, setup.load)
    teacher = make_teacher(trial, method, base, material)
    setup.clock.train_s += 0.0 if teacher is None else time.perf_counter() - start
    model = method.adapt(base, trial)
    frozen = promises.FrozenPart(model if teacher is None else teacher)
    starts = promises.starts_as_base(method, base_logits, model.eval(), rows)
    lesson = make_lesson(trial, method, model, material, teacher)
    log, memory = _train(setup, method, model, lesson, on_trace)
    trained = promises.logits_of(model, rows)
    probe = probe_step(model, lesson.probe, lesson.loss)
    checked = [
        starts,
        promises.declared(model, method, frozen, teacher),
        promises.gradients_flow(probe.without_gradient),
        frozen.check(model if teacher is None else teacher),
        promises.acts(base_logits, trained),
        promises.batch_invariant(setup, model),
        promises.no_leak(setup.inputs.target),
    ]
    artifact, found = _artifact(setup, method, model, base_logits, trained)
    trainable, total = parameter_counts(model)
    weights = weight_bytes(model) + lesson.beside_bytes
    cost = Cost(
        trainable_params=trainable,
        total_params=total,
        artifact_bytes=artifact,
        weight_bytes=max(weights, base_bytes),
        gradient_bytes=probe.gradient_bytes,
        optimizer_bytes=log.optimizer_bytes,
        activation_bytes=probe.activation_bytes,
        flops_per_token=probe.flops_per_token,
        step_s=log.median_step_s,
        control_s=log.median_control_s,
        train_s=setup.clock.train_s,
        tokens_per_s=log.tokens_per_s,
        train_rss_bytes=memory.resident,
        reserved_memory_bytes=memory.reserved,
        peak_memory_bytes=memory.allocated
        or weights + probe.gradient_bytes + log.optimizer_bytes + probe.activation_bytes,
    )
    return Adapted(model, cost, log, checked + found, teacher)


def _train(setup: Setup, method: Training, model: Any, lesson: Lesson, on_trace: OnTrace) -> tuple[TrainLog, Peak]:
    trial, traced_s = setup.trial, 0.0
    if trial.learning_rate is None:
        raise ValueError(f"trial {trial.id} trains, but has no learning rate")

    def on_step(step: int) -> None:
        nonlocal traced_s
        setup.progress("train", step, trial.recipe.steps)
        if trial.scoring.trace and step % trial.scoring.trace == 0 and step < trial.recipe.steps:
            start = time.perf_counter()
            on_trace(model.eval(), step)
            model.train()
            traced_s += time.perf_counter() - start

    memory = PhaseMemory()
    start = time.perf_counter()
    log = run_lesson(trial, method, model, lesson, on_step)
    setup.clock.train_s += time.perf_counter() - start - traced_s - sum(log.control_s)
    return log, memory.end()


def _artifact(setup: Setup, method: Training, model: Any, base_logits: Any, trained: Any) -> tuple[int, list[Promise]]:
    """Saves the artifact, checks it, and keeps it where the user wants it kept.

    Returns:
        Its bytes, and the promises.
    """
    with tempfile.TemporaryDirectory(prefix="harness-artifact-") as name:
        directory = Path(name)
        method.save(model, directory)
        size = directory_bytes(directory)
        reloaded = method.load(setup.load(), directory)
        found = [off_promise(method, base_logits, model, reloaded, setup.rows)]
        found += artifact_promises(
            method, setup.trial, directory, setup.load, reloaded, base_logits, trained, setup.rows
        )
    if setup.keep is not None:
        _export(setup, method, model, setup.keep)
    return size, found


def _export(setup: Setup, method: Training, model: Any, directory: Path) -> None:
    """Replaces what is there at once, so that a directory that can be seen is whole."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    method.export(model, temporary)
    setup.tokenizer.save_pretrained(temporary)
    shutil.rmtree(directory, ignore_errors=True)
    temporary.rename(directory)
