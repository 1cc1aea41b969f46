"""Profiles: what a run asks for, read from TOML. The options of the command line change one afterwards."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from harness.data.readers.forms import FORMATS
from harness.data.tasks.general import ENGLISH, shipped_general_tasks
from harness.data.tasks.target import METRICS
from harness.models.base import EMBEDDED
from harness.schema.codec import read_toml
from harness.schema.errors import UserError, one_of
from harness.schema.paths import FIXTURES
from harness.schema.trial import CANDIDATE, Recipe, Scoring, Setting
from harness.schema.typed import Many, PathText, Table, UpTo, Whole, among, otherwise

SHIPPED = FIXTURES / "profiles"
DTYPES = ("float32", "bfloat16")
OPTIMIZERS = ("adamw", "adamw-8bit", "paged-adamw-8bit", "adafactor")
ATTENTION = ("auto", "eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention")
ALL_METHODS = "all"
SCHEDULES = ("constant", "linear", "cosine")


MOST_SEEDS = 1_000
MOST_STEPS = 10_000_000
MOST_RANK = 65_536
"""Far above what anybody trains; what is more, is a slip that would hang or break on the way."""


def _counted(value: Any) -> Any:
    return range(min(value, MOST_SEEDS + 1)) if type(value) is int else value


def _different(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("a seed twice")
    return seeds


Seeds = Annotated[
    Many[Annotated[int, Field(ge=0, lt=2**32)]],
    Field(min_length=1, max_length=MOST_SEEDS),
    AfterValidator(_different),
    BeforeValidator(_counted),
    otherwise(
        f"Give how many seeds (2 means 0 and 1), up to {MOST_SEEDS:,}, or a list such as 0,7: at least one, none "
        "negative, none from 2^32 up, and none twice, since a repeated seed is no new evidence. Two or more are needed "
        "to tell an effect from chance."
    ),
]
"""A number of seeds, or a list of them."""

Ranks = Annotated[
    Many[Annotated[int, Field(ge=1, le=MOST_RANK)]],
    Field(min_length=1),
    AfterValidator(lambda ranks: tuple(dict.fromkeys(ranks))),
    otherwise(
        f"Ranks are whole numbers from 1 to {MOST_RANK:,}, such as 1,4,16 (for soft prompts: the number of virtual "
        "tokens)."
    ),
]
"""Each once, in the order given."""

Scales = Annotated[
    Many[Annotated[float, Field(ge=0, le=1)]],
    AfterValidator(lambda scales: tuple(sorted(set(scales)))),
    otherwise("Give parts of the update between 0 (the base) and 1 (the trained model), such as 0.25,0.5,0.75."),
]
"""Parts of an update, from small to large."""

Dtype = Annotated[str, among(DTYPES)]
Steps = Annotated[int, Whole(1, MOST_STEPS)]
Rate = Annotated[float, UpTo(1_000)]


@dataclass(frozen=True)
class ArmRequest:
    """One method, crossed with ranks and quantization levels. Ranks are None where the file names none."""

    method: str
    ranks: tuple[int, ...] | None = None
    quantization: tuple[str, ...] = ("none",)
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """A run: base model, targets, general tasks, arms, seeds, and how to train and score.

    Attributes:
        asked: methods that the user named, which must then be possible.
        data: the user's own target instead of shipped ones: a file, directory, hub id or URL.
        objective: how to read the rows of `data`; recognised from their keys where None.
        learning_rates: rates given by method, instead of tuned or untuned ones.
        replay: a file of general text for arms with the setting `replay`; the shipped one where None.
        interpolate: parts of the update (0 the base, 1 the trained model) to score as well.
        trace: optimizer steps between scorings while training; 0 scores the trained model alone.
        artifacts: a directory to keep trained models in.
        candidate: the directory of what was trained elsewhere and is evaluated beside the arms; None for nothing.
        own_general: whether the general tasks are the user's choice; else they are those of the base, `general_for`.
        file: what messages call the file that it was read from; empty where it was not read from one.
        given: names of the `Overrides` that changed it.
    """

    name: str
    base_model: str
    targets: tuple[str, ...]
    general: tuple[str, ...]
    arms: tuple[ArmRequest, ...]
    seeds: tuple[int, ...]
    recipe: Recipe
    scoring: Scoring
    attention: str = "auto"
    data: str | None = None
    objective: str | None = None
    metric: str = "nll_per_token"
    learning_rates: Mapping[str, float] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    replay: str | None = None
    interpolate: tuple[float, ...] = ()
    trace: int = 0
    artifacts: str | None = None
    candidate: str | None = None
    own_general: bool = True
    file: str = ""
    given: frozenset[str] = frozenset()


class _Arm(Table):
    method: str
    ranks: Ranks | None = None
    quantization: Many[str] = ("none",)
    settings: dict[str, Any] = Field(default_factory=dict)
    """As given; a method checks its own."""


class _Recipe(Table):
    steps: Steps
    batch_size: Annotated[int, Whole(1, 65_536)]
    max_length: Annotated[int, Whole(8, 10_000_000)]
    warmup_steps: Annotated[int, Whole(0, MOST_STEPS)]
    schedule: Annotated[str, among(SCHEDULES)]
    weight_decay: Annotated[float, UpTo(100, zero=True)]
    max_grad_norm: Annotated[float, UpTo(1e9)]
    dtype: Dtype
    micro_batch: Annotated[int, Whole(0, 65_536)] = 0
    gradient_checkpointing: bool = False
    optimizer: Annotated[str, among(OPTIMIZERS)] = "adamw"

    @model_validator(mode="after")
    def _warms_up_within_training(self) -> Self:
        if self.warmup_steps > self.steps:
            raise ValueError(
                f".warmup_steps: {self.warmup_steps:,} is not allowed. The learning rate is reached within training: "
                f"give at most the {self.steps:,} of steps."
            )
        return self


class _Scoring(Table):
    dtype: Dtype
    batch_tokens: Annotated[int, Whole(1, 100_000_000)]
    max_items: Annotated[int, Whole(0, 1_000_000_000)]


class _File(Table):
    """What a file may say of a `Profile`."""

    base_model: PathText
    targets: Many[PathText] = ()
    data: PathText | None = None
    general: Many[PathText] | None = None
    arms: Annotated[Many[_Arm], Field(min_length=1)]
    seeds: Seeds
    recipe: _Recipe
    scoring: _Scoring
    attention: Annotated[str, among(ATTENTION)] = "auto"
    objective: Annotated[str, among(FORMATS)] | None = None
    metric: Annotated[str, among(METRICS)] = "nll_per_token"
    learning_rates: dict[str, Rate] = Field(default_factory=dict)
    replay: PathText | None = None
    interpolate: Scales = ()
    trace: Annotated[int, Whole(0, MOST_STEPS)] = 0


def shipped_profiles() -> list[str]:
    """Names of the profiles that ship with the project."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_profile(name: str) -> Profile:
    """A shipped profile by name, or a user's own TOML file by path.

    Raises:
        UserError: no such profile, broken TOML, an unknown or a missing key, or a wrong value.
    """
    path = SHIPPED / f"{name}.toml" if name in shipped_profiles() else Path(name)
    if not path.is_file():
        raise one_of("--profile", name, shipped_profiles(), "Or give the path of a TOML file.")
    what = f"Profile {path}"
    file = read_toml(path, _File, what)
    if file.data is not None and file.targets:
        raise UserError(f"{what}: data and targets exclude each other: data is itself the target. Keep one.")
    own = file.general is not None
    made = {
        "general": file.general if own else general_for(file.base_model),
        "own_general": own,
        "arms": tuple(ArmRequest(**vars(arm)) for arm in file.arms),
        "recipe": Recipe(**vars(file.recipe)),
        "scoring": Scoring(**vars(file.scoring)),
    }
    return Profile(name=path.stem, file=what, **{**vars(file), **made})


