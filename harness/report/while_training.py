"""Lookups: arms that were scored in the middle of training, as curves from the base to the trained model."""

from dataclasses import dataclass
from typing import Any

from harness.report.arms import Arm, Triple, trained_arms, triple

START: Triple = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Point:
    """The model after so many optimizer steps."""

    step: int
    gained: Triple | None
    forgot: Triple | None


@dataclass(frozen=True)
class Curve:
    """One arm's points by step, the base's first and the trained model's last."""

    arm: Arm
    points: tuple[Point, ...]

    @property
    def last(self) -> Point:
        return self.points[-1]


def curves(results: dict[str, Any], target: str) -> list[Curve]:
    """Arms that were scored while they trained."""
    return [_curve(arm) for arm in trained_arms(results, target) if arm.get("trace")]


def _curve(arm: Arm) -> Curve:
    points = [
        Point(one["step"], triple(one["gain"], one["ci95"]), triple(one["accuracy_drop"], one["accuracy_drop_ci95"]))
        for one in arm["trace"]
    ]
    return Curve(arm, (Point(0, START, START), *sorted(points, key=lambda point: point.step)))


def matched_rows(results: dict[str, Any], target: str) -> list[dict[str, Any]]:
    """Comparisons with full fine-tuning at a gain that both sides reached on their way."""
    return [row for row in results.get("matched_gain") or [] if row["target_task"] == target]


def matched_difference(row: dict[str, Any]) -> Triple | None:
    """Forgetting of the arm minus that of full fine-tuning; None where it is not settled."""
    return triple(row["forgetting_difference"], row["ci95"])


def matched_relation(row: dict[str, Any]) -> str:
    """`less` or `more` where the interval excludes zero, else `undecided`; `not settled` without an interval."""
    found = matched_difference(row)
    if found is None:
        return "not settled"
    return "less" if found[2] < 0 else "more" if found[1] > 0 else "undecided"
