"""Build: tokenizer, task files, weights and card, from a seed."""

import copy
import random
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from harness.testbed.card import Run, new_card, write_card
from harness.testbed.packing import batches
from harness.testbed.pretrain import Recipe, Say, new_model, new_optimizers, pretrain, train_step
from harness.testbed.readme import render
from harness.testbed.task_files import write_task_files
from harness.testbed.tokenizer import train_tokenizer

_TIMED_STEPS = 5


@dataclass(frozen=True)
class Order:
    """What to build and where; without `minutes` the budget is the recipe's steps."""

    out: Path
    recipe: Recipe
    threads: int
    minutes: float | None = None
    tasks_only: bool = False


def steps_within(minutes: float, tokenizer: PreTrainedTokenizerFast, recipe: Recipe) -> int:
    """How many steps fit into `minutes`, from the time of a few uncompiled ones; at least one per check."""
    model = new_model(tokenizer, recipe.seed)
    optimizers = new_optimizers(model, recipe)
    stream = batches(random.Random(0), tokenizer, recipe.rows, recipe.row_tokens)
    train_step(model, optimizers, next(stream))
    started = time.perf_counter()
    for _ in range(_TIMED_STEPS):
        train_step(model, optimizers, next(stream))
    step_s = (time.perf_counter() - started) / _TIMED_STEPS
    return max(recipe.checks, int(minutes * 60 / step_s))


def build(order: Order, say: Say) -> None:
    """Writes `tasks/` and, unless told not to, `model/` below `order.out`, replacing what is there."""
    recipe, weights = order.recipe, order.out / "model"
    write_task_files(order.out / "tasks", recipe.seed)
    say(f"task files written to {order.out / 'tasks'}")
    if order.tasks_only:
        return
    torch.set_num_threads(order.threads)
    tokenizer = train_tokenizer(recipe.seed)
    tokenizer.save_pretrained(weights)
    if order.minutes is not None:
        recipe = replace(recipe, steps=steps_within(order.minutes, tokenizer, recipe))
    say(f"training {recipe.steps} steps on {order.threads} thread(s)")

    def keep(model: LlamaForCausalLM) -> None:
        copy.deepcopy(model).to(torch.bfloat16).save_pretrained(weights)

    trained = pretrain(tokenizer, recipe, say, keep)
    card = new_card(order.out, Run(recipe, trained.best_step, trained.train_s, order.threads))
    write_card(order.out, card, render(card))
    say(f"model and card written to {weights}")
