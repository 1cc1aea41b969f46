"""How noisy are comparisons like these? Variances of items and of seeds, from scores per item.

An item's difference has three parts: what the item does under every seed, what it does under one seed alone, and what a
seed does to all items. The first shrinks with items, the last with seeds, the second with both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.judge.stats import PRIOR_ICC, Clusters, Paired, means_by_seed


@dataclass(frozen=True)
class Size:
    """What a run scores of a task."""

    items: float
    clusters: float
    together: float = 1.0
    """Items of the cluster that an item is in, in the mean over items."""

    @classmethod
    def of(cls, clusters: Clusters) -> "Size":
        return cls(clusters.items, len(clusters.sizes), float((clusters.shares * clusters.sizes).sum()))

    def times(self, factor: float) -> "Size":
        """So many more items, in clusters like these."""
        return Size(factor * self.items, factor * self.clusters, self.together)


@dataclass(frozen=True)
class TaskNoise:
    """Variances of one item's difference on one task."""

    lasting: float
    """What is the same under every seed."""
    alone: float
    """What the item does under one seed alone."""
    alike: float = PRIOR_ICC
    """How much alike the items of a cluster are: their correlation."""

    def of_mean(self, size: Size) -> tuple[float, float]:
        """Both as variances of the mean over items under one seed."""
        each = (1 + (size.together - 1) * self.alike) / size.items
        return self.lasting * each, self.alone * each


@dataclass(frozen=True)
class Noise:
    """Of the mean difference over tasks.

    Attributes:
        tasks: by name; a task that is not there is taken to be as the others are.
        seeds: variance of what a seed does to the mean over all items; None where no arm was stored under two seeds.
        seeds_df: degrees of freedom of that.
        right_or_wrong: whether every score is 0 or 1.
    """

    tasks: Mapping[str, TaskNoise]
    seeds: float | None
    seeds_df: float
    right_or_wrong: bool

    @property
    def lasting_share(self) -> float:
        """Of an item's variance, in the mean over tasks."""
        lasting, alone = (sum(getattr(one, part) for one in self.tasks.values()) for part in ("lasting", "alone"))
        return float(lasting / (lasting + alone)) if lasting + alone > 0 else 0.5

    def on(self, task: str) -> TaskNoise:
        if task in self.tasks:
            return self.tasks[task]
        known = [(one.lasting, one.alone, one.alike) for one in self.tasks.values()]
        return TaskNoise(*(float(part) for part in np.mean(known, axis=0)))

    def of_mean(self, sizes: Mapping[str, Size]) -> tuple[float, float]:
        """Lasting and alone, as variances of the mean over tasks under one seed."""
        parts = [self.on(task).of_mean(size) for task, size in sizes.items()]
        lasting, alone = np.sum(parts, axis=0) / len(parts) ** 2
        return float(lasting), float(alone)


Sample = Mapping[str, Paired]
"""One arm's differences, task by task, under the same seeds."""


def pooled(samples: Sequence[Sample], lasting_share: float = 0.5) -> Noise | None:
    """The noise that an arm of these has on average; None where no task has two clusters.

    Where any arm was stored under several seeds, those of one seed alone are left out: they cannot tell what lasts.

    Args:
        lasting_share: of an item's variance, where none was.
    """
    known = [{name: one for name, one in sample.items() if len(one.clusters.sizes) > 1} for sample in samples]
    usable = [sample for sample in known if sample]
    several = [sample for sample in usable if next(iter(sample.values())).seeds > 1]
    if not usable:
        return None
    names = dict.fromkeys(name for sample in usable for name in sample)
    tasks = {name: _on_task([one[name] for one in several or usable if name in one], lasting_share) for name in names}
    known_tasks = {name: noise for name, noise in tasks.items() if noise is not None}
    seeds, df = _between_seeds(several)
    binary = all(one.right_or_wrong for sample in usable for one in sample.values())
    return Noise(known_tasks, seeds, df, binary)


def _on_task(pairs: Sequence[Paired], lasting_share: float) -> TaskNoise | None:
    if not pairs:
        return None
    alike = _alike(pairs)
    parts = np.array([_per_item(pair, alike) for pair in pairs])
    lasting, alone = parts.mean(axis=0)
    if max(pair.seeds for pair in pairs) == 1:
        lasting, alone = lasting_share * lasting, (1 - lasting_share) * lasting
    return TaskNoise(max(0.0, float(lasting)), float(alone), alike)


def _alike(pairs: Sequence[Paired]) -> float:
    """How much wider clusters make the variance of a mean, per further item of a cluster."""
    together = float(np.mean([Size.of(pair.clusters).together for pair in pairs]))
    of_items = sum(pair.variance_of_items for pair in pairs)
    if not (together > 1 and of_items > 0):
        return PRIOR_ICC
    wider = sum(pair.variance for pair in pairs) / of_items
    return float(np.clip((wider - 1) / (together - 1), 0.0, 1.0))


def _per_item(pair: Paired, alike: float) -> tuple[float, float]:
    each = pair.clusters.items / (1 + (Size.of(pair.clusters).together - 1) * alike)
    return (pair.variance - pair.variance_within) * each, pair.variance_within * pair.seeds * each


def _between_seeds(samples: Sequence[Sample]) -> tuple[float | None, float]:
    """Variance between the seeds' means, less what items do under one seed alone, and its degrees of freedom."""
    squares = df = alone = 0.0
    for sample in samples:
        means = means_by_seed(list(sample.values()))
        squares, df = squares + float(((means - means.mean()) ** 2).sum()), df + len(means) - 1
        within = sum(pair.variance_within for pair in sample.values()) / len(sample) ** 2
        alone += (len(means) - 1) * len(means) * within
    return (max(0.0, (squares - alone) / df), df) if df else (None, 0.0)
