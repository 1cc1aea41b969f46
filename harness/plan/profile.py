"""Profiles: what a run asks for, read from TOML. The options of the command line change one afterwards."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from harness.data.readers import FORMATS
from harness.data.tasks.target import METRICS
from harness.schema.errors import UserError, one_of
from harness.schema.paths import FIXTURES
from harness.schema.trial import CANDIDATE, Recipe, Scoring, Setting

SHIPPED = FIXTURES / "profiles"
DTYPES = ("float32", "bfloat16")
ATTENTION = ("eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention")
ALL_METHODS = "all"
SCHEDULES = ("constant", "linear", "cosine")


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
    """

    name: str
    base_model: str
    targets: tuple[str, ...]
    general: tuple[str, ...]
    arms: tuple[ArmRequest, ...]
    seeds: tuple[int, ...]
    recipe: Recipe
    scoring: Scoring
    attention: str = "sdpa"
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
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"Profile {path}: not valid TOML ({error}).") from None
    return _Reader(path).profile(content)


@dataclass(frozen=True)
class _Reader:
    """Turns the TOML's tables into dataclasses, naming the file and the key in every error."""

    path: Path

    def profile(self, content: dict[str, Any]) -> Profile:
        allowed = [f.name for f in fields(Profile) if f.name not in ("name", "asked", "data", "artifacts", "candidate")]
        self._check("", content, allowed, ("base_model", "targets", "arms", "seeds", "recipe", "scoring"))
        for key, names in (("metric", tuple(METRICS)), ("objective", tuple(FORMATS)), ("attention", ATTENTION)):
            if key in content:
                self._one_of(key, content[key], names)
        content = dict(content)
        seeds = content.pop("seeds")
        return Profile(
            name=self.path.stem,
            base_model=self._typed("base_model", content.pop("base_model"), str),
            targets=self._texts("targets", content.pop("targets")),
            general=self._texts("general", content.pop("general", [])),
            arms=tuple(self._arm(number, arm) for number, arm in enumerate(self._arms(content.pop("arms")), 1)),
            seeds=seed_list(seeds, f"Profile {self.path}: seeds"),
            recipe=self._recipe(content.pop("recipe")),
            scoring=self._scoring(content.pop("scoring")),
            learning_rates=self._rates(content.pop("learning_rates", {})),
            trace=self._whole("trace", content.pop("trace", 0)),
            interpolate=scale_list(content.pop("interpolate", []), f"Profile {self.path}: interpolate"),
            **{name: self._typed(name, value, str) for name, value in content.items()},
        )

    def _arms(self, arms: Any) -> list[Any]:
        if not self._typed("arms", arms, list):
            raise UserError(f"Profile {self.path}: arms is empty. Give at least one [[arms]] with a method.")
        return list(arms)

    def _arm(self, number: int, arm: Any) -> ArmRequest:
        where = f"arms[{number}]"
        self._check(where, self._typed(where, arm, dict), [f.name for f in fields(ArmRequest)], ("method",))
        ranks = arm.get("ranks")
        return ArmRequest(
            method=self._typed(f"{where}.method", arm["method"], str),
            ranks=None if ranks is None else rank_list(ranks, f"Profile {self.path}: {where}.ranks"),
            quantization=self._texts(f"{where}.quantization", arm.get("quantization", ["none"])),
            settings=self._typed(f"{where}.settings", arm.get("settings", {}), dict),
        )

    def _recipe(self, table: Any) -> Recipe:
        recipe: Recipe = self._table("recipe", table, Recipe)
        self._one_of("recipe.dtype", recipe.dtype, DTYPES)
        self._one_of("recipe.schedule", recipe.schedule, SCHEDULES)
        for name in ("steps", "batch_size", "max_length"):
            if getattr(recipe, name) < 1:
                raise UserError(
                    f"Profile {self.path}: recipe.{name} is {getattr(recipe, name)}; it must be at least 1."
                )
        if recipe.warmup_steps < 0 or not 0 <= recipe.weight_decay < math.inf:
            raise UserError(f"Profile {self.path}: recipe.warmup_steps and weight_decay must be at least 0.")
        if not recipe.max_grad_norm > 0:
            raise UserError(f"Profile {self.path}: recipe.max_grad_norm must be above 0.")
        return recipe

    def _scoring(self, table: Any) -> Scoring:
        scoring: Scoring = self._table("scoring", table, Scoring)
        self._one_of("scoring.dtype", scoring.dtype, DTYPES)
        if scoring.batch_tokens < 1 or scoring.max_items < 0:
            raise UserError(f"Profile {self.path}: scoring.batch_tokens must be at least 1, max_items at least 0.")
        return scoring

    def _rates(self, table: Any) -> dict[str, float]:
        rates = self._typed("learning_rates", table, dict)
        for method, rate in rates.items():
            if not isinstance(rate, (int, float)) or not 0 < rate < math.inf:
                raise UserError(f"Profile {self.path}: learning_rates.{method} is {rate!r}; it must be above 0.")
        return {method: float(rate) for method, rate in rates.items()}

    def _whole(self, where: str, value: Any) -> int:
        if int(self._typed(where, value, int)) < 0:
            raise UserError(f"Profile {self.path}: {where} is {value}; it must be at least 0.")
        return int(value)

    def _table(self, where: str, table: Any, kind: type) -> Any:
        names: dict[str, Any] = {f.name: f.type for f in fields(kind) if f.default is MISSING}
        self._check(where, self._typed(where, table, dict), list(names), tuple(names))
        values = {name: self._typed(f"{where}.{name}", table[name], names[name]) for name in names}
        return kind(**values)

    def _check(self, where: str, table: dict[str, Any], allowed: list[str], needed: tuple[str, ...]) -> None:
        place = f" in [{where}]" if where else ""
        for key in table:
            if key not in allowed:
                raise one_of(f"Profile {self.path}: key{place}", key, allowed)
        missing = [key for key in needed if key not in table]
        if missing:
            raise UserError(f"Profile {self.path}: {', '.join(missing)} missing{place}.")

    def _typed(self, where: str, value: Any, kind: type) -> Any:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise UserError(f"Profile {self.path}: {where} is {value!r}; a {kind.__name__} is needed.")
        return value

    def _texts(self, where: str, value: Any) -> tuple[str, ...]:
        return tuple(self._typed(where, entry, str) for entry in self._typed(where, value, list))

    def _one_of(self, where: str, value: str, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            raise one_of(f"Profile {self.path}: {where}", value, list(allowed))


def seed_list(value: Any, where: str) -> tuple[int, ...]:
    """A number of seeds (`2` means 0 and 1) or a list of seeds.

    Raises:
        UserError: none, a negative one, or one twice.
    """
    seeds = tuple(range(value)) if isinstance(value, int) and not isinstance(value, bool) else value
    if (
        not isinstance(seeds, (list, tuple))
        or not seeds
        or not all(type(seed) is int and 0 <= seed < 2**32 for seed in seeds)
    ):
        raise UserError(
            f"{where}: {value!r} gives no seed. Allowed: how many (2 means seeds 0 and 1), or a list such as 0,7; "
            "at least one, none negative. Two or more are needed to tell an effect from chance."
        )
    if len(set(seeds)) < len(seeds):
        raise UserError(f"{where}: {value!r} names a seed twice; a repeated seed is no new evidence.")
    return tuple(seeds)


def rank_list(value: Any, where: str) -> tuple[int, ...]:
    """Ranks, each at least 1.

    Raises:
        UserError: none, or one that is not a whole number above 0.
    """
    ranks = tuple(value) if isinstance(value, (list, tuple)) else ()
    if not ranks or not all(type(rank) is int and rank >= 1 for rank in ranks):
        raise UserError(
            f"{where}: {value!r} is not allowed. Ranks are whole numbers from 1 up, such as 1,4,16 "
            "(for soft prompts: the number of virtual tokens)."
        )
    return tuple(dict.fromkeys(ranks))


def scale_list(value: Any, where: str) -> tuple[float, ...]:
    """Parts of an update, each between 0 and 1, from small to large.

    Raises:
        UserError: anything else.
    """
    scales = tuple(value) if isinstance(value, (list, tuple)) else (None,)
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) and 0 <= one <= 1 for one in scales):
        raise UserError(
            f"{where}: {value!r} is not allowed. Give parts of the update between 0 (the base) and 1 (the trained "
            "model), such as 0.25,0.5,0.75."
        )
    return tuple(sorted({float(one) for one in scales}))


