"""Rows of a gate: which way did each figure go, and does it carry its unit?"""

import pytest

from harness.report.gate.rows import Direction, direction_of, figures, sentence, why
from harness.report.words.numbers import MINUS, MISSING
from harness.schema.gate import GateResult, Settling, Verdict

SCORE = GateResult(
    id="poems-lora-r4-forgetting-facts", verdict=Verdict.PASS, target="poems", arm="lora-r4",
    measure="forgetting_task", task="facts", metric="accuracy", against="baseline", limit=0.05,
    limit_reason="each task", before=0.8, after=0.79, difference=-0.01, low=-0.03, high=0.01,
    p_value=0.2, detectable=0.03, settle=None, seeds=(0, 1), items=200, reason="as planned",
)  # fmt: skip
COUNT = SCORE.with_(
    id="poems-lora-r4-peak-memory", measure="peak_memory", task=None, metric=None, limit=1.05,
    before=1000.0, after=1020.0, difference=1.02, low=None, high=None, p_value=None, detectable=None,
)  # fmt: skip
TIME = COUNT.with_(measure="step_time", before=0.5, after=0.6, difference=1.2, low=0.9, high=1.6)
OPEN = Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("row", "way"),
    [
        pytest.param(SCORE.with_(low=0.001, high=0.02), Direction.BETTER, id="a-lower-bound-above-0"),
        pytest.param(SCORE.with_(low=-0.02, high=-0.001), Direction.WORSE, id="an-upper-bound-below-0"),
        pytest.param(SCORE, Direction.OPEN, id="an-interval-that-holds-0"),
        pytest.param(SCORE.with_(low=0.0, high=0.02), Direction.OPEN, id="a-bound-on-0"),
        pytest.param(SCORE.with_(difference=0.0, low=0.0, high=0.0), Direction.SAME, id="every-item-the-same"),
        pytest.param(
            SCORE.with_(low=-0.09, high=-0.06, seeds=(0,), verdict=OPEN),
            Direction.OPEN,
            id="one-seed-shows-no-noise-of-seeds",
        ),
        pytest.param(
            SCORE.with_(low=-0.09, high=-0.06, seeds=(None,), verdict=OPEN),
            Direction.WORSE,
            id="what-has-no-seeds-needs-none",
        ),
        pytest.param(SCORE.with_(difference=None, verdict=Verdict.FAIL), Direction.MISSING, id="nothing-measured"),
        pytest.param(COUNT, Direction.WORSE, id="a-higher-count"),
        pytest.param(COUNT.with_(after=990.0, difference=0.99), Direction.BETTER, id="a-lower-count"),
        pytest.param(COUNT.with_(after=1000.0, difference=1.0), Direction.SAME, id="the-same-count"),
        pytest.param(COUNT.with_(before=0.0, difference=None), Direction.WORSE, id="a-cost-that-was-nothing"),
        pytest.param(TIME, Direction.OPEN, id="a-noisy-time"),
        pytest.param(TIME.with_(low=1.1), Direction.WORSE, id="surely-slower"),
        pytest.param(TIME.with_(high=0.95), Direction.BETTER, id="surely-faster"),
        pytest.param(
            TIME.with_(verdict=OPEN, before=None, after=None, difference=None, low=None),
            Direction.OPEN,
            id="a-time-without-control",
        ),
    ],
)
def test_which_way_a_figure_went(row: GateResult, way: Direction) -> None:
    assert direction_of(row) is way


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            SCORE, ("80.0 %", "79.0 %", f"{MINUS}1.0 points", f"{MINUS}3.0 to 1.0", f"{MINUS}5 points"), id="points"
        ),
        pytest.param(
            SCORE.with_(metric="nll_per_token", before=2.0, after=2.01, limit=0.1),
            ("2.000", "2.010", f"{MINUS}0.010 nats", f"{MINUS}0.030 to 0.010", f"{MINUS}0.1 nats"),
            id="nats",
        ),
        pytest.param(
            SCORE.with_(measure="learned"),
            ("80.0 %", "79.0 %", f"{MINUS}1.0 points", f"{MINUS}3.0 to 1.0", "at least +5 points"),
            id="a-gain-that-is-asked-for",
        ),
        pytest.param(COUNT, ("1000 B", "1020 B", "1.020 times", "", "1.05 times"), id="bytes"),
        pytest.param(COUNT.with_(difference=1.00001), ("1000 B", "1020 B", "just above 1 time", "", "1.05 times"),
                     id="more-than-can-be-shown"),
        pytest.param(TIME, ("0.5 times the control", "0.6 times the control", "1.200 times", "0.90 to 1.60",
                            "1.05 times"), id="time"),
        pytest.param(
            SCORE.with_(before=None, after=None, difference=None, low=None, high=None),
            (MISSING, MISSING, MISSING, "", f"{MINUS}5 points"),
            id="missing",
        ),
    ],
)  # fmt: skip
def test_figures_carry_their_unit(row: GateResult, expected: tuple[str, ...]) -> None:
    found = figures(row)
    assert (found.before, found.after, found.difference, found.bounds, found.margin) == expected


def test_a_difference_that_is_better_sorts_above_one_that_is_worse() -> None:
    cheaper, dearer = figures(COUNT.with_(difference=0.9)).merit, figures(COUNT).merit
    assert cheaper is not None
    assert dearer is not None
    assert cheaper > 0 > dearer


def test_counts_that_would_look_alike_are_shown_to_the_last_digit() -> None:
    memory = COUNT.with_(before=14_900_000.0, after=14_900_001.0, difference=14_900_001 / 14_900_000)
    assert (figures(memory).before, figures(memory).after) == ("14,900,000 B", "14,900,001 B")
    parameters = memory.with_(measure="trainable_params")
    assert (figures(parameters).before, figures(parameters).after) == ("14,900,000", "14,900,001")
    same = memory.with_(after=14_900_000.0, difference=1.0)
    assert figures(same).before == figures(same).after == "14.2 MiB"


def test_what_is_open_says_what_would_settle_it_and_what_is_settled_does_not() -> None:
    open_ = SCORE.with_(verdict=OPEN, settle=Settling(seeds=12, items=900))
    assert why(open_).endswith("about 12 seeds and 900 items would settle it, if the difference stayed")
    assert why(open_.with_(settle=Settling(items=900))).endswith(
        "about 900 items would settle it, if the difference stayed"
    )
    assert "too near to the margin" in why(open_.with_(settle=None))
    assert "settle" not in why(SCORE)
    assert "settle" not in why(open_.with_(settle=None, difference=None, detectable=None))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param(
            SCORE,
            f"{MINUS}1.0 points (one-sided 95 %: {MINUS}3.0 to 1.0), margin {MINUS}5 points; as planned; "
            "a difference of 3.0 points would have shown",
            id="a-score",
        ),
        pytest.param(
            SCORE.with_(measure="learned", detectable=None),
            f"{MINUS}1.0 points (one-sided 95 %: {MINUS}3.0 to 1.0), at least +5 points; as planned",
            id="a-gain-that-is-asked-for",
        ),
        pytest.param(COUNT, "1.020 times the baseline, margin 1.05 times; as planned", id="a-count"),
        pytest.param(
            TIME, "1.200 times the baseline (one-sided 95 %: 0.90 to 1.60), margin 1.05 times; as planned", id="a-time"
        ),
        pytest.param(SCORE.with_(difference=None, detectable=None), "as planned", id="nothing-measured"),
    ],
)
def test_a_sentence_has_the_same_figures_as_the_tables(row: GateResult, said: str) -> None:
    assert sentence(row) == f"PASS {row.id}: {said}"