def general_for(base_model: str) -> tuple[str, ...]:
    """The general tasks of a base for which nobody named any: plain English, unless it is the embedded model."""
    return () if base_model == EMBEDDED else (ENGLISH,)


@dataclass(frozen=True)
class Overrides:
    """What the command line said; None where it said nothing."""

    base_model: str | None = None
    methods: tuple[ArmRequest, ...] | None = None
    """Of each entry the name, and settings where brackets follow it."""
    ranks: tuple[int, ...] | None = None
    quantization: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    targets: tuple[str, ...] | None = None
    general: tuple[str, ...] | None = None
    data: str | None = None
    objective: str | None = None
    steps: int | None = None
    replay: str | None = None
    interpolate: tuple[float, ...] | None = None
    trace: int | None = None
    artifacts: str | None = None
    candidate: str | None = None


def override(profile: Profile, overrides: Overrides) -> Profile:
    """The profile with the command line's wishes; what has the name of one of its fields replaces that field.

    Named methods keep the profile's arms of that name, if any; a candidate stands beside methods that were named, and
    else instead of the profile's.
    """
    given = {name: value for name, value in vars(overrides).items() if value is not None}
    arms, asked = profile.arms, profile.asked
    if overrides.methods is not None:
        named = _named(overrides.methods)
        arms = tuple(arm for one in named for arm in _arms_of(profile, one))
        every = any(one.method == ALL_METHODS for one in overrides.methods)
        asked = () if every else tuple(one.method for one in named)
    if overrides.candidate is not None:
        arms = (*(() if overrides.methods is None else arms), ArmRequest(CANDIDATE))
        asked = (*asked, CANDIDATE)
    crossed = {name: given[name] for name in ("ranks", "quantization") if name in given}
    same = {one.name: given[one.name] for one in fields(Profile) if one.name in given}
    if overrides.base_model is not None and overrides.general is None and not _fits(profile, overrides.base_model):
        same["general"] = general_for(overrides.base_model)
    if overrides.data is not None:
        same["targets"] = ()
    if overrides.targets is not None:
        same["data"] = None
    if overrides.steps is not None:
        warmup = min(profile.recipe.warmup_steps, overrides.steps // 10)
        same["recipe"] = replace(profile.recipe, steps=overrides.steps, warmup_steps=warmup)
    arms = tuple(replace(arm, **crossed) for arm in arms)
    return replace(profile, arms=arms, asked=asked, given=frozenset(given), **same)


def _fits(profile: Profile, base_model: str) -> bool:
    """Whether its general tasks can be those of another base: tasks of the embedded model's world are of no other."""
    of_embedded = {name for name in shipped_general_tasks() if "/" not in name}
    foreign = profile.general and base_model != EMBEDDED and of_embedded.issuperset(profile.general)
    return profile.own_general and not foreign


@contextmanager
def said_of(profile: Profile, key: str, flag: str, option: str = "") -> Iterator[None]:
    """Reads what a key of the profile names, or an option in its place: messages of within begin with the option's
    flag, and are about the key where the option was not given.

    Args:
        option: the name of its field in `Overrides`; empty where there is no such option.
    """
    try:
        yield
    except UserError as error:
        if not profile.file or option in profile.given:
            raise
        named = rf"^{flag}\b(: (method|task)(?= '))?"
        raise UserError(re.sub(named, lambda _: f"{profile.file}: {key}", str(error))) from None


def _named(asked: tuple[ArmRequest, ...]) -> list[ArmRequest]:
    """The entries with `all` written out."""
    from harness.methods import all_names

    return [
        replace(one, method=name)
        for one in asked
        for name in (all_names() if one.method == ALL_METHODS else [one.method])
    ]


def _arms_of(profile: Profile, asked: ArmRequest) -> list[ArmRequest]:
    own = [arm for arm in profile.arms if arm.method == asked.method] or [ArmRequest(asked.method)]
    return [replace(arm, settings={**arm.settings, **asked.settings}) for arm in own]
