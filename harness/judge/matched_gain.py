"""Forgetting at matched gain: along the training of two arms, what had each forgotten when it had gained as much?

Arms that end at unequal gains cannot be compared in forgetting, and gains that a ceiling cuts off are not equal.
Where arms were traced, the curve of forgetting over gain can be read at a gain that all of them reached: the first
time each reached it, between two traced steps by straight lines. Its interval comes from leaving out one cluster of
items at a time (jackknife; Efron & Stein 1981), so that noise of the gain moves along the curve as noise of the
forgetting does, and from what the curves of single seeds say.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.judge.p_values import holm_of_known
from harness.judge.pairing import Bench, beside_reference, choices, same_seeds, sign_of
from harness.judge.stats import (
    UNKNOWN,
    Floats,
    Interval,
    Paired,
    SeedNoise,
    Spread,
    added,
    bounded,
    effective_items,
    interval_of,
    means_by_seed,
    moderated,
)
from harness.schema.comparisons import MatchedGain
from harness.schema.measured import GENERAL, TARGET, Measured, at_step

SHARE = 0.75
"""Of the smaller of both gains: at the very end of a curve, noise decides whether an arm reaches it."""
CEILING = 0.98
"""Of what a metric of right and wrong can reach: beyond it, gains look equal that are not."""
NLL = "nll"
"""What gains are matched on where the metric stands at its ceiling: nats of the right answers, saved."""


def traced(group: Sequence[Measured]) -> bool:
    """Whether every seed of a completed arm was scored while it trained."""
    return bool(group) and all(one.completed and one.record.trace for one in group)


def compare_at_matched_gain(bench: Bench) -> list[MatchedGain]:
    """Every traced arm against full fine-tuning on the same target, at `SHARE` of the gain that both reached.

    p-values are adjusted over the arms of a target (Holm).
    """
    groups = ([one for one in group if one.completed] for group in bench.groups() if group[0].trial.trains)
    rows = [row for pair in beside_reference(filter(traced, groups)) if (row := _compare(bench, *pair))]
    return [row for target in dict.fromkeys(one.target_task for one in rows) for row in _adjusted(rows, target)]


def _adjusted(rows: Sequence[MatchedGain], target: str) -> list[MatchedGain]:
    own = [row for row in rows if row.target_task == target]
    adjusted = holm_of_known([row.p_value for row in own])
    return [row.with_(p_holm=p) for row, p in zip(own, adjusted, strict=True)]


def _compare(bench: Bench, group: list[Measured], reference: list[Measured]) -> MatchedGain | None:
    sides = same_seeds(group, reference)
    if not sides[0]:
        return None
    by = matched_on(sides)
    paths = [path_of(bench, side, by) for side in sides]
    if not all(paths):
        return None
    first, second = (path for path in paths if path is not None)
    gain = SHARE * min(first.gains[0].max(), second.gains[0].max())
    if not gain > 0:
        return None
    own, other = first.at(gain), second.at(gain)
    noise = bench.seed_noise(group[0].trial.target.name, GENERAL, choices(group[0]), "score")
    difference = difference_at(first, second, gain, noise)
    settled = difference is not UNKNOWN
    return MatchedGain(
        target_task=group[0].trial.target.name,
        arm=group[0].trial.arm,
        reference=reference[0].trial.arm,
        seeds=tuple(one.trial.seed for one in sides[0] if one.trial.seed is not None),
        matched_on=by,
        gain=float(gain),
        forgetting=float(own[0]) if settled else None,
        forgetting_reference=float(other[0]) if settled else None,
        forgetting_difference=difference.value,
        ci95=difference.bounds,
        p_value=difference.p,
        equal_within=difference.equal_within,
    )


def matched_on(groups: Sequence[Sequence[Measured]]) -> str:
    """The target's metric, or `NLL` where an arm ends at the ceiling of one that is right or wrong."""
    scores = [[one.record.target for one in group if one.record.target is not None] for group in groups]
    known = [score for side in scores for score in side]
    counted = [score for score in known if score.higher_is_better]
    high = any(np.mean([one.value for one in side if one.higher_is_better] or [0.0]) >= CEILING for side in scores)
    return NLL if high and len(counted) == len(known) else known[0].metric if known else ""


@dataclass(frozen=True)
class Path:
    """An arm's way from the base to the trained model; one column per point that was scored.

    Rows: the estimate first, then without each cluster of the target, of the first general task, and so on.

    Attributes:
        gains, drops: `(rows, points)`.
        counts: clusters of each of these sources.
        by_seed: gains and drops of each seed alone, each `(seeds, points)`.
        ends: forgetting at the last point, task by task.
    """

    gains: Floats
    drops: Floats
    counts: tuple[int, ...]
    by_seed: tuple[Floats, Floats]
    ends: tuple[Paired, ...]

    def at(self, gain: float) -> Floats:
        """Forgetting when the gain was first reached: `(rows,)`."""
        return forgetting_at((self.gains, self.drops), gain)

    def seeds_at(self, gain: float) -> Floats:
        """The same of each seed's own curve: `(seeds,)`; NaN where the seed never reached it."""
        return forgetting_at(self.by_seed, gain)


