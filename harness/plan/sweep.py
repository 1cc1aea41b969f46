"""Sweeps of learning rates: the same number of rates, steps and seeds for every arm, chosen on the validation split.

Three seeds where none are given: one alone chooses for its luck, and shows no noise between seeds to choose by.

The rates that are tried on the embedded model stand in `fixtures/sweep.toml`. On any other base, and for a method that
is not listed there, they are five rates a factor of the root of ten apart, around three times the method's documented
rate: documented rates come from runs of thousands of steps, and very short runs want higher ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from harness.methods import AnyMethod, method_named
from harness.models.base import EMBEDDED
from harness.plan.job import Workload
from harness.plan.learning_rates import Beside, Tried, Tuned, arm_key
from harness.plan.profile import Rate
from harness.plan.rate_choice import errors
from harness.schema.codec import read_toml
from harness.schema.errors import UserError
from harness.schema.measured import VALIDATION, Measured
from harness.schema.paths import FIXTURES
from harness.schema.record import RIGHT_OR_WRONG, Status
from harness.schema.trial import RateSource, Trial
from harness.schema.typed import Many, Table, finite
from harness.schema.wording import counted

GRID = FIXTURES / "sweep.toml"
RATES = 5
SHORT_RUNS = 3.0
FIRST_SEED = 7
SEEDS = 3
"""Of a sweep, where none are given."""

Grid = Mapping[str, Sequence[float]]


class _Sweep(Table):
    rates: Annotated[dict[str, Annotated[Many[Rate], Field(min_length=1)]], Field(min_length=1)]
    """By method."""


def read_grid(path: Path) -> Grid:
    """Rates per method, equally many for each.

    Raises:
        UserError: no such file, or methods with different numbers of rates.
    """
    if not path.is_file():
        raise UserError(f"--grid: {str(path)!r} is no file. Give a TOML file with a table [rates] of numbers.")
    grid = {method: sorted(set(rates)) for method, rates in read_toml(path, _Sweep, f"--grid {path}").rates.items()}
    if len({len(rates) for rates in grid.values()}) != 1:
        raise UserError(f"--grid {path}: methods have different numbers of rates; that would not be a fair sweep.")
    return grid


def grid_for(base_model: str) -> Grid:
    """The grid that ships, for the model that it was made for; an empty one for any other."""
    return read_grid(GRID) if base_model == EMBEDDED else {}


def rates_of(method: AnyMethod, grid: Grid) -> list[float]:
    """The rates to try: as listed, else around the documented rate, as many as any listed method has."""
    if method.name in grid:
        return list(grid[method.name])
    count = len(next(iter(grid.values()))) if grid else RATES
    middle = SHORT_RUNS * method.untuned_learning_rate
    return [float(f"{middle * 10 ** ((place - (count - 1) / 2) / 2):.2g}") for place in range(count)]


def arms_to_tune(workload: Workload) -> list[Trial]:
    """One trial of every arm that trains, can be, and has no rate given or tuned for exactly this."""
    return [
        trial
        for trial in arms_that_train(workload)
        if trial.learning_rate_source not in (RateSource.TUNED, RateSource.GIVEN)
    ]


def arms_that_train(workload: Workload) -> list[Trial]:
    """One trial of every arm on every target."""
    possible = (trial for trial in workload.trials if trial.trains and trial.digest not in workload.unsupported)
    return list({arm_key(trial): trial for trial in possible}.values())


def seeds_beside(seeds: Sequence[int]) -> tuple[int, ...]:
    """Seeds for sweeps that no trial of the run has: a rate must not be chosen for the luck of one of them."""
    return tuple(islice((seed for seed in count(FIRST_SEED) if seed not in seeds), SEEDS))


def sweep(workload: Workload, arms: Iterable[Trial], grid: Grid, seeds: Sequence[int]) -> Workload:
    """Every arm at each of its rates with each seed, without general tasks: forgetting plays no part in the choice."""
    trials = [
        replace(
            arm,
            general=(),
            learning_rate=rate,
            learning_rate_source=RateSource.SWEPT,
            seed=seed,
            scoring=replace(arm.scoring, interpolate=(), trace=0),
        )
        for arm in arms
        for rate in rates_of(method_named(arm.method), grid)
        for seed in seeds
    ]
    return replace(workload, trials=tuple(trials), unsupported={}, general=(), artifacts=None)


def around(workload: Workload, found: Iterable[Tuned], seed: int) -> Workload:
    """Every tuned arm at its chosen rate and those next to it, under one seed and with the general tasks."""
    arms = {arm_key(trial): trial for trial in arms_that_train(workload)}
    trials = [
        replace(
            arms[one.arm_key],
            learning_rate=rate,
            learning_rate_source=RateSource.SWEPT,
            seed=seed,
            scoring=replace(arms[one.arm_key].scoring, interpolate=(), trace=0),
        )
        for one in found
        for rate in one.around
    ]
    return replace(workload, trials=tuple(trials), unsupported={}, artifacts=None)


@dataclass(frozen=True)
class Outcome:
    """What came of a sweep: arms with a rate, and arms without one, each with the reason."""

    tuned: dict[str, Tuned]
    """By arm and target, in words."""
    without: dict[str, str]
    failed: bool
    """Whether a trial ended otherwise than with scores, in divergence, or as one that cannot be."""


def outcome(measured: Iterable[Measured]) -> Outcome:
    """One sweep per arm and target, from the validation scores of its trials alone.

    An arm without a finite score, or with a trial that did not end, has no rate: with fewer trials than the others
    its budget would be another.

    Raises:
        UserError: the arms' budgets are not equal.
    """
    groups: dict[tuple[object, ...], list[Measured]] = {}
    for one in measured:
        groups.setdefault((arm_key(one.trial), one.trial.recipe.steps), []).append(one)
    _require_equal_budgets(list(groups.values()))
    tuned: dict[str, Tuned] = {}
    without: dict[str, str] = {}
    failed = False
    for group in groups.values():
        trial = group[0].trial
        name = f"{trial.arm} on {trial.target.name}"
        if broken := [one for one in group if one.record.status not in (Status.COMPLETED, Status.DIVERGED)]:
            first = broken[0].record
            reason = (first.reason or "no reason given").splitlines()[0]
            without[name] = f"{len(broken)} of {counted(len(group), 'trial')} {first.status}: {reason}"
            failed = failed or any(one.record.status is not Status.UNSUPPORTED for one in broken)
        elif (found := _tuned(group)) is None:
            rates = sorted({float(one.trial.learning_rate or 0.0) for one in group})
            without[name] = f"training diverged at every rate, {rates[0]:g} to {rates[-1]:g}"
        else:
            tuned[name] = found
    return Outcome(tuned, without, failed)


def _require_equal_budgets(groups: Sequence[Sequence[Measured]]) -> None:
    budgets: dict[tuple[int, ...], str] = {}
    for group in groups:
        trials = [one.trial for one in group]
        rates, seeds = {trial.learning_rate for trial in trials}, {trial.seed for trial in trials}
        budget = (len(rates), len(seeds), len(group), trials[0].recipe.steps)
        budgets.setdefault(budget, trials[0].arm)
        if len(group) != len(rates) * len(seeds):
            raise UserError(f"The sweep of {trials[0].arm} does not try every rate with every seed. Run it again.")
    if len(budgets) > 1:
        said = ", ".join(
            f"{arm} has {counted(rates, 'rate')} x {counted(seeds, 'seed')} x {counted(steps, 'step')}"
            for (rates, seeds, _, steps), arm in budgets.items()
        )
        raise UserError(f"A sweep with unequal budgets is not fair, so no rate is chosen: {said}.")


def _tuned(group: Sequence[Measured]) -> Tuned | None:
    """The sweep of one arm; None where no rate can be chosen."""
    trial = group[0].trial
    score = next((one.record.validation for one in group if one.record.validation is not None), None)
    if score is None:
        return None
    found = Tuned(
        model_sha256=trial.base.sha256,
        target=trial.target.name,
        target_sha256=trial.target.sha256,
        method=trial.method,
        rank=trial.rank,
        quantization=trial.quantization,
        steps=trial.recipe.steps,
        metric=score.metric,
        higher_is_better=score.higher_is_better,
        trials=tuple(map(_tried, group)),
        settings=trial.settings,
    )
    if all(value is None for _, value in found.curve):
        return None
    return replace(found, errors=_errors(group, found.nats))


def _tried(one: Measured) -> Tried:
    score = one.record.validation
    values = (None, None) if score is None else (finite(score.value), finite(score.nll))
    return Tried(float(one.trial.learning_rate or 0.0), int(one.trial.seed or 0), *values)


def _errors(group: Sequence[Measured], rates: Iterable[float]) -> tuple[tuple[float, float], ...]:
    """Of the rates of which no seed diverged."""
    tables: dict[float, list[pd.DataFrame]] = {rate: [] for rate in rates}
    for one in sorted(group, key=lambda one: one.trial.seed or 0):
        table = one.table(VALIDATION, one.trial.target.name)
        if table is not None and one.trial.learning_rate in tables:
            tables[float(one.trial.learning_rate)].append(table)
    if not tables or not all(tables.values()):
        return ()
    first = next(iter(tables.values()))[0]
    nats = {rate: np.stack([table["nll"].reindex(first.index) for table in own]) for rate, own in tables.items()}
    return tuple(sorted(errors(nats, list(first["cluster"])).items()))


def measured_around(found: Tuned, arms: Sequence[Measured], base: Measured) -> Tuned:
    """The sweep with what its arm gained and forgot around its rate, against the base as it is."""
    return replace(found, beside=tuple(_beside(one, base) for one in arms))


def _beside(one: Measured, base: Measured) -> Beside:
    rate, seed = float(one.trial.learning_rate or 0.0), int(one.trial.seed or 0)
    before, after = base.record.validation, one.record.validation
    if before is None or after is None:
        return Beside(rate, seed, None, None)
    sign = 1.0 if after.higher_is_better else -1.0
    were = {score.task: score.value for score in base.record.general if score.kind in RIGHT_OR_WRONG}
    lost = [were[score.task] - score.value for score in one.record.general if score.task in were]
    return Beside(rate, seed, sign * (after.value - before.value), sum(lost) / len(lost) if lost else None)
