"""Which learning rate a trial trains at, and how far the choice can be trusted.

Tuned rates ship with the evidence that chose them: `fixtures/learning_rates.json` holds, per base, target,
method, rank, quantization and settings, the validation scores of an equal-budget sweep; what `--tune` found stands in
the same form beside the records. Rates that were tuned for something near are used and say so; everything else starts
from the method's own rate, marked `untuned`.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

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


@dataclass(frozen=True)
class Tuned:
    """The result of one sweep.

    Attributes:
        steps: of every trial of the sweep; other budgets have other best rates.
        trials: learning rate, seed, validation score (None where training diverged) of every trained trial.
        settings: the method's settings that differ from its defaults.
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
    trials: Annotated[tuple[tuple[Annotated[float, Gt(0)], int, float | None], ...], MinLen(1)]
    settings: tuple[tuple[str, Setting], ...] = ()

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
        return tuple(sorted({seed for _, seed, _ in self.trials}))

    @property
    def curve(self) -> tuple[tuple[float, float | None], ...]:
        """Learning rate and mean validation score over the seeds; None where any seed diverged."""
        points = []
        for rate in sorted({rate for rate, _, _ in self.trials}):
            scores = [score for at, _, score in self.trials if at == rate]
            known = [score for score in scores if score is not None and math.isfinite(score)]
            points.append((rate, sum(known) / len(known) if len(known) == len(scores) else None))
        return tuple(points)

    @property
    def chosen(self) -> float:
        """The rate of the best mean validation score; the smaller one of equals, which forgets less.

        Raises:
            ValueError: every rate diverged.
        """
        sign = 1.0 if self.higher_is_better else -1.0
        scored = [(sign * score, -rate) for rate, score in self.curve if score is not None]
        if not scored:
            raise ValueError(f"every learning rate of {self.method} on {self.target} diverged")
        return -max(scored)[1]

    @property
    def at_edge(self) -> bool:
        """Whether the best rate is the grid's first or last, so that a better one may lie outside."""
        rates = sorted(rate for rate, _ in self.curve)
        return self.chosen in (rates[0], rates[-1])


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
