"""Records that no training produced: a whole run in memory, seeded, for tests of what reads records."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from harness.judge.results import build_results
from harness.plan.reproduce import commands_of_run
from harness.schema.measured import (
    GENERAL,
    ITEM_COLUMNS,
    TARGET,
    VALIDATION,
    Measured,
    at_scale,
    at_step,
    with_role,
)
from harness.schema.record import Along, Between, Cost, Promise, Record, Score, Status, Teacher
from harness.schema.results import RatePoint, Results, RunFields, Sweep
from harness.schema.trial import BASE, NO_TRAINING, Platform, Recipe, Scoring, Source, Trial

TARGETS = ("new-facts", "sort-digits")
LADDER = ("new-facts", "poems", "json", "code", "new-language")
CHOICE_TASKS = ("agreement", "antonyms", "arithmetic", "capitals", "copying", "ordering", "plurals")
TEXT_TASK = "stories"
ITEMS = 160
CHANCE = 0.25
PLATFORM = Platform("cpu", threads=2, attention="eager", versions=(("torch", "2.13.0"), ("transformers", "5.1.0")))
RECIPE = Recipe(60, 16, 64, 6, "linear", 0.0, 1.0, "float32")


@dataclass(frozen=True)
class Arm:
    """One way of adapting with the effect it shall have: shares of items that flip."""

    method: str
    rank: int | None
    quantization: str
    learned: float
    forgot: float
    trainable_params: int
    trains: bool = True
    seeded: bool = True
    notes: tuple[str, ...] = ()


FULL = Arm("full", None, "none", 0.62, 0.14, 1_312_000)
ARMS = (
    FULL,
    Arm("top-layers", None, "none", 0.50, 0.09, 398_000),
    Arm("lora", 2, "none", 0.42, 0.04, 9_200),
    Arm("lora", 8, "none", 0.61, 0.05, 36_900),
    Arm("lora", 32, "none", 0.63, 0.08, 147_500),
    Arm("lora", 8, "int8", 0.60, 0.06, 36_900),
    Arm("lora", 8, "nf4", 0.56, 0.07, 36_900),
    Arm("ia3", None, "none", 0.12, 0.01, 1_500),
    Arm("prompt-tuning", 16, "none", 0.05, 0.005, 2_048),
)
NOTE = "3.2 of 8 examples were shown on average, at most 5: no more fit the context of 128 tokens"
ZERO_SHOT = Arm("zero-shot", None, "none", 0.0, 0.0, 0, trains=False, seeded=False)
FEW_SHOT = Arm("few-shot", 8, "none", 0.2, 0.0, 0, trains=False, notes=(NOTE,))
RETRIEVAL = Arm("retrieval", 4, "none", 0.63, 0.0, 0, trains=False, seeded=False)
PROMPTED = (ZERO_SHOT, FEW_SHOT, RETRIEVAL)
STUDENT = Arm("distill", None, "none", 0.4, 0.3, 770_000)
SCALES = (0.25, 0.5, 0.75)
STEPS = (15, 30, 45)
QUANTIZATION_LOSS = {"none": 0.0, "int8": 0.005, "nf4": 0.03}


def trial_of(arm: Arm | None, target: str, seed: int | None, quantization: str = "none") -> Trial:
    """A trial of `arm`, or the base arm where it is None."""
    return Trial(
        base=Source("embedded", "a" * 64),
        target=Source(target, "b" * 64),
        general=tuple(Source(task, "c" * 64) for task in (*CHOICE_TASKS, TEXT_TASK)),
        objective="instruction",
        method=arm.method if arm else BASE,
        settings=(),
        rank=arm.rank if arm else None,
        quantization=arm.quantization if arm else quantization,
        learning_rate=2e-3 if arm and arm.trains else None,
        learning_rate_source="tuned" if arm and arm.trains else "none",
        seed=seed,
        recipe=RECIPE if arm and arm.trains else NO_TRAINING,
        scoring=Scoring("float32", 4096, 0),
        platform=PLATFORM,
    )


def rng_of(*parts: object) -> np.random.Generator:
    """The same draws for the same parts, on every machine."""
    return np.random.default_rng(list(" ".join(map(str, parts)).encode()))


def _right_before(task: str, quantization: str) -> np.ndarray[Any, Any]:
    right = rng_of("before", task).random(ITEMS) < 0.82
    return right & ~(rng_of("quantized", task, quantization).random(ITEMS) < QUANTIZATION_LOSS[quantization])


def _rows(role: str, task: str, scores: np.ndarray[Any, Any], nll: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Items with texts, but for the validation split; of the target's wrong answers only the first ones are known."""
    items, right = range(len(scores)), scores == 1
    asked, answers = role != VALIDATION, role != VALIDATION and task != TEXT_TASK
    said = [answers and (role == GENERAL or bool(right[item]) or item < 8) for item in items]
    texts = {
        "question": [f"Question {item} of {task}: what is right?" if asked else None for item in items],
        "expected": [f"answer {item}" if answers else None for item in items],
        "answer": [f"answer {item if right[item] else item + 1}" if said[item] else None for item in items],
    }
    table = {
        "role": role,
        "task": task,
        "item": [f"{task}-{role}-{item}" for item in items],
        "cluster": [f"{task}-{item // 2}" for item in items],
        "score": scores.astype(float),
        "nll": nll,
    }
    return pd.DataFrame(table | {name: pd.Series(column, dtype=object) for name, column in texts.items()})


