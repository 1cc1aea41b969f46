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
from scipy.stats import t as student

from harness.judge.floors import without_learning
from harness.judge.gate.gates import Gate
from harness.judge.gate.learned import still_learned
from harness.judge.gate.margins import FORGETTING, FORGETTING_TASK, GAIN, LEARNED, TEXT
from harness.judge.p_values import holm
from harness.judge.pairing import Bench, choices, score_of, sign_of, tables_of
from harness.judge.stats import POWER, Paired, mean_interval, spread_of
from harness.schema.comparisons import SIGNIFICANT
from harness.schema.gate import GateResult, Settling, Verdict
from harness.schema.measured import GENERAL, TARGET, Measured

ALPHA = 0.05
FEWEST_CLUSTERS = 10
"""Below it nothing passes: how items of a cluster vary together is then known too badly to promise anything."""
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
    if gate.measure == LEARNED and after and (unlearned := without_learning(bench, after[0].trial)) is not None:
        before = [unlearned]
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
    if gate.measure == GAIN:
        judged = still_learned(judged, bench, before, after, alpha)
    elif gate.measure == LEARNED and (floor := before[0].trial.floor) is not None:
        judged = judged.with_(reason=f"{judged.reason}; counted from what guessing scores ({floor})")
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
    interval = mean_interval(pairs, confidence=1 - 2 * alpha)
    same, clusters = all(pair.same for pair in pairs), _clusters(pairs)
    if seeded and seeds == 1 and not same:
        verdict, reason = Verdict.INCONCLUSIVE, "one seed shows the noise of items alone; two or more are needed"
    elif same and needed <= 0 and gate.measure != LEARNED:
        verdict, reason = Verdict.PASS, "every item was answered the same"
    elif not math.isfinite(interval.low):
        verdict, reason = Verdict.INCONCLUSIVE, "all items of a task are one cluster, which shows no noise"
    elif interval.low > needed:
        verdict, reason = Verdict.PASS, "the bound lies inside the margin"
        if clusters < FEWEST_CLUSTERS:
            verdict, reason = Verdict.INCONCLUSIVE, _too_few(clusters)
    elif interval.high < needed:
        verdict, reason = Verdict.FAIL, "the bound lies outside the margin"
    else:
        verdict, reason = Verdict.INCONCLUSIVE, "the interval holds the margin"
    settle = Noise.of(pairs).settling(interval.value - needed, seeded) if verdict is Verdict.INCONCLUSIVE else None
    # The smallest true loss that would show as one with `POWER`.
    detectable = interval.error * float(student.ppf(1 - alpha, interval.df) + student.ppf(POWER, interval.df))
    found = {"difference": interval.value, "low": interval.low, "high": interval.high, "confidence": 1 - alpha}
    found["p_value"] = interval.p_below(0.0)
    return gate.says(verdict, reason, **found, detectable=detectable, settle=settle, items=items)


NOTICED = 0.01
"""A certain loss in one general task that its gate may not pass over, though its margin is wider: 1 point."""


def doubted(results: Sequence[GateResult]) -> list[GateResult]:
    """The same verdicts, but where one ability got worse for certain: a margin is no licence to lose it.

    Certain is what Holm's correction leaves over all general tasks of the arm; a loss below `NOTICED` is let be.
    """
    own = [one for one in results if one.measure == FORGETTING_TASK and one.p_value is not None]
    adjusted = dict(zip([one.id for one in own], holm([one.p_value or 0.0 for one in own]), strict=True))
    return [_doubted(one, adjusted[one.id]) if one.id in adjusted else one for one in results]


def _doubted(one: GateResult, p: float) -> GateResult:
    lost = -(one.difference or 0.0)
    if one.verdict is not Verdict.PASS or p >= SIGNIFICANT or lost < NOTICED:
        return one
    return one.with_(
        verdict=Verdict.INCONCLUSIVE,
        reason=f"inside the margin, and yet worse for certain (p = {p:.2g} after Holm, over the arm's general tasks)",
    )


def _clusters(pairs: Sequence[Paired]) -> int:
    """As many as leave the degrees of freedom that all tasks have together."""
    return 1 + sum(len(pair.clusters.sizes) - 1 for pair in pairs)


def _too_few(clusters: int) -> str:
    return (
        f"{clusters} clusters of items; none passes on fewer than {FEWEST_CLUSTERS}: add items that share no template"
    )


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
        spread = spread_of(pairs)
        items = sum(pair.clusters.items for pair in pairs)
        return cls(spread.items, spread.seeds, items, pairs[0].seeds)

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
