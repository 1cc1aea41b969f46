"""A trial: one training under one specification, the unit of work, of caching and of failure."""

import hashlib
import json
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

BASE = "base"
"""The method name of the arm that trains nothing: every trial's "before"."""

CANDIDATE = "candidate"
"""The method name of what was trained elsewhere and is only evaluated here."""


MAJORITY = "majority"
"""The floor that gives the commonest training answer to questions of the same kind; no model is asked."""

SHUFFLED = "shuffled-answers"
"""The floor that was trained with the training answers dealt out anew."""


class RateSource(StrEnum):
    """Who chose a trial's learning rate: how far its result can be trusted. It changes no number."""

    TUNED = "tuned"
    """By a sweep of exactly this."""
    NEARBY = "tuned at"
    """By a sweep of something near, which the text names: `tuned at rank 4`."""
    UNTUNED = "untuned"
    """The method's own rate: nothing near was ever swept."""
    GIVEN = "given"
    """A profile sets it."""
    BASELINE = "the baseline's"
    """That of the accepted trial of the same arm: the target's data changed since, and nothing was tuned for them."""
    SWEPT = "swept"
    """The trial belongs to a sweep: it is evidence for rates, and no arm of a run."""
    ELSEWHERE = "elsewhere"
    """The trial's candidate was trained at a rate that is not known here."""
    NONE = "none"
    """Nothing trains."""

    @classmethod
    def of(cls, text: str) -> "RateSource":
        """The source that a record's `learning_rate_source` names."""
        return cls.NEARBY if text.startswith(f"{cls.NEARBY} ") else cls(text)


NUMERICS = 2
"""Raised whenever the harness itself would measure other numbers for the same trial."""

Real = int | float
"""Read as it was written: 1 and 1.0 have different digests."""

Setting = bool | int | float | str | tuple[Any, ...] | None
"""The value of a method's setting. None is only ever a default: what a user gives is a value."""


@dataclass(frozen=True)
class Source:
    """A model or a task by name, with the sha256 (hex) of its content, so that an edited one is another one."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Recipe:
    """How a trial trains. All zero for the base arm."""

    steps: int
    batch_size: int
    """Sequences per optimizer step."""
    max_length: int
    """Tokens; longer training sequences are refused or cut, as the task says."""
    warmup_steps: int
    schedule: str
    """Learning rate after warm-up: `constant`, `linear` or `cosine`, the last two to zero."""
    weight_decay: Real
    max_grad_norm: Real
    dtype: str
    """`float32`, or `bfloat16` for autocast over float32 master weights."""
    micro_batch: int = 0
    """Sequences per forward and backward pass, whose gradients add up to the batch's; 0 for the whole batch at once."""
    gradient_checkpointing: bool = False
    """Activations inside a block are computed again for the backward pass, instead of being kept."""
    optimizer: str = "adamw"
    """`adamw`, the same with state in 8 bits (`adamw-8bit`, `paged-adamw-8bit`: Dettmers et al. 2022), or `adafactor`
    (Shazeer & Stern 2018)."""


NO_TRAINING = Recipe(0, 0, 0, 0, "constant", 0.0, 0.0, "float32")
NOTHING = object()
SPARING: dict[str, Setting] = {"micro_batch": 0, "gradient_checkpointing": False, "optimizer": "adamw"}
"""What of a recipe saves memory, when it does not."""


@dataclass(frozen=True)
class Scoring:
    """How every evaluation of a run scores."""

    dtype: str
    batch_tokens: int
    """Padded tokens per forward pass; scores must not depend on it."""
    max_items: int
    """Items per task at most, the first ones; 0 for all."""
    interpolate: tuple[Real, ...] = ()
    """Points on the way from the base's weights (0) to the trained ones (1) that are scored as well."""
    trace: int = 0
    """Optimizer steps between scorings while training; 0 scores the trained model alone."""


@dataclass(frozen=True)
class Platform:
    """What a number may depend on besides the specification."""

    device: str
    """`cpu`, or the accelerator's model name."""
    threads: int
    attention: str
    """transformers' attention implementation: `eager`, `sdpa`, ..."""
    versions: tuple[tuple[str, str], ...]
    """Library name and version, sorted."""


