"""Does it cost more than its ratio to the baseline? Counts are compared as they are; time against a control."""

import math
from collections.abc import Sequence
from statistics import median

import numpy as np
from scipy.stats import t as student

from harness.gate.gates import Gate, Judged, Verdict
from harness.gate.margins import COUNTS
from harness.gate.scores import ALPHA
from harness.measured import Measured


def judge_count(gate: Gate, before: Sequence[Measured], after: Sequence[Measured]) -> Judged:
    """A cost that is counted and so has no noise: the median over seeds against the baseline's."""
    field = COUNTS[gate.measure]
    sides = [[getattr(one.record.cost, field) for one in side] for side in (before, after)]
    if not all(sides) or any(value is None or not math.isfinite(value) for side in sides for value in side):
        return Judged(gate, Verdict.FAIL, "not measured on both sides")
    old, new = (float(median(side)) for side in sides)
    seeds = tuple(one.trial.seed for one in after)
    if not old > 0:
        same = new == old
        verdict = Verdict.PASS if same else Verdict.FAIL
        return Judged(gate, verdict, "was nothing before", before=old, after=new, seeds=seeds)
    ratio = new / old
    held = ratio <= gate.margin.limit
    reason = "within its ratio" if held else f"more than {gate.margin.limit:g} times the baseline"
    return Judged(gate, Verdict.PASS if held else Verdict.FAIL, reason, ratio, before=old, after=new, seeds=seeds)


Timed = tuple[Measured, Measured | None]
"""A record, and the control's of the same seed; None where there is none."""


def log_ratios(side: Sequence[Timed]) -> dict[int | None, float]:
    """By seed: the logarithm of step time over the control's, where both were timed in one session."""
    found = {}
    for one, control in side:
        if control is None or not _same_session(one, control):
            continue
        times = (one.record.cost.step_s, control.record.cost.step_s)
        if all(value is not None and math.isfinite(value) and value > 0 for value in times):
            found[one.trial.seed] = math.log(times[0] / times[1])  # type: ignore[operator]
    return found


def _same_session(one: Measured, other: Measured) -> bool:
    session = one.record.environment.get("session")
    return session is not None and session == other.record.environment.get("session")


def judge_time(gate: Gate, before: Sequence[Timed], after: Sequence[Timed], pooled: tuple[float, float]) -> Judged:
    """Step time against a control of the same session, so that a slower machine cancels out.

    Args:
        pooled: variance of the difference of `log_ratios` between two runs, per seed, and its degrees of freedom,
            over all arms: one machine's timing noise is alike for all.
    """
    old, new = log_ratios(before), log_ratios(after)
    seeds = [seed for seed in new if seed in old]
    if not seeds:
        reason = "arm and control were not timed in one session on both sides; run with a fresh --store"
        return Judged(gate, Verdict.INCONCLUSIVE, reason)
    variance, df = pooled
    if not df > 0:
        return Judged(gate, Verdict.INCONCLUSIVE, "one seed of one arm shows no noise of timing; give two or more")
    difference = float(np.mean([new[seed] - old[seed] for seed in seeds]))
    half = float(student.ppf(1 - ALPHA, df)) * math.sqrt(variance / len(seeds))
    low, ratio, high = (math.exp(difference + part) for part in (-half, 0.0, half))
    limit = gate.margin.limit
    if high <= limit:
        verdict, reason = Verdict.PASS, "the bound lies inside the ratio"
    elif low > limit:
        verdict, reason = Verdict.FAIL, "the bound lies outside the ratio"
    else:
        verdict, reason = Verdict.INCONCLUSIVE, "timing is too noisy to tell"
    settle = None if verdict is not Verdict.INCONCLUSIVE else {"seeds": 2 * len(seeds)}
    was, now = (float(np.exp(np.mean([side[seed] for seed in seeds]))) for side in (old, new))
    return Judged(gate, verdict, reason, ratio, low, high, was, now, settle=settle, seeds=tuple(seeds))


def timing_noise(arms: Sequence[tuple[Sequence[Timed], Sequence[Timed]]]) -> tuple[float, float]:
    """Pooled variance per seed of the change in `log_ratios`, and its degrees of freedom."""
    squares = df = 0.0
    for before, after in arms:
        old, new = log_ratios(before), log_ratios(after)
        changes = [new[seed] - old[seed] for seed in new if seed in old]
        if len(changes) > 1:
            squares += float(np.var(changes, ddof=1)) * (len(changes) - 1)
            df += len(changes) - 1
    return (squares / df, df) if df else (0.0, 0.0)
