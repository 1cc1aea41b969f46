"""What a trial needs at hand while it runs: its sources, its tokenizer, the rows that promises look at."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from harness.data.objectives import Sequence, encode_all
from harness.data.tasks.replay import ReplayText
from harness.data.tasks.target import TargetTask
from harness.data.tokenization import Pair, encode_answer
from harness.models.base import BaseModel, context_length, load_model, load_tokenizer
from harness.plan.job import Inputs
from harness.schema.trial import Recipe, Trial

PROBE_ROWS, PROBE_TOKENS = 8, 1024
"""Test items whose logits are compared by the promises: so many at most, and so many tokens of them, but for one."""

Progress = Callable[[str, int, int], None]
"""Called with a phase (`load`, `train`, `evaluate`), what is done of it and how much there is."""


@dataclass
class Clock:
    """Seconds per phase."""

    load_s: float = 0.0
    train_s: float = 0.0
    eval_s: float = 0.0


@dataclass(frozen=True)
class Context:
    """One trial, what it works on, and where it reports to.

    Attributes:
        keep: a directory for what the trial trained; None keeps nothing.
        scratch: below which to write for the time of a check; None for the system's temporary directory.
    """

    trial: Trial
    inputs: Inputs
    progress: Progress
    keep: Path | None = None
    scratch: Path | None = None
    clock: Clock = field(default_factory=Clock)
    micro_batch: int | None = None
    """Sequences per forward and backward pass, where what the trial says did not fit the memory."""

    @property
    def recipe(self) -> Recipe:
        """What is trained by: the trial's, with micro-batches that fit."""
        recipe = self.trial.recipe
        return recipe if self.micro_batch is None else replace(recipe, micro_batch=self.micro_batch)

    @property
    def tokenizer(self) -> Any:
        return cached_tokenizer(self.inputs.base)

    @property
    def pad_id(self) -> int:
        return int(self.tokenizer.pad_token_id)

    @property
    def context_length(self) -> int:
        """Tokens that the base can attend to."""
        return context_length(self.inputs.base)

    @cached_property
    def pairs(self) -> list[Pair]:
        """The first test items, so many that their rows are short enough."""
        pairs = [encode_answer(self.tokenizer, example) for example in self.inputs.target.test[:PROBE_ROWS]]
        ends = accumulate(len(self._row(pair)) for pair in pairs)
        return pairs[: max(1, sum(end <= PROBE_TOKENS for end in ends))]

    @cached_property
    def rows(self) -> list[list[int]]:
        """The same as rows of token ids, cut to the length of a training sequence."""
        return [self._row(pair) for pair in self.pairs]

    def _row(self, pair: Pair) -> list[int]:
        return (pair.context + pair.continuation)[: self.trial.recipe.max_length or self.context_length]

    @cached_property
    def sequences(self) -> list[Sequence]:
        """The training split, encoded."""
        return cached_sequences(self.inputs.base, self.inputs.target, self.trial.recipe.max_length)

    @cached_property
    def replayed(self) -> list[Sequence]:
        """General text to mix in; empty where the trial asks for none."""
        if self.trial.replay is None or self.inputs.replay is None:
            return []
        return cached_replay(self.inputs.base, self.inputs.replay, self.trial.recipe.max_length)

    def load(self) -> Any:
        """A fresh copy of the base at the trial's quantization."""
        return load_model(self.trial, self.inputs.base)


def seed_everything(seed: int) -> None:
    """Seeds all generators; batches draw their own order from the same seed."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


@cache
def cached_tokenizer(base: BaseModel) -> Any:
    return load_tokenizer(base)


@cache
def cached_sequences(base: BaseModel, target: TargetTask, max_length: int) -> list[Sequence]:
    return encode_all(cached_tokenizer(base), target.objective, target.train, max_length)


@cache
def cached_replay(base: BaseModel, replay: ReplayText, max_length: int) -> list[Sequence]:
    packed = encode_all(cached_tokenizer(base), "pretrain", replay.documents, max_length)
    return [replace(sequence, replayed=True) for sequence in packed]
