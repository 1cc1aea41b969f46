"""Is a score worse by more than its margin? Paired item by item and seed by seed, bounded on one side.

Not significantly worse is not the same as not worse: a gate passes only when the lower bound of the
difference lies inside the margin, and fails when the upper bound lies outside (non-inferiority; Piaggio
et al. 2012, CONSORT). The seeds on both sides are the same ones, so what a seed does to both cancels out,
and what is left of seed noise is judged from the differences themselves (Student's t).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from harness.judge.gate.gates import Gate
from harness.judge.gate.margins import FORGETTING, FORGETTING_TASK, GAIN, LEARNED, TEXT
from harness.judge.pairing import Bench, choices, score_of, sign_of, tables_of
from harness.judge.stats import Paired, bootstrap_mean
from harness.schema.gate import GateResult, Settling, Verdict
from harness.schema.measured import GENERAL, TARGET, Measured

ALPHA = 0.05
POWER = 0.8
MOST_TIMES = 50
"""As many seeds and items again that a user may be told to get; more is no advice."""


def judge_scores(
    gate: Gate, bench: Bench, before: Sequence[Measured], after: Sequence[Measured], alpha: float = ALPHA
) -> GateResult:
    """The verdict of one gate on scores, seed by seed.

    Args:
        before: the baseline's records, or a single base arm that serves all.
        alpha: one-sided error of passing what is worse by the margin, and of failing what is not.
    """
    role, tasks = (TARGET if gate.measure in (GAIN, LEARNED) else GENERAL), _tasks(gate, before)
    if not tasks or not after or not before:
        return gate.says(Verdict.FAIL, "there is nothing to compare: one side was not measured")
    try:
        pairs = [(task, bench.paired(after, before, role, task, "score")) for task in tasks]
    except ValueError as error:
        return gate.says(Verdict.FAIL, f"cannot be compared: {error}")
    known = [pair.times(sign_of(score_of(before[0], role, task))) for task, pair in pairs if pair is not None]
    if len(known) < len(pairs):
        return gate.says(Verdict.FAIL, "a task was scored on one side only")
    sides = ([(one, task) for one in side for task in tasks] for side in (before, after))
    tables = ([table for one, task in side for table in tables_of([one], role, task)] for side in sides)
    old, new = (float(np.mean([table["score"].mean() for table in side])) for side in tables)
    judged = judge_pairs(gate, known, after[0].trial.seed is not None, alpha)
    return judged.with_(before=old, after=new, seeds=tuple(one.trial.seed for one in after))


def judge_pairs(gate: Gate, pairs: Sequence[Paired], seeded: bool, alpha: float = ALPHA) -> GateResult:
    """The verdict on differences per item, oriented so that less is worse.

    Args:
        seeded: whether another seed would give another model.
    """
    items = sum(pair.differences.shape[1] for pair in pairs)
    seeds = pairs[0].differences.shape[0]
    if min(pair.differences.shape[1] for pair in pairs) < 2:
        return gate.says(Verdict.FAIL, "fewer than two items", items=items)
    # The difference that a gate turns on: a loss that is still accepted, or the gain that is asked for.
    needed = gate.margin.limit if gate.measure == LEARNED else -gate.margin.limit
    interval = bootstrap_mean(pairs, Bench.rng(f"gate {gate.measure}"), confidence=1 - 2 * alpha)
    same = all(not pair.differences.any() for pair in pairs)
    if seeded and seeds == 1 and not same:
        verdict, reason = Verdict.INCONCLUSIVE, "one seed shows the noise of items alone; two or more are needed"
    elif interval.low > needed or (same and needed <= 0):
        verdict = Verdict.PASS
        reason = "every item scored the same" if same else "the bound lies inside the margin"
    elif interval.high < needed:
        verdict, reason = Verdict.FAIL, "the bound lies outside the margin"
    else:
        verdict, reason = Verdict.INCONCLUSIVE, "the interval holds the margin"
    settle = Noise.of(pairs).settling(interval.value - needed, seeded) if verdict is Verdict.INCONCLUSIVE else None
    # From the width of the interval: the smallest true loss that would show as one with `POWER`.
    detectable = (interval.high - interval.low) / 2 * float(1 + norm.ppf(POWER) / norm.ppf(1 - alpha))
    # That the true difference is not below 0: what lists of tasks that got worse are adjusted from.
    one_sided = interval.p / 2 if interval.value < 0 else 1 - interval.p / 2
    found = {"difference": interval.value, "low": interval.low, "high": interval.high, "p_value": one_sided}
    return gate.says(verdict, reason, **found, detectable=detectable, settle=settle, items=items)


@dataclass(frozen=True)
class Noise:
    """Where the noise of a mean difference comes from, as variances of that mean."""

    items: float
    """What would shrink with more items."""
    seeds: float
    """What would shrink with more seeds."""
    item_count: int
    seed_count: int

    @classmethod
    def of(cls, pairs: Sequence[Paired]) -> "Noise":
        seeds = pairs[0].differences.shape[0]
        means = np.mean([pair.draws.means(pair.differences) for pair in pairs], axis=0)
        per_seed = np.mean([pair.differences.mean(axis=1) for pair in pairs], axis=0)
        between = float(per_seed.var(ddof=1)) / seeds if seeds > 1 else 0.0
        return cls(float(means.var()), between, sum(pair.differences.shape[1] for pair in pairs), seeds)

    def settling(self, distance: float, seeded: bool) -> Settling | None:
        """Seeds or items that would decide in four of five cases, if the difference stayed where it is.

        Args:
            distance: of the difference from the margin.

        Returns:
            Only seeds, only items, or both to be had together; None where `MOST_TIMES` as many would not do: the
            difference lies on the margin itself, or next to it.
        """
        allowed = (distance / float(norm.ppf(1 - ALPHA) + norm.ppf(POWER))) ** 2
        if not allowed * MOST_TIMES > self.items + self.seeds:
            return None
        if seeded and self.seeds > 0 and allowed > self.items:
            times = self.seed_count * self.seeds / (allowed - self.items)
            return Settling(seeds=max(self.seed_count + 1, math.ceil(times)))
        if allowed > self.seeds and not (seeded and self.seed_count == 1):
            times = self.items / (allowed - self.seeds)
            return Settling(items=max(self.item_count + 1, math.ceil(self.item_count * times)))
        times = max(1.0, (self.items + self.seeds) / allowed)
        seeds = max(2, self.seed_count + 1, math.ceil(self.seed_count * times))
        return Settling(seeds=seeds, items=math.ceil(self.item_count * times) if self.seeds else None)


def _tasks(gate: Gate, before: Sequence[Measured]) -> list[str]:
    if gate.measure in (GAIN, LEARNED):
        return [gate.target]
    if gate.measure in (FORGETTING_TASK, TEXT):
        return [] if gate.task is None else [gate.task]
    if gate.measure != FORGETTING:
        raise ValueError(f"{gate.measure} is no measure of scores")
    return choices(before[0]) if before else []