@dataclass(frozen=True)
class Asked:
    """One entry of `--methods`: a name, and settings where brackets follow it."""

    method: str
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True)
class Overrides:
    """What the command line said; None where it said nothing."""

    base_model: str | None = None
    methods: tuple[Asked, ...] | None = None
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
    """The profile with the command line's wishes. Named methods keep the profile's arms of that name, if any; a
    candidate stands beside methods that were named, and else instead of the profile's.
    """
    arms = profile.arms
    if overrides.methods is not None:
        asked = _named(overrides.methods)
        arms = tuple(arm for one in asked for arm in _arms_of(profile, one))
        every = any(one.method == ALL_METHODS for one in overrides.methods)
        profile = replace(profile, asked=() if every else tuple(one.method for one in asked))
    if overrides.candidate is not None:
        arms = (*(() if overrides.methods is None else arms), ArmRequest(CANDIDATE))
        profile = replace(profile, asked=(*profile.asked, CANDIDATE))
    if overrides.ranks is not None:
        arms = tuple(replace(arm, ranks=overrides.ranks) for arm in arms)
    if overrides.quantization is not None:
        arms = tuple(replace(arm, quantization=overrides.quantization) for arm in arms)
    if overrides.steps is not None:
        warmup = min(profile.recipe.warmup_steps, overrides.steps // 10)
        profile = replace(profile, recipe=replace(profile.recipe, steps=overrides.steps, warmup_steps=warmup))
    if overrides.data is not None:
        profile = replace(profile, data=overrides.data, targets=())
    given = {
        name: value
        for name, value in (
            ("base_model", overrides.base_model),
            ("seeds", overrides.seeds),
            ("targets", overrides.targets),
            ("general", overrides.general),
            ("replay", overrides.replay),
            ("interpolate", overrides.interpolate),
            ("trace", overrides.trace),
            ("artifacts", overrides.artifacts),
            ("candidate", overrides.candidate),
            ("objective", overrides.objective),
        )
        if value is not None
    }
    return replace(profile, arms=arms, **given)  # type: ignore[arg-type]  # the names above are Profile's own


def _named(asked: tuple[Asked, ...]) -> tuple[Asked, ...]:
    """The entries with `all` written out."""
    from harness.methods import all_names

    return tuple(
        Asked(name, one.settings)
        for one in asked
        for name in (all_names() if one.method == ALL_METHODS else [one.method])
    )


def _arms_of(profile: Profile, asked: Asked) -> list[ArmRequest]:
    own = [arm for arm in profile.arms if arm.method == asked.method] or [ArmRequest(asked.method)]
    return [replace(arm, settings={**arm.settings, **asked.settings}) for arm in own]
