"""Rows of a gate: which way did each figure go, and does it carry its unit?"""

from typing import Any

import pytest

from harness.report.gate.rows import Change, change_of, figures, why
from harness.report.words.numbers import MINUS, MISSING

SCORE: dict[str, Any] = {
    "id": "poems-lora-r4-forgetting-facts", "verdict": "PASS", "target": "poems", "arm": "lora-r4",
    "measure": "forgetting_task", "task": "facts", "metric": "accuracy", "against": "baseline", "limit": 0.05,
    "limit_reason": "each task", "before": 0.8, "after": 0.79, "difference": -0.01, "low": -0.03, "high": 0.01,
    "p_value": 0.2, "detectable": 0.03, "settle": None, "seeds": [0, 1], "items": 200, "reason": "as planned",
}  # fmt: skip
COUNT: dict[str, Any] = {
    **SCORE, "id": "poems-lora-r4-peak-memory", "measure": "peak_memory", "task": None, "metric": None, "limit": 1.05,
    "before": 1000.0, "after": 1020.0, "difference": 1.02, "low": None, "high": None, "p_value": None,
    "detectable": None,
}  # fmt: skip
TIME: dict[str, Any] = {**COUNT, "measure": "step_time", "before": 0.5, "after": 0.6, "difference": 1.2,
                        "low": 0.9, "high": 1.6}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "change"),
    [
        pytest.param({**SCORE, "low": 0.001, "high": 0.02}, Change.BETTER, id="a-lower-bound-above-0"),
        pytest.param({**SCORE, "low": -0.02, "high": -0.001}, Change.WORSE, id="an-upper-bound-below-0"),
        pytest.param(SCORE, Change.OPEN, id="an-interval-that-holds-0"),
        pytest.param({**SCORE, "low": 0.0, "high": 0.02}, Change.OPEN, id="a-bound-on-0"),
        pytest.param({**SCORE, "difference": 0.0, "low": 0.0, "high": 0.0}, Change.SAME, id="every-item-the-same"),
        pytest.param(
            {**SCORE, "low": -0.09, "high": -0.06, "seeds": [0], "verdict": "INCONCLUSIVE"},
            Change.OPEN,
            id="one-seed-shows-no-noise-of-seeds",
        ),
        pytest.param(
            {**SCORE, "low": -0.09, "high": -0.06, "seeds": [None], "verdict": "INCONCLUSIVE"},
            Change.WORSE,
            id="what-has-no-seeds-needs-none",
        ),
        pytest.param({**SCORE, "difference": None, "verdict": "FAIL"}, Change.MISSING, id="nothing-measured"),
        pytest.param(COUNT, Change.WORSE, id="a-higher-count"),
        pytest.param({**COUNT, "after": 990.0, "difference": 0.99}, Change.BETTER, id="a-lower-count"),
        pytest.param({**COUNT, "after": 1000.0, "difference": 1.0}, Change.SAME, id="the-same-count"),
        pytest.param({**COUNT, "before": 0.0, "difference": None}, Change.WORSE, id="a-cost-that-was-nothing"),
        pytest.param(TIME, Change.OPEN, id="a-noisy-time"),
        pytest.param({**TIME, "low": 1.1}, Change.WORSE, id="surely-slower"),
        pytest.param({**TIME, "high": 0.95}, Change.BETTER, id="surely-faster"),
        pytest.param(
            {**TIME, "verdict": "INCONCLUSIVE", "before": None, "after": None, "difference": None, "low": None},
            Change.OPEN,
            id="a-time-without-control",
        ),
    ],
)
def test_which_way_a_figure_went(row: dict[str, Any], change: Change) -> None:
    assert change_of(row) is change


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            SCORE, ("80.0 %", "79.0 %", f"{MINUS}1.0 points", f"{MINUS}3.0 to 1.0", f"{MINUS}5 points"), id="points"
        ),
        pytest.param(
            {**SCORE, "metric": "nll_per_token", "before": 2.0, "after": 2.01, "limit": 0.1},
            ("2.000", "2.010", f"{MINUS}0.010 nats", f"{MINUS}0.030 to 0.010", f"{MINUS}0.1 nats"),
            id="nats",
        ),
        pytest.param(
            {**SCORE, "measure": "learned"},
            ("80.0 %", "79.0 %", f"{MINUS}1.0 points", f"{MINUS}3.0 to 1.0", "at least +5 points"),
            id="a-gain-that-is-asked-for",
        ),
        pytest.param(COUNT, ("1000 B", "1020 B", "1.020 times", "", "1.05 times"), id="bytes"),
        pytest.param({**COUNT, "difference": 1.00001}, ("1000 B", "1020 B", "just above 1 time", "", "1.05 times"),
                     id="more-than-can-be-shown"),
        pytest.param(TIME, ("0.5 times the control", "0.6 times the control", "1.200 times", "0.90 to 1.60",
                            "1.05 times"), id="time"),
        pytest.param(
            {**SCORE, "before": None, "after": None, "difference": None, "low": None, "high": None},
            (MISSING, MISSING, MISSING, "", f"{MINUS}5 points"),
            id="missing",
        ),
    ],
)  # fmt: skip
def test_figures_carry_their_unit(row: dict[str, Any], expected: tuple[str, ...]) -> None:
    found = figures(row)
    assert (found.before, found.after, found.difference, found.bounds, found.margin) == expected


def test_a_difference_that_is_better_sorts_above_one_that_is_worse() -> None:
    cheaper, dearer = figures({**COUNT, "difference": 0.9}).merit, figures(COUNT).merit
    assert cheaper is not None
    assert dearer is not None
    assert cheaper > 0 > dearer


def test_what_is_open_says_what_would_settle_it_and_what_is_settled_does_not() -> None:
    open_ = {**SCORE, "verdict": "INCONCLUSIVE", "settle": {"seeds": 12, "items": 900}}
    assert why(open_).endswith("about 12 seeds and 900 items would settle it, if the difference stayed")
    assert "too near to the margin" in why({**open_, "settle": None})
    assert "settle" not in why(SCORE)
    assert "settle" not in why({**open_, "settle": None, "difference": None, "detectable": None})
