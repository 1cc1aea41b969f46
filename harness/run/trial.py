"""The only composer: takes a trial, returns its record. Loads, adapts or prompts, evaluates, and gathers."""

import gc
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.data.tasks.guessing import with_answers_dealt_anew
from harness.data.tasks.target import TargetTask, split_hashes
from harness.data.tokenization import encode_answer
from harness.methods import method_named, training_method
from harness.methods.kinds.adapter import Adapter
from harness.methods.kinds.prompted import Prompted
from harness.methods.kinds.student import Student
from harness.models.interpolation import models_between
from harness.models.loading import is_out_of_memory
from harness.plan.job import Inputs
from harness.run.arms.candidate import load_and_check
from harness.run.arms.delivered import Delivered
from harness.run.arms.prompted import show_examples
from harness.run.arms.trained import OutOfMemoryInTraining, adapt_and_train
from harness.run.context import Clock, Context, Progress
from harness.run.cost.memory import PhaseMemory, highest, release
from harness.run.cost.probes import parameter_counts, probe_forward, virtual_tokens, weight_bytes
from harness.run.environment import describe
from harness.run.promises.model import NAMES
from harness.run.scoring.evaluated import Evaluated
from harness.run.scoring.general import divergence_on_text, evaluate_general
from harness.run.scoring.log_likelihood import agreement
from harness.run.scoring.target import evaluate_target
from harness.run.training.ingredients import fine_tunes_teacher
from harness.run.training.loop import Diverged
from harness.schema.errors import UnwritableError, UserError
from harness.schema.measured import Measured, at_scale, at_step, with_role, without_scores
from harness.schema.record import Along, Between, Cost, Record, Score, Status, Teacher
from harness.schema.trial import BASE, Trial


def run_trial(
    trial: Trial,
    inputs: Inputs,
    progress: Progress = lambda phase, done, total: None,
    keep: Path | None = None,
    scratch: Path | None = None,
) -> Measured:
    """Runs one trial to its end. Whatever goes wrong in it becomes its record's status and reason.

    Args:
        keep: a directory for what the trial trained, as other programs load it; None keeps nothing.
        scratch: below which it may write for the time of a check; None for the system's temporary directory.

    Raises:
        UnwritableError: a disk is full, or the like: no other trial would fare better.
    """
    started, start = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    try:
        measured = _fitting(Context(trial, _dealt(inputs) if trial.floor else inputs, progress, keep, scratch))
    except Diverged as error:
        measured = without_scores(trial, Status.DIVERGED, str(error))
    except UnwritableError:
        raise
    except UserError as error:
        # Whoever gives a candidate asks about nothing else: that it cannot be read is no finding about a combination.
        status = Status.UNSUPPORTED if trial.candidate is None else Status.FAILED
        measured = without_scores(trial, status, str(error))
    except Exception as error:
        status = Status.OUT_OF_MEMORY if is_out_of_memory(error) else Status.FAILED
        reason = f"{type(error).__name__}: {error}"
        if status is Status.FAILED:
            reason += "\n" + traceback.format_exc()
        measured = without_scores(trial, status, reason)
    finally:
        gc.collect()
        release()
    record = replace(
        measured.record,
        environment=describe(trial.platform.threads),
        splits=split_hashes(inputs.target),
        started_at=started,
        duration_s=round(time.perf_counter() - start, 3),
    )
    return Measured(record, measured.items)


def _fitting(context: Context) -> Measured:
    """Measured; once more in half the micro-batches where a training step was too large for the memory."""
    recipe = context.trial.recipe
    size = recipe.micro_batch or recipe.batch_size
    try:
        return _measure(context)
    except OutOfMemoryInTraining as error:
        if size < 2:
            raise MemoryError(f"{error} {_what_may_fit(context.trial, size)}".strip()) from None
    gc.collect()
    release()
    half = size // 2
    try:
        measured = _measure(replace(context, micro_batch=half, clock=Clock()))
    except OutOfMemoryInTraining as error:
        raise MemoryError(f"{error} {_what_may_fit(context.trial, half)}".strip()) from None
    note = f"{size} sequences at a time did not fit the memory: trained with micro-batches of {half}"
    return replace(measured, record=replace(measured.record, notes=(*measured.record.notes, note)))