def path_of(bench: Bench, group: Sequence[Measured], by: str) -> Path | None:
    """None where a point was not scored on the target or on a general task."""
    record, tasks = group[0].record, choices(group[0])
    base = bench.before(group[0].trial)
    if record.target is None or base is None or not tasks:
        return None
    column, sign = (NLL, -1.0) if by == NLL else ("score", sign_of(record.target))
    points = [([base] * len(group), ""), *((group, at_step(one.step)) for one in record.trace), (group, "")]
    gains = [bench.changes(own, TARGET, [record.target.task], column, suffix) for own, suffix in points]
    drops = [bench.changes(own, GENERAL, tasks, suffix=suffix) for own, suffix in points]
    if not all(gains) or not all(drops):
        return None
    counts = [len(pair.clusters.sizes) for pair in (*gains[0], *drops[0])]
    columns = [_column(sign, of_target[0], own, counts) for of_target, own in zip(gains, drops, strict=True)]
    seeds = (
        np.stack([sign * pairs[0].by_seed for pairs in gains], axis=1),
        -np.stack([means_by_seed(pairs) for pairs in drops], axis=1),
    )
    ends = tuple(pair.times(-1.0) for pair in drops[-1])
    rows = [np.stack(side, axis=1) for side in zip(*columns, strict=True)]
    return Path(rows[0], rows[1], tuple(counts), seeds, ends)


def _column(sign: float, target: Paired, general: Sequence[Paired], counts: Sequence[int]) -> tuple[Floats, Floats]:
    """Gain and drop of one point in every row."""
    gain, drop = sign * target.mean, -float(np.mean([pair.mean for pair in general]))
    gains, drops = (np.full(1 + sum(counts), value) for value in (gain, drop))
    starts = np.cumsum([1, *counts])
    gains[starts[0] : starts[1]] = sign * target.left_out
    for pair, start, end in zip(general, starts[1:-1], starts[2:], strict=True):
        drops[start:end] = drop - (pair.left_out - pair.mean) / len(general)
    return gains, drops


def difference_at(first: Path, second: Path, gain: float, seed_noise: SeedNoise | None) -> Interval:
    """Forgetting of the first minus that of the second, both at the gain; `UNKNOWN` where a row never reaches it.

    Args:
        seed_noise: of one arm's forgetting, which steadies that of few seeds.
    """
    rows = first.at(gain) - second.at(gain)
    if min(first.counts) < 2 or not np.isfinite(rows).all():
        return UNKNOWN
    items, df = added(_jackknife(rows, first.counts))
    spread = Spread(items, df)
    seeds = first.seeds_at(gain) - second.seeds_at(gain)
    if len(seeds) > 1:
        if not np.isfinite(seeds).all():
            return UNKNOWN
        own = SeedNoise(float(seeds.var(ddof=1)), len(seeds) - 1)
        noise = moderated(own, seed_noise and seed_noise.of_difference)
        spread = Spread(items, df, noise.variance / len(seeds), noise.df)
    ends = [own.minus(other) for own, other in zip(first.ends, second.ends, strict=True)]
    if all(one.right_or_wrong for one in ends):
        return bounded(round(float(rows[0]), 12), spread, effective_items(ends))
    return interval_of(float(rows[0]), float(rows[0]), spread)


def _jackknife(rows: Floats, counts: Sequence[int]) -> Iterator[tuple[float, int]]:
    """Variance from each source, and its degrees of freedom."""
    start = 1
    for count in counts:
        own = rows[start : start + count]
        yield float((count - 1) / count * ((own - own.mean()) ** 2).sum()), count - 1
        start += count


def forgetting_at(curves: tuple[Floats, Floats], gain: float) -> Floats:
    """Forgetting when the gain was first reached, `(rows,)`; NaN where it never was.

    Args:
        curves: gain and forgetting, `(rows, points)`.
    """
    gains, drops = curves
    reached = gains >= gain
    after = reached.argmax(axis=1)
    rows = np.arange(len(gains))
    before = np.maximum(after - 1, 0)
    span = gains[rows, after] - gains[rows, before]
    share = np.divide(gain - gains[rows, before], span, out=np.ones_like(span), where=span > 0)
    value = drops[rows, before] + share * (drops[rows, after] - drops[rows, before])
    return np.where(reached.any(axis=1), value, math.nan)
