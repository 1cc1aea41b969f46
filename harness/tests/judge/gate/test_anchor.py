"""What was accepted first: what is held to it, by how much, and what is said where it cannot be compared with."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.judge.gate.gates import check_margins
from harness.judge.gate.judgement import judge_all, scored_tasks
from harness.judge.gate.margins import ANCHOR, Margin
from harness.schema.gate import GateResult, Verdict
from harness.schema.measured import Measured
from harness.schema.trial import Platform, Source
from harness.tests.sides import COST, MARGINS, TASKS, comparison, draw, margin, record

SEEDS = (0, 1, 2, 3)
FIRST = [record(seed) for seed in SEEDS]


def against_anchor(
    first: list[Measured], now: list[Measured], margins: list[Margin] = MARGINS
) -> dict[str, GateResult]:
    """By their ids; the run is as good as the baseline that it follows."""
    found = judge_all(comparison(now, now, margins, anchor=first)).judged
    return {one.id.removeprefix("poems-lora-r4-"): one for one in found if one.against == ANCHOR}


def test_every_score_has_a_gate_of_its_own_and_no_cost_has() -> None:
    found = against_anchor(FIRST, FIRST)
    measures = ["gain", "forgetting", *(f"forgetting-{task}" for task in TASKS)]
    assert list(found) == [f"{measure}-vs-anchor" for measure in measures]
    assert {one.verdict for one in found.values()} == {Verdict.PASS}
    assert found["forgetting-vs-anchor"].limit == 0.04
    assert not against_anchor(FIRST, FIRST, [margin("step_time", 1.5)])


def test_what_added_up_fails_though_the_baseline_is_as_bad() -> None:
    now = [record(seed, shift=16) for seed in SEEDS]
    judged = judge_all(comparison(now, now, anchor=FIRST))
    failed = {one.id for one in judged.judged if one.verdict is Verdict.FAIL}
    assert failed == {"poems-lora-r4-forgetting-vs-anchor"}
    assert judged.verdict is Verdict.FAIL


def test_costs_and_times_are_held_to_it_where_a_margin_says_so() -> None:
    margins = [margin("flops", 1.1, against="anchor"), margin("step_time", 1.5, against="anchor")]
    dear = [replace(one, record=replace(one.record, cost=replace(COST, flops_per_token=700.0)))
            for one in FIRST]  # fmt: skip
    found = against_anchor(FIRST, dear, margins)
    assert {name: one.verdict for name, one in found.items()} == {
        "flops-vs-anchor": Verdict.FAIL, "step-time-vs-anchor": Verdict.PASS,
    }  # fmt: skip
    assert found["flops-vs-anchor"].reason == "more than 1.1 times the anchor"


def on_trial(**changes: Any) -> Callable[[Measured], Measured]:
    return lambda one: replace(one, record=replace(one.record, trial=replace(one.trial, **changes)))


def fewer(one: Measured) -> Measured:
    return replace(one, items=one.items[(one.items["task"] != "facts") | (one.items.index % 2 == 0)])


@pytest.mark.parametrize(
    ("change", "said", "open_"),
    [
        pytest.param(on_trial(target=Source("poems", "x" * 64)), "the test items of poems changed", {"gain"},
                     id="another-target"),
        pytest.param(on_trial(general=(Source("facts", "x" * 64), Source("chat", "d" * 64))),
                     "the general task facts changed", {"forgetting", "forgetting-facts"}, id="an-edited-question"),
        pytest.param(on_trial(general=(Source("chat", "d" * 64),)), "the general task facts is gone",
                     {"forgetting", "forgetting-facts"}, id="a-task-that-is-gone"),
        pytest.param(fewer, "facts: 100 items, 200 in the anchor, or others", {"forgetting", "forgetting-facts"},
                     id="fewer-items"),
        pytest.param(on_trial(seed=9), "the anchor has none of these seeds",
                     {"gain", "forgetting", "forgetting-facts", "forgetting-chat"}, id="other-seeds"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_any_more_is_inconclusive_and_names_the_way_out(
    change: Callable[[Measured], Measured], said: str, open_: set[str]
) -> None:
    found = against_anchor(FIRST, list(map(change, FIRST)))
    undecided = {name: one.reason for name, one in found.items() if one.verdict is Verdict.INCONCLUSIVE}
    assert set(undecided) == {f"{name}-vs-anchor" for name in open_}
    assert all(said in reason and "--move-anchor REASON" in reason for reason in undecided.values())
    assert {one.verdict for name, one in found.items() if name not in undecided} <= {Verdict.PASS}


def test_what_was_accepted_on_the_way_is_noted_and_no_bar() -> None:
    torch9 = Platform("cpu", 1, "eager", (("torch", "9"),))
    three = (Source("facts", "c" * 64), Source("chat", "d" * 64), Source("new", "e" * 64))
    right = [1.0] * 160 + [0.0] * 40
    now = [on_trial(platform=torch9, general=three)(record(seed, general=dict.fromkeys((*TASKS, "new"), right)))
           for seed in SEEDS]  # fmt: skip
    judged = judge_all(comparison(now, now, anchor=FIRST))
    noted = next(one for one in judged.findings if one.name == "anchor")
    assert noted.verdict is Verdict.PASS
    assert noted.reason.startswith("allowed, though they differ from the anchor's: torch was 2.13.0, is 9")
    assert "the general task new is new, and has no anchor" in noted.reason
    assert judged.verdict is Verdict.PASS
    assert "poems-lora-r4-forgetting-new-vs-anchor" not in {one.id for one in judged.judged}


def test_a_baseline_that_is_its_own_anchor_has_no_second_gates() -> None:
    judged = judge_all(comparison(FIRST, FIRST))
    assert ANCHOR not in {one.against for one in judged.judged}
    assert "anchor" not in {one.name for one in judged.findings}


def test_an_arm_that_the_anchor_lacks_is_not_held_to_it() -> None:
    now = [*FIRST, *(record(seed, "dora") for seed in SEEDS)]
    judged = judge_all(comparison(now, now, anchor=FIRST))
    assert {one.arm for one in judged.judged if one.against == ANCHOR} == {"lora-r4"}


def test_a_margin_for_the_anchor_meets_its_gate_before_there_is_an_anchor() -> None:
    trials = [one.trial for one in FIRST]
    margins = [margin("forgetting_task", 0.1, task="facts", against="anchor")]
    check_margins(margins, trials, trials, scored_tasks(FIRST), [])


@pytest.mark.parametrize(("alpha", "confidence"), [(0.05, 0.95), (0.0125, 0.9875)])
def test_every_bound_says_how_sure_it_is_and_times_share_the_error_too(alpha: float, confidence: float) -> None:
    times = [record(seed, cost=replace(COST, step_s=0.2 + 0.01 * seed)) for seed in SEEDS]
    slow = [record(seed, cost=replace(COST, step_s=0.2 + 0.02 * (seed % 2))) for seed in SEEDS]
    judged = judge_all(replace(comparison(times, slow), alpha=alpha)).judged
    bounded = {one.measure: one for one in judged if one.bounds is not None}
    assert {one.confidence for one in bounded.values()} == {confidence}
    assert {one.confidence for one in judged if one.bounds is None} == {None}
    usual = next(one for one in judge_all(comparison(times, slow)).judged if one.measure == "step_time")
    assert width(bounded["step_time"]) > width(usual) or alpha == 0.05


def width(one: GateResult) -> float:
    assert one.bounds is not None
    return one.bounds[1] - one.bounds[0]


def test_without_any_error_left_nothing_with_noise_is_decided() -> None:
    rng = np.random.default_rng(3)
    other = [record(seed, target=draw(0.2, rng)) for seed in SEEDS]
    judged = {one.measure: one for one in judge_all(replace(comparison(FIRST, other), alpha=0.0)).judged}
    assert judged["gain"].verdict is Verdict.INCONCLUSIVE
    assert "have spent the error of 5 %" in judged["gain"].reason
    assert judged["gain"].confidence == 0.95
    assert judged["forgetting"].verdict is Verdict.PASS  # every item is the same, and counts have no noise
    assert judged["flops"].verdict is Verdict.PASS
