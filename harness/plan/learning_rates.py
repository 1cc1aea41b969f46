"""Which learning rate a trial trains at, and how far the choice can be trusted.

Tuned rates ship with the evidence that chose them: `fixtures/learning_rates.json` holds, per base, target,
method, rank, quantization and settings, the validation scores and nats of an equal-budget sweep; what `--tune` found
stands in the same form beside the records. Rates that were tuned for something near are used and say so; everything
else starts from the method's own rate, marked `untuned`.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

from annotated_types import Ge, Gt, MinLen
from pydantic import ConfigDict, Field, ValidationError

from harness.schema.atomic import write_atomically
from harness.schema.codec import problem, read_own_json
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.schema.trial import RateSource, Setting, Trial
from harness.schema.typed import Fields, Row

FILE = "learning_rates.json"
SHIPPED = FIXTURES / FILE
DEFAULT_RANK = 8


class Tried(NamedTuple):
    """One trained trial of a sweep, on the validation split; without scores where training diverged."""

    rate: Annotated[float, Gt(0)]
    seed: int
    score: float | None
    """In the target's metric."""
    nll: float | None = None
    """Nats per token of the right answers; None in files that hold scores alone."""


class Beside(NamedTuple):
    """What training at one rate gained and forgot: measured at the chosen rate and at those next to it."""

    rate: Annotated[float, Gt(0)]
    seed: int
    gain: float | None
    """On the validation split, against the base as it is, above 0 for the better; None where it did not complete."""
    accuracy_drop: float | None
    """Mean over the general tasks that have right answers."""


