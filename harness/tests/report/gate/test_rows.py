"""Rows of a gate: which way did each figure go, and does it carry its unit?"""

import pytest

from harness.judge.gate.judgement import judge_all
from harness.report.gate.rows import (
    Direction,
    against,
    anchor_facts,
    direction_of,
    figures,
    levels_of,
    looks_told,
    sentence,
    why,
)
from harness.report.words.numbers import MINUS, MISSING
from harness.schema.gate import Anchor, GateResult, Look, Settling, Side, Verdict
from harness.tests.sides import comparison

SCORE = GateResult(
    id="poems-lora-r4-forgetting-facts", verdict=Verdict.PASS, target="poems", arm="lora-r4",
    measure="forgetting_task", task="facts", metric="accuracy", against="baseline", limit=0.05,
    limit_reason="each task", before=0.8, after=0.79, difference=-0.01, low=-0.03, high=0.01,
    confidence=0.95, p_value=0.2, detectable=0.03, settle=None, seeds=(0, 1), items=200, reason="as planned",
)  # fmt: skip
COUNT = SCORE.with_(
    id="poems-lora-r4-peak-memory", measure="peak_memory", task=None, metric=None, limit=1.05,
    before=1000.0, after=1020.0, difference=1.02, low=None, high=None, confidence=None, p_value=None, detectable=None,
)  # fmt: skip
TIME = COUNT.with_(measure="step_time", before=0.5, after=0.6, difference=1.2, low=0.9, high=1.6, confidence=0.95)
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
    ("rows", "said"),
    [
        ([SCORE], "95 %"),
        ([SCORE, SCORE.with_(confidence=0.9875), SCORE.with_(confidence=0.975), COUNT], "95 % to 98.75 %"),
        ([SCORE.with_(confidence=1 - 0.05 / 3)], "98.3333 %"),
        ([COUNT, SCORE.with_(confidence=None)], ""),
    ],
)
def test_bounds_are_as_sure_as_they_say(rows: list[GateResult], said: str) -> None:
    assert levels_of(rows) == said


def test_a_bound_of_an_older_file_claims_no_level() -> None:
    assert f"(one-sided: {MINUS}3.0 to 1.0)" in sentence(SCORE.with_(confidence=None))
    assert f"(one-sided 98.75 %: {MINUS}3.0 to 1.0)" in sentence(SCORE.with_(confidence=0.9875))


@pytest.mark.parametrize(
    ("against_", "said"), [("baseline", ""), ("base", "against its own base"), ("anchor", "against the anchor")]
)
def test_what_a_row_is_compared_with(against_: str, said: str) -> None:
    assert against(SCORE.with_(against=against_)) == said


FIRST = Anchor(accepted_at="2026-01-31T10:00:00+00:00", trials=4)


@pytest.mark.parametrize(
    ("anchor", "said"),
    [
        pytest.param(FIRST.with_(own=True), "", id="the-baseline-as-at-first"),
        pytest.param(FIRST, "4 trials, accepted 2026-01-31", id="the-first-one"),
        pytest.param(
            FIRST.with_(own=True, moved_at="2026-02-01T10:00:00", reason="too dear"),
            "the baseline, moved here on 2026-02-01: too dear",
            id="just-moved",
        ),
        pytest.param(
            FIRST.with_(moved_at="2026-01-31T10:00:00", reason="too dear"),
            "4 trials, accepted 2026-01-31, moved here on 2026-01-31: too dear",
            id="moved-some-time",
        ),
    ],
)
def test_an_anchor_says_since_when_and_why(anchor: Anchor, said: str) -> None:
    assert anchor_facts(anchor) == said


LOOK = Look(target="poems", arm="lora-r4", comparison="c", number=1, seeds=(0, 1), error=0.0125, left=0.0375)


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        pytest.param([], [], id="none"),
        pytest.param([LOOK], [], id="a-first-one-needs-no-word"),
        pytest.param(
            [LOOK.with_(number=2), LOOK.with_(number=2, arm="full")],
            ["look 2 at poems lora-r4 and poems full, under 2 seeds: it spends 1.25 % of error, of 5 % for all looks; "
             "3.75 % is left for other seeds"],
            id="arms-alike-together",
        ),
        pytest.param(
            [LOOK.with_(number=3, error=0.0, left=0.0)],
            ["look 3 at poems lora-r4, under 2 seeds: the error is spent; nothing is left for other seeds"],
            id="spent",
        ),
    ],
)  # fmt: skip
def test_which_look_it_is(looks: list[Look], said: list[str]) -> None:
    content = judge_all(comparison([], [])).as_content(None, Side(name="this run"))
    assert looks_told(content.with_(looks=tuple(looks))) == said
    assert looks_told(content.with_(looks_unkept="no room")) == ["no room"]


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
