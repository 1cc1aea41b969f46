"""Ten releases that each lose a little: does the anchor stop what every single gate lets pass?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from harness.judge.gate.integrity import Evidence
from harness.judge.gate.judgement import Comparison, judge_all
from harness.judge.gate.margins import FORGETTING_TASK, load_margins
from harness.schema.gate import Verdict
from harness.schema.measured import Measured
from harness.schema.trial import Source
from harness.tests.builders import make_measured, make_trial
from harness.tests.sides import COST

GENERAL = tuple(Source(f"task-{place}", "c" * 64) for place in range(7))
RELEASES, LOST, LOSS = 10, 3, 0.0075
"""Answers of each task that a release makes wrong, and the points that these are."""
ITEMS, SEEDS, RIGHT = 400, 4, 0.8
"""Of each task; as many items as the shipped profile `gate` has."""
UNSTEADY = 0.01
"""Share of answers that change with the seed alone."""
MARGIN = 0.03
"""What the shipped margins allow against the anchor."""

MEANS = [one for one in load_margins() if one.measure != FORGETTING_TASK]
"""The shipped margins without those of single tasks, which hold such a loss to be one in each of them."""


def releases(rng: np.random.Generator, each: int = LOST) -> Iterator[list[Measured]]:
    """The accepted run, then releases; each makes so many answers of every task wrong that were right until then."""
    known = rng.random((len(GENERAL), ITEMS)) < RIGHT
    for _ in range(RELEASES + 1):
        yield [_scored(known, seed, rng) for seed in range(SEEDS)]
        for row in known:
            row[rng.choice(np.flatnonzero(row), each, replace=False)] = False


def _scored(known: np.ndarray, seed: int, rng: np.random.Generator) -> Measured:
    answers = known ^ (rng.random(known.shape) < UNSTEADY)
    scores = {source.name: row.astype(float).tolist() for source, row in zip(GENERAL, answers, strict=True)}
    one = make_measured(make_trial(seed=seed, general=GENERAL), [1.0, 0.0] * 50, scores)
    return replace(one, record=replace(one.record, cost=COST))


def stopped(runs: Sequence[list[Measured]], anchored: bool) -> int | None:
    """The first release that does not pass, where each that passes is accepted; None where all pass."""
    for place, (before, after) in enumerate(pairwise(runs), 1):
        anchor = runs[0] if anchored and place > 1 else None
        evidence = Evidence(before, [one.trial for one in after], after, anchor=anchor)
        if judge_all(Comparison(evidence, MEANS)).verdict is not Verdict.PASS:
            return place
    return None


def lost(runs: Sequence[list[Measured]], place: int) -> float:
    """Of the mean general accuracy, from the accepted run to a release."""
    means = [np.mean([score.value for one in runs[at] for score in one.record.general]) for at in (0, place)]
    return float(means[0] - means[1])


@cache
def one_history() -> list[list[Measured]]:
    return list(releases(np.random.default_rng(4)))


@pytest.mark.slow
def test_without_an_anchor_all_ten_pass_and_it_adds_up() -> None:
    assert stopped(one_history(), anchored=False) is None
    assert lost(one_history(), RELEASES) > 2 * MARGIN


@pytest.mark.slow
def test_with_an_anchor_the_run_is_stopped_where_the_loss_reaches_its_margin() -> None:
    place = stopped(one_history(), anchored=True)
    assert place is not None
    assert lost(one_history(), place) < MARGIN + LOSS
    assert lost(one_history(), place) > MARGIN / 2


@pytest.mark.release
def test_histories_are_stopped_within_a_release_of_the_margin() -> None:
    """The figures of docs/evidence.md."""
    rng = np.random.default_rng(11)
    histories = [list(releases(rng)) for _ in range(20)]
    at = [stopped(runs, anchored=True) for runs in histories]
    alone = [stopped(runs, anchored=False) for runs in histories]
    lost_then = [lost(runs, place) for runs, place in zip(histories, at, strict=True) if place is not None]
    print(f"\nwith an anchor {at}, without {alone}, lost {np.round(lost_then, 4)}")
    assert None not in at
    assert max(lost_then) < MARGIN + 2 * LOSS
    assert alone.count(None) >= 0.5 * len(alone)


@pytest.mark.release
def test_releases_that_lose_nothing_are_not_stopped_by_the_anchor() -> None:
    rng = np.random.default_rng(12)
    assert [stopped(list(releases(rng, 0)), anchored=True) for _ in range(10)] == [None] * 10
