"""Lookups: arms that were scored in the middle of training, as curves from the base to the trained model."""

from typing import Any

from harness.report.model.arms import Arm, Triple, trained_arms, triple
from harness.report.model.curves import NOTHING, Curve, Point
from harness.schema.results import Results


def curves(results: Results, target: str) -> list[Curve]:
    """Arms that were scored while they trained."""
    return [_curve(arm) for arm in trained_arms(results, target) if arm.trace]


def _curve(arm: Arm) -> Curve:
    points = [
        Point(one.step, triple(one.gain, one.ci95), triple(one.accuracy_drop, one.accuracy_drop_ci95))
        for one in arm.trace
    ]
    return Curve(arm, (Point(0, NOTHING, NOTHING), *sorted(points, key=lambda point: point.at)))


def matched_rows(results: Results, target: str) -> list[dict[str, Any]]:
    """Comparisons with full fine-tuning at a gain that both sides reached on their way."""
    return [row for row in results.matched_gain or [] if row["target_task"] == target]


def matched_difference(row: dict[str, Any]) -> Triple | None:
    """Forgetting of the arm minus that of full fine-tuning; None where it is not settled."""
    return triple(row["forgetting_difference"], row["ci95"])


def matched_relation(row: dict[str, Any]) -> str:
    """`less` or `more` where the interval excludes zero, else `undecided`; `not settled` without an interval."""
    found = matched_difference(row)
    if found is None:
        return "not settled"
    return "less" if found[2] < 0 else "more" if found[1] > 0 else "undecided"
