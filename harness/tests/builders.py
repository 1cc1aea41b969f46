"""Small trials, records and jobs for tests; plain functions, one knob per thing that a test may turn."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.data.readers.examples import Example
from harness.data.tasks.general import GeneralTask, find_general_tasks, load_general
from harness.data.tasks.target import TargetTask, load_target
from harness.models.base import BaseModel, find_base_model
from harness.plan.job import Inputs, Job
from harness.run.context import Context
from harness.schema.measured import GENERAL, ITEM_COLUMNS, TARGET, VALIDATION, Measured, with_none
from harness.schema.record import Record, Score, Status
from harness.schema.trial import Platform, Recipe, Scoring, Source, Trial

PLATFORM = Platform("cpu", 1, "eager", (("torch", "2.13.0"),))
RECIPE = Recipe(3, 4, 128, 1, "cosine", 0.0, 1.0, "float32")
SCORING = Scoring("float32", 4096, 8)


def make_trial(method: str = "lora", rank: int | None = 4, seed: int | None = 0, **changes: Any) -> Trial:
    """A trial that names made-up content; `changes` are fields of `Trial`."""
    trial = Trial(
        base=Source("embedded", "a" * 64),
        target=Source("poems", "b" * 64),
        general=(Source("facts", "c" * 64), Source("chat", "d" * 64)),
        objective="instruction",
        method=method,
        settings=(),
        rank=rank,
        quantization="none",
        learning_rate=1e-3,
        learning_rate_source="tuned",
        seed=seed,
        recipe=RECIPE,
        scoring=SCORING,
        platform=PLATFORM,
        numerics=1,
    )
    return replace(trial, **changes)


def rows(role: str, task: str, scores: Sequence[float], nll: Sequence[float] | None = None) -> pd.DataFrame:
    """Scores per item; two items share a cluster; nats are 1 - score where none are given."""
    numbers = range(len(scores))
    table = {
        "role": role,
        "task": task,
        "item": [f"{task}-{number}" for number in numbers],
        "cluster": [f"{task}-cluster-{number // 2}" for number in numbers],
        "score": np.asarray(scores, dtype=np.float64),
        "nll": np.asarray([1 - score for score in scores] if nll is None else nll, dtype=np.float64),
    }
    return with_none(pd.DataFrame(table))


def make_measured(
    trial: Trial,
    target: Sequence[float] = (0.0, 1.0),
    general: Mapping[str, Sequence[float]] | None = None,
    metric: str = "exact_match",
    chance: float = 0.25,
) -> Measured:
    """A completed record with the given scores per item, on the target and on general choice tasks."""
    general = general or {}
    lower_is_better = metric == "nll_per_token"
    tables = [rows(role, trial.target.name, target) for role in (TARGET, VALIDATION)]
    ability = {task: rows(GENERAL, task, scores) for task, scores in general.items()}
    own = Score(trial.target.name, "completion", metric, not lower_is_better, 0.0, len(target), *_means(tables[0]))
    record = Record(
        trial,
        Status.COMPLETED,
        None,
        target=own,
        validation=own,
        general=tuple(
            Score(task, "choice", "accuracy", True, chance, len(table), *_means(table))
            for task, table in ability.items()
        ),
        started_at="2026-01-01T00:00:00+00:00",
        duration_s=1.0,
    )
    return Measured(record, pd.concat([*tables, *ability.values()], ignore_index=True))


def _means(table: pd.DataFrame) -> tuple[float, float]:
    return float(table["score"].mean()), float(table["nll"].mean())


def ended(trial: Trial, status: Status, reason: str = "because") -> Measured:
    """A trial that ended without scores."""
    return Measured(Record(trial, status, reason), pd.DataFrame(columns=list(ITEM_COLUMNS)))


def make_example(prompt: str = "Say hi.", completion: str = " hi", **changes: Any) -> Example:
    return Example(**{"id": "e", "cluster": "e", "prompt": prompt, "completion": completion, **changes})


def make_target(train: Sequence[Example], test: Sequence[Example], metric: str = "exact_match") -> TargetTask:
    return TargetTask("own", metric, "instruction", tuple(train), tuple(test), tuple(test), "e" * 64)


@cache
def embedded() -> BaseModel:
    return find_base_model("embedded")


@cache
def few_examples() -> TargetTask:
    """The first examples of a shipped target."""
    target = load_target("new-facts")
    return replace(target, train=target.train[:24], validation=target.validation[:4], test=target.test[:4])


@cache
def agreement() -> GeneralTask:
    return load_general(find_general_tasks("agreement")[0])


def real_trial(method: str, rank: int | None = None, **changes: Any) -> Trial:
    """A trial of the shipped model on `few_examples`: three steps of four sequences."""
    named = {"base": embedded().source, "target": Source("new-facts", few_examples().sha256)}
    general = (Source(agreement().name, agreement().sha256),)
    return make_trial(method, rank, **{**named, "general": general, **changes})


def job_of(trial: Trial) -> Job:
    return Job(trial, Inputs(embedded(), few_examples(), (agreement(),)))


def context_of(trial: Trial, **inputs: Any) -> Context:
    """What a real trial works on; `inputs` are fields of `Inputs`."""
    return Context(trial, replace(job_of(trial).inputs, **inputs), lambda phase, done, total: None)


def measure(trial: Trial, keep: Path | None = None, **inputs: Any) -> Measured:
    """Runs a real trial in this process as a worker would: on as many threads as it names, without PEFT's notices."""
    import torch

    from harness.run.trial import run_trial

    torch.set_num_threads(trial.platform.threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run_trial(trial, replace(job_of(trial).inputs, **inputs), keep=keep)
