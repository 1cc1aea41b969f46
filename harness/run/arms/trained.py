"""From a base to a trained model: adapts, trains, counts the cost, and checks what needs the training state."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.methods import training_method
from harness.methods.kinds.adapter import Adapter
from harness.methods.kinds.protocol import TrainingMethod
from harness.models.loading import is_out_of_memory
from harness.models.sharing import sharing
from harness.run.arms.delivered import Delivered
from harness.run.context import Context, seed_everything
from harness.run.cost.memory import Peak, PhaseMemory
from harness.run.cost.probes import StepProbe, directory_bytes, parameter_counts, probe_step, weight_bytes
from harness.run.promises import model as promises
from harness.run.promises.artifact import merge_promises, off_promise, reload_promises
from harness.run.training.ingredients import TrainingData, TrainingPlan, make_teacher, plan_training, run_training
from harness.run.training.loop import TrainLog
from harness.schema.edge import writing
from harness.schema.errors import UserError
from harness.schema.record import Cost, Promise
from harness.store.records import WAY_OUT
from harness.store.scratch import scratch_in

OnTrace = Callable[[Any, int], None]
"""Called with the model, in evaluation mode, and the optimizer steps done."""


def adapt_and_train(context: Context, base: Any, on_trace: OnTrace = lambda model, step: None) -> Delivered:
    """Trains the base as the trial says.

    Args:
        on_trace: called in the middle of training, every `scoring.trace` steps.

    Raises:
        Diverged: a loss was not finite.
        UserError: the method does not go with this base or these settings.
    """
    trial, rows = context.trial, context.rows
    method = training_method(trial.method)
    seed = trial.seed if trial.seed is not None else 0
    base_logits, base_bytes = promises.logits_of(base, rows), weight_bytes(base)
    seed_everything(seed)
    start = time.perf_counter()
    data = TrainingData.of(context)
    teacher = make_teacher(trial, method, base, data)
    context.clock.train_s += 0.0 if teacher is None else time.perf_counter() - start
    # What is scaled back is merged too, and needs weights of its own.
    bare = sharing(base) if leaves_base(method) and not trial.scoring.interpolate else None
    model = method.adapt(base, trial)
    if trial.recipe.gradient_checkpointing:
        checkpoint_activations(model)
    frozen = promises.FrozenPart(model if teacher is None else teacher)
    starts = promises.starts_as_base(method, base_logits, model.eval(), rows)
    plan = plan_training(trial, method, model, data, teacher)
    log, memory = _train(context, method, model, plan, on_trace)
    trained = promises.logits_of(model, rows)
    probe = probe_step(model, plan.probe_batch[: context.recipe.micro_batch or None], plan.loss)
    if trial.recipe.gradient_checkpointing:
        model.gradient_checkpointing_disable()
    checked = [
        starts,
        promises.declared(model, method, frozen, teacher),
        promises.gradients_flow(probe.without_gradient),
        frozen.check(model if teacher is None else teacher),
        promises.acts(base_logits, trained),
        promises.batch_invariant(context, model),
        promises.no_leak(context.inputs.target),
    ]
    artifact, found, merged = _artifact(context, method, model, bare, base_logits, trained)
    weights = weight_bytes(model) + plan.other_weight_bytes
    cost = _cost(context, model, log, memory, probe, weights)
    cost = replace(cost, artifact_bytes=artifact, weight_bytes=max(weights, base_bytes))
    losses = tuple((step, round(loss, 6)) for step, loss in log.loss_curve)

    def checks() -> list[Promise]:
        return [*checked, *found, *merged()]

    target = context.inputs.target
    return Delivered(model, target, cost, checks, moved=True, loss_curve=losses, teacher=teacher, base=bare)


def leaves_base(method: TrainingMethod) -> bool:
    """Whether the base's own weights are the same tensors before and after: then one copy of them serves everything."""
    return isinstance(method, Adapter) and not method.splits_base


def _cost(context: Context, model: Any, log: TrainLog, memory: Peak, probe: StepProbe, weights: int) -> Cost:
    """What training took, the model as it is now.

    Args:
        weights: bytes of all models that training held.
    """
    trainable, total = parameter_counts(model)
    return Cost(
        trainable_params=trainable,
        total_params=total,
        weight_bytes=weights,
        gradient_bytes=probe.gradient_bytes,
        optimizer_bytes=log.optimizer_bytes,
        activation_bytes=probe.activation_bytes,
        flops_per_token=probe.flops_per_token,
        step_s=log.median_step_s,
        control_s=log.median_reference_s,
        train_s=context.clock.train_s,
        tokens_per_s=log.tokens_per_s,
        train_rss_bytes=memory.resident,
        reserved_memory_bytes=memory.reserved,
        peak_memory_bytes=memory.allocated
        or weights + probe.gradient_bytes + log.optimizer_bytes + probe.activation_bytes,
    )