def _general_rows(trial: Trial, arm: Arm | None) -> list[pd.DataFrame]:
    tables = []
    for task in CHOICE_TASKS:
        before = _right_before(task, trial.quantization)
        draw = rng_of("after", task, trial.target.name, trial.arm, trial.seed).random(ITEMS)
        forgot = arm.forgot if arm else 0.0
        after = np.where(before, draw >= forgot, draw < forgot / 5)
        noise = rng_of("nll", task).exponential(0.3, ITEMS)
        tables.append(_rows(GENERAL, task, after, noise + np.where(after, 0.15, 1.9)))
    nll = rng_of(TEXT_TASK).normal(2.1, 0.2, ITEMS) + 3 * (arm.forgot if arm else 0.0)
    return [*tables, _rows(GENERAL, TEXT_TASK, nll, nll)]


def _target_rows(trial: Trial, arm: Arm | None, role: str) -> pd.DataFrame:
    name = trial.target.name
    before = rng_of("target", name, role).random(ITEMS) < 0.06
    draw = rng_of("learn", name, role, trial.arm, trial.seed).random(ITEMS)
    shared = rng_of("hard", name, role).random(ITEMS)
    after = before | (0.96 * shared + 0.04 * draw < (arm.learned if arm else 0.0))
    return _rows(role, name, after, np.where(after, 0.3, 2.4) + 0.2 * draw)


def _score(table: pd.DataFrame, task: str, kind: str, metric: str, chance: float) -> Score:
    value, nll = float(table["score"].mean()), float(table["nll"].mean())
    return Score(task, kind, metric, kind != "text", chance, len(table), value, nll)


def _cost(arm: Arm | None, quantization: str) -> Cost:
    weights = {"none": 5_250_000, "int8": 2_100_000, "nf4": 1_500_000}[quantization]
    serving = Cost(prompt_tokens=15.0, forward_flops_per_token=2.6e6, forward_tokens_per_s=19_600.0)
    if arm is None or not arm.trains:
        tokens = 15.0 + 9 * (arm.rank or 0) if arm else 15.0
        kept = 40 * (arm.rank or 0) if arm else None
        return replace(serving, trainable_params=0, total_params=1_312_000, artifact_bytes=kept, weight_bytes=weights,
                       eval_s=3.1, prompt_tokens=tokens)  # fmt: skip
    return replace(
        serving,
        trainable_params=arm.trainable_params,
        total_params=1_312_000 + (0 if arm.method == "full" else arm.trainable_params),
        artifact_bytes=4 * arm.trainable_params,
        weight_bytes=weights,
        gradient_bytes=4 * arm.trainable_params,
        optimizer_bytes=8 * arm.trainable_params,
        activation_bytes=6_400_000,
        flops_per_token=4e6,
        step_s=0.031 + arm.trainable_params * 1e-8,
        train_s=2.4,
        eval_s=3.2,
        tokens_per_s=9400.0,
        peak_memory_bytes=weights + 12 * arm.trainable_params + 6_400_000,
    )


def _promises(arm: Arm) -> tuple[Promise, ...]:
    if not arm.trains:
        return (Promise("reload gives the same outputs", None, "nothing is trained"),)
    adapter = arm.method not in ("full", "top-layers")
    return (
        Promise("base weights untouched", True if adapter else None, "" if adapter else "trains the base itself"),
        Promise("reload gives the same outputs", True, "largest difference 0"),
        Promise("no test item in training", True, "0 of 160 items"),
    )


