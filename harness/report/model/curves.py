"""Curves: what an arm had gained and forgotten on its way from the base to the trained model."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.report.model.arms import triple, unit
from harness.report.words.numbers import Triple, Unit
from harness.schema import results as schema
from harness.schema.results import ArmResult

NOTHING: Triple = (0.0, 0.0, 0.0)
"""What the base itself gains and forgets."""


@dataclass(frozen=True)
class Point:
    """One model on the way."""

    at: float
    """How far: part of the update (0 is the base, 1 the trained model), or optimizer steps done."""
    gained: Triple | None
    forgot: Triple | None


@dataclass(frozen=True)
class Curve:
    """One arm's points in order, the base's first and the trained model's last."""

    arm: ArmResult
    points: tuple[Point, ...]

    @property
    def last(self) -> Point:
        return self.points[-1]

    @property
    def between(self) -> tuple[Point, ...]:
        """Without the base and the trained model."""
        return self.points[1:-1]

    @property
    def unit(self) -> Unit:
        """Of its gains."""
        return unit(self.arm)


def curve(arm: ArmResult, scored: Mapping[float, schema.Point], *last: Point) -> Curve:
    """From the base over what was `scored`, by how far it was, to `last`."""
    way = (
        Point(at, triple(one.gain, one.ci95), triple(one.accuracy_drop, one.accuracy_drop_ci95))
        for at, one in sorted(scored.items())
    )
    return Curve(arm, (Point(0, NOTHING, NOTHING), *way, *last))
