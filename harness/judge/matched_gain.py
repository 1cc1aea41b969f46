"""Forgetting at matched gain: along the training of two arms, what had each forgotten when it had gained as much?

Arms that end at unequal gains cannot be compared in forgetting. Where both were traced, the curve of
forgetting over gain can be read at a gain that both reached: the first time each reached it, between two
traced steps by straight lines. Clusters of items are resampled, and seed noise added, as everywhere else.
"""

import math
from collections.abc import Sequence

import numpy as np

from harness.judge.pairing import Bench, beside_reference, choices, sign_of
from harness.judge.stats import Floats, Paired, SeedNoise, moderated
from harness.schema.measured import GENERAL, TARGET, Measured, at_step
from harness.schema.results import MatchedGain

CONFIDENCE = 0.95
SHARE = 0.75
"""Of the smaller of both gains: at the very end of a curve, noise decides whether a resample reaches it."""
MOST_UNREACHED = 0.05
"""Share of resamples that may fail to reach the matched gain; above it nothing is claimed."""


def compare_at_matched_gain(bench: Bench) -> list[MatchedGain]:
    """Every traced arm against full fine-tuning on the same target, at `SHARE` of the gain that both reached."""
    done = ([one for one in group if one.completed] for group in bench.groups() if group[0].trial.trains)
    traced = (group for group in done if group and all(one.record.trace for one in group))
    return [row for pair in beside_reference(traced) if (row := _compare(bench, *pair))]


def _compare(bench: Bench, group: list[Measured], reference: list[Measured]) -> MatchedGain | None:
    seeds = {one.trial.seed for one in group} & {one.trial.seed for one in reference}
    if not seeds:
        return None
    # In one order: a resample that draws a seed must draw it on both sides.
    sides = [
        sorted((one for one in side if one.trial.seed in seeds), key=lambda one: one.trial.seed or 0)
        for side in (group, reference)
    ]
    first, second = (_curves(bench, side) for side in sides)
    if first is None or second is None:
        return None
    gain = SHARE * min(first[0][0].max(), second[0][0].max())  # the first row is the estimate itself
    if not gain > 0:
        return None
    own, other = forgetting_at(first, gain), forgetting_at(second, gain)
    if len(seeds) > 1:
        each = [_by_seed(bench, side, gain) for side in sides]
        own[1:] += _seed_noise(bench, sides[0], each[0] - each[1], len(own) - 1)
    difference = own - other
    reached = np.isfinite(difference[1:])
    settled = bool(np.isfinite(difference[0])) and 1 - reached.mean() <= MOST_UNREACHED
    tail = (1 - CONFIDENCE) / 2
    interval = np.quantile(difference[1:][reached], [tail, 1 - tail]) if settled else ()
    lost, lost_by_full, less, low, high = (own[0], other[0], difference[0], *interval) if settled else [math.nan] * 5
    return MatchedGain(
        target_task=group[0].trial.target.name,
        arm=group[0].trial.arm,
        reference=reference[0].trial.arm,
        seeds=tuple(sorted(seed for seed in seeds if seed is not None)),
        gain=float(gain),
        forgetting=lost,
        forgetting_reference=lost_by_full,
        forgetting_difference=less,
        ci95=(low, high),
    )


def _by_seed(bench: Bench, side: Sequence[Measured], gain: float) -> Floats:
    """Forgetting of each seed's own curve at the gain, `(seeds,)`; NaN where the seed never reached it."""
    curves = (_curves(bench, [one]) for one in side)
    return np.asarray([np.nan if curve is None else forgetting_at(curve, gain)[0] for curve in curves])


def _seed_noise(bench: Bench, side: Sequence[Measured], differences: Floats, resamples: int) -> Floats:
    """Draws of what other seeds would add, `(resamples,)`, as in `bootstrap_mean`; NaN where a seed has no value."""
    others = bench.seed_noise(side[0].trial.target.name, GENERAL, choices(side[0]), "score")
    both = None if others is None else SeedNoise(2 * others.variance, others.df)
    noise = moderated(SeedNoise(float(differences.var(ddof=1)), len(differences) - 1), both)
    draws = Bench.rng("matched gain").standard_t(noise.df, resamples)
    return np.asarray(np.sqrt(noise.variance / len(differences)) * draws, dtype=np.float64)


Curves = tuple[Floats, Floats]
"""Gain and forgetting, each `(1 + resamples, points)`: the estimate first; points from the arm's own base, which stands
at 0 unless it is stored in fewer bits, to the end."""


def _curves(bench: Bench, group: Sequence[Measured]) -> Curves | None:
    record, tasks = group[0].record, choices(group[0])
    if record.target is None:
        return None
    base = bench.before(group[0].trial)
    if base is None:
        return None
    points = [([base], ""), *((group, at_step(one.step)) for one in record.trace), (group, "")]
    gains = [bench.changes(own, TARGET, [record.target.task], suffix=suffix) for own, suffix in points]
    drops = [bench.changes(own, GENERAL, tasks, suffix=suffix) for own, suffix in points]
    if not all(gains) or not all(drops):
        return None
    return _mean_changes(sign_of(record.target), gains), _mean_changes(-1.0, drops)


def _mean_changes(sign: float, points: Sequence[Sequence[Paired]]) -> Floats:
    """Means over the tasks of each point: `(1 + resamples, points)`, the estimate first."""
    columns = []
    for pairs in points:
        resampled = np.mean([pair.draws.means(pair.differences) for pair in pairs], axis=0)
        estimate = np.mean([pair.differences.mean() for pair in pairs])
        columns.append(sign * np.concatenate([[estimate], resampled]))
    return np.stack(columns, axis=1)


def forgetting_at(curves: Curves, gain: float) -> Floats:
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
    return np.where(reached.any(axis=1), value, np.nan)
