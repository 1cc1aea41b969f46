"""What can a planned run tell on each target: of gain and forgetting, against the base and arm against arm?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.judge.noise import Size
from harness.judge.power import Comparison, Design, Outlook, outlook
from harness.judge.stored_noise import Known, StoredNoise
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.trial import Trial

WANTED = 0.02
"""Difference that is planned for, and margin of equality, in the metric's own unit: 2 points."""


@dataclass(frozen=True)
class Asked:
    """What a run asks of a target.

    Attributes:
        trials: those that train on it.
        test: what is scored of the target, by its name.
        general: what is scored of general tasks that have right answers.
    """

    trials: tuple[Trial, ...]
    metric: str
    test: Mapping[str, Size]
    general: Mapping[str, Size]

    @property
    def target(self) -> str:
        return self.trials[0].target.name

    @property
    def arms(self) -> int:
        return len({one.arm for one in self.trials})

    @property
    def seeds(self) -> int:
        """Of the arm that has most."""
        names = [one.arm for one in self.trials]
        return max(names.count(name) for name in names)


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        role: `TARGET`, of gain, or `GENERAL`, of forgetting.
        between: whether two arms are compared, and not one with the base.
        in_family: the smallest difference that shows as the first of all that Holm's correction is over; None where
            none does, or where there is no family.
    """

    role: str
    between: bool
    known: Known
    design: Design
    outlook: Outlook
    in_family: float | None = None


@dataclass(frozen=True)
class Planned:
    """What can be told on one target.

    Attributes:
        wanted: the difference that is planned for, and the margin of equality.
        family: comparisons between arms that Holm's correction is over; 0 where there are none.
    """

    asked: Asked
    wanted: float
    family: int
    rows: tuple[Row, ...]


def planned(asked: Asked, stored: Sequence[Measured], wanted: float = WANTED) -> Planned:
    """From what is stored, else from a prior."""
    noise = StoredNoise(stored, asked.trials, asked.metric)
    family = 2 * (asked.arms - 1)  # each arm against full fine-tuning, in gain and in forgetting
    rows = [row for role, sizes in _roles(asked) for row in _rows(asked, noise, role, sizes, family, wanted)]
    return Planned(asked, wanted, family, tuple(rows))


def _roles(asked: Asked) -> Iterator[tuple[str, Mapping[str, Size]]]:
    yield TARGET, asked.test
    if asked.general:
        yield GENERAL, asked.general


def _rows(
    asked: Asked, noise: StoredNoise, role: str, sizes: Mapping[str, Size], family: int, wanted: float
) -> Iterator[Row]:
    design = Design(asked.seeds, sizes, asked.arms)
    one = noise.one_arm(role, list(sizes))
    yield Row(role, False, one, design, outlook(Comparison(one.noise), design, wanted))
    if asked.arms > 1:
        two = noise.two_arms(role, list(sizes))
        between = Comparison(two.noise, one.noise)
        first = between.smallest_difference(design, 1 - 0.05 / family)
        yield Row(role, True, two, design, outlook(between, design, wanted), first)
