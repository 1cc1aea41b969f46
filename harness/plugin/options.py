"""The options of `pytest suites/`, and what they change in the profile. Frozen by a test."""

import math
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.data.readers import FORMATS
from harness.judge.gate.options import Allowed, allowed
from harness.plan.profile import (
    Asked,
    Overrides,
    Profile,
    load_profile,
    override,
    rank_list,
    scale_list,
    seed_list,
    shipped_profiles,
)
from harness.run.engines import ENGINES
from harness.schema.errors import UserError, one_of
from harness.schema.paths import DEFAULT_REPORT, DEFAULT_STORE
from harness.schema.trial import Setting


@dataclass(frozen=True)
class Option:
    flag: str
    metavar: str | None
    default: str | None
    help: str


OPTIONS: tuple[Option, ...] = (
    Option("--profile", "NAME|PATH", "tiny", "what to run: a shipped profile or your own TOML file (default: tiny)"),
    Option("--base-model", "DIR|HUB_ID", None, "the causal LM to fine-tune: embedded, a directory, a hub id"),
    Option(
        "--methods",
        "LIST",
        None,
        "methods, comma-separated, settings in brackets: full,lora[targets=mlp,replay=0.25]; peft:NAME for any type "
        "of PEFT's; all; base is the arm that trains nothing; help lists them",
    ),
    Option("--ranks", "LIST", None, "ranks, comma-separated; for soft prompts the number of virtual tokens"),
    Option("--quantization", "LIST", None, "how the frozen base is stored: none, int8, fp4, nf4, nf4-dq"),
    Option("--seeds", "N|LIST", None, "how many seeds (2 means 0 and 1), or which: 0,7 (7, for one)"),
    Option("--target", "LIST", None, "target tasks, comma-separated, or all"),
    Option("--general", "LIST", None, "general tasks: shipped names, JSONL files or directories, comma-separated"),
    Option(
        "--data", "PATH|URL|HUB_ID", None, "your own target: JSONL, JSON, CSV, Parquet, texts, a data set, s3://..."
    ),
    Option("--objective", "NAME", None, "what rows of --data are, where keys do not tell: instruction, chat, pretrain"),
    Option("--replay", "FILE", None, 'general text to mix in where an arm has the setting replay: JSONL of {"text"}'),
    Option("--interpolate", "LIST", None, "score models between base and trained too: parts of the update, 0.25,0.5"),
    Option("--trace-every", "N", None, "score every N optimizer steps too (--trace is pytest's own): matched gain"),
    Option("--artifacts", "DIR", None, "keep what every trial trained: adapters for PEFT, models for transformers"),
    Option("--candidate", "DIR", None, "evaluate what was trained elsewhere: an adapter of PEFT's or a whole model"),
    Option("--steps", "N", None, "optimizer steps per trial, instead of the profile's"),
    Option("--engine", "NAME", "local", "where trials run: local (warm processes, default) or inline (this process)"),
    Option("--jobs", "N", None, "worker processes of the local engine (default: one per core; one on a GPU)"),
    Option("--threads", "N", "1", "torch threads per trial (default: 1); results are kept per number of threads"),
    Option("--device", "NAME", "auto", "auto (default), cpu or cuda"),
    Option("--store", "DIR", str(DEFAULT_STORE), "where records are kept (default: reports/store)"),
    Option("--report", "DIR", str(DEFAULT_REPORT), "where the report goes (default: reports/latest)"),
    Option("--baseline", "NAME|PATH", None, "judge this run against accepted records (python -m harness bless)"),
    Option("--gates", "FILE", None, "how much worse is accepted: TOML (default: fixtures/gates.toml)"),
    Option("--settle", "N", None, "train further seeds, up to N an arm, while a gate cannot tell"),
    Option("--allow", "LIST", None, "what a gate may overlook: versions, device, precision, inconclusive"),
    Option(
        "--usd-per-hour", "N", None, "what an hour of this machine costs, for the cost of every training in dollars"
    ),
    Option("--plan", None, None, "print what would run, with an estimate, and stop"),
    Option("--tune", None, None, "sweep learning rates first, with equal budgets, for arms that have no tuned one"),
)


def add_options(group: Any) -> None:
    """Registers `OPTIONS` in an option group of pytest's."""
    for option in OPTIONS:
        if option.metavar is None:
            group.addoption(option.flag, action="store_true", help=option.help)
        else:
            group.addoption(option.flag, metavar=option.metavar, default=option.default, help=option.help)


@dataclass(frozen=True)
class Choices:
    """The options, checked."""

    profile: Profile
    engine: str
    jobs: int | None
    threads: int
    device: str
    store: Path
    report: Path
    plan_only: bool
    tune: bool = False
    usd_per_hour: float | None = None
    baseline: str | None = None
    gates: Path | None = None
    settle: int | None = None
    allow: Allowed = field(default_factory=Allowed)


