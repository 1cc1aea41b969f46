"""Whose noise stands for that of a run that is planned: its own arms' where they are stored, else similar ones', else a
prior."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.judge.noise import Noise, Sample, TaskNoise, pooled
from harness.judge.pairing import REFERENCE, Bench, choices, same_seeds
from harness.judge.stats import PRIOR_DF, SeedNoise, moderated
from harness.schema.measured import TARGET, Measured
from harness.schema.trial import RateSource, Trial


class Whose(StrEnum):
    """Noise, and that of a run that is planned."""

    SAME = "of this grid"
    SIMILAR = "of the same base and recipe"
    PRIOR = "prior"


PRIOR_IS = "full fine-tuning and lora r16 of the embedded model on new-facts under 16 seeds (the baseline that ships)"
OF_ONE_AND_ZERO = ("accuracy", "exact_match")
"""Metrics whose scores per item are 0 or 1."""


@dataclass(frozen=True)
class Both:
    """Of an arm against the base, and of two arms against each other."""

    one: Noise
    two: Noise


GAIN = Both(
    Noise({"": TaskNoise(0.065, 0.07)}, 0.12**2, PRIOR_DF, False),
    Noise({"": TaskNoise(0.02, 0.14)}, 0.155**2, PRIOR_DF, False),
)
"""Of what is right or wrong on the target, measured as `PRIOR_IS` says and rounded."""
FORGETTING = Both(
    Noise({"": TaskNoise(0.05, 0.08)}, 0.02**2, PRIOR_DF, False),
    Noise({"": TaskNoise(0.025, 0.12)}, 0.022**2, PRIOR_DF, False),
)
"""The same on the general tasks."""
NATS = Both(
    Noise({"": TaskNoise(2.9, 0.06)}, 0.17**2, PRIOR_DF, False),
    Noise({"": TaskNoise(0.025, 0.13)}, 0.2**2, PRIOR_DF, False),
)
"""Of nats per token of the target's answers."""


def prior_of(metric: str) -> Both:
    """What is taken where nothing alike is stored; `accuracy` is that of general tasks."""
    if metric.startswith("nll"):
        return NATS
    known, binary = FORGETTING if metric == "accuracy" else GAIN, metric in OF_ONE_AND_ZERO
    return Both(*(replace(noise, right_or_wrong=binary) for noise in (known.one, known.two)))


@dataclass(frozen=True)
class Origin:
    """What noise was taken from: so many trainings of so many arms, these or similar ones; or the prior."""

    whose: Whose
    arms: int = 0
    trainings: int = 0


@dataclass(frozen=True)
class Known:
    """Noise, and what its parts rest on.

    Attributes:
        steadied: what noise of few seeds was steadied by; None where they were enough, or the prior's.
    """

    noise: Noise
    items: Origin
    seeds: Origin
    steadied: Origin | None = None


Groups = list[list[Measured]]
Sampled = Iterator[tuple[Sample, int]]
"""Differences, and how many trainings they are of."""


