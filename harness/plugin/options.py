"""The options of `pytest suites/`, each said once: the commands of `python -m harness` that take one take it from here.

An option is one entry of `OPTIONS` and one field of the dataclass that it fills. Frozen by a test.
"""

import argparse
import re
import shlex
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import PlainValidator

from harness.data.readers.forms import FORMATS
from harness.judge.gate.options import GateChoices, allowed
from harness.plan.profile import Overrides, Profile, load_profile, override
from harness.plugin.values import (
    AsDifference,
    AsMethods,
    AsNames,
    AsPath,
    AsProfile,
    AsRanks,
    AsScales,
    AsSeedCount,
    AsSeeds,
    AsSteps,
    AsUsd,
    AsWorkers,
)
from harness.run.engines import ENGINES
from harness.run.session import Choices
from harness.schema.codec import read_value
from harness.schema.errors import UserError
from harness.schema.paths import DEFAULT_PROFILE, DEFAULT_REPORT, DEFAULT_STORE
from harness.schema.typed import PathText, among
from harness.schema.wording import counted

Get = Callable[[str], Any]
"""What is given for a flag; None for nothing. `config.getoption` is one."""
Kind = TypeVar("Kind", Overrides, Choices, GateChoices)


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        metavar: what its value is; None where it takes none.
        kind: the type of the value, which is made of the text.
        default: as it would be given; a path lies below the project. None leaves the field's own default.
        field: of the dataclass that it fills; named like the flag where empty.
        aliases: further names, which older commands may use.
        sweeps: whether it says anything about a sweep of learning rates.
    """

    flag: str
    metavar: str | None
    help: str
    kind: Any = str
    default: str | Path | None = None
    field: str = ""
    aliases: tuple[str, ...] = ()
    sweeps: bool = True

    @property
    def name(self) -> str:
        """As argparse and pytest name its value."""
        return self.flag[2:].replace("-", "_")

    def read(self, get: Get, project: Path = Path()) -> Any:
        """The value: as given, else the default's; None without either. Raises UserError where it is not allowed."""
        given = get(self.flag)
        if given is None and self.default is not None:
            given = str(project / self.default) if isinstance(self.default, Path) else self.default
        return given if given is None or self.metavar is None else read_value(self.kind, given, self.flag)


# fmt: off
OPTIONS: tuple[Option, ...] = (
    Option("--profile", "NAME|PATH",
           f"what to run: a shipped profile or your own TOML file; {DEFAULT_PROFILE} of the project, where it has one",
           AsProfile, default="tiny"),
    Option("--base-model", "DIR|HUB_ID", "the causal LM to fine-tune: embedded, a directory, a hub id", PathText),
    Option("--methods", "LIST",
           "methods, comma-separated, settings in brackets: full,lora[targets=mlp,replay=0.25]; peft:NAME for any type "
           "of PEFT's; all; base is the arm that trains nothing; help lists them", AsMethods),
    Option("--ranks", "LIST", "ranks, comma-separated; for soft prompts the number of virtual tokens", AsRanks),
    Option("--quantization", "LIST", "how the frozen base is stored: none, bf16, int8, fp4, nf4, nf4-dq", AsNames),
    Option("--seeds", "N|LIST", "how many seeds (2 means 0 and 1), or which: 0,7 (7, for one)", AsSeeds),
    Option("--targets", "LIST", "target tasks, comma-separated, or all", AsNames, aliases=("--target",)),
    Option("--general-tasks", "LIST",
           "general tasks, comma-separated: shipped names, JSONL files or directories, lm-eval:NAME or lm-eval:DIR",
           AsNames, field="general", aliases=("--general",)),
    Option("--data", "PATH|URL|HUB_ID", "your own target: JSONL, JSON, CSV, Parquet, texts, a data set, s3://...",
           PathText),
    Option("--objective", "NAME", "what rows of --data are, where keys do not tell: instruction, chat, pretrain",
           Annotated[str, among(FORMATS)]),
    Option("--replay", "FILE", 'general text to mix in where an arm has the setting replay: JSONL of {"text"}',
           PathText),
    Option("--interpolate", "LIST", "score models between base and trained too: parts of the update, 0.25,0.5",
           AsScales),
    Option("--trace-every", "N", "score every N optimizer steps too (--trace is pytest's own): matched gain",
           AsSteps, field="trace"),
    Option("--artifacts", "DIR", "keep what every trial trained: adapters for PEFT, models for transformers", PathText),
    Option("--candidate", "DIR", "evaluate what was trained elsewhere: an adapter of PEFT's or a whole model",
           PathText, sweeps=False),
    Option("--steps", "N", "optimizer steps per trial, instead of the profile's", AsSteps),
    Option("--engine", "NAME", "where trials run: local, in warm processes, or inline, in this one",
           Annotated[str, among(ENGINES)], default="local"),
    Option("--jobs", "N", "worker processes of the local engine (default: one per core; one on a GPU)", AsWorkers),
    Option("--threads", "N", "torch threads per trial; results are kept per number of threads", AsWorkers, default="1"),
    Option("--device", "NAME", "auto, cpu or cuda", default="auto"),
    Option("--store", "DIR", "where records are kept", AsPath, default=DEFAULT_STORE),
    Option("--report", "DIR", "where the report goes", AsPath, default=DEFAULT_REPORT, sweeps=False),
    Option("--baseline", "NAME|PATH", "judge this run against accepted records (python -m harness accept)",
           PathText, sweeps=False),
    Option("--gates", "FILE", "how much worse is accepted: TOML (default: fixtures/gates.toml)", AsPath, sweeps=False),
    Option("--max-seeds", "N", "train further seeds, up to N an arm, while a gate cannot tell",
           AsSeedCount, aliases=("--settle",), sweeps=False),
    Option("--allow", "LIST", "what a gate may overlook: versions, device, precision, inconclusive",
           Annotated[Any, PlainValidator(allowed)], sweeps=False),
    Option("--usd-per-hour", "N", "what an hour of this machine costs, for the cost of every training in dollars",
           AsUsd, sweeps=False),
    Option("--plan", None, "print what would run, with an estimate, and stop", field="plan_only", sweeps=False),
    Option("--difference", "N",
           "the difference that --plan says seeds and items for, 0.02 for 2 points (default: 0.02)", AsDifference,
           sweeps=False),
    Option("--tune", None, "sweep learning rates first, with equal budgets, for arms that have no tuned one",
           sweeps=False),
)
# fmt: on
BY_FLAG = {option.flag: option for option in OPTIONS}


