"""Curves: what an arm had gained and forgotten on its way from the base to the trained model."""

from dataclasses import dataclass

from harness.report.model.arms import Arm, Triple

NOTHING: Triple = (0.0, 0.0, 0.0)
"""What the base itself gains and forgets."""


@dataclass(frozen=True)
class Point:
    """One model on the way.

    Attributes:
        at: how far: part of the update (0 is the base, 1 the trained model), or optimizer steps done.
    """

    at: float
    gained: Triple | None
    forgot: Triple | None


@dataclass(frozen=True)
class Curve:
    """One arm's points in order, the base's first and the trained model's last."""

    arm: Arm
    points: tuple[Point, ...]

    @property
    def last(self) -> Point:
        return self.points[-1]

    @property
    def between(self) -> tuple[Point, ...]:
        """Without the base and the trained model."""
        return self.points[1:-1]
