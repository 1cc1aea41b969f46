"""Lookups: arms whose update was scaled back towards the base, as curves from the base to the trained model."""

from harness.report.model.arms import Arm, forgetting, gain, trained_arms, triple
from harness.report.model.curves import NOTHING, Curve, Point
from harness.schema.results import Results


def curves(results: Results, target: str) -> list[Curve]:
    """Arms of which something between the base and the trained model was scored."""
    found = [_curve(arm) for arm in trained_arms(results, target) if arm.interpolation]
    return [curve for curve in found if curve.between]


def _curve(arm: Arm) -> Curve:
    points = {0.0: Point(0.0, NOTHING, NOTHING), 1.0: Point(1.0, gain(arm), forgetting(arm))}
    for one in arm.interpolation:
        if 0 < one.scale < 1:
            lost = triple(one.accuracy_drop, one.accuracy_drop_ci95)
            points[one.scale] = Point(one.scale, triple(one.gain, one.ci95), lost)
    return Curve(arm, tuple(points[scale] for scale in sorted(points)))


def worth_it(curve: Curve) -> Point | None:
    """The smallest part of the update that forgot less for certain, at a gain whose interval reaches the whole's."""
    gained, forgot = curve.last.gained, curve.last.forgot
    if gained is None or forgot is None:
        return None
    for point in curve.between:
        if point.gained and point.forgot and point.gained[2] >= gained[1] and point.forgot[2] < forgot[1]:
            return point
    return None
