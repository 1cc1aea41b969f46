"""Does a gate pass only what is shown not to be worse, and fail only what is shown to be?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.judge.gate.gates import ScoredTasks, plan_gates, worst
from harness.judge.gate.judgement import Comparison, Judgement, alpha_at_looks, judge_all, worse_tasks
from harness.judge.gate.margins import BASE
from harness.judge.gate.scores import ALPHA, Noise, judge_pairs, judge_scores
from harness.judge.pairing import Bench
from harness.judge.stats import Clusters, Paired
from harness.schema.gate import Verdict
from harness.schema.measured import Measured
from harness.schema.record import Cost, Status
from harness.schema.trial import CANDIDATE
from harness.tests.builders import ended, make_measured, make_trial
from harness.tests.sides import COST, MARGINS, comparison, draw, gate, noisy, record

SEEDS = (0, 1, 2, 3)


def pairs(differences: np.ndarray) -> list[Paired]:
    """One task of items that share nothing."""
    clusters = [str(number) for number in range(differences.shape[1])]
    return [Paired(differences, Clusters(clusters))]


def judged(before: list[Measured], after: list[Measured], measure: str, **where: Any) -> Any:
    return comparison(before, after).judge(gate(measure, **where))


def test_identical_scores_pass_without_an_interval() -> None:
    side = [record(seed) for seed in SEEDS]
    found = judged(side, side, "forgetting")
    assert found.verdict is Verdict.PASS
    assert (found.difference, found.low, found.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("shift", "verdict"), [(0, "PASS"), (2, "PASS"), (20, "FAIL")])
def test_verdict_follows_the_drop(shift: int, verdict: str) -> None:
    """2 of 200 items are 1 point, inside a margin of 2; 20 are 10 points."""
    rng = np.random.default_rng(0)
    before = [record(seed, shift=int(rng.integers(3))) for seed in range(8)]
    after = [record(seed, shift=shift if shift < 20 else shift + int(rng.integers(3))) for seed in range(8)]
    assert judged(before, after, "forgetting", limit=0.03).verdict == verdict


def test_an_interval_that_holds_the_margin_is_inconclusive() -> None:
    rng = np.random.default_rng(0)
    found = judged(noisy(SEEDS, 0.8, 0.05, rng), noisy(SEEDS, 0.8, 0.05, rng), "forgetting")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.low < -0.02 < found.high
    assert found.settle


def test_passing_needs_the_bound_inside_the_margin_not_the_estimate() -> None:
    """A difference of 0 with a wide interval is no evidence of being no worse."""
    rng = np.random.default_rng(3)
    differences = rng.choice([-1.0, 0.0, 1.0], size=(4, 60), p=[0.3, 0.4, 0.3])
    differences -= differences.mean()
    assert judge_pairs(gate(limit=0.05), pairs(differences), seeded=True).verdict is Verdict.INCONCLUSIVE
    assert judge_pairs(gate(limit=0.5), pairs(differences), seeded=True).verdict is Verdict.PASS


def test_false_alarms_at_the_margin_stay_within_alpha() -> None:
    """True loss exactly the margin: at most 5 % may pass and at most 5 % may fail, seeds and items varying."""
    rng = np.random.default_rng(5)
    ends = []
    for _ in range(300):
        effect = -0.02 + 0.02 * rng.standard_normal((6, 1))
        differences = np.clip(effect + rng.choice([-1.0, 0.0, 1.0], size=(6, 120), p=[0.05, 0.9, 0.05]), -1, 1)
        clusters = [str(number) for number in range(120)]
        one = [Paired(differences, Clusters(clusters))]
        ends.append(judge_pairs(gate(), one, seeded=True).verdict)
    assert ends.count(Verdict.PASS) / 300 <= 0.09
    assert ends.count(Verdict.FAIL) / 300 <= 0.09
    assert ends.count(Verdict.PASS) > 0
    assert ends.count(Verdict.FAIL) > 0


def test_one_seed_cannot_settle_what_a_seed_changes() -> None:
    assert judged([record(0)], [record(0, shift=30)], "forgetting").verdict is Verdict.INCONCLUSIVE
    assert judged([record(0)], [record(0)], "forgetting").verdict is Verdict.PASS


def test_what_has_no_seed_is_judged_on_items_alone() -> None:
    assert judged([record(None)], [record(None, shift=30)], "forgetting").verdict is Verdict.FAIL


def test_fewer_than_two_items_fail() -> None:
    assert judge_pairs(gate(), pairs(np.zeros((3, 1))), seeded=True).verdict is Verdict.FAIL


def test_nan_fails_and_names_itself() -> None:
    side = [record(seed) for seed in SEEDS]
    broken = replace(side[0], items=side[0].items.assign(score=np.nan))
    found = judged(side, [broken, *side[1:]], "forgetting")
    assert found.verdict is Verdict.FAIL
    assert "NaN" in found.reason


def test_other_items_fail() -> None:
    side = [record(seed) for seed in SEEDS]
    halved = [replace(one, items=one.items.groupby("task").head(100)) for one in side]
    found = judged(side, halved, "forgetting")
    assert found.verdict is Verdict.FAIL
    assert "items" in found.reason


@pytest.mark.parametrize(("side", "reason"), [("before", "not in the baseline"), ("after", "not in this run")])
def test_nothing_on_one_side_fails_and_is_said_of_that_side(side: str, reason: str) -> None:
    both = {"before": [record(0)], "after": [record(0)]}
    both[side] = []
    found = judged(both["before"], both["after"], "gain")
    assert (found.verdict, found.reason) == (Verdict.FAIL, reason)


def test_a_crash_fails_with_its_reason() -> None:
    crashed = ended(record(1).trial, Status.FAILED, "RuntimeError: boom\ntraceback")
    found = judged([record(0), record(1)], [record(0), crashed], "gain")
    assert found.verdict is Verdict.FAIL
    assert found.reason.endswith("RuntimeError: boom")


def test_lower_is_better_where_the_metric_says_so() -> None:
    def nats(value: float, seed: int) -> Measured:
        return make_measured(make_trial(seed=seed), [value] * 40, metric="nll_per_token")

    before, after = [nats(1.0, seed) for seed in SEEDS], [nats(1.5, seed) for seed in SEEDS]
    assert judged(before, after, "gain").verdict is Verdict.FAIL
    assert judged(after, before, "gain").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("measure", "field"),
    [("peak_memory", "peak_memory_bytes"), ("flops", "flops_per_token"), ("artifact_size", "artifact_bytes"),
     ("trainable_params", "trainable_params")],
)  # fmt: skip
@pytest.mark.parametrize(("times", "verdict"), [(1.0, "PASS"), (0.5, "PASS"), (1.2, "FAIL"), (None, "FAIL")])
def test_counts(measure: str, field: str, times: float | None, verdict: str) -> None:
    value = None if times is None else getattr(COST, field) * times
    after = [record(seed, cost=replace(COST, **{field: value})) for seed in SEEDS]
    limit = next(one.limit for one in MARGINS if one.measure == measure)
    assert judged([record(seed) for seed in SEEDS], after, measure, limit=limit).verdict == verdict


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_cost_that_is_no_number_fails(value: float) -> None:
    after = [record(seed, cost=replace(COST, flops_per_token=value)) for seed in SEEDS]
    assert judged([record(seed) for seed in SEEDS], after, "flops", limit=1.01).verdict is Verdict.FAIL


def timed(step: Callable[[int], float], control: Callable[[int], float]) -> list[Measured]:
    return [record(seed, cost=replace(COST, step_s=step(seed), control_s=control(seed))) for seed in SEEDS]


STEADY = timed(lambda seed: 0.2 + 0.002 * seed, lambda seed: 0.01 + 0.0001 * (seed % 2))


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        pytest.param(timed(lambda seed: 0.8 + 0.01 * seed, lambda seed: 0.04), "PASS", id="a slower machine"),
        pytest.param(timed(lambda seed: 0.4 + 0.003 * seed, lambda seed: 0.01), "FAIL", id="twice the control's time"),
        pytest.param(timed(lambda seed: 0.2 * 4 ** (seed % 2), lambda seed: 0.01), "INCONCLUSIVE", id="noise"),
    ],
)
def test_step_time_is_judged_against_a_control(after: list[Measured], verdict: str) -> None:
    assert comparison(STEADY, after).judge(gate("step_time", 1.5)).verdict == verdict


@pytest.mark.parametrize("field", ["step_s", "control_s"])
@pytest.mark.parametrize("value", [None, 0.0, float("nan")])
def test_what_was_not_timed_is_not_passed(field: str, value: float | None) -> None:
    changes: dict[str, Any] = {field: value}
    after = [replace(one, record=replace(one.record, cost=replace(COST, **changes))) for one in STEADY]
    assert comparison(STEADY, after).judge(gate("step_time", 1.5)).verdict is Verdict.INCONCLUSIVE


def test_one_seed_of_one_arm_shows_no_noise_of_timing() -> None:
    assert comparison(STEADY[:1], STEADY[:1]).judge(gate("step_time", 1.5)).verdict is Verdict.INCONCLUSIVE


def test_a_gate_per_arm_measure_and_task() -> None:
    ids = [one.id for one in comparison([record(0)], [record(0)]).gates]
    assert ids[:4] == ["poems-lora-r4-gain", "poems-lora-r4-forgetting", "poems-lora-r4-forgetting-facts",
                       "poems-lora-r4-forgetting-chat"]  # fmt: skip
    assert len(set(ids)) == len(ids)


def test_arms_that_only_one_side_has_are_gated_and_fail() -> None:
    judgement = judge_all(comparison([record(0), record(0, "dora")], [record(0)]))
    missing = [one for one in judgement.judged if one.arm == "dora-r4"]
    assert missing
    assert all(one.verdict is Verdict.FAIL for one in missing)
    assert judgement.verdict is Verdict.FAIL


def candidate(shift: int = 0, target: list[float] | None = None) -> Measured:
    changes: dict[str, Any] = {"target": target} if target is not None else {}
    return record(None, CANDIDATE, shift, rank=None, recipe=make_trial("base").base_arm().recipe,
                  learning_rate=None, **changes)  # fmt: skip


def bare() -> Measured:
    return record(None, "base", rank=None, recipe=make_trial().base_arm().recipe, learning_rate=None,
                  learning_rate_source="none", target=[0.0] * 200)  # fmt: skip


def against_base(present: Measured) -> Comparison:
    """A candidate and its base in one run, without a baseline."""
    two = comparison([], [bare(), present])
    return replace(two, evidence=replace(two.evidence, accepted=None))


def test_a_candidate_is_judged_against_its_base() -> None:
    found = judge_all(against_base(candidate()))
    verdicts = {one.id: one.verdict for one in found.judged}
    assert verdicts["poems-candidate-learned-vs-base"] is Verdict.PASS
    assert verdicts["poems-candidate-forgetting-vs-base"] is Verdict.PASS
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("present", "failing"),
    [
        (candidate(target=[0.0] * 200), "poems-candidate-learned-vs-base"),
        (candidate(60), "poems-candidate-forgetting-vs-base"),
    ],
)
def test_a_candidate_must_have_learned_and_not_forgotten(present: Measured, failing: str) -> None:
    found = judge_all(against_base(present))
    assert {one.id for one in found.judged if one.verdict is Verdict.FAIL} >= {failing}


@pytest.mark.parametrize("kind", ["choice", "instruction"])
def test_candidates_have_no_gates_on_training(kind: str) -> None:
    trial = candidate().trial
    gates = plan_gates([trial], [trial], ScoredTasks({"facts": kind}, {"poems": "exact_match"}), MARGINS)
    assert {one.measure for one in gates} == {
        "gain", "learned", "forgetting", "forgetting_task", "artifact_size", "trainable_params"
    }  # fmt: skip
    assert {one.against for one in gates if one.measure == "learned"} == {BASE}


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [([], "FAIL"), (["PASS", "INCONCLUSIVE"], "INCONCLUSIVE"), (["FAIL", "INCONCLUSIVE"], "FAIL"), (["PASS"], "PASS")],
)
def test_the_worst_verdict_counts_and_none_is_a_failure(verdicts: list[str], whole: str) -> None:
    assert worst(Verdict(one) for one in verdicts) == whole


def test_a_run_that_broke_off_fails_whatever_it_judged() -> None:
    found = judge_all(comparison([record(0), record(1)], [record(0), record(1)]))
    assert found.verdict is Verdict.PASS
    assert replace(found, reached_end=False).verdict is Verdict.FAIL
    assert Judgement((), (), (), found.evidence).verdict is Verdict.FAIL


def test_worse_tasks_are_named_whatever_their_margin() -> None:
    rng = np.random.default_rng(2)
    before = [record(seed, general={"facts": draw(0.9, rng), "chat": draw(0.9, rng)}) for seed in range(8)]
    after = [
        replace(one, items=one.items.assign(score=one.items["score"].where(~lost(one, rng), 0.0))) for one in before
    ]
    judged = judge_all(comparison(before, after)).judged
    assert [one.task for one in worse_tasks(judged)] == ["facts"]


def lost(one: Measured, rng: np.random.Generator) -> Any:
    """Some items of one general task, others for every seed."""
    return (one.items["task"] == "facts") & (rng.random(len(one.items)) < 0.06)


@pytest.mark.parametrize("looks", [1, 2, 5])
def test_all_looks_together_spend_alpha(looks: int) -> None:
    shares = alpha_at_looks(looks)
    assert len(shares) == looks
    assert sum(shares) == pytest.approx(ALPHA)
    assert shares[-1] == max(shares)


def test_settling_asks_for_seeds_where_seeds_are_the_noise_and_items_where_items_are() -> None:
    rng = np.random.default_rng(0)
    by_seed = np.repeat(0.05 * rng.standard_normal((4, 1)), 400, axis=1)
    by_item = np.repeat(rng.choice([-1.0, 0.0, 1.0], size=(1, 400), p=[0.1, 0.8, 0.1]), 4, axis=0)
    seeds, items = (Noise.of(pairs(one)).settling(0.02, seeded=True) for one in (by_seed, by_item))
    assert seeds is not None
    assert items is not None
    assert (seeds.seeds is None, seeds.items is None) == (False, True)
    assert (items.seeds is None, items.items is None) == (True, False)
    assert Noise.of(pairs(by_item)).settling(0.0, seeded=True) is None


def test_the_seeds_that_settling_asks_for_do_settle() -> None:
    """With as many seeds as named, the interval shrinks until four of five such comparisons would be decided."""
    rng = np.random.default_rng(8)
    few = np.clip(0.04 * rng.standard_normal((4, 1)) + np.zeros((1, 300)), -1, 1)
    asked = Noise.of(pairs(few)).settling(0.03, seeded=True)
    assert asked is not None
    assert asked.seeds is not None
    spread = few.mean(axis=1).std(ddof=1)
    assert 2.49 * spread / np.sqrt(asked.seeds) <= 0.03 * 1.01


def test_what_could_have_been_seen_shrinks_with_items() -> None:
    rng = np.random.default_rng(4)
    found = [
        judge_pairs(gate(), pairs(rng.choice([-1.0, 0.0, 1.0], size=(1, items), p=[0.05, 0.9, 0.05])), seeded=False)
        for items in (100, 1600)
    ]
    assert found[0].detectable > 3 * found[1].detectable  # type: ignore[operator]


def test_scores_need_a_measure_of_scores() -> None:
    with pytest.raises(ValueError, match="no measure of scores"):
        judge_scores(gate("flops", 1.0), Bench([record(0)]), [record(0)], [record(0)])


def test_nothing_before_and_something_after_fails() -> None:
    before = [record(seed, cost=replace(Cost(), trainable_params=0)) for seed in SEEDS]
    after = [record(seed, cost=replace(Cost(), trainable_params=5)) for seed in SEEDS]
    assert judged(before, after, "trainable_params", limit=1.0).verdict is Verdict.FAIL
    assert judged(before, before, "trainable_params", limit=1.0).verdict is Verdict.PASS
