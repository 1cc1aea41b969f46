"""Build: tokenizer, task files, weights and card, from a seed."""

import copy
import random
import time
from dataclasses import replace
from pathlib import Path

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from harness.testbed.card import new_card, note_tasks, write_card
from harness.testbed.packing import batches
from harness.testbed.pretrain import Recipe, Say, new_model, new_optimizers, pretrain, train_step
from harness.testbed.readme import render
from harness.testbed.task_files import write_task_files
from harness.testbed.tokenizer import train_tokenizer

_TIMED_STEPS = 5


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


def build(
    out: Path, recipe: Recipe, say: Say, threads: int = 1, minutes: float | None = None, tasks_only: bool = False
) -> None:
    """Writes `tasks/` and, unless told not to, `model/` below `out`, replacing what is there.

    The tasks alone leave a model that is there as it is; its card gets their digests.

    Args:
        minutes: the budget of pre-training; None means the recipe's steps.
    """
    weights = out / "model"
    write_task_files(out / "tasks", recipe.seed)
    say(f"task files written to {out / 'tasks'}")
    if tasks_only:
        note_tasks(out, recipe.seed)
        return
    torch.set_num_threads(threads)
    tokenizer = train_tokenizer(recipe.seed)
    tokenizer.save_pretrained(weights)
    if minutes is not None:
        recipe = replace(recipe, steps=steps_within(minutes, tokenizer, recipe))
    say(f"training {recipe.steps} steps on {threads} thread(s)")

    def keep(model: LlamaForCausalLM) -> None:
        copy.deepcopy(model).to(torch.bfloat16).save_pretrained(weights)

    trained = pretrain(tokenizer, recipe, say, keep)
    card = new_card(out, recipe, trained, threads)
    write_card(out, card, render(card))
    say(f"model and card written to {weights}")
