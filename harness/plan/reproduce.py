"""Which one command repeats a trial alone? From the command of its run, or from its specification.

Commands are lists of arguments, each quoted for a shell, so that joined with spaces they can be pasted.
"""

import argparse
import hashlib
import re
import shlex
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from harness.data.tasks.general import find_general_tasks, shipped_general_tasks
from harness.data.tasks.target import load_target, shipped_targets
from harness.models.soundness import AUTO
from harness.plan.profile import Overrides, load_profile, override, shipped_profiles
from harness.schema.measured import Measured
from harness.schema.trial import CANDIDATE, RateSource, Setting, Source, Trial

OWN = ("--methods", "--ranks", "--quantization", "--seeds", "--targets", "--candidate", "-k", "--deselect")
"""Options with a value that say which trials there are: the trial's own take their place."""
JUDGING = ("--baseline", "--gates", "--max-seeds", "--allow")
"""Options with a value that judge a run as a whole, which one trial is not."""
RENAMED = {"--target": "--targets", "--general": "--general-tasks", "--settle": "--max-seeds"}
"""Names of options that older commands use."""
SELECTING = ("--plan", "--lf", "--last-failed", "--sw", "--stepwise")
"""Options without a value that leave trials out."""


def _options(flags: Iterable[str], switches: Iterable[str] = ()) -> argparse.ArgumentParser:
    """Takes options with a value, and some without one, out of a command; `parse_known_args` tells the rest."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for flag in flags:
        parser.add_argument(flag, nargs="?")
    for switch in switches:
        parser.add_argument(switch, action="store_true")
    return parser


def without(flags: Iterable[str], command: Sequence[str]) -> tuple[str, ...]:
    """The command without these options and their values."""
    return tuple(_options(flags).parse_known_args(command)[1])


def repeat_command(trial: Trial, command: Sequence[str], others: Iterable[Trial]) -> list[str] | None:
    """The command that runs this trial, with the base arms that it is measured against, and no other.

    Args:
        command: of the run that measured it, every argument quoted; empty where it is not known.
        others: trials of the same run. Where one has the same method with other settings, they may stand in
            the profile, and the command selects by name.

    Returns:
        None where the run's command is not known and no shipped profile leads to this trial.
    """
    given, kept = _options((*OWN, *JUDGING), SELECTING).parse_known_args([_renamed(part) for part in command])
    rest = _whole(kept) if command else _from_specification(trial)
    if rest is None or (trial.method == CANDIDATE and given.candidate is None):
        return None
    if trial.learning_rate_source == RateSource.BASELINE and given.baseline is None:
        return None
    own = [] if any(part.split("=")[0] == "--data" for part in rest) else ["--targets", trial.target.name]
    own += ["--candidate", given.candidate] if trial.method == CANDIDATE else ["--methods", _method(trial)]
    own += [] if trial.rank is None else ["--ranks", str(trial.rank)]
    own += ["--quantization", trial.quantization]
    own += [] if trial.seed is None else ["--seeds", f"{trial.seed},"]
    if trial.learning_rate_source == RateSource.BASELINE:
        own += ["--baseline", given.baseline]
    if any(one.method == trial.method and one.settings != trial.settings for one in others):
        own += ["-k", _by_name(trial.id)]
    return [shlex.quote(part) for part in (*rest, *own)]


def commands_of_run(measured: Sequence[Measured], command: Sequence[str]) -> Callable[[Trial], list[str] | None]:
    """`repeat_command` for every trial of one run."""
    return lambda trial: repeat_command(trial, command, [one.trial for one in measured])


def _renamed(quoted: str) -> str:
    """An argument without its quotes, under the documented name of its option."""
    name, equals, value = "".join(shlex.split(quoted)[:1]).partition("=")
    return RENAMED.get(name, name) + equals + value


def _whole(parts: Iterable[str]) -> list[str]:
    """The arguments with the directories of single files and tests, which hold one question each, once."""
    kept = [part if part.startswith("-") else _directory(part) for part in parts]
    return [part for at, part in enumerate(kept) if not part.endswith("/") or kept.index(part) == at]


def _directory(part: str) -> str:
    path = part.split("::")[0]
    return f"{Path(path).parent}/" if path.endswith(".py") else part


def _method(trial: Trial) -> str:
    """The method with its settings in brackets, as `--methods` reads them."""
    settings = ",".join(f"{name}={_value(value)}" for name, value in trial.settings)
    return f"{trial.method}[{settings}]" if settings else trial.method


def _value(value: Setting) -> str:
    """As TOML has it; a text goes without quotes, unless it would be read as something else."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) and not isinstance(read_setting(value), str) else str(value)


def read_setting(text: str) -> Setting:
    """The inverse: a value of TOML, or text without quotes."""
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # no TOML, or more than its reader takes
        return text
    return value if isinstance(value, (bool, int, float, str)) else text


def _by_name(name: str) -> str:
    """A `-k` expression for the trial's id. Such expressions know few signs; what stands between others must occur."""
    pieces = re.findall(r"[\w:+.\[\]\\/-]+", name)
    return " and ".join(piece for piece in pieces if piece not in ("and", "or", "not"))


def _from_specification(trial: Trial) -> list[str] | None:
    """What to say besides the trial's own options, where a shipped profile differs in nothing that cannot be said."""
    own_text = trial.replay is not None and trial.replay.name != "replay"
    if own_text or _shipped_targets().get(trial.target.name) != trial.target.sha256:
        return None
    way, known = trial.scoring, _shipped_general()
    general = tuple(source.name for source in trial.general)
    if not known.keys() >= set(trial.general):
        return None
    rate = trial.learning_rate if trial.learning_rate_source == RateSource.GIVEN else None
    for profile in map(load_profile, shipped_profiles()):
        steps = trial.recipe.steps if trial.trains and trial.recipe.steps != profile.recipe.steps else None
        recipe, scoring = override(profile, Overrides(steps=steps)).recipe, replace(way, interpolate=(), trace=0)
        others = general if general != _tasks_of(profile.general) else ()
        if (
            profile.base_model == trial.base.name
            and profile.attention in (AUTO, trial.platform.attention)
            and profile.scoring == scoring
            and (general or not profile.general)
            and (not trial.trains or (recipe, profile.learning_rates.get(trial.method)) == (trial.recipe, rate))
        ):
            said = ["--profile", profile.name, *(["--steps", str(steps)] if steps else [])]
            said += ["--interpolate", ",".join(map(str, way.interpolate))] if way.interpolate else []
            said += ["--trace-every", str(way.trace)] if way.trace else []
            said += ["--general-tasks", ",".join(map(known.__getitem__, trial.general))] if others else []
            said += ["--threads", str(trial.platform.threads)] if trial.platform.threads != 1 else []
            return ["pytest", "suites/", *said, "--device", "cpu" if trial.platform.device == "cpu" else "cuda"]
    return None


@cache
def _shipped_targets() -> dict[str, str]:
    """The sha256 of each by its name: a user's own data may be called the same."""
    return {name: load_target(name).sha256 for name in shipped_targets()}


@cache
def _shipped_general() -> dict[Source, str]:
    """The name by which `--general-tasks` takes each, by what a trial says of it; another may be called the same."""
    paths = {name: path for name in shipped_general_tasks() for path in find_general_tasks(name)}
    return {Source(path.stem, hashlib.sha256(path.read_bytes()).hexdigest()): name for name, path in paths.items()}


@cache
def _tasks_of(general: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the tasks that these names of shipped ones mean."""
    return tuple(path.stem for name in general for path in find_general_tasks(name))
