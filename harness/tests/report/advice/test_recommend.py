"""Recommendations: who is named for what, when no one is, and what must not be claimed."""

import re
from typing import Any

import numpy as np
import pytest

from harness.judge.results import build_results
from harness.report.advice.criteria import CRITERIA, Criterion, Recommendation, Standing
from harness.report.advice.recommend import advice, recommendations, settled, unsettled
from harness.report.writers.html import render_page
from harness.report.writers.markdown import render_summary
from harness.report.writers.terminal import render_table
from harness.schema.comparisons import Ranking
from harness.schema.measured import Measured
from harness.schema.record import Cost, Status
from harness.schema.results import ArmResult, Results
from harness.schema.trial import RateSource, Trial
from harness.tests.builders import make_measured, make_trial
from harness.tests.synthetic import FULL, RETRIEVAL, TARGETS, Arm, base_arms, completed, results_of, whole_results

TARGET = TARGETS[0]
Triple = tuple[float, float, float]
MEASURED = whole_results()
SCORE, LOST = next((arm.target, arm.forgetting) for arm in MEASURED.arms if arm.target and arm.forgetting)


def arm(
    name: str,
    gain: Triple,
    forgot: Triple | None = (0.1, 0.08, 0.12),
    trains: bool = True,
    seeds: tuple[int, ...] = (0, 1),
    source: RateSource = RateSource.TUNED,
    **cost: float | None,
) -> ArmResult:
    """An arm with these figures; costs are those of an arm of middling size unless given."""
    usual = {"flops_per_token": 4e6, "train_s": 10.0, "artifact_bytes": 1e6, "forward_flops_per_token": 2e6,
             "forward_tokens_per_s": 1e4, "prompt_tokens": 15.0}  # fmt: skip
    return ArmResult(
        target_task=TARGET, arm=name, method=name, settings={}, rank=None, quantization="none",
        learning_rate=1e-3 if trains else None, learning_rate_source=source if trains else RateSource.NONE,
        seeds=seeds, trials=(), statuses=(Status.COMPLETED,), reasons=(), general=(),
        target=SCORE.with_(gain=gain[0], ci95=gain[1:]),
        forgetting=None if forgot is None else LOST.with_(accuracy_drop=forgot[0], ci95=forgot[1:]),
        cost=Cost(**{**usual, **cost}),
    )  # fmt: skip


def results_with(*arms: ArmResult, rankings: tuple[Ranking, ...] = ()) -> Results:
    return Results(trials=(), arms=arms, rankings=rankings)


def ranked(by: str, *p_values: float, arms: str = "ba") -> Ranking:
    """Arms of one letter each, the best first, with the p-value that each is as good as that."""
    values = tuple(0.1 * (place + 1) for place in range(len(arms)))
    content = {"target_task": TARGET, "by": by, "arms": tuple(arms), "values": values, "p_holm": (1.0, *p_values)}
    return Ranking.model_validate(content | ({"gain": 0.4} if "matched" in by else {}))


def chosen(key: str, *arms: ArmResult, rankings: tuple[Ranking, ...] = ()) -> Recommendation:
    results = results_with(*arms, rankings=rankings)
    return next(one for one in recommendations(results, TARGET) if one.criterion.key == key)


HIGH, NEAR, LOW = (0.6, 0.55, 0.65), (0.57, 0.52, 0.62), (0.3, 0.25, 0.35)
IDLE = (0.02, -0.01, 0.05)
SURE, AS_SURE = (0.6, 0.59, 0.61), (0.59, 0.58, 0.60)


def test_an_interval_that_no_other_reaches_wins() -> None:
    one = chosen("gain", arm("a", LOW), arm("b", HIGH))
    assert (one.standing, one.arms) == (Standing.CLEAR, ("b",))
    assert one.evidence == "+60 points (55 to 65)"


def test_overlapping_gains_are_all_named_and_none_wins() -> None:
    one = chosen("gain", arm("a", NEAR), arm("b", HIGH), arm("c", LOW))
    assert (one.standing, one.arms, one.answer) == (Standing.OPEN, ("b", "a"), "No clear winner")
    assert one.rivals == "b and a"


def test_an_arm_without_training_may_gain_most() -> None:
    assert chosen("gain", arm("shown", HIGH, trains=False), arm("b", LOW)).arms == ("shown",)


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.key)
def test_nothing_is_recommended_where_no_gain_is_certain(criterion: Criterion) -> None:
    one = chosen(criterion.key, arm("a", IDLE), arm("b", (0.0, 0.0, 0.0)))
    assert (one.standing, one.arms, one.answer) == (Standing.NONE, (), "None")


