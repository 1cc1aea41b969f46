"""What do two sides score, metric by metric? Paired item by item and run by run, ready for statistics and gates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.judge.foreign.agreement import Scores, metrics_of, scores_of
from harness.judge.foreign.sheet import AT, Sheet, is_named
from harness.judge.p_values import mcnemar
from harness.judge.stats import Clusters, Interval, Paired, mean_interval
from harness.schema.judged import OWN_UNIT, JudgedTask

MOST_FLIPS = 50
"""Items of one task that are named as lost, and as won."""
NLL = "nll"


@dataclass(frozen=True)
class Compared:
    """One metric of one task on both sides."""

    program: str
    task: str
    metric: str
    higher_is_better: bool
    items: tuple[str, ...]
    scores: Scores
    paired: Paired
    """Differences, after minus before, turned so that above 0 is better."""

    @property
    def name(self) -> str:
        return f"{self.task}/{self.metric}"

    @property
    def base(self) -> str:
        """The metric without how answers were filtered."""
        return self.metric.partition(AT)[0]

    @property
    def is_nll(self) -> bool:
        return self.base.startswith(NLL)

    @property
    def is_share(self) -> bool:
        """Whether every score lies between 0 and 1."""
        sides = (self.scores.before, self.scores.after)
        return not self.is_nll and all(bool(((side >= 0) & (side <= 1)).all()) for side in sides)

    @property
    def shown_metric(self) -> str:
        return self.metric if self.is_nll or self.is_share else f"{self.metric}{OWN_UNIT}"

    def means(self) -> tuple[float, float]:
        before, after = (float((side * self.scores.weights).mean()) for side in (self.scores.before, self.scores.after))
        return before, after

    def row(self, gate: str, p_holm: float) -> JudgedTask:
        """As `judge.json` has it."""
        found = self.interval()
        before, after = self.means()
        plain = JudgedTask(
            program=self.program,
            task=self.task,
            metric=self.metric,
            gate=gate,
            higher_is_better=self.higher_is_better,
            is_share=self.is_share,
            items=self.paired.clusters.items,
            clusters=len(self.paired.clusters.sizes),
            runs=self.paired.seeds,
            before=before,
            after=after,
            difference=found.value,
            ci95=found.bounds,
            p_value=found.p,
            p_holm=p_holm,
            equal_within=found.equal_within,
        )
        return plain.with_(**self._flips()) if self.paired.right_or_wrong else plain

    def interval(self) -> Interval:
        return mean_interval([self.paired])

    def _flips(self) -> dict[str, object]:
        """Items that went from right to wrong and back. Items repeat over runs: no p-value is pooled over several."""
        worse, better = self.paired.differences < 0, self.paired.differences > 0
        lost, won, alone = int(worse.sum()), int(better.sum()), self.paired.seeds == 1
        free = alone and len(self.paired.clusters.sizes) == self.paired.clusters.items
        return {
            "right_to_wrong": lost / self.paired.seeds,
            "wrong_to_right": won / self.paired.seeds,
            "mcnemar_p": mcnemar(lost, won) if free else None,
            "lost": self._named(worse),
            "won": self._named(better),
        }

    def _named(self, changed: np.ndarray) -> tuple[str, ...]:
        return tuple(self.items[place] for place in np.flatnonzero(changed.any(axis=0))[:MOST_FLIPS])


def compare(
    before: Sequence[Sheet], after: Sequence[Sheet], metrics: Sequence[str], less_is_better: Sequence[str]
) -> tuple[list[Compared], dict[str, str]]:
    """Every metric of one task, and those that have no number per item, with the reason.

    Args:
        before: one sheet per run, as many as after; all with the same items.
        metrics: those that are asked for; all where none is.
        less_is_better: further metrics of which less is better.

    Raises:
        UserError: a metric is on one side only, or some items have no number in it.
    """
    first = before[0]
    found: list[Compared] = []
    left_out: dict[str, str] = {}
    for metric in metrics_of([*before, *after], metrics):
        scores = scores_of(metric, before, after)
        if isinstance(scores, str):
            left_out[f"{first.task}/{metric}"] = scores
            continue
        lower = {*less_is_better, *(name for sheet in (*before, *after) for name in sheet.less_is_better)}
        higher = not (metric.startswith(NLL) or any(is_named(metric, name) for name in lower))
        paired = _paired(scores, before, after).times(1.0 if higher else -1.0)
        found.append(Compared(first.program, first.task, metric, higher, tuple(first.items), scores, paired))
    return found, left_out


def _paired(scores: Scores, before: Sequence[Sheet], after: Sequence[Sheet]) -> Paired:
    differences = (scores.after - scores.before) * scores.weights
    binary = all(bool(np.isin(side, (0.0, 1.0)).all()) for side in (scores.before, scores.after))
    told = all(old.answers == new.answers for old, new in zip(before, after, strict=True))
    return Paired(
        differences,
        Clusters([item.cluster or item.sample for item in before[0].items.values()]),
        right_or_wrong=binary and bool((scores.weights == 1).all()),
        same=told and not differences.any(),
    )
