"""Mistakes to plant: each changes a function of the product where it is looked up, until the patch is undone."""

import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from harness.data.objectives import Sequence, collate
from harness.data.tokenization import Pair, encode_answer
from harness.judge import pairing
from harness.judge.pairing import Bench
from harness.judge.stats import Clusters, Interval, Paired, mean_interval
from harness.models.base import load_model
from harness.run import context
from harness.run import trial as run
from harness.run.scoring.target import evaluate_target
from harness.run.training.loop import train
from harness.schema.trial import Trial

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], object]


def boundary(where: str, by: int) -> Plant:
    """The first `by` tokens of every answer count as given; below 0, as many given ones count as the answer."""

    def moved(*args: Any) -> Pair:
        context, continuation = encode_answer(*args)
        tokens, cut = context + continuation, len(context) + by
        return Pair(tokens[:cut], tokens[cut:])

    return lambda patch: patch.setattr(f"{where}.encode_answer", moved)


def without_end(where: str) -> Plant:
    def shortened(*args: Any) -> Pair:
        context, continuation = encode_answer(*args)
        return Pair(context, continuation[:-1])

    return lambda patch: patch.setattr(f"{where}.encode_answer", shortened)


def collating(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Plant:
    return lambda patch: patch.setattr(
        "harness.run.training.losses.collate", lambda sequences, pad_id: change(collate(sequences, pad_id))
    )


def shifted(batch: dict[str, Any]) -> dict[str, Any]:
    ends = torch.full((len(batch["labels"]), 1), -100)
    return {**batch, "labels": torch.cat([batch["labels"][:, 1:], ends], dim=1)}


def padding_learned(batch: dict[str, Any]) -> dict[str, Any]:
    return {**batch, "labels": batch["labels"].where(batch["attention_mask"] == 1, batch["input_ids"])}


def prompt_learned(tokenizer: Any, example: Any) -> Sequence:
    context, continuation = encode_answer(tokenizer, example)
    tokens = context + continuation
    return Sequence(tokens, tokens)


def reading(start: Callable[[int, int, int], int], left: bool = False, longer: int = 0) -> Plant:
    """Another `_forward`: rows padded on the left or not, read from `start(tokens, width, count)` on."""

    def forward(model: Any, rows: list[tuple[int, ...]], counts: list[int], pad_id: int, dtype: str) -> list[Any]:
        width = max(map(len, rows)) + longer
        ids, mask = [], []
        for row in rows:
            pads = width - len(row)
            ids.append([*[pad_id] * pads, *row] if left else [*row, *[pad_id] * pads])
            mask.append([0] * pads + [1] * len(row) if left else [1] * len(row) + [0] * pads)
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).logits
        firsts = [start(len(row), width, count) for row, count in zip(rows, counts, strict=True)]
        parts = zip(logits, firsts, counts, strict=True)
        return [row[first : first + count].log_softmax(-1) for row, first, count in parts]

    return lambda patch: patch.setattr("harness.run.scoring.log_likelihood._forward", forward)


def random_adapter_on_the_base(patch: Patch) -> None:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(task_type="CAUSAL_LM", r=4, target_modules="all-linear", init_lora_weights=False)

    def loaded(trial: Trial, base: Any) -> Any:
        model = load_model(trial, base)
        return get_peft_model(model, config).eval() if trial.is_base else model

    patch.setattr(context, "load_model", loaded)


def switched_off_when_scored(patch: Patch) -> None:
    score = run._evaluate

    def scored(context: Any, model: Any, target: Any, answers: bool = False) -> Any:
        with model.disable_adapter() if hasattr(model, "disable_adapter") else nullcontext():
            return score(context, model, target, answers)

    patch.setattr(run, "_evaluate", scored)


def dropout_left_on(patch: Patch) -> None:
    score = run._evaluate
    patch.setattr(run, "_evaluate", lambda context, model, *rest, **how: score(context, model.train(), *rest, **how))


def trace_that_draws(patch: Patch) -> None:
    score = run._scored_at

    def drawing(context: Any, model: Any, role: str) -> Any:
        torch.rand(1)
        return score(context, model, role)

    patch.setattr(run, "_scored_at", drawing)


def validation_for_test(patch: Patch) -> None:
    patch.setattr(
        run,
        "evaluate_target",
        lambda model, tokenizer, target, *rest, **how: evaluate_target(
            model, tokenizer, replace(target, test=target.validation), *rest, **how
        ),
    )


def without_clipping(patch: Patch) -> None:
    def unclipped(*args: Any) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr("torch.nn.utils.clip_grad_norm_", lambda *args: None)
            return train(*args)

    patch.setattr("harness.run.training.ingredients.train", unclipped)


def one_order_for_all_seeds(patch: Patch) -> None:
    patch.setattr("harness.run.training.loop.random", SimpleNamespace(Random=lambda seed: random.Random(0)))


def by_place(patch: Patch) -> None:
    rows = pairing._matrix
    patch.setattr(pairing, "_matrix", lambda tables, order, *rest: rows(
        [table.set_axis(order, axis=0) if len(table) == len(order) else table for table in tables], order, *rest
    ))  # fmt: skip


def unquantized_before(patch: Patch) -> None:
    before = Bench.before
    patch.setattr(Bench, "before", lambda self, trial, quantization=None: before(self, trial, "none"))


def own_base_for_the_base_as_it_is(patch: Patch) -> None:
    before = Bench.before
    patch.setattr(Bench, "before", lambda self, trial, quantization=None: before(self, trial))


def every_item_a_cluster(patch: Patch) -> None:
    patch.setattr(pairing, "Clusters", lambda clusters: Clusters([*map(str, range(len(clusters)))]))


def seeds_not_resampled(patch: Patch) -> None:
    def of_items(tasks: Any, *args: Any, **named: Any) -> Interval:
        means = [Paired(task.differences.mean(axis=0, keepdims=True), task.clusters) for task in tasks]
        return mean_interval(means, *args, **named)

    patch.setattr("harness.tests.judge.test_stats.mean_interval", of_items)


def sign_forgotten(patch: Patch) -> None:
    change = Bench.mean_change
    patch.setattr(Bench, "mean_change", lambda self, group, role, tasks, sign, *rest, **named: change(
        self, group, role, tasks, 1.0, *rest, **named
    ))  # fmt: skip


def believed(found: Any, p: float) -> str:
    gain: Interval = found.gain
    return "equal" if abs(gain.value) <= 0.05 else "more" if gain.value > 0 else "less"