def test_no_arm_was_slower_where_none_was_timed() -> None:
    one = chosen("serving", *(arm(name, HIGH, forward_tokens_per_s=None) for name in "ab"))
    assert one.standing is Standing.OPEN
    assert one.uncertainty.endswith("no arm clearly slower")


@pytest.mark.parametrize("key", ["training", "artifact", "serving", "compromise", "forgetting"])
def test_an_arm_that_gained_nothing_for_certain_is_no_candidate(key: str) -> None:
    idle = arm("idle", IDLE, (0.0, 0.0, 0.0), flops_per_token=1.0, artifact_bytes=1.0, forward_flops_per_token=1.0)
    assert "idle" not in chosen(key, arm("a", HIGH), arm("b", LOW), idle).arms


MATCHED = "forgetting at matched gain"


@pytest.mark.parametrize(("p", "standing", "arms"), [(0.04, Standing.CLEAR, ("b",)), (0.06, Standing.OPEN, ("b", "a"))])
def test_the_least_forgotten_is_read_at_matched_gain(p: float, standing: Standing, arms: tuple[str, ...]) -> None:
    both = arm("a", SURE, (0.05, 0.04, 0.06)), arm("b", AS_SURE, (0.1, 0.08, 0.12))
    one = chosen("forgetting", *both, rankings=(ranked(MATCHED, p),))
    assert (one.standing, one.arms) == (standing, arms)
    assert one.evidence == "had forgotten 10.0 points when it had gained +40.0 points"


def test_the_least_forgotten_is_not_known_where_no_gain_could_be_matched() -> None:
    one = chosen("forgetting", arm("a", SURE, (0.2, 0.18, 0.22)), arm("b", AS_SURE, (0.1, 0.08, 0.12)))
    assert (one.standing, one.arms) == (Standing.UNKNOWN, ())
    assert "no training was traced" in one.uncertainty


def test_the_only_trained_arm_has_no_other_to_forget_less_than() -> None:
    one = chosen("forgetting", arm("a", HIGH), arm("b", IDLE, (0.0, 0.0, 0.01)))
    assert (one.standing, one.arms) == (Standing.ALONE, ("a",))


@pytest.mark.parametrize(("p", "arms"), [(0.04, ("b",)), (0.06, ("b", "a"))])
@pytest.mark.parametrize("key", ["gain", "compromise"])
def test_paired_comparisons_decide_who_is_told_apart(key: str, p: float, arms: tuple[str, ...]) -> None:
    """Intervals overlap where arms share their items and seeds, and say less than the differences do."""
    one = chosen(key, arm("a", NEAR), arm("b", HIGH), rankings=(ranked(key, p),))
    assert one.arms == arms


def test_what_trains_nothing_is_not_praised_for_forgetting_nothing() -> None:
    shown = arm("shown", SURE, (0.0, 0.0, 0.0), trains=False)
    assert chosen("forgetting", shown, arm("b", AS_SURE)).arms == ("b",)


@pytest.mark.parametrize(
    ("cheaper", "standing"), [(3e6, Standing.CLEAR), (3.9e6, Standing.OPEN)], ids=["a quarter less", "alike"]
)
def test_counted_costs_are_ranked_unless_they_are_alike(cheaper: float, standing: Standing) -> None:
    one = chosen("training", arm("a", HIGH), arm("b", LOW, flops_per_token=cheaper))
    assert one.standing is standing
    assert one.arms == (("b",) if standing is Standing.CLEAR else ("a", "b"))


@pytest.mark.parametrize(("seconds", "standing"), [(6.0, Standing.CLEAR), (8.0, Standing.OPEN)])
def test_seconds_need_a_clear_ratio(seconds: float, standing: Standing) -> None:
    first, second = arm("a", HIGH, flops_per_token=None), arm("b", LOW, flops_per_token=None, train_s=seconds)
    one = chosen("training", first, second)
    assert one.standing is standing


def test_what_trains_nothing_is_cheapest_and_the_cheapest_training_is_named() -> None:
    one = chosen("training", arm("shown", LOW, trains=False), arm("b", HIGH, flops_per_token=1.0), arm("c", HIGH))
    assert one.arms == ("shown",)
    assert one.uncertainty.endswith("of what trains: b")


