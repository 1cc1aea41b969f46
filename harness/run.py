"""The only composer: takes a trial, returns its record. Loads, adapts, trains, evaluates, checks, costs."""

import random
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness import promises
from harness.cost import (
    directory_bytes,
    parameter_counts,
    peak_rss_bytes,
    probe_step,
    reset_peak_rss,
    weight_bytes,
)
from harness.encoding import encode_answer
from harness.environment import describe
from harness.errors import UserError
from harness.evaluate import Evaluated, evaluate_general, evaluate_target
from harness.measured import Measured, without_scores
from harness.methods import method_named
from harness.models import BaseModel, context_length, load_model, load_tokenizer
from harness.objectives import Sequence, encode_all
from harness.record import Cost, Promise, Record, Status
from harness.tasks.general import GeneralTask
from harness.tasks.target import TargetTask
from harness.train import Diverged, TrainLog, train
from harness.trial import Trial

PROBE_ROWS = 8
"""Test items whose logits are compared by the promises."""


@dataclass(frozen=True)
class Inputs:
    """What a trial's sources stand for, loaded once per process."""

    base: BaseModel
    target: TargetTask
    general: tuple[GeneralTask, ...]


Progress = Callable[[str, int, int], None]
"""Called with a phase (`load`, `train`, `evaluate`), what is done of it and how much there is."""


@dataclass
class Clock:
    """Seconds per phase."""

    load_s: float = 0.0
    train_s: float = 0.0
    eval_s: float = 0.0


def run_trial(trial: Trial, inputs: Inputs, progress: Progress = lambda phase, done, total: None) -> Measured:
    """Runs one trial to its end. Whatever goes wrong in it becomes its record's status and reason."""
    started, start = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    try:
        measured = _measure(trial, inputs, progress)
    except Diverged as error:
        measured = without_scores(trial, Status.DIVERGED, str(error))
    except UserError as error:
        measured = without_scores(trial, Status.UNSUPPORTED, str(error))
    except Exception as error:
        status = Status.OUT_OF_MEMORY if is_out_of_memory(error) else Status.FAILED
        reason = f"{type(error).__name__}: {error}"
        if status is Status.FAILED:
            reason += "\n" + traceback.format_exc()
        measured = without_scores(trial, status, reason)
    finally:
        _release_memory()
    record = replace(
        measured.record,
        environment=describe(trial.platform.threads),
        started_at=started,
        duration_s=round(time.perf_counter() - start, 3),
    )
    return Measured(record, measured.items)