def _what_may_fit(trial: Trial, tried: int) -> str:
    """What asks for less memory and is not asked for yet."""
    ways = [
        f"micro_batch = {max(1, tried // 2)}" if tried > 1 else "",
        "" if trial.recipe.gradient_checkpointing else "gradient_checkpointing = true",
        "" if trial.recipe.optimizer != "adamw" else 'optimizer = "adamw-8bit"',
        "a shorter max_length",
    ]
    stored = "" if trial.quantization.startswith("nf4") else "; or --quantization nf4, where the method can"
    return f"Tried with {tried} sequences at a time. In [recipe] may help: {', '.join(filter(None, ways))}{stored}."


def _dealt(inputs: Inputs) -> Inputs:
    """With training answers that belong to other questions: what is learned from them is which ones are common."""
    return replace(inputs, target=with_answers_dealt_anew(inputs.target))


def _deliver(context: Context, base: Any, on_trace: Callable[[Any, int], None]) -> Delivered:
    trial = context.trial
    if trial.method == BASE:
        counted = Cost(total_params=parameter_counts(base)[1], weight_bytes=weight_bytes(base), trainable_params=0)
        return Delivered(base, context.inputs.target, counted)
    if trial.candidate is not None:
        return load_and_check(context, base)
    method = method_named(trial.method)
    if isinstance(method, Prompted):
        return show_examples(context, method, base)
    return adapt_and_train(context, base, on_trace)


def _measure(context: Context) -> Measured:
    memory = PhaseMemory()
    trace: list[tuple[Along, pd.DataFrame]] = []

    def on_trace(model: Any, step: int) -> None:
        test, general, items = _scored_at(context, model, at_step(step))
        trace.append((Along(step, test, general), items))

    context.progress("load", 0, 1)
    start = time.perf_counter()
    base = context.load()
    context.clock.load_s = time.perf_counter() - start
    loading = memory.end()
    made = _deliver(context, base, on_trace)
    del base  # a student, or a whole model that was trained elsewhere, has left it behind
    memory.end()
    start = time.perf_counter()
    scored = _evaluate(context, made.model, made.target, answers=True)
    context.clock.eval_s = time.perf_counter() - start
    scoring = memory.end()
    if made.moved:
        scored[2:] = [_with_divergence(context, made, one) for one in scored[2:]]
    cost = _with_serving(context, made.cost, made.model, made.target)
    checked = made.checks()
    between, why_none = _between(context, made)
    record = Record(
        context.trial,
        Status.COMPLETED,
        None,
        target=scored[0].score,
        validation=scored[1].score,
        general=tuple(one.score for one in scored[2:]),
        promises=() if context.trial.floor else tuple(sorted(checked, key=lambda promise: NAMES.index(promise.name))),
        cost=replace(
            cost,
            load_s=context.clock.load_s,
            eval_s=context.clock.eval_s,
            load_memory_bytes=loading.allocated,
            eval_memory_bytes=scoring.allocated,
            eval_rss_bytes=scoring.resident,
            peak_rss_bytes=highest(loading.resident, cost.train_rss_bytes, scoring.resident),
        ),
        loss_curve=made.loss_curve,
        notes=(*made.notes, *why_none),
        teacher=_teacher(context, made),
        interpolation=tuple(one for one, _ in between),
        trace=tuple(one for one, _ in trace),
    )
    tables = [*(one.items for one in scored), *(items for _, items in between), *(items for _, items in trace)]
    return Measured(record, pd.concat(tables, ignore_index=True))