def test_the_smallest_artifact_wins_with_the_next_one_named() -> None:
    one = chosen("artifact", arm("a", HIGH, artifact_bytes=4096.0), arm("b", LOW, artifact_bytes=1024.0))
    assert one.arms == ("b",)
    assert one.evidence.startswith("1 KiB; gained +30")
    assert "next is a, 4.0 times that" in one.uncertainty


def test_serving_counts_what_is_read_before_the_answer() -> None:
    one = chosen("serving", arm("shown", HIGH, trains=False, prompt_tokens=90.0), arm("b", LOW))
    assert one.arms == ("b",)


def test_an_arm_that_is_slow_in_seconds_serves_no_faster_for_its_few_operations() -> None:
    slow = arm("slow", HIGH, forward_flops_per_token=1e6, forward_tokens_per_s=2e3)
    assert chosen("serving", slow, arm("b", LOW)).arms == ("b",)


def test_the_compromise_weighs_gain_against_forgetting() -> None:
    greedy, wise = arm("greedy", SURE, (0.4, 0.38, 0.42)), arm("wise", (0.5, 0.49, 0.51), (0.05, 0.04, 0.06))
    one = chosen("compromise", greedy, wise, arm("timid", (0.1, 0.09, 0.11), (0.0, 0.0, 0.0)))
    assert (one.standing, one.arms) == (Standing.CLEAR, ("wise",))
    assert one.evidence == "83 % of the largest gain; forgot 5.0 points (4.0 to 6.0)"


@pytest.mark.parametrize("missing", ["cost", "forgetting"])
def test_what_was_not_measured_is_not_recommended(missing: str) -> None:
    lone = arm("a", HIGH, None if missing == "forgetting" else (0.1, 0.08, 0.12))
    if missing == "cost":
        lone = lone.with_(cost=Cost())
    keys = {"cost": ("training", "artifact", "serving"), "forgetting": ("forgetting", "compromise")}[missing]
    found = [chosen(key, lone) for key in keys]
    assert {(one.standing, one.arms, one.answer) for one in found} == {(Standing.UNKNOWN, (), "Not measured")}


def test_what_was_not_measured_is_not_called_unsettled() -> None:
    unmeasured = [arm(name, gain, flops_per_token=None, train_s=None) for name, gain in (("a", HIGH), ("b", LOW))]
    found = recommendations(results_with(*unmeasured), TARGET)
    missing = "Not measured: least forgetting at matched gain and cheap training."
    assert unsettled(found).endswith(missing)
    assert "cheap" not in unsettled(found).removesuffix(missing)


def test_nothing_trained_is_no_missing_measurement() -> None:
    assert chosen("forgetting", arm("shown", HIGH, None, trains=False)).standing is Standing.NONE


def candidate_run(gain: Triple) -> Results:
    """What was trained elsewhere, alone in its run."""
    alone = arm("candidate", gain, seeds=(), source=RateSource.ELSEWHERE, flops_per_token=None, train_s=None)
    return results_with(alone)


def test_the_training_of_a_candidate_costs_what_nobody_here_knows() -> None:
    one = next(one for one in recommendations(candidate_run(HIGH), TARGET) if one.criterion.key == "training")
    assert (one.answer, one.uncertainty) == ("Not measured", "trained elsewhere, at a cost that is not known here")
    shown = render_table(candidate_run(HIGH), 100, color=False)
    assert re.search(r"Cheapest to train +Not measured +trained elsewhere", shown)
    assert "None" not in shown


@pytest.mark.parametrize(
    ("gain", "said"),
    [(HIGH, "gained for certain"), (IDLE, "gained no more than its interval allows for chance")],
    ids=["gained", "did not"],
)
def test_a_candidate_alone_is_compared_with_nobody(gain: Triple, said: str) -> None:
    (one,) = advice(candidate_run(gain))
    assert one.settled == f"candidate {said}; no other arm was measured beside it."
    assert one.unsettled == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"seeds": (0,)}, "one seed"), ({"source": RateSource.UNTUNED}, "learning rate untuned"), ({}, "")],
    ids=["one seed", "untuned", "neither"],
)
def test_what_weakens_the_arm_stands_beside_it(changes: dict[str, Any], said: str) -> None:
    one = chosen("gain", arm("a", HIGH, **changes), arm("b", LOW))
    assert one.uncertainty == "; ".join(filter(None, ("no other arm's interval reaches its own", said)))


def test_the_headline_names_who_is_clear_and_what_is_open() -> None:
    found = recommendations(results_with(arm("a", HIGH, artifact_bytes=1.0), arm("b", NEAR)), TARGET)
    assert settled(found) == "Take a for a small artifact."
    assert unsettled(found).startswith("Not settled: gain, cheap training")