def read_options(get: Callable[[str], Any]) -> Choices:
    """Checks every option. `get` is `config.getoption`.

    Raises:
        UserError: a value that is not allowed.
    """
    engine = get("--engine")
    if engine not in ENGINES:
        raise one_of("--engine", engine, list(ENGINES))
    ranks, seeds = get("--ranks"), get("--seeds")
    overrides = Overrides(
        base_model=get("--base-model"),
        methods=_methods(get("--methods")),
        ranks=None if ranks is None else rank_list([_number(part, ranks) for part in ranks.split(",")], "--ranks"),
        quantization=_names(get("--quantization"), "--quantization"),
        seeds=None if seeds is None else _seeds(seeds),
        targets=_names(get("--target"), "--target"),
        general=_names(get("--general"), "--general"),
        data=get("--data"),
        objective=get("--objective"),
        steps=_positive(get, "--steps"),
        replay=get("--replay"),
        interpolate=_scales(get("--interpolate")),
        trace=_positive(get, "--trace-every"),
        artifacts=get("--artifacts"),
        candidate=get("--candidate"),
    )
    if overrides.data is not None and overrides.targets is not None:
        raise UserError("--data and --target exclude each other: --data FILE is itself the target. Give one of them.")
    if overrides.objective is not None:
        if overrides.objective not in FORMATS:
            raise one_of("--objective", overrides.objective, list(FORMATS))
        if overrides.data is None:
            raise UserError("--objective says what the rows of --data are. Give --data too.")
    if get("--profile") == "help":
        raise UserError(f"Profiles: {', '.join(shipped_profiles())}, or the path of a TOML file.")
    return Choices(
        profile=override(load_profile(get("--profile")), overrides),
        engine=engine,
        jobs=_positive(get, "--jobs"),
        threads=_positive(get, "--threads") or 1,
        device=get("--device"),
        store=Path(get("--store")),
        report=Path(get("--report")),
        plan_only=bool(get("--plan")),
        tune=bool(get("--tune")),
        usd_per_hour=price(get("--usd-per-hour")),
        baseline=get("--baseline"),
        gates=None if get("--gates") is None else Path(get("--gates")),
        settle=_settle(get),
        allow=allowed(get("--allow")),
    )


def _settle(get: Callable[[str], Any]) -> int | None:
    if get("--settle") is not None and get("--baseline") is None:
        raise UserError(
            "--settle trains further seeds until the gates against a baseline can tell. Give --baseline too."
        )
    return _positive(get, "--settle")


def price(text: str | None) -> float | None:
    """Dollars per hour, as `--usd-per-hour` says them.

    Raises:
        UserError: no positive number.
    """
    if text is None:
        return None
    try:
        usd = float(text)
    except ValueError:
        usd = math.nan
    if not 0 < usd < math.inf:
        raise UserError(f"--usd-per-hour: {text!r} is not allowed. Give a positive number, such as 2.5.")
    return usd


def _names(value: str | None, flag: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    if not names:
        raise UserError(f"{flag}: {value!r} names nothing. Give one or more names, comma-separated.")
    return names


def _methods(value: str | None) -> tuple[Asked, ...] | None:
    """`full,lora[targets=mlp,dropout=0.1]`: names, and settings in brackets, as in TOML less the quotes."""
    if value is None:
        return None
    if value.strip() == "help":
        from harness.methods import METHODS

        lines = [f"  {method.name:16} {method.summary} ({method.source})" for method in METHODS]
        raise UserError("Methods, beside base, all and peft:NAME:\n" + "\n".join(lines))
    parts = [part.strip() for part in re.split(r",(?![^\[]*\])", value) if part.strip()]
    if not parts:
        raise UserError(f"--methods: {value!r} names nothing. Give one or more names, comma-separated.")
    return tuple({part: _method(part) for part in parts}.values())


def _method(part: str) -> Asked:
    found = re.fullmatch(r"([^\[\]]+)(?:\[(.*)\])?", part)
    if not found:
        raise UserError(
            f"--methods: {part!r} cannot be read. Write a name, and settings in brackets: lora[targets=mlp]."
        )
    settings: dict[str, Setting] = {}
    for pair in filter(None, re.split(r",(?=[^,=]*=)", found[2] or "")):  # not the commas of layers=0,2-3
        name, equals, text = (piece.strip() for piece in pair.partition("="))
        if not (name and equals and text):
            raise UserError(f"--methods: {pair!r} in {part!r} is no setting. Write name=value: lora[targets=mlp].")
        settings[name] = _value(text)
    name = found[1].strip()
    return Asked(name.lower() if name.lower().startswith("peft:") else name, settings)


def _value(text: str) -> Setting:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text


def _scales(value: str | None) -> tuple[float, ...] | None:
    if value is None:
        return None
    try:
        return scale_list([float(part) for part in value.split(",")], "--interpolate")
    except ValueError:
        return scale_list(value, "--interpolate")


def _number(text: str, otherwise: object) -> Any:
    return int(text) if text.strip().isdecimal() else otherwise


def _seeds(text: str) -> tuple[int, ...]:
    """`2` is how many; `0,7` are which; `7,` is the one seed 7."""
    parts = [_number(part, None) for part in text.split(",") if part.strip()]
    counted = "," not in text and parts and parts[0] is not None
    return seed_list(parts[0] if counted else parts, f"--seeds {text}")


def _positive(get: Callable[[str], Any], flag: str) -> int | None:
    text = get(flag)
    if text is None:
        return None
    if not str(text).isdecimal() or int(text) < 1:
        raise UserError(f"{flag}: {text!r} is not allowed. Give a whole number from 1 up.")
    return int(text)