def _evaluate(context: Context, model: Any, target: TargetTask, answers: bool = False) -> list[Evaluated]:
    """Test, validation, and every general task.

    Raises:
        Diverged: a score is not finite.
    """
    scoring, length = context.trial.scoring, context.context_length - virtual_tokens(model)
    total = len(context.inputs.general) + 2
    context.progress("evaluate", 0, total)
    splits, tokenizer = ("test", "validation"), context.tokenizer
    scored = [evaluate_target(model, tokenizer, target, split, scoring, length, answers) for split in splits]
    for done, task in enumerate(context.inputs.general, 3):
        scored.append(evaluate_general(model, tokenizer, task, scoring, length))
        context.progress("evaluate", done, total)
    if not all(np.isfinite(one.items["nll"]).all() for one in scored):
        raise Diverged("a score is not finite after training")
    return scored


def _scored_at(context: Context, model: Any, role: str) -> tuple[Score, tuple[Score, ...], pd.DataFrame]:
    """Scores on the target's test items and the general tasks, and their items, of a model that is not the last one."""
    test, _, *general = _evaluate(context, model, context.inputs.target)
    items = pd.concat([one.items for one in (test, *general)], ignore_index=True)
    return test.score, tuple(one.score for one in general), with_role(items, role)


def _with_divergence(context: Context, made: Delivered, scored: Evaluated) -> Evaluated:
    """Text tasks say how far the model has moved from the base's own predictions."""
    if scored.score.kind != "text":
        return scored
    task = next(one for one in context.inputs.general if one.name == scored.score.task)
    length, base = context.context_length - virtual_tokens(made.model), made.base or context.load()
    kl = divergence_on_text(made.model, base, context.tokenizer, task, context.trial.scoring, length)
    return replace(scored, score=replace(scored.score, kl_to_base=kl))


def _with_serving(context: Context, cost: Cost, model: Any, target: TargetTask) -> Cost:
    """What answering costs: tokens to read before the answer, and a forward pass."""
    examples = target.test[: context.trial.scoring.max_items or None]
    read = [len(encode_answer(context.tokenizer, example).context) for example in examples]
    forward = probe_forward(model, context.rows[0], context.trial.scoring.dtype)
    return replace(
        cost,
        prompt_tokens=sum(read) / len(read) + virtual_tokens(model),
        forward_flops_per_token=forward.flops_per_token,
        forward_tokens_per_s=forward.tokens_per_s,
    )


def _teacher(context: Context, made: Delivered) -> Teacher | None:
    """What a student's teacher scores, takes, and how often the two agree."""
    teacher, trial, target = made.teacher, context.trial, context.inputs.target
    if teacher is None:
        return None
    length, scoring = context.context_length, trial.scoring
    scored = evaluate_target(teacher, context.tokenizer, target, "test", scoring, length)
    forward = probe_forward(teacher, context.rows[0], scoring.dtype)
    pairs = [encode_answer(context.tokenizer, one) for one in target.test[: scoring.max_items or None]]
    return Teacher(
        fine_tuned=fine_tunes_teacher(training_method(trial.method), trial),
        target=scored.score,
        total_params=parameter_counts(teacher)[1],
        weight_bytes=weight_bytes(teacher),
        forward_flops_per_token=forward.flops_per_token,
        forward_tokens_per_s=forward.tokens_per_s,
        agreement=agreement(made.model, teacher, pairs, context.pad_id, scoring, length),
    )


def _between(context: Context, made: Delivered) -> tuple[list[tuple[Between, pd.DataFrame]], list[str]]:
    """Scores of the models between the base and the trained one, where the trial asks for them; or why there are none.

    The trained one is used up by it.
    """
    trial, model = context.trial, made.model
    if not trial.trains or not trial.scoring.interpolate:
        return [], []
    method = method_named(trial.method)
    reason = method.why_not_merged(trial) if isinstance(method, Adapter) else None
    if isinstance(method, Student):
        reason = "the student has other weights than the base"
    if reason:
        return [], [f"not scaled back towards the base: {reason}"]
    if isinstance(method, Adapter):
        model = method.plain(model)
    found = []
    for scale, one in models_between(context.load(), model, trial.scoring.interpolate):
        test, general, items = _scored_at(context, one, at_scale(scale))
        found.append((Between(scale, test, general), items))
    return found, []