def test_the_headline_of_a_single_arm_says_that_it_is_alone() -> None:
    found = recommendations(results_with(arm("a", HIGH), arm("b", IDLE)), TARGET)
    assert settled(found) == "a is the only arm whose gain is certain."
    nothing = results_with(arm("b", IDLE))
    assert settled(recommendations(nothing, TARGET)).startswith("No arm gained more than its interval allows")


def test_a_whole_run_has_advice_on_every_target() -> None:
    found = advice(whole_results())
    assert [one.target for one in found] == list(TARGETS)
    assert all([row.criterion for row in one.chosen] == list(CRITERIA) for one in found)


def test_beside_a_gate_the_terminal_recommends_last() -> None:
    results = whole_results()
    alone, judged = (render_table(results, 120, color=False, judged=judged) for judged in (False, True))
    assert sorted(filter(None, alone.splitlines())) == sorted(filter(None, judged.splitlines()))
    assert alone.index("Most gain") < alone.index("! Diverged") < len(alone)
    assert judged.index("! Diverged") < judged.index("Most gain")


def test_measured_records_come_to_a_recommendation() -> None:
    weak = Arm("ia3", None, "none", 0.2, 0.01, 1_500)
    measured = [*base_arms(TARGET), *(completed(one, TARGET, seed) for one in (FULL, weak) for seed in (0, 1))]
    results = results_of([*measured, completed(RETRIEVAL, TARGET, None)], learning_rates=())
    nothing = SCORE.with_(gain=0.0, ci95=(0.0, 0.0))
    weakened = results.with_(
        arms=tuple(one.with_(target=nothing) if one.method == "retrieval" else one for one in results.arms)
    )
    found = {one.criterion.key: one for one in recommendations(weakened, TARGET)}
    assert found["gain"].arms == ("full",)
    assert found["artifact"].arms == ("ia3",)


@pytest.fixture(scope="module")
def stored_in_four_bits() -> Results:
    """The quantized arm starts from 1.78 nats and trains down to 1.10: a gain of 0.68 by training, and the worst result
    of the three. Full fine-tuning starts from 1.48 and ends at 0.92.
    """
    ends = {("full", None, "none"): 0.92, ("lora", 8, "none"): 1.0, ("lora", 8, "nf4"): 1.1}
    starts = {"none": 1.48, "nf4": 1.78}
    first = make_trial("full", None)

    def scored(trial: Trial, nats: float) -> Measured:
        noise = np.random.default_rng([trial.seed or 0]).normal(0, 0.02, 60)
        return make_measured(trial, list(nats + noise), {"facts": [1.0, 0.0] * 30}, metric="nll_per_token")

    measured = [scored(first.base_arm(level), nats) for level, nats in starts.items()]
    for (method, rank, level), nats in ends.items():
        trials = (make_trial(method, rank, seed, quantization=level) for seed in (0, 1))
        measured += [scored(trial, nats) for trial in trials]
    return build_results(measured)


def test_the_larger_gain_by_training_with_the_worse_result_is_refused_first_place(stored_in_four_bits: Results) -> None:
    gained = {arm.arm: arm.target for arm in stored_in_four_bits.arms if arm.target and arm.trains}
    quantized, full = gained["lora-r8-nf4"], gained["full"]
    assert quantized.gain_by_training is not None
    assert full.gain_by_training is not None
    assert quantized.gain_by_training > full.gain_by_training
    assert quantized.gain == pytest.approx(0.38, abs=0.03)
    for one in recommendations(stored_in_four_bits, "poems"):
        if one.criterion.key in ("gain", "compromise"):
            assert one.arms == ("full",), one
    assert advice(stored_in_four_bits)[0].settled.startswith("Take full for gain")
    comparisons = {one.arm: one.gain for one in stored_in_four_bits.comparisons}
    assert comparisons["lora-r8-nf4"] == "less"


@pytest.mark.slow
def test_it_is_refused_on_every_surface(stored_in_four_bits: Results) -> None:
    terminal = render_table(stored_in_four_bits, 120, color=False)
    summary = render_summary(stored_in_four_bits)
    assert re.search(r"Most gain +full\b", terminal)
    assert "| Most gain | full |" in summary
    page = render_page(stored_in_four_bits)
    assert "Take full for gain" in page
    assert "Take lora" not in page
    for said in ("Gain by storing", "Gain by training", "Forgetting by storing", "Forgetting by training"):
        assert said in page
