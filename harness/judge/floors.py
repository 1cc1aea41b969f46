"""What does guessing score on a target, and what did an arm gain above that?

An arm that has only learned which answers are common gains as much as guessing them does, and knows nothing. So a gain
counts above the best of what needs no learning: the base as it is, and the target's floors.
"""

from collections.abc import Sequence

from harness.judge.pairing import DELIVERED, Bench, score_of, sign_of
from harness.judge.stats import UNKNOWN, Interval, Paired, mean_interval, minimum_detectable_difference
from harness.schema.measured import TARGET, Measured
from harness.schema.trial import SHUFFLED, Trial


def floors_of(bench: Bench, trial: Trial) -> list[Measured]:
    """What guessing scored on the trial's target, the best first: each floor that there is, on the same items.

    Of trainings on shuffled answers, those of the same base count.
    """
    found = [one for one in bench.measured if one.completed and _is_floor_of(one.trial, trial)]
    sign = sign_of(found[0].record.target) if found else 1.0
    return sorted(found, key=lambda one: -sign * _value(one))


def _is_floor_of(floor: Trial, trial: Trial) -> bool:
    if floor.floor is None or floor.target != trial.target:
        return False
    ways = [(one.scoring.dtype, one.scoring.max_items) for one in (floor, trial)]
    return ways[0] == ways[1] and (floor.floor != SHUFFLED or floor.base == trial.base)


def without_learning(bench: Bench, trial: Trial) -> Measured | None:
    """The best of what needs no learning: the base as it is, or a floor; None where the base was not measured."""
    known = [one for one in (bench.before(trial, DELIVERED), *floors_of(bench, trial)[:1]) if one is not None]
    if not known or known[0].trial.floor is not None:
        return None
    return max(known, key=lambda one: sign_of(one.record.target) * _value(one))


def above(bench: Bench, group: Sequence[Measured], reference: Measured) -> Paired | None:
    """Scores of an arm above the reference's, item by item and seed by seed; more is better."""
    task = group[0].trial.target.name
    pair = bench.paired(group, [reference], TARGET, task, "score")
    return None if pair is None else pair.times(sign_of(score_of(reference, TARGET, task)))


def gain_above_floor(bench: Bench, group: Sequence[Measured]) -> Interval:
    """Mean of `above`, over the best of what needs no learning; `UNKNOWN` where no floor was measured."""
    trial, reference = group[0].trial, without_learning(bench, group[0].trial)
    if reference is None or not floors_of(bench, trial):
        return UNKNOWN
    pair = above(bench, group, reference)
    others = bench.seed_noise(trial.target.name, TARGET, [trial.target.name], "score")
    return UNKNOWN if pair is None else mean_interval([pair], others=others)


def _value(one: Measured) -> float:
    score = one.record.target
    return float("nan") if score is None else score.value


def is_at_chance(value: float, chance: float, items: int) -> bool:
    """Whether an accuracy is no more above chance than the noise of so many items; nothing can be forgotten there."""
    return not value - chance > minimum_detectable_difference(chance * (1 - chance), items)
