"""Does a gain count above what guessing scores, and does guessing itself never pass as learning?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.judge.floors import floors_of, gain_above_floor, without_learning
from harness.judge.gate.judgement import Comparison
from harness.judge.gate.margins import BASE
from harness.judge.pairing import Bench
from harness.judge.results import build_results
from harness.schema.gate import GateResult, Verdict
from harness.schema.measured import Measured
from harness.schema.results import ArmResult
from harness.schema.trial import MAJORITY, SHUFFLED, Source, Trial
from harness.tests.builders import make_measured, make_trial
from harness.tests.sides import ITEMS, comparison, gate

ARM = make_trial("lora", 4)
SEEDS = tuple(range(12))
GUESSED = [1.0] * 20 + [0.0] * (ITEMS - 20)
"""What always guessing scores, 10 %."""


def floor(
    kind: str = MAJORITY, scores: Sequence[float] = GUESSED, metric: str = "exact_match", **changes: Any
) -> Measured:
    made = ARM.majority_floor() if kind == MAJORITY else ARM.shuffled_floor(99)
    return make_measured(replace(made, **changes), scores, metric=metric)


def base(share: int = 4, metric: str = "exact_match") -> Measured:
    scores = [0.0] * (ITEMS - share) + [1.0] * share
    return make_measured(ARM.base_arm(), scores, {"facts": [1.0] * ITEMS}, metric)


def arm(right: float, rng: np.random.Generator, spread: float = 0.0) -> list[Measured]:
    """Trained models that get the guesses right with this chance, and as many other items by luck as make it up."""
    found = []
    for seed in SEEDS:
        share = right + spread * rng.standard_normal()
        scores = (rng.random(ITEMS) < np.where(np.arange(ITEMS) < 20, 0.8, max(0.0, (share - 0.08) / 0.9))).astype(
            float
        )
        found.append(make_measured(replace(ARM, seed=seed), list(scores), {"facts": [1.0] * ITEMS}))
    return found


def only_arm(*measured: Measured) -> ArmResult:
    (found,) = [one for one in build_results(measured).arms if one.method != "base"]
    return found


def test_the_floor_of_a_target_is_the_larger_of_both() -> None:
    bench = Bench([base(), floor(), floor(SHUFFLED, [1.0] * 30 + [0.0] * 170)])
    assert [one.trial.floor for one in floors_of(bench, ARM)] == [SHUFFLED, MAJORITY]
    found = without_learning(bench, ARM)
    assert found is not None
    assert found.trial.floor == SHUFFLED


def test_where_less_is_better_the_floor_is_the_lower_one() -> None:
    nats = floor(SHUFFLED, [0.9, 1.1] * 100, "nll_per_token")
    before = make_measured(ARM.base_arm(), [2.0] * ITEMS, metric="nll_per_token")
    bench = Bench([before, nats, after := make_measured(ARM, [0.6, 0.7] * 100, metric="nll_per_token")])
    assert without_learning(bench, ARM) is nats
    assert gain_above_floor(bench, [after]).value == pytest.approx(0.35)


@pytest.mark.parametrize(
    "changes",
    [
        {"target": Source("poems", "f" * 64)},
        {"scoring": replace(ARM.scoring, max_items=3)},
        {"base": Source("other", "a" * 64), "floor": SHUFFLED},
    ],
    ids=["another target", "other items", "trained from another base"],
)
def test_a_floor_of_something_else_is_none(changes: dict[str, Any]) -> None:
    assert floors_of(Bench([base(), floor(**changes)]), ARM) == []


def test_a_base_that_is_better_than_guessing_is_what_gains_are_counted_from() -> None:
    found = only_arm(base(share=60), floor(), make_measured(ARM, [1.0] * 80 + [0.0] * 120)).target
    assert found is not None
    assert found.floor == pytest.approx(0.1)
    assert found.gain_above_floor == pytest.approx(found.gain) == pytest.approx(0.1)


def test_floors_are_no_arms_and_no_trials_and_stand_apart() -> None:
    results = build_results([base(), floor(), floor(SHUFFLED), *arm(0.5, np.random.default_rng(0))])
    assert {one.method for one in results.arms} == {"base", "lora"}
    assert {one.spec.method for one in results.trials} == {"base", "lora"}
    assert [(one.by, one.value) for one in results.floors] == [(MAJORITY, 0.1), (SHUFFLED, 0.1)]


def test_without_a_floor_nothing_is_said_of_it() -> None:
    found = only_arm(base(), *arm(0.5, np.random.default_rng(0))).target
    assert found is not None
    assert {found.floor, found.floor_by, found.gain_above_floor, found.gain_above_floor_ci95} == {None}


def as_candidate(one: Measured) -> Measured:
    trial: Trial = ARM.candidate_arm(Source("mine", "1" * 64), "none")
    return replace(one, record=replace(one.record, trial=trial))


def learned(measured: Measured, *beside: Measured, margin: float = 0.02) -> GateResult:
    """The gate of a candidate against its base."""
    judge: Comparison = comparison(None, [measured, base(0), *beside], asked=[measured.trial])  # type: ignore[arg-type]
    asked = gate("learned", margin, against=BASE)
    return judge.judge(replace(asked, arm=measured.trial.arm, method="candidate"))


def test_the_majority_rule_as_a_candidate_has_not_learned() -> None:
    rule = as_candidate(make_measured(ARM, GUESSED))
    assert learned(rule).verdict is Verdict.PASS, "without a floor it would pass"
    found = learned(rule, floor())
    assert found.verdict is not Verdict.PASS
    assert MAJORITY in found.reason


def test_a_candidate_that_knows_more_than_guessing_has_learned() -> None:
    assert learned(as_candidate(make_measured(ARM, [0.0, 1.0] * 100)), floor()).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("accepted", "present", "verdicts"),
    [
        (0.14, 0.14, {Verdict.PASS}),
        (0.14, 0.10, {Verdict.FAIL, Verdict.INCONCLUSIVE}),
        (0.10, 0.10, {Verdict.PASS}),
    ],
    ids=["still knows", "fell back to guessing", "never knew more"],
)
def test_a_gain_within_its_margin_fails_where_what_was_learned_is_gone(
    accepted: float, present: float, verdicts: set[Verdict]
) -> None:
    """Four points above guessing, under a margin of eight."""
    rng = np.random.default_rng(3)
    sides = arm(accepted, rng), arm(present, rng)
    with_floor = [*sides[1], base(), floor()]
    without = comparison(sides[0], [*sides[1], base()]).judge(gate("gain", 0.08))
    assert without.verdict is Verdict.PASS
    asked = [one.trial for one in sides[1]]
    assert comparison(sides[0], with_floor, asked=asked).judge(gate("gain", 0.08)).verdict in verdicts