class OutOfMemoryInTraining(MemoryError):  # noqa: N818  # an outcome, not an error
    """A step did not fit; one with less of the batch at a time might."""


def checkpoint_activations(model: Any) -> None:
    """Switches gradient checkpointing on.

    Raises:
        UserError: the model does not know it.
    """
    try:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    except (ValueError, AttributeError) as error:
        raise UserError(f"gradient_checkpointing: the base model does not know it ({error}).") from None


def _train(
    context: Context, method: TrainingMethod, model: Any, plan: TrainingPlan, on_trace: OnTrace
) -> tuple[TrainLog, Peak]:
    trial, traced_s = context.trial, 0.0
    if trial.learning_rate is None:
        raise ValueError(f"trial {trial.id} trains, but has no learning rate")

    def on_step(step: int) -> None:
        nonlocal traced_s
        context.progress("train", step, trial.recipe.steps)
        if trial.scoring.trace and step % trial.scoring.trace == 0 and step < trial.recipe.steps:
            start = time.perf_counter()
            on_trace(model.eval(), step)
            model.train()
            traced_s += time.perf_counter() - start

    memory = PhaseMemory()
    start = time.perf_counter()
    try:
        log = run_training(replace(trial, recipe=context.recipe), method, model, plan, on_step)
    except Exception as error:
        if is_out_of_memory(error):
            raise OutOfMemoryInTraining(str(error)) from None  # the traceback holds what fills the memory
        raise
    context.clock.train_s += time.perf_counter() - start - traced_s - sum(log.reference_s)
    return log, memory.end()


def _artifact(
    context: Context, method: TrainingMethod, model: Any, bare: Any | None, base_logits: Any, trained: Any
) -> tuple[int, list[Promise], Callable[[], list[Promise]]]:
    """Saves the artifact, checks it, and keeps it where the user wants it kept.

    Args:
        bare: the base beside the model, of the same tensors; None where the method changes them.

    Returns:
        Its bytes, the promises, and those that are checked when nobody needs the base's weights any more.
    """
    trial, rows = context.trial, context.rows

    def base() -> Any:
        return context.load() if bare is None else sharing(bare)

    where = "The system's temporary directory" if context.scratch is None else f"The store {str(context.scratch)!r}"
    with _temporary(context.scratch, where) as directory:
        with saving(where, WAY_OUT):
            method.save(model, directory)
        size = directory_bytes(directory)
        reloaded = method.load(base(), directory)
        found = [off_promise(method, base_logits, model, reloaded, rows)]
        found += reload_promises(method, directory, reloaded, base_logits, trained, rows)
        adapter = isinstance(method, Adapter)
        again = method.load(base(), directory) if adapter and not method.why_not_merged(trial) else reloaded
    if context.keep is not None:
        _export(context, method, model, context.keep)
    if bare is None:
        kept = merge_promises(method, trial, again, trained, rows)
        return size, found, lambda: kept
    return size, found, lambda: merge_promises(method, trial, again, trained, rows)


@contextmanager
def _temporary(scratch: Path | None, where: str) -> Iterator[Path]:
    """An empty directory: inside the run's own place if it has one, else inside the system's."""
    with ExitStack() as stack:
        with writing(where, WAY_OUT):
            if scratch is None:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harness-artifact-")))
            else:
                directory = stack.enter_context(scratch_in(scratch))
        yield directory


@contextmanager
def saving(where: str, way_out: str) -> Iterator[None]:
    """As `writing`, for libraries in Rust too, which wrap what the system says in errors of their own.

    Raises:
        UnwritableError: it could not be written.
    """
    with writing(where, way_out):
        try:
            yield
        except Exception as error:
            if (said := re.search(r"\(os error (\d+)\)", str(error))) is None:
                raise
            raise OSError(int(said[1]), os.strerror(int(said[1]))) from None


def _export(context: Context, method: TrainingMethod, model: Any, directory: Path) -> None:
    """Replaces what is there at once, so that a directory that can be seen is whole."""
    way_out = "Make room there, or give another directory with --artifacts DIR, and run again."
    with saving(f"--artifacts: the directory {str(directory.parent)!r}", way_out), scratch_in(directory.parent) as made:
        method.export(model, made)
        context.tokenizer.save_pretrained(made)
        shutil.rmtree(directory, ignore_errors=True)
        made.rename(directory)