def add_options(add: Callable[..., Any], flags: Iterable[str] = BY_FLAG) -> None:
    """Registers options with `addoption` of pytest's or `add_argument` of argparse's. What is not given is None."""
    for flag in flags:
        option = BY_FLAG[flag]
        kind = {"action": "store_true"} if option.metavar is None else {"metavar": option.metavar}
        default = "" if option.default is None else f" (default: {option.default})"
        add(option.flag, *option.aliases, help=option.help + default, **kind)


def given_in(arguments: argparse.Namespace) -> Get:
    """What a command's arguments say; nothing for options that it does not take."""
    return lambda flag: getattr(arguments, BY_FLAG[flag].name, None)


def read_all(kind: type[Kind], get: Get, project: Path = Path()) -> Kind:
    """What the options say that fill the fields of this dataclass.

    Raises:
        UserError: a value that is not allowed.
    """
    options = {option.field or option.name: option for option in OPTIONS}
    found = {one.name: options[one.name].read(get, project) for one in fields(kind)}
    return kind(**{name: value for name, value in found.items() if value is not None})


def read_choices(get: Get, project: Path = Path()) -> Choices:
    """What to run, and how.

    Args:
        project: where defaults lie.

    Raises:
        UserError: a value that is not allowed, or options that exclude each other.
    """
    overrides, choices, own = read_all(Overrides, get), read_all(Choices, get, project), project / DEFAULT_PROFILE
    if overrides.data is not None and overrides.targets is not None:
        raise UserError("--data and --targets exclude each other: --data FILE is itself the target. Give one of them.")
    asked = load_profile(str(own)) if get("--profile") is None and own.is_file() else choices.profile
    profile = override(asked, overrides)
    if overrides.objective is not None and profile.data is None:
        raise UserError("--objective says what the rows of --data are. Give --data too.")
    if choices.difference is not None and not choices.plan_only:
        raise UserError("--difference says what --plan counts seeds and items for. Give --plan too.")
    return replace(choices, profile=profile)


def read_gate_choices(get: Get, profile: Profile) -> GateChoices:
    """What to judge by.

    Args:
        profile: what is run: seeds to begin with, and a candidate where there is one.

    Raises:
        UserError: a value that is not allowed, or options of a gate without anything to compare with.
    """
    choices = read_all(GateChoices, get)
    if choices.max_seeds is not None and choices.baseline is None:
        raise UserError(
            "--max-seeds trains further seeds until the gates against a baseline can tell. Give --baseline too."
        )
    if choices.max_seeds is not None and choices.max_seeds < len(profile.seeds):
        raise UserError(
            f"--max-seeds {choices.max_seeds} is less than the {counted(len(profile.seeds), 'seed')} that the run "
            "begins with. Give more, or fewer --seeds."
        )
    if choices.baseline is None and profile.candidate is None:
        for flag in ("--gates", "--allow"):
            if get(flag) is not None:
                raise UserError(
                    f"{flag} says how to judge, and there is nothing to compare with. Give --baseline NAME too, or "
                    "--candidate DIR."
                )
    return choices


def command_line() -> tuple[str, ...]:
    """This run's command as it would be typed again, without paths to the interpreter or what signs a URL."""
    return "pytest", *(shlex.quote(re.sub(r"(://[^?\s]+\?)\S+", r"\1...", part)) for part in sys.argv[1:])
