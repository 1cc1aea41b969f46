"""Tunes learning rates: the same number of rates, steps and seeds for every arm, chosen on the validation split.

Takes the options of `pytest suites/`. Writes the sweeps, trial by trial, to a JSON file; sweeps of the same
arm that were there before are replaced, others stay.
"""

import argparse
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.errors import UserError
from harness.exit_codes import ExitCode
from harness.learning_rates import SHIPPED, Tuned, load_tuned, save_tuned
from harness.measured import Measured
from harness.paths import FIXTURES
from harness.plugin.options import OPTIONS, read_options
from harness.plugin.session import RunSession
from harness.profile import Profile
from harness.record import Status
from harness.trial import Trial

NAME = "tune"
HELP = "sweep learning rates with an equal budget per method"
GRID = FIXTURES / "sweep.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for option in OPTIONS:
        if option.metavar is not None and option.flag not in ("--report", "--general"):
            parser.add_argument(option.flag, metavar=option.metavar, default=option.default, help=option.help)
    parser.add_argument("--grid", default=str(GRID), metavar="FILE", help="TOML with [rates] per method")
    parser.add_argument("--out", default=str(SHIPPED), metavar="FILE", help="where the sweeps go")


def run(arguments: argparse.Namespace) -> int:
    known = {option.flag: option.default for option in OPTIONS} | {"--general": None, "--plan": False}
    choices = read_options(lambda flag: getattr(arguments, flag[2:].replace("-", "_"), known[flag]))
    # Forgetting plays no part in the choice, and costs half of the time.
    choices = replace(choices, profile=replace(choices.profile, general=()))
    grid = read_grid(Path(arguments.grid))
    session = RunSession(choices, at_each_rate(choices.profile, grid))
    tuned = sweeps(_run(session))
    kept = [one for one in load_tuned(Path(arguments.out)) if _key(one) not in {_key(new) for new in tuned}]
    note = {"command": "python -m harness tune", "environment": session.run_fields()["environment"]}
    save_tuned(sorted([*kept, *tuned], key=lambda one: str(_key(one))), Path(arguments.out), note)
    for one in tuned:
        edge = "  (at the edge of its grid)" if one.at_edge else ""
        print(f"{one.target} {one.method} rank {one.rank} {one.quantization}: {one.chosen:g}{edge}")
    print(f"{len(tuned)} sweeps written to {arguments.out}")
    return ExitCode.HELD


def read_grid(path: Path) -> dict[str, list[float]]:
    """Rates per method, equally many for each.

    Raises:
        UserError: no such file, or methods with different numbers of rates.
    """
    try:
        rates = tomllib.loads(path.read_text())["rates"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise UserError(f"--grid {path}: no TOML file with a table [rates] ({error}).") from None
    if len({len(values) for values in rates.values()}) != 1:
        raise UserError(f"--grid {path}: methods have different numbers of rates; that would not be a fair sweep.")
    return {method: [float(rate) for rate in values] for method, values in rates.items()}


def at_each_rate(profile: Profile, grid: Mapping[str, list[float]]) -> list[Profile]:
    """The same profile once per place in the grid."""
    unknown = sorted({arm.method for arm in profile.arms} - set(grid) - {"base"})
    if unknown:
        raise UserError(f"The grid has no rates for {', '.join(unknown)}. Add them under [rates] (--grid FILE).")
    arms = tuple(arm for arm in profile.arms if arm.method != "base")
    places = range(len(next(iter(grid.values()))))
    rates = [{method: values[place] for method, values in grid.items()} for place in places]
    return [replace(profile, arms=arms, learning_rates=one) for one in rates]


class _Lines:
    """As much of pytest's terminal reporter as the progress line needs."""

    isatty = False

    def ensure_newline(self) -> None: ...

    def write_line(self, line: str) -> None:
        print(line, flush=True)


def _run(session: RunSession) -> list[Measured]:
    trials = [trial for trial in session.workload.trials if trial.digest not in session.workload.unsupported]
    session.make_plan(trials, with_base=False)
    try:
        session.start(_Lines())
        return [session.measured(trial) for trial in trials]
    finally:
        session.close()


def sweeps(measured: list[Measured]) -> list[Tuned]:
    """One sweep per target, method, rank and quantization.

    Raises:
        UserError: a trial failed, so that the budgets are not equal any more.
    """
    groups: dict[tuple[object, ...], list[Measured]] = {}
    for one in measured:
        if one.record.status not in (Status.COMPLETED, Status.DIVERGED):
            raise UserError(
                f"Trial {one.trial.id} at {one.trial.learning_rate:g} {one.record.status}: {one.record.reason}"
            )
        trial = one.trial
        groups.setdefault((trial.target.sha256, trial.method, trial.rank, trial.quantization), []).append(one)
    return [_sweep(group) for group in groups.values() if any(one.completed for one in group)]


def _sweep(group: list[Measured]) -> Tuned:
    trial: Trial = group[0].trial
    score = next(one.record.validation for one in group if one.record.validation is not None)
    return Tuned(
        model_sha256=trial.base.sha256,
        target=trial.target.name,
        target_sha256=trial.target.sha256,
        method=trial.method,
        rank=trial.rank,
        quantization=trial.quantization,
        steps=trial.recipe.steps,
        metric=score.metric,
        higher_is_better=score.higher_is_better,
        trials=tuple(
            (
                float(one.trial.learning_rate or 0.0),
                int(one.trial.seed or 0),
                one.record.validation.value if one.record.validation is not None else None,
            )
            for one in group
        ),
    )


def _key(one: Tuned) -> tuple[object, ...]:
    return one.model_sha256, one.target_sha256, one.method, one.rank, one.quantization, one.steps