@dataclass(frozen=True)
class Trial:
    """Base model x target x objective x method x rank x quantization x learning rate x seed."""

    base: Source
    target: Source
    general: tuple[Source, ...]
    objective: str
    method: str
    settings: tuple[tuple[str, Setting], ...]
    """The method's settings that differ from its defaults, sorted by name."""
    rank: int | None
    """Rank, or number of virtual tokens; None for methods that have none."""
    quantization: str
    learning_rate: Real | None
    learning_rate_source: str
    """A `RateSource`; after `tuned at` follows what the sweep was of."""
    seed: int | None
    recipe: Recipe
    scoring: Scoring
    platform: Platform
    numerics: int = NUMERICS
    replay: Source | None = None
    """The general text that is mixed in; None where the setting `replay` is 0."""
    candidate: Source | None = None
    """What was trained elsewhere and is evaluated here; None for every other trial."""
    floor: str | None = None
    """What guessing alone scores on the target, `MAJORITY` or `SHUFFLED`: no arm, but what gains are counted above.
    None for every other trial."""

    @cached_property
    def digest(self) -> str:
        """16 hex digits over everything that can change a number of this trial.

        What a trial does not use is left out, so that a new option makes no other trial of an old one.
        """
        content = {field.name: getattr(self, field.name) for field in fields(self)}  # `asdict` copies all
        content["scoring"] = dict(vars(self.scoring))
        content["recipe"] = {
            name: value for name, value in vars(self.recipe).items() if value != SPARING.get(name, NOTHING)
        }
        del content["learning_rate_source"]
        for name in ("replay", "candidate", "floor"):
            if content[name] is None:
                del content[name]
        for option in ("interpolate", "trace"):
            if not content["scoring"][option]:
                del content["scoring"][option]
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=vars)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @property
    def arm(self) -> str:
        """Method, rank and quantization: what is compared; `lora-r16-nf4`."""
        if self.floor is not None:
            return self.floor
        rank = () if self.rank is None else (f"r{self.rank}",)
        quantization = () if self.quantization == "none" else (self.quantization,)
        settings = tuple(f"{name}={value}" for name, value in self.settings)
        return "-".join((self.method, *rank, *quantization, *settings))

    @property
    def id(self) -> str:
        """Readable and unique within one run: `new-facts-lora-r16-nf4-s0`; `-k` selects on it."""
        seed = () if self.seed is None else (f"s{self.seed}",)
        return "-".join((self.target.name, self.arm, *seed))

    @property
    def is_base(self) -> bool:
        """Whether this is what all others are measured against: the base, or what guessing alone scores."""
        return self.method == BASE or self.floor is not None

    @property
    def trains(self) -> bool:
        """Whether weights change here; the base arm and prompting train nothing, a candidate was trained elsewhere."""
        return self.recipe.steps > 0

    def base_arm(self, quantization: str | None = None) -> "Trial":
        """The trial that measures this one's "before", at its own or another quantization."""
        return replace(
            self,
            method=BASE,
            settings=(),
            rank=None,
            quantization=self.quantization if quantization is None else quantization,
            learning_rate=None,
            learning_rate_source=RateSource.NONE,
            seed=None,
            recipe=NO_TRAINING,
            scoring=replace(self.scoring, interpolate=(), trace=0),
            replay=None,
            candidate=None,
            floor=None,
        )

    def majority_floor(self) -> "Trial":
        """The trial that guesses the commonest answers on this one's target."""
        return replace(self.base_arm("none"), general=(), floor=MAJORITY)

    def shuffled_floor(self, seed: int) -> "Trial":
        """The trial that trains as this one does, on answers dealt out anew, and is scored on the target alone."""
        scoring = replace(self.scoring, interpolate=(), trace=0)
        return replace(self, general=(), seed=seed, scoring=scoring, floor=SHUFFLED)

    def candidate_arm(self, candidate: Source, quantization: str) -> "Trial":
        """The trial that evaluates what was trained elsewhere, on a base stored like this."""
        return replace(
            self.base_arm(quantization),
            method=CANDIDATE,
            learning_rate_source=RateSource.ELSEWHERE,
            candidate=candidate,
        )