@cache
def completed(arm: Arm | None, target: str, seed: int | None, quantization: str = "none") -> Measured:
    """A completed trial of `arm`, or the base arm where it is None."""
    trial = trial_of(arm, target, seed, quantization)
    tested, validated = _target_rows(trial, arm, TARGET), _target_rows(trial, arm, VALIDATION)
    general = _general_rows(trial, arm)
    scores = [
        _score(table, task, "choice", "accuracy", CHANCE)
        for task, table in zip(CHOICE_TASKS, general[:-1], strict=True)
    ]
    text = _score(general[-1], TEXT_TASK, "text", "nll_per_token", 0.0)
    moved = 2 * arm.forgot if arm and arm.trains else None
    text = replace(text, bits_per_byte=text.nll / 3, word_perplexity=float(np.exp(1.3 * text.nll)), kl_to_base=moved)
    steps = np.arange(1, RECIPE.steps + 1)
    losses = 2.4 * np.exp(-steps * (arm.learned if arm else 0.0) / 18) + 0.2 * rng_of("loss", trial.id).random(60)
    record = Record(
        trial=trial,
        status=Status.COMPLETED,
        reason=None,
        target=_score(tested, target, "completion", "exact_match", 0.0),
        validation=_score(validated, target, "completion", "exact_match", 0.0),
        general=(*scores, text),
        promises=_promises(arm) if arm else (),
        cost=_cost(arm, trial.quantization),
        loss_curve=tuple((int(step), float(loss)) for step, loss in zip(steps, losses, strict=True))
        if arm and arm.trains
        else (),
        notes=arm.notes if arm else (),
        environment={"platform": "test"},
        started_at="2025-01-31T12:00:00+00:00",
        duration_s=6.0,
    )
    return Measured(record, pd.concat([tested, validated, *general], ignore_index=True))


def seeds_of(arm: Arm, seeds: tuple[int, ...]) -> tuple[int | None, ...]:
    """The seeds an arm runs under: none for what draws nothing."""
    return seeds if arm.seeded else (None,)


def scaled_back(arm: Arm, target: str, seed: int | None, scales: tuple[float, ...] = SCALES) -> Measured:
    """A completed trial that was scored part of the way too: half the update learns most and forgets little."""
    one = completed(arm, target, seed)
    trial = replace(one.trial, scoring=replace(one.trial.scoring, interpolate=scales))
    tables, points = [one.items], []
    for scale in scales:
        part = replace(arm, learned=arm.learned * scale**0.3, forgot=arm.forgot * scale**2)
        between = completed(part, target, seed)
        scored = between.record
        assert scored.target is not None
        points.append(Between(scale, scored.target, scored.general))
        tables.append(with_role(between.items[between.items["role"] != VALIDATION], at_scale(scale)))
    record = replace(one.record, trial=trial, interpolation=tuple(points))
    return Measured(record, pd.concat(tables, ignore_index=True))


def traced(one: Measured, arm: Arm, steps: tuple[int, ...] = STEPS) -> Measured:
    """The same trial, scored while it trained too: most is learned early, and forgotten evenly."""
    trial = replace(one.trial, scoring=replace(one.trial.scoring, trace=steps[0]))
    tables, points = [one.items], []
    for step in steps:
        done = step / RECIPE.steps
        part = replace(arm, learned=arm.learned * done**0.3, forgot=arm.forgot * done)
        along = completed(part, trial.target.name, trial.seed)
        assert along.record.target is not None
        points.append(Along(step, along.record.target, along.record.general))
        tables.append(with_role(along.items[along.items["role"] != VALIDATION], at_step(step)))
    record = replace(one.record, trial=trial, trace=tuple(points))
    return Measured(record, pd.concat(tables, ignore_index=True))


def student(target: str, seed: int, arm: Arm = STUDENT, fine_tuned: bool = True) -> Measured:
    """A completed trial of a smaller model that learned from another one."""
    one = completed(arm, target, seed)
    score = one.record.target
    assert score is not None
    teacher = Teacher(fine_tuned, replace(score, value=0.64), 1_312_000, 5_250_000, 2.6e6, 19_600.0, 0.71)
    cost = replace(one.record.cost, total_params=770_000, forward_flops_per_token=1.7e6, forward_tokens_per_s=28_400.0)
    return Measured(replace(one.record, teacher=teacher, cost=cost), one.items)


def stopped(arm: Arm, target: str, seed: int, status: Status, reason: str) -> Measured:
    """A trial that ended without scores."""
    record = Record(trial_of(arm, target, seed), status, reason, cost=Cost(trainable_params=arm.trainable_params))
    return Measured(record, pd.DataFrame(columns=list(ITEM_COLUMNS)))


def base_arms(target: str) -> list[Measured]:
    """The base at every level of quantization."""
    return [completed(None, target, None, quantization) for quantization in QUANTIZATION_LOSS]