def is_out_of_memory(error: BaseException) -> bool:
    """The device's own error, Python's, and the CPU allocator's, which torch raises as a plain RuntimeError."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in str(error)
    )


def _release_memory() -> None:
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def seed_everything(seed: int) -> None:
    """Seeds all generators; `train` draws its own order from the same seed."""
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _measure(trial: Trial, inputs: Inputs, progress: Progress) -> Measured:
    clock, rss = Clock(), reset_peak_rss()
    progress("load", 0, 1)
    start = time.perf_counter()
    tokenizer = cached_tokenizer(inputs.base)
    length = context_length(inputs.base)
    model = load_model(trial, inputs.base)
    clock.load_s = time.perf_counter() - start
    kept: list[Promise] = []
    cost, log = Cost(), TrainLog()
    if trial.trains:
        model, cost, log, kept = _adapt(trial, inputs, model, tokenizer, clock, progress)
    else:
        cost = Cost(total_params=parameter_counts(model)[1], weight_bytes=weight_bytes(model), trainable_params=0)
    start = time.perf_counter()
    test, validation, general = _evaluate(trial, inputs, model, tokenizer, length, progress)
    clock.eval_s = time.perf_counter() - start
    if not all(np.isfinite(one.items["nll"]).all() for one in [test, validation, *general]):
        raise Diverged("a score is not finite after training")
    cost = replace(cost, load_s=clock.load_s, eval_s=clock.eval_s, peak_rss_bytes=peak_rss_bytes() if rss else None)
    record = Record(
        trial,
        Status.COMPLETED,
        None,
        target=test.score,
        validation=validation.score,
        general=tuple(one.score for one in general),
        promises=tuple(sorted(kept, key=lambda promise: promises.NAMES.index(promise.name))),
        cost=cost,
        loss_curve=tuple((step, round(loss, 6)) for step, loss in log.loss_curve),
    )
    return Measured(record, pd.concat([one.items for one in [test, validation, *general]], ignore_index=True))


def _evaluate(
    trial: Trial, inputs: Inputs, model: Any, tokenizer: Any, length: int, progress: Progress
) -> tuple[Evaluated, Evaluated, list[Evaluated]]:
    total = len(inputs.general) + 2
    progress("evaluate", 0, total)
    test = evaluate_target(model, tokenizer, inputs.target, "test", trial.scoring, length)
    validation = evaluate_target(model, tokenizer, inputs.target, "validation", trial.scoring, length)
    general = []
    for done, task in enumerate(inputs.general, 3):
        general.append(evaluate_general(model, tokenizer, task, trial.scoring, length))
        progress("evaluate", done, total)
    return test, validation, general


def _adapt(
    trial: Trial, inputs: Inputs, base: Any, tokenizer: Any, clock: Clock, progress: Progress
) -> tuple[Any, Cost, TrainLog, list[Promise]]:
    """Trains, and checks every promise that needs the base or the training state at hand."""
    method = method_named(trial.method)
    seed = trial.seed if trial.seed is not None else 0
    pairs = [encode_answer(tokenizer, example) for example in inputs.target.test[:PROBE_ROWS]]
    rows = [(pair.context + pair.continuation)[: trial.recipe.max_length] for pair in pairs]
    sequences = cached_sequences(inputs.base, inputs.target, trial.recipe.max_length)
    base_logits = promises.logits_of(base, rows)
    base_bytes = weight_bytes(base)
    seed_everything(seed)
    model = method.adapt(base, trial)
    frozen = promises.FrozenPart(model)
    kept = [promises.starts_as_base(method, base_logits, model.eval(), rows)]
    log = _train(trial, model, sequences, seed, tokenizer.pad_token_id, clock, progress)
    memory = _device_peak()
    trained = promises.logits_of(model, rows)
    probe = probe_step(model, sequences[: trial.recipe.batch_size], tokenizer.pad_token_id, trial.recipe.dtype)
    kept += [
        frozen.check_declared(model, method),
        promises.gradients_flow(probe.without_gradient),
        frozen.check(model),
        promises.off_is_base(method, base_logits, model, rows),
        promises.acts(base_logits, trained),
        promises.batch_invariant(model, tokenizer, pairs, trial.scoring, context_length(inputs.base)),
        promises.no_leak(inputs.target),
    ]
    with tempfile.TemporaryDirectory(prefix="harness-artifact-") as directory:
        method.save(model, Path(directory))
        artifact = directory_bytes(Path(directory))
        kept += promises.artifact_promises(
            method, trial, Path(directory), lambda: load_model(trial, inputs.base), trained, rows
        )
    trainable, total = parameter_counts(model)
    weights = weight_bytes(model)
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
        train_s=clock.train_s,
        tokens_per_s=log.tokens_per_s,
        peak_memory_bytes=memory or weights + probe.gradient_bytes + log.optimizer_bytes + probe.activation_bytes,
    )
    return model, cost, log, kept


def _train(
    trial: Trial, model: Any, sequences: list[Sequence], seed: int, pad_id: int, clock: Clock, progress: Progress
) -> TrainLog:
    steps = trial.recipe.steps
    if trial.learning_rate is None:
        raise ValueError(f"trial {trial.id} trains, but has no learning rate")
    _reset_device_peak()
    start = time.perf_counter()
    log = train(
        model,
        sequences,
        trial.recipe,
        trial.learning_rate,
        seed,
        pad_id,
        on_step=lambda step: progress("train", step, steps),
    )
    clock.train_s = time.perf_counter() - start
    return log


def _reset_device_peak() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _device_peak() -> int | None:
    """Peak bytes that the CUDA allocator gave out while training; None on a CPU, which has no such counter."""
    import torch

    return int(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else None


@cache
def cached_tokenizer(base: BaseModel) -> Any:
    return load_tokenizer(base)


@cache
def cached_sequences(base: BaseModel, target: TargetTask, max_length: int) -> list[Sequence]:
    return encode_all(cached_tokenizer(base), target.objective, target.train, max_length)
