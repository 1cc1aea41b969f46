"""What was refused, and why."""

from harness.report.topics.unsupported import table
from harness.schema.record import Status
from harness.schema.results import Results
from harness.tests.synthetic import TARGETS, Arm, base_arms, results_of, stopped


def test_a_refusal_is_one_row_whatever_the_targets() -> None:
    arm = Arm("odd", 8, "none", 0.0, 0.0, 0)
    refused = [stopped(arm, target, seed, Status.UNSUPPORTED, "no such layer") for target in TARGETS for seed in (0, 1)]
    (group,) = table(results_of([*base_arms(TARGETS[0]), *refused], learning_rates=())).groups
    assert [[cell.text for cell in row] for row in group.rows] == [["odd-r8", ", ".join(TARGETS), "no such layer"]]


def test_nothing_refused_no_row(prompted: Results) -> None:
    assert not table(prompted)