def whole_run(seeds: tuple[int, ...] = (0, 1)) -> list[Measured]:
    """9 arms x 2 targets x seeds with their base arms, arms without training, a student, two arms scaled back and
    traced, and one trial each that diverged, failed and was refused."""
    measured = [one for target in TARGETS for one in base_arms(target)]
    for target in TARGETS:
        measured += [
            traced(scaled_back(arm, target, seed), arm) if arm in (FULL, ARMS[3]) else completed(arm, target, seed)
            for arm in (*ARMS, *PROMPTED)
            for seed in seeds_of(arm, seeds)
        ]
    measured += [student(TARGETS[0], seed) for seed in seeds]
    wild = replace(ARMS[4], rank=128)
    measured.append(stopped(wild, TARGETS[0], 0, Status.DIVERGED, "loss became NaN at step 12"))
    measured.append(stopped(replace(FULL, quantization="nf4"), TARGETS[0], 0, Status.UNSUPPORTED, "4-bit is frozen"))
    measured.append(stopped(replace(ARMS[7], method="boft"), TARGETS[1], 0, Status.FAILED, "KeyError: 'w1'"))
    return measured


def ladder_run(seeds: tuple[int, ...] = (0, 1)) -> list[Measured]:
    """Full fine-tuning and LoRA on five targets, from near to far: the further, the less LoRA learns."""
    measured = [one for target in LADDER for one in base_arms(target)[:1]]
    for place, target in enumerate(LADDER):
        lora = Arm("lora", 16, "none", 0.62 - 0.12 * place, 0.05, 74_000)
        full = replace(FULL, forgot=0.1 + 0.05 * place)
        measured += [completed(arm, target, seed) for arm in (full, lora) for seed in seeds]
    return measured


def crowded_run(methods: int = 60, seeds: tuple[int, ...] = (0,)) -> list[Measured]:
    """What `--methods all` brings: full fine-tuning, arms without training, many adapters, some of them refused."""
    measured = [one for target in TARGETS for one in base_arms(target)[:1]]
    names = [f"peft:type_{place:02}" if place % 3 else f"adapter-{place:02}" for place in range(methods - 4)]
    draws = rng_of("crowd").random((methods, 2))
    arms = [FULL, *PROMPTED]
    arms += [
        Arm(name, 8, "none", 0.65 * skill**0.5, 0.3 * skill * waste, 900 + 700 * place)
        for place, (name, (skill, waste)) in enumerate(zip(names, draws, strict=False))
    ]
    for target in TARGETS:
        for place, arm in enumerate(arms):
            if place % 9 == 8:
                reason = f"{arm.method}: the model has no biases to train, and this one reads {place} of them"
                measured += [stopped(arm, target, seed, Status.UNSUPPORTED, reason) for seed in seeds]
            else:
                measured += [completed(arm, target, seed) for seed in seeds_of(arm, seeds)]
    return measured


def run_fields() -> RunFields:
    """What a run adds to its trials: where it ran, what was asked for, the learning rates it chose."""
    curves = {"full": (0.61, 0.5, 0.2), "lora": (0.3, 0.48, 0.6), "ia3": (0.02, 0.07, 0.12)}
    return RunFields(
        generated_at="2025-01-31T12:34:56+00:00",
        command=("pytest", "suites/", "--profile", "tiny"),
        profile="tiny",
        environment={"python": "3.12.3", "platform": "Linux x86_64", "device": "cpu", "cores": 2, "torch": "2.13.0"},
        seconds=412.6,
        trained=36,
        reused=6,
        learning_rates=tuple(_sweep(target, *curve) for target in TARGETS for curve in curves.items()),
    )


def _sweep(target: str, method: str, values: tuple[float, ...]) -> Sweep:
    rates = (3e-4, 1e-3, 3e-3)
    return Sweep(
        target=target,
        arm=method,
        method=method,
        rank=None,
        quantization="none",
        metric="exact_match",
        chosen=rates[int(np.argmax(values))],
        at_edge=True,
        seeds=(0,),
        steps=60,
        curve=tuple(RatePoint(learning_rate=rate, validation=value) for rate, value in zip(rates, values, strict=True)),
    )


def results_of(measured: list[Measured], **fields: object) -> Results:
    """The results of these records, through the code that makes them; `fields` replace those of the run."""
    run = RunFields.model_validate({**dict(run_fields()), **fields})
    return build_results(measured, run, commands_of_run(measured, run.command))


def edited(results: Results, edit: Callable[[dict[str, Any]], object]) -> Results:
    """What is read from the file of these results after `edit` changed its content."""
    content = results.model_dump(mode="json", by_alias=True)
    edit(content)
    return Results.model_validate(content)


@cache
def ladder_results() -> Results:
    """The results of the ladder, likewise."""
    return results_of(ladder_run((0,)), learning_rates=())


@cache
def crowded_results() -> Results:
    """The results of more arms than a chart can name, likewise."""
    return results_of(crowded_run(28), learning_rates=())


@cache
def whole_results() -> Results:
    """The results of the whole run, made once for all tests."""
    return results_of(whole_run())
