"""Nine arms that are all alike: how often is one said to be better, or another to forget less?"""

from collections.abc import Iterator

import numpy as np
import pytest

from harness.judge.pairing import Bench
from harness.judge.ranking import rank
from harness.judge.versus_full import compare_with_full
from harness.schema.measured import Measured
from harness.schema.trial import Trial
from harness.tests.builders import make_measured, make_trial
from harness.tests.judge.simulation.truth import RUNS, World, at_most

pytestmark = pytest.mark.slow

ARMS = 9
ITEMS = 100


def alike(target: World, general: World, rng: np.random.Generator) -> Iterator[Measured]:
    """Full fine-tuning and eight ranks of LoRA, which differ by chance alone: items are as hard for one as for another,
    and every arm under every seed answers some of them otherwise."""
    trials = [[_trial(arm, seed) for seed in range(target.seeds)] for arm in range(ARMS)]
    yield make_measured(trials[0][0].base_arm(), [0.0] * ITEMS, {"facts": [1.0] * ITEMS})
    wide = [World(one.p, ARMS * one.seeds, one.clusters, one.icc, ITEMS, one.seed_sd) for one in (target, general)]
    gained, kept = (one.answers(rng)[0] for one in wide)
    for place, trial in enumerate(trial for group in trials for trial in group):
        yield make_measured(trial, gained[place].tolist(), {"facts": kept[place].tolist()})


def _trial(arm: int, seed: int) -> Trial:
    return make_trial("full", None, seed) if arm == 0 else make_trial("lora", arm, seed)


def wrong(target: World, general: World, runs: int) -> tuple[float, float]:
    """Shares of runs with a wrong comparison with full fine-tuning, and with a wrong winner in gain or compromise."""
    rng, compared, won = np.random.default_rng(0), 0, 0
    for _ in range(runs):
        bench = Bench(alike(target, general, rng))
        rows = compare_with_full(bench)
        compared += any({row.gain, row.forgets} & {"more", "less"} for row in rows)
        won += any(len(row.alike) == 1 for row in rank(bench))
    return compared / runs, won / runs


WORLDS = {
    "in the middle": (World(0.5, 2, ITEMS), World(0.7, 2, ITEMS)),
    "at a ceiling": (World(0.97, 2, ITEMS), World(0.98, 2, ITEMS)),
    "at a ceiling, many seeds": (World(0.99, 8, ITEMS), World(0.99, 8, ITEMS)),
    "few clusters": (World(0.8, 3, 10, 0.1), World(0.9, 3, 10, 0.1)),
}


@pytest.mark.parametrize("worlds", [WORLDS["at a ceiling"]], ids=["at a ceiling"])
def test_arms_that_are_alike_are_rarely_told_apart(worlds: tuple[World, World]) -> None:
    compared, won = wrong(*worlds, runs=10)
    assert compared <= 0.2
    assert won <= 0.2


@pytest.mark.release
@pytest.mark.parametrize("name", WORLDS)
def test_wrong_claims_about_a_family_of_arms(name: str) -> None:
    runs = min(RUNS, 300)
    compared, won = wrong(*WORLDS[name], runs)
    print(f"| {name} | {compared:.1%} | {won:.1%} |")
    assert compared <= at_most(0.05, runs)
    assert won <= at_most(0.05, runs)
