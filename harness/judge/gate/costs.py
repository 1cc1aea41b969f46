"""Does it cost more than its ratio to the baseline? Counts are compared as they are; time against a control."""

import math
from collections.abc import Sequence
from statistics import median

import numpy as np
from scipy.stats import t as student

from harness.judge.gate.gates import Gate
from harness.judge.gate.margins import COUNTS
from harness.judge.gate.scores import ALPHA
from harness.judge.stats import SeedNoise, pooled_noise
from harness.schema.gate import GateResult, Settling, Verdict
from harness.schema.measured import Measured


def judge_count(gate: Gate, before: Sequence[Measured], after: Sequence[Measured]) -> GateResult:
    """A cost that is counted and so has no noise: the median over seeds against the baseline's."""
    field = COUNTS[gate.measure]
    sides = [[getattr(one.record.cost, field) for one in side] for side in (before, after)]
    if not all(sides) or any(value is None or not math.isfinite(value) for side in sides for value in side):
        return gate.says(Verdict.FAIL, "not measured on both sides")
    old, new = (float(median(side)) for side in sides)
    seeds = tuple(one.trial.seed for one in after)
    if not old > 0:
        verdict = Verdict.PASS if new == old else Verdict.FAIL
        return gate.says(verdict, "was nothing before", before=old, after=new, seeds=seeds)
    limit = gate.margin.limit
    verdict, reason = Verdict.FAIL, f"more than {limit:g} times the {gate.against}"
    if new / old <= limit:
        verdict, reason = Verdict.PASS, "within its ratio"
    return gate.says(verdict, reason, difference=new / old, before=old, after=new, seeds=seeds)


def log_ratios(side: Sequence[Measured]) -> dict[int | None, float]:
    """By seed: the logarithm of a step's time over that of the control's work, done beside it."""
    found = {}
    for one in side:
        step, control = one.record.cost.step_s, one.record.cost.control_s
        if step is not None and control is not None and 0 < step < math.inf and 0 < control < math.inf:
            found[one.trial.seed] = math.log(step / control)
    return found


def judge_time(
    gate: Gate,
    before: Sequence[Measured],
    after: Sequence[Measured],
    noise: SeedNoise | None,
    alpha: float = ALPHA,
) -> GateResult:
    """Step time against a control's work beside the steps, so that a slower machine or a busy one cancels out.

    Args:
        noise: as `timing_noise` finds it.
        alpha: one-sided error of passing and of failing.
    """
    old, new = log_ratios(before), log_ratios(after)
    seeds = [seed for seed in new if seed in old]
    if not seeds:
        return gate.says(Verdict.INCONCLUSIVE, "no step was timed beside a control on both sides")
    if noise is None:
        return gate.says(Verdict.INCONCLUSIVE, "one seed of one arm shows no noise of timing; give two or more")
    difference = float(np.mean([new[seed] - old[seed] for seed in seeds]))
    half = float(student.ppf(1 - alpha, noise.df)) * math.sqrt(noise.variance / len(seeds))
    low, ratio, high = (math.exp(difference + part) for part in (-half, 0.0, half))
    limit = gate.margin.limit
    if high <= limit:
        verdict, reason = Verdict.PASS, "the bound lies inside the ratio"
    elif low > limit:
        verdict, reason = Verdict.FAIL, "the bound lies outside the ratio"
    else:
        verdict, reason = Verdict.INCONCLUSIVE, "timing is too noisy to tell"
    settle = None if verdict is not Verdict.INCONCLUSIVE else Settling(seeds=2 * len(seeds))
    was, now = (float(np.exp(np.mean([side[seed] for seed in seeds]))) for side in (old, new))
    found = {"difference": ratio, "low": low, "high": high, "confidence": 1 - alpha, "before": was, "after": now}
    return gate.says(verdict, reason, **found, settle=settle, seeds=tuple(seeds))


def timing_noise(arms: Sequence[tuple[Sequence[Measured], Sequence[Measured]]]) -> SeedNoise | None:
    """Of the change in `log_ratios`; None where no arm has two seeds.

    Pooled over all arms of a target, before and after each: the noise of one machine's timing is alike for all.
    """
    logs = ((log_ratios(before), log_ratios(after)) for before, after in arms)
    return pooled_noise([new[seed] - old[seed] for seed in new if seed in old] for old, new in logs)
