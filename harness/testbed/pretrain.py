"""Pre-training: the base from scratch, under a budget of steps; the best checkpoint by validation items."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from harness.data.tasks.general import GeneralTask
from harness.testbed.general import ABILITIES, items
from harness.testbed.packing import batches
from harness.testbed.scoring import accuracy
from harness.testbed.tokenizer import CONTEXT

Say = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, hardware apart."""

    seed: int = 1
    steps: int = 7200
    rows: int = 24
    row_tokens: int = 160
    optimizer: str = "muon"
    learning_rate: float = 4e-3  # AdamW; under "muon", that of the embeddings and the norms
    muon_learning_rate: float = 0.02
    weight_decay: float = 0.05
    warmup_steps: int = 200
    checks: int = 30
    check_items: int = 100
    compiled: bool = True  # 1.4 times as fast on a CPU, after half a minute of compiling


@dataclass(frozen=True)
class Trained:
    """A trained model, the step whose weights were kept, and the seconds that it took."""

    model: LlamaForCausalLM
    best_step: int
    train_s: float


def new_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """The untrained base: 1.2M parameters, fp32, every size a multiple of 64 but the heads' 32."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=384,
            num_hidden_layers=5,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            attn_implementation="eager",
        )
    )


def new_optimizers(model: LlamaForCausalLM, recipe: Recipe) -> list[torch.optim.Optimizer]:
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    embeddings = [p for n, p in model.named_parameters() if "embed" in n]
    norms = [p for p in model.parameters() if p.ndim == 1]
    plain = [{"params": embeddings + norms, "weight_decay": 0.0}]
    if recipe.optimizer == "adamw":
        plain.append({"params": matrices, "weight_decay": recipe.weight_decay})
    chosen: list[torch.optim.Optimizer] = [torch.optim.AdamW(plain, lr=recipe.learning_rate, betas=(0.9, 0.95))]
    if recipe.optimizer == "muon":
        chosen.append(torch.optim.Muon(matrices, lr=recipe.muon_learning_rate, weight_decay=recipe.weight_decay))
    return chosen


def rate(step: int, recipe: Recipe) -> float:
    """The factor on the learning rate at `step`: linear warm-up, then a cosine to zero."""
    if step < recipe.warmup_steps:
        return (step + 1) / recipe.warmup_steps
    done = (step - recipe.warmup_steps) / max(1, recipe.steps - recipe.warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * done))


def train_step(model: torch.nn.Module, optimizers: list[torch.optim.Optimizer], batch: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss: torch.Tensor = model(input_ids=batch, labels=batch).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return loss.detach()


def _check(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, held: dict[str, GeneralTask]
) -> dict[str, float]:
    model.eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = {ability: accuracy(model, tokenizer, some) for ability, some in held.items()}
    model.train()
    return scores


def pretrain(
    tokenizer: PreTrainedTokenizerFast, recipe: Recipe, say: Say, keep: Callable[[LlamaForCausalLM], None]
) -> Trained:
    """Trains from scratch and returns the weights of the best check.

    `say` receives progress lines; `keep` the model at every check that is the best so far.
    """
    model = new_model(tokenizer, recipe.seed)
    step_model: torch.nn.Module = torch.compile(model) if recipe.compiled else model
    optimizers = new_optimizers(model, recipe)
    peaks = [[g["lr"] for g in o.param_groups] for o in optimizers]
    stream = batches(random.Random(f"corpus-{recipe.seed}"), tokenizer, recipe.rows, recipe.row_tokens)
    held = {a: items(a, "validation", recipe.check_items, recipe.seed) for a in ABILITIES}
    best: tuple[float, int, dict[str, torch.Tensor]] = (-1.0, 0, {})
    every, started, recent = max(1, recipe.steps // recipe.checks), time.perf_counter(), 0.0
    for step in range(recipe.steps):
        for optimizer, group_peaks in zip(optimizers, peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, group_peaks, strict=True):
                group["lr"] = peak * rate(step, recipe)
        loss = float(train_step(step_model, optimizers, next(stream)))
        recent = loss if step == 0 else 0.98 * recent + 0.02 * loss
        if (step + 1) % every == 0 or step + 1 == recipe.steps:
            scores = _check(model, tokenizer, held)
            mean = sum(scores.values()) / len(scores)
            spent = time.perf_counter() - started
            told = " ".join(f"{a[:6]} {s:.2f}" for a, s in scores.items())
            say(f"step {step + 1}/{recipe.steps} {spent:.0f} s loss {recent:.3f} mean {mean:.3f} {told}")
            if mean > best[0]:
                best = (mean, step + 1, {k: v.detach().clone() for k, v in model.state_dict().items()})
                keep(model)
    model.load_state_dict(best[2])
    return Trained(model.eval(), best[1], time.perf_counter() - started)
