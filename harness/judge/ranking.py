"""Which arm is best in a figure, and which ones cannot be told apart from it: paired, simultaneous, per target.

Two intervals that do not overlap say less than the interval of the difference, and the first of forty equal arms always
looks better than the rest. So every arm is set against the best one item by item and seed by seed, and p-values are
adjusted over all of them (Holm): an arm that is as good as the best is wrongly told apart from it in at most 5 % of
runs, and a wrong winner is named in no more.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from harness.judge.matched_gain import SHARE, Path, difference_at, matched_on, path_of, traced
from harness.judge.p_values import holm
from harness.judge.pairing import Bench, choices, same_places, sign_of
from harness.judge.stats import Paired, SeedNoise, mean_interval, means_by_seed, pooled_noise
from harness.schema.comparisons import BY_COMPROMISE, BY_GAIN, BY_MATCHED, Ranking
from harness.schema.measured import GENERAL, TARGET, Measured


def rank(bench: Bench) -> Iterator[Ranking]:
    """Of every target with two or more arms whose gain is certain, by gain, by forgetting and by both."""
    for arms in _arms(bench):
        most = max(float(_gain(bench, group)[0].mean) for group in arms.values())
        rows = [
            _ranked(BY_GAIN, arms, {name: _gain(bench, group) for name, group in arms.items()}),
            _at_matched_gain(bench, arms),
            _ranked(BY_COMPROMISE, arms, {name: _compromise(bench, group, most) for name, group in arms.items()}),
        ]
        yield from (row for row in rows if row is not None)


Arms = dict[str, list[Measured]]
"""Of one target, by name: completed trials that differ in the seed alone."""


def _arms(bench: Bench) -> Iterator[Arms]:
    """Arms with a certain gain, target by target; none where there is nothing to choose from."""
    by_target: dict[str, Arms] = {}
    for group in bench.groups():
        done, score = [one for one in group if one.completed], group[0].record.target
        if done and score is not None and not group[0].trial.is_base:
            gain = bench.mean_change(done, TARGET, [score.task], sign_of(score))
            if gain.low > 0:
                by_target.setdefault(group[0].trial.target.name, {})[group[0].trial.arm] = done
    yield from (arms for arms in by_target.values() if len(arms) > 1)


def _gain(bench: Bench, group: list[Measured]) -> list[Paired]:
    score = group[0].record.target
    return [] if score is None else [one.times(sign_of(score)) for one in bench.changes(group, TARGET, [score.task])]


def _compromise(bench: Bench, group: list[Measured], most: float) -> list[Paired]:
    """Share of the largest gain, minus what was forgotten: a mean over so many tasks, so each part counts as often."""
    gain, changes = _gain(bench, group), bench.changes(group, GENERAL, choices(group[0]))
    count = len(gain) + len(changes)
    if not changes:
        return []
    return [one.times(count / most) for one in gain] + [one.times(count / len(changes)) for one in changes]


def _ranked(by: str, arms: Arms, figures: dict[str, list[Paired]]) -> Ranking | None:
    """By figures whose mean over tasks is better where it is higher; None where fewer than two arms have one."""
    known = {name: pairs for name, pairs in figures.items() if pairs}
    if len(known) < 2:
        return None
    order = sorted(known, key=lambda name: -float(np.mean([one.mean for one in known[name]])))
    noise = pooled_noise(means_by_seed(pairs).tolist() for pairs in known.values())
    both = noise and noise.of_difference
    seeds = {name: [one.trial.seed for one in arms[name]] for name in order}
    first = known[order[0]], seeds[order[0]]
    means = [float(np.mean([one.mean for one in known[name]])) for name in order]
    values = [1 - one for one in means] if by == BY_COMPROMISE else means
    return _row(arms, by, order, values, [_p(first, (known[name], seeds[name]), both) for name in order[1:]])


def _row(
    arms: Arms, by: str, order: Sequence[str], values: Sequence[float], p_values: Sequence[float], **read: object
) -> Ranking:
    known = {"target_task": arms[order[0]][0].trial.target.name, "by": by, "arms": tuple(order)}
    rounded = tuple(round(value, 12) for value in values)
    return Ranking.model_validate({**known, "values": rounded, "p_holm": (1.0, *holm(p_values)), **read})


Seeds = Sequence[int | None]


def _p(best: tuple[list[Paired], Seeds], other: tuple[list[Paired], Seeds], noise: SeedNoise | None) -> float:
    """Two-sided, that both are alike: choosing the better of two looks at them from either side. 1 without a seed that
    both have; an arm without seeds is the same for all."""
    places = same_places(best[1], other[1])
    if not places:
        return 1.0
    first, second = ([place[side] for place in places] for side in (0, 1))
    differences = [
        Paired(own.differences[first], own.clusters, own.right_or_wrong).minus(
            Paired(one.differences[second], one.clusters, one.right_or_wrong)
        )
        for own, one in zip(best[0], other[0], strict=True)
    ]
    p = mean_interval(differences, others=noise).p
    return p if np.isfinite(p) else 1.0


def _at_matched_gain(bench: Bench, arms: Arms) -> Ranking | None:
    """Traced arms that came as far as `SHARE` of the largest gain, by what each had forgotten when it was there.

    All are compared under the seeds that all of them have.
    """
    found = {name: group for name, group in arms.items() if group[0].trial.trains and traced(group)}
    shared = set.intersection(*({one.trial.seed for one in group} for group in found.values())) if found else set()
    sides = {
        name: sorted((one for one in group if one.trial.seed in shared), key=lambda one: one.trial.seed or 0)
        for name, group in found.items()
    }
    if len(sides) < 2 or not shared:
        return None
    by = matched_on(list(sides.values()))
    paths = {name: path for name, side in sides.items() if (path := path_of(bench, side, by)) is not None}
    gain = SHARE * max((path.gains[0].max() for path in paths.values()), default=0.0)
    there = {name: path for name, path in paths.items() if gain > 0 and np.isfinite(path.at(gain)).all()}
    if len(there) < 2:
        return None
    first = next(iter(sides.values()))[0]
    noise = bench.seed_noise(first.trial.target.name, GENERAL, choices(first), "score")
    order = sorted(there, key=lambda name: float(there[name].at(gain)[0]))
    values = [float(there[name].at(gain)[0]) for name in order]
    p_values = [_p_at(there[order[0]], there[name], gain, noise) for name in order[1:]]
    return _row(arms, BY_MATCHED, order, values, p_values, matched_on=by, gain=float(gain))


def _p_at(best: Path, other: Path, gain: float, noise: SeedNoise | None) -> float:
    p = difference_at(best, other, gain, noise).p
    return p if np.isfinite(p) else 1.0
