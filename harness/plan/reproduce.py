"""Which one command repeats a trial alone? From the command of its run, or from its specification.

Commands are lists of arguments, each quoted for a shell, so that joined with spaces they can be pasted.
"""

import hashlib
import re
import shlex
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.schema.measured import Measured
from harness.schema.paths import FIXTURES
from harness.schema.trial import CANDIDATE, RateSource, Setting, Trial

OWN = ("--methods", "--ranks", "--quantization", "--seeds", "--targets", "--candidate", "-k", "--deselect")
"""Options with a value that say which trials there are: the trial's own take their place."""
JUDGING = ("--baseline", "--gates", "--max-seeds", "--allow")
"""Options with a value that judge a run as a whole, which one trial is not."""
RENAMED = {"--target": "--targets", "--general": "--general-tasks", "--settle": "--max-seeds"}
"""Names of options that older commands use."""
SELECTING = ("--plan", "--lf", "--last-failed", "--sw", "--stepwise")
"""Options without a value that leave trials out."""
PREFIX = ("pytest", "suites/")


def repeat_command(trial: Trial, command: Sequence[str], others: Iterable[Trial]) -> list[str] | None:
    """The command that runs this trial, with the base arms that it is measured against, and no other.

    Args:
        command: of the run that measured it, every argument quoted; empty where it is not known.
        others: trials of the same run. Where one has the same method with other settings, they may stand in
            the profile, and the command selects by name.

    Returns:
        None where the run's command is not known and no shipped profile leads to this trial.
    """
    given = [_renamed(shlex.split(part)[0]) if part else part for part in command]
    rest = _without_own(given) if given else _from_specification(trial)
    if rest is None:
        return None
    own = [] if _option(given, "--data") is not None else ["--targets", trial.target.name]
    if trial.method == CANDIDATE:
        candidate = _option(given, "--candidate")
        if candidate is None:
            return None
        own += ["--candidate", candidate]
    else:
        own += ["--methods", _method(trial)]
    own += [] if trial.rank is None else ["--ranks", str(trial.rank)]
    own += ["--quantization", trial.quantization]
    own += [] if trial.seed is None else ["--seeds", f"{trial.seed},"]
    if any(one.method == trial.method and one.settings != trial.settings for one in others):
        own += ["-k", _by_name(trial.id)]
    return [shlex.quote(part) for part in (*rest, *own)]


def commands_of_run(measured: Sequence[Measured], command: Sequence[str]) -> Callable[[Trial], list[str] | None]:
    """`repeat_command` for every trial of one run."""
    trials = [one.trial for one in measured]
    return lambda trial: repeat_command(trial, command, trials)


def _renamed(part: str) -> str:
    name, equals, value = part.partition("=")
    return RENAMED.get(name, name) + equals + value


def _without_own(given: Sequence[str]) -> list[str]:
    """The arguments without those that choose among trials; single files and tests become their directory."""
    kept: list[str] = []
    parts = iter(given)
    for part in parts:
        name = part.split("=", 1)[0]
        if name in OWN + JUDGING or part.startswith("-k"):
            if part == name:
                next(parts, None)  # its value
        elif name not in SELECTING:
            kept.append(part if part.startswith("-") else _directory(part))
    places = {part: at for at, part in reversed(list(enumerate(kept)))}
    return [part for at, part in enumerate(kept) if not part.endswith("/") or places[part] == at]


def _directory(part: str) -> str:
    """`suites/test_gain.py::test_gain[...]` holds one question, and a trial answers all."""
    path = part.split("::")[0]
    return f"{Path(path).parent}/" if path.endswith(".py") else part


def _option(given: Sequence[str], name: str) -> str | None:
    """The value of an option, however it was given; the last where it was given twice."""
    found = None
    for at, part in enumerate(given):
        if part == name and at + 1 < len(given):
            found = given[at + 1]
        elif part.startswith(f"{name}="):
            found = part.split("=", 1)[1]
    return found


def _method(trial: Trial) -> str:
    """The method with its settings in brackets, as `--methods` reads them."""
    settings = ",".join(f"{name}={_value(value)}" for name, value in trial.settings)
    return f"{trial.method}[{settings}]" if settings else trial.method


def _value(value: Setting) -> str:
    """As TOML has it; a text goes without quotes, unless it would be read as something else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and _reads_as_no_text(value):
        return f'"{value}"'
    return str(value)


def _reads_as_no_text(text: str) -> bool:
    try:
        return not isinstance(tomllib.loads(f"value = {text}")["value"], str)
    except tomllib.TOMLDecodeError:
        return False


def _by_name(name: str) -> str:
    """A `-k` expression for the trial's id. Such expressions know few signs; what stands between others must occur."""
    pieces = re.findall(r"[\w:+.\[\]\\/-]+", name)
    return " and ".join(piece for piece in pieces if piece not in ("and", "or", "not"))


def _from_specification(trial: Trial) -> list[str] | None:
    """What to say besides the trial's own options, where a shipped profile differs in nothing that cannot be said."""
    if not _is_shipped_target(trial) or (trial.replay is not None and trial.replay.name != "replay"):
        return None
    for path in sorted((FIXTURES / "profiles").glob("*.toml")):
        said = _beside_profile(trial, tomllib.loads(path.read_text(encoding="utf-8")))
        if said is not None:
            device = "cpu" if trial.platform.device == "cpu" else "cuda"
            threads = ["--threads", str(trial.platform.threads)] if trial.platform.threads != 1 else []
            return [*PREFIX, "--profile", path.stem, *said, *threads, "--device", device]
    return None


def _beside_profile(trial: Trial, profile: dict[str, Any]) -> list[str] | None:
    """Options that make this profile's trials like this one; None where none do."""
    recipe, scoring = asdict(trial.recipe), asdict(trial.scoring)
    said: list[str] = []
    if trial.trains:
        wanted, steps = profile["recipe"], trial.recipe.steps
        if steps != wanted["steps"]:
            wanted = {**wanted, "steps": steps, "warmup_steps": min(wanted["warmup_steps"], steps // 10)}
            said += ["--steps", str(steps)]
        given = profile.get("learning_rates", {}).get(trial.method)
        same_rate = (given == trial.learning_rate) if trial.learning_rate_source == RateSource.GIVEN else given is None
        if recipe != wanted or not same_rate:
            return None
    interpolate, trace = scoring.pop("interpolate"), scoring.pop("trace")
    said += ["--interpolate", ",".join(map(str, interpolate))] if interpolate else []
    said += ["--trace-every", str(trace)] if trace else []
    names = [source.name for source in trial.general]
    if names != profile.get("general", []):
        if not names or not all(_is_shipped_general(name) for name in names):
            return None
        said += ["--general-tasks", ",".join(names)]
    fits = (profile["base_model"], profile["scoring"], profile.get("attention", "sdpa")) == (
        trial.base.name,
        scoring,
        trial.platform.attention,
    )
    return said if fits else None


def _is_shipped_general(name: str) -> bool:
    return (FIXTURES / "tasks" / "general" / f"{name}.jsonl").is_file()


def _is_shipped_target(trial: Trial) -> bool:
    """By content: a user's own data may be called the same."""
    directory = FIXTURES / "tasks" / "target" / trial.target.name
    if not (directory / "task.toml").is_file():
        return False
    content = b"".join((directory / f"{split}.jsonl").read_bytes() for split in ("train", "validation", "test"))
    metric = tomllib.loads((directory / "task.toml").read_text(encoding="utf-8"))["metric"]
    return hashlib.sha256(content + metric.encode()).hexdigest() == trial.target.sha256