@dataclass(frozen=True)
class Tuned:
    """The result of one sweep.

    Attributes:
        steps: of every trial of the sweep; other budgets have other best rates.
        settings: the method's settings that differ from its defaults.
        errors: by rate, the standard error of its mean nats less those of the rate with the fewest, over seeds and
            items; empty where the sweep kept scores alone.
        beside: forgetting around the chosen rate; empty where it was not measured.
    """

    model_sha256: str
    target: str
    target_sha256: str
    method: str
    rank: Annotated[int, Ge(1)] | None
    quantization: str
    steps: Annotated[int, Ge(1)]
    metric: str
    higher_is_better: bool
    trials: Annotated[tuple[Tried, ...], MinLen(1)]
    settings: tuple[tuple[str, Setting], ...] = ()
    errors: tuple[tuple[float, Annotated[float, Ge(0)]], ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What the sweep is of; a later sweep of the same replaces it."""
        return (*self.arm_key, self.steps)

    @property
    def arm_key(self) -> tuple[object, ...]:
        """The same without the number of steps: the arm, on its target and base."""
        return self.model_sha256, self.target_sha256, self.method, self.rank, self.quantization, self.settings

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(sorted({one.seed for one in self.trials}))

    @property
    def rates(self) -> tuple[float, ...]:
        return tuple(sorted({one.rate for one in self.trials}))

    @property
    def curve(self) -> tuple[tuple[float, float | None], ...]:
        """Learning rate and mean validation score over the seeds; None where any seed diverged."""
        return tuple((rate, _mean([one.score for one in self.trials if one.rate == rate])) for rate in self.rates)

    @property
    def nats(self) -> dict[float, float]:
        """Mean validation nats by rate, of those of which no seed diverged; empty where one of these has none."""
        done = [rate for rate, score in self.curve if score is not None]
        means = {rate: _mean([one.nll for one in self.trials if one.rate == rate]) for rate in done}
        known = {rate: mean for rate, mean in means.items() if mean is not None}
        return known if len(known) == len(done) else {}

    @property
    def best(self) -> float:
        """The rate of the fewest nats, or the best score where only scores are known; the smaller one of equals.

        Raises:
            ValueError: every rate diverged.
        """
        sign = -1.0 if self.higher_is_better else 1.0
        scored = self.nats or {rate: sign * score for rate, score in self.curve if score is not None}
        if not scored:
            raise ValueError(f"every learning rate of {self.method} on {self.target} diverged")
        return min(scored, key=lambda rate: (scored[rate], rate))

    @property
    def chosen(self) -> float:
        """The smallest rate whose nats lie within one standard error of the best one's: it forgets least of these.

        Raises:
            ValueError: every rate diverged.
        """
        best, nats, errors = self.best, self.nats, dict(self.errors)
        return min((rate for rate in nats if nats[rate] - nats[best] <= errors.get(rate, 0.0)), default=best)

    @property
    def around(self) -> tuple[float, ...]:
        """The chosen rate between those next to it in the grid."""
        place = self.rates.index(self.chosen)
        return self.rates[max(0, place - 1) : place + 2]

    @property
    def at_edge(self) -> bool:
        """Whether the grid ends at the chosen rate or at the best one, so that a better one may lie outside."""
        return self.chosen == self.rates[0] or self.rates[-1] in (self.chosen, self.best)


def _mean(values: Sequence[float | None]) -> float | None:
    """None where one of the values is missing, or is no finite number."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return sum(known) / len(known) if len(known) == len(values) else None


class _File(Row):
    model_config = ConfigDict(strict=True)

    note: Fields = Field(default_factory=dict)
    """How and where the sweeps were measured."""
    sweeps: tuple[Tuned, ...]


def load_tuned(path: Path = SHIPPED) -> list[Tuned]:
    """The sweeps in a file; none where there is no file.

    Raises:
        UserError: the file is damaged.
    """
    if not path.exists():
        return []
    content = read_own_json(path, "Restore it, or tune again.")
    try:
        return list(_File.model_validate_json(json.dumps(content)).sweeps)  # as JSON: a list may stand for a tuple
    except ValidationError as error:
        wrong = problem(error)
        raise UserError(f"{path}: not a table of learning rates. {wrong} Restore it, or tune again.") from None


def save_tuned(tuned: Sequence[Tuned], path: Path, note: Fields) -> None:
    """Writes sweeps with a note of how and where they were measured, replacing the file at once."""
    document = {"note": note, "sweeps": [asdict(one) for one in tuned]}
    write_atomically(path, json.dumps(document, indent=1) + "\n")


def add_tuned(tuned: Iterable[Tuned], path: Path, note: Fields) -> None:
    """Writes sweeps into a file beside those that it holds; one of the same arm and steps replaces the earlier.

    Raises:
        UserError: the file is damaged.
    """
    by_key = {one.key: one for one in (*load_tuned(path), *tuned)}
    save_tuned(sorted(by_key.values(), key=lambda one: str(one.key)), path, note)


def arm_key(trial: Trial) -> tuple[object, ...]:
    """`Tuned.arm_key` of the sweep that a trial's arm would need."""
    return trial.base.sha256, trial.target.sha256, trial.method, trial.rank, trial.quantization, trial.settings


def choose(tuned: Sequence[Tuned], trial: Trial, untuned: float) -> tuple[float, str]:
    """The tuned rate for exactly this, else for the nearest rank and level of the same method, else `untuned`.

    A sweep at other settings than the trial's or the method's defaults says nothing.

    Returns:
        The rate, and what the trial's `learning_rate_source` says of it.
    """
    asked = (trial.base.sha256, trial.target.sha256, trial.method)
    near = [
        one
        for one in tuned
        if (one.model_sha256, one.target_sha256, one.method) == asked
        and one.settings in ((), trial.settings)
        and any(score is not None for _, score in one.curve)
    ]
    if not near:
        return untuned, RateSource.UNTUNED
    best = min(near, key=lambda one: _distance(one, trial))
    differences = [
        text
        for differs, text in (
            (best.rank != trial.rank, f"rank {best.rank}"),
            (best.quantization != trial.quantization, f"quantization {best.quantization}"),
            (best.steps != trial.recipe.steps, f"{best.steps} steps"),
            (best.settings != trial.settings, "default settings"),
        )
        if differs
    ]
    return best.chosen, f"{RateSource.NEARBY} {', '.join(differences)}" if differences else RateSource.TUNED


def _distance(one: Tuned, trial: Trial) -> tuple[bool, bool, float, float]:
    """Settings count first, then quantization; ranks and steps by their ratio."""
    ranks = abs(math.log2((one.rank or DEFAULT_RANK) / (trial.rank or DEFAULT_RANK)))
    steps = abs(math.log2(one.steps / trial.recipe.steps))
    return one.settings != trial.settings, one.quantization != trial.quantization, ranks, steps
