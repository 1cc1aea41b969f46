"""Lookups: arms whose update was scaled back towards the base, as curves from the base to the trained model."""

from dataclasses import dataclass
from typing import Any

from harness.report.arms import Arm, Triple, forgetting, gain, trained_arms, triple

NOTHING: Triple = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Point:
    """One model on the way.

    Attributes:
        scale: part of the update: 0 is the base, 1 the trained model.
    """

    scale: float
    gained: Triple | None
    forgot: Triple | None


@dataclass(frozen=True)
class Curve:
    """One arm's points by scale, the base's first and the trained model's last."""

    arm: Arm
    points: tuple[Point, ...]

    @property
    def whole(self) -> Point:
        return self.points[-1]

    @property
    def between(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if 0 < point.scale < 1)


def curves(results: dict[str, Any], target: str) -> list[Curve]:
    """Arms of which something between the base and the trained model was scored."""
    found = [_curve(arm) for arm in trained_arms(results, target) if arm.get("interpolation")]
    return [curve for curve in found if curve.between]


def _curve(arm: Arm) -> Curve:
    points = {0.0: Point(0.0, NOTHING, NOTHING), 1.0: Point(1.0, gain(arm), forgetting(arm))}
    for one in arm["interpolation"]:
        if 0 < one["scale"] < 1:
            lost = triple(one["accuracy_drop"], one["accuracy_drop_ci95"])
            points[one["scale"]] = Point(one["scale"], triple(one["gain"], one["ci95"]), lost)
    return Curve(arm, tuple(points[scale] for scale in sorted(points)))


def worth_it(curve: Curve) -> Point | None:
    """The smallest part of the update that forgot less for certain, at a gain whose interval reaches the whole's."""
    gained, forgot = curve.whole.gained, curve.whole.forgot
    if gained is None or forgot is None:
        return None
    for point in curve.between:
        if point.gained and point.forgot and point.gained[2] >= gained[1] and point.forgot[2] < forgot[1]:
            return point
    return None