class StoredNoise:
    """The noise of arms on one target, as stored records tell it.

    Args:
        stored: records with their scores per item, base arms included.
        asked: the trials that are planned on the target.
    """

    def __init__(self, stored: Sequence[Measured], asked: Sequence[Trial], metric: str) -> None:
        self._bench, self._metric = Bench(stored), metric
        arms, first = {one.arm for one in asked}, asked[0]
        found = [[one for one in group if one.completed] for group in self._bench.groups()]
        alike = [group for group in found if group and _alike(group[0].trial, first)]
        here = [group for group in alike if group[0].trial.target.name == first.target.name]  # edited since, maybe
        self._tiers: list[tuple[Whose, Groups]] = [
            (Whose.SAME, [group for group in here if group[0].trial.arm in arms]),
            (Whose.SIMILAR, here),
            (Whose.SIMILAR, alike),
        ]

    def one_arm(self, role: str, tasks: Sequence[str]) -> Known:
        """Of an arm against the base as it is."""
        metric = self._metric if role == TARGET else "accuracy"
        return self._known(prior_of(metric).one, lambda groups: self._singly(groups, role, tasks))

    def two_arms(self, role: str, tasks: Sequence[str]) -> Known:
        """Of two arms, paired over items and seeds. Where no two are stored, that of one is taken times what the prior
        says of two."""
        prior = prior_of(self._metric if role == TARGET else "accuracy")
        known = self._known(prior.two, lambda groups: self._in_pairs(groups, role, tasks))
        if known.items.whose is not Whose.PRIOR:
            return known
        one = self.one_arm(role, tasks)
        return replace(one, noise=_scaled(one.noise, prior))

    def _known(self, prior: Noise, sampled: Callable[[Groups], Sampled]) -> Known:
        """As the nearest records have it; the noise of few seeds is steadied by further ones, as in a run."""
        found = [one for whose, groups in self._tiers if (one := self._pooled(whose, list(sampled(groups)), prior))]
        several = [(noise, origin) for noise, origin in found if noise.seeds is not None]
        nearest, of_items = found[0] if found else (prior, Origin(Whose.PRIOR))
        own, of_seeds = several[0] if several else (prior, Origin(Whose.PRIOR))
        known = Known(replace(nearest, seeds=own.seeds, seeds_df=own.seeds_df), of_items, of_seeds)
        others, origin = max(several, key=lambda one: one[0].seeds_df, default=(own, of_seeds))
        if own.seeds_df >= PRIOR_DF or others.seeds_df <= own.seeds_df or not own.seeds:
            return known  # seeds that agree stand at a ceiling, where the noise of others says nothing
        both = moderated(SeedNoise(own.seeds or 0.0, own.seeds_df), SeedNoise(others.seeds or 0.0, others.seeds_df))
        return replace(known, noise=replace(known.noise, seeds=both.variance, seeds_df=both.df), steadied=origin)

    def _pooled(self, whose: Whose, samples: list[tuple[Sample, int]], prior: Noise) -> tuple[Noise, Origin] | None:
        noise = pooled([sample for sample, _ in samples], prior.lasting_share)
        return None if noise is None else (noise, Origin(whose, len(samples), sum(count for _, count in samples)))

    def _singly(self, groups: Groups, role: str, tasks: Sequence[str]) -> Sampled:
        for group in groups:
            if sample := self._sample(group, role, tasks):
                yield sample, len(group)

    def _in_pairs(self, groups: Groups, role: str, tasks: Sequence[str]) -> Sampled:
        """Every arm against full fine-tuning, or against the first where that is not there."""
        by_items: dict[str, Groups] = {}
        for group in groups:
            by_items.setdefault(group[0].trial.base_arm("none").digest, []).append(group)
        for own in by_items.values():
            first = next((group for group in own if group[0].trial.method == REFERENCE), own[0])
            for group in own:
                sides = same_seeds(group, first)
                if group is first or not sides[0]:
                    continue
                arm, other = (self._sample(side, role, tasks) for side in sides)
                if sample := {task: arm[task].minus(other[task]) for task in arm if task in other}:
                    yield sample, len(sides[0])

    def _sample(self, group: Sequence[Measured], role: str, tasks: Sequence[str]) -> Sample:
        """Changes from the base as it is; on all general tasks of the records where none is planned as well."""
        if role == TARGET:
            score = group[0].record.target
            own = [score.task] if score is not None and score.metric == self._metric else []
        else:
            scored = choices(group[0])
            own = [task for task in scored if task in tasks] or scored
        return dict(zip(own, self._bench.changes(group, role, own), strict=False))  # none where the base is not stored


def _alike(stored: Trial, asked: Trial) -> bool:
    """Whether the trial is an arm of the same base, trained as long and in the same way."""
    arm = stored.trains and stored.learning_rate_source != RateSource.SWEPT
    return arm and (stored.base, stored.recipe) == (asked.base, asked.recipe)


def _scaled(one: Noise, prior: Both) -> Noise:
    """The noise of two arms like this one, as the prior's two are to its one."""
    (few,), (more,) = (list(noise.tasks.values()) for noise in (prior.one, prior.two))
    tasks = {
        name: TaskNoise(own.lasting * more.lasting / few.lasting, own.alone * more.alone / few.alone, own.alike)
        for name, own in one.tasks.items()
    }
    seeds = None if one.seeds is None else one.seeds * (prior.two.seeds or 0.0) / (prior.one.seeds or 1.0)
    return replace(one, tasks=tasks, seeds=seeds)
