"""Is the choice of a learning rate repeated when all is drawn anew, and what does the rate that is chosen cost?"""

from dataclasses import dataclass

import numpy as np
import pytest

from harness.plan.learning_rates import Tried, Tuned
from harness.plan.rate_choice import Floats, errors, standard_error

TRAINED, ITEMS = 3, 200
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)


@dataclass(frozen=True)
class World:
    """A base and a target on which the truth is known: the nats that each rate leaves, over all items and seeds.

    Attributes:
        flat: nats that are lost one rate below the best one; above it two and a half times as many.
        of_seeds: standard deviation between seeds of a rate's mean.
        of_items: the same between items, of what they ask of the rate.
    """

    flat: float
    of_seeds: float
    of_items: float = 0.05

    def truth(self, best: float) -> Floats:
        away = np.arange(len(RATES)) - best
        return self.flat * np.square(away) * np.where(away < 0, 1.0, 2.5)

    def drawn(self, rng: np.random.Generator, best: float) -> Floats:
        """One sweep: `(rates, seeds, items)` nats, about one of them at the best rate."""
        away = (np.arange(len(RATES)) - best)[:, None, None]
        hard, taste = rng.normal(1, 0.5, ITEMS), rng.normal(0, self.of_items, ITEMS)
        between = rng.normal(0, self.of_seeds, (len(RATES), TRAINED, 1))
        rest = rng.normal(0, 0.2, (len(RATES), TRAINED, ITEMS))
        return np.asarray(self.truth(best)[:, None, None] + hard + away * taste + between + rest)


def before(nats: Floats, rng: np.random.Generator) -> int:
    """What chose until the rule of one standard error: one seed, the share of right answers, the smaller of equals."""
    return int(np.argmax((rng.random(nats[:, 0].shape) < np.exp(-np.maximum(nats[:, 0], 0))).mean(axis=-1)))


def fewest(nats: Floats, rng: np.random.Generator) -> int:
    """The fewest nats over all seeds, without the rule."""
    return int(np.argmin(nats.mean(axis=(1, 2))))


def now(nats: Floats, rng: np.random.Generator) -> int:
    """As sweeps choose."""
    clusters = [str(number) for number in range(ITEMS)]
    trials = [
        Tried(rate, seed, 0.0, float(one.mean()))
        for rate, own in zip(RATES, nats, strict=True)
        for seed, one in enumerate(own)
    ]
    known = errors(dict(zip(RATES, nats, strict=True)), clusters)
    tuned = Tuned("", "", "", "lora", 8, "none", 100, "exact_match", True, tuple(trials), (), tuple(known.items()))
    return RATES.index(tuned.chosen)


@dataclass(frozen=True)
class Outcome:
    """Of a rule, over many drawings of two sweeps each."""

    repeated: float
    """Share of pairs of sweeps that chose the same rate."""
    regret: float
    """Nats that the chosen rate costs beyond the best of the grid, in the mean."""
    above: float
    """Share of sweeps that chose a rate above the best of the grid."""


def simulate(world: World, count: int) -> dict[str, Outcome]:
    """All rules on the same drawings; where the best rate lies between those of the grid is drawn, too."""
    rng = np.random.default_rng(20)
    rules = {"before": before, "fewest": fewest, "now": now}
    found: dict[str, list[tuple[bool, float, float]]] = {name: [] for name in rules}
    for _ in range(count):
        best = rng.uniform(1, len(RATES) - 2)
        truth, sweeps = world.truth(best), [world.drawn(rng, best) for _ in range(2)]
        for name, rule in rules.items():
            first, second = chosen = [rule(nats, rng) for nats in sweeps]
            regret = float(np.mean([truth[one] for one in chosen]) - truth.min())
            above = float(np.mean([one > int(np.argmin(truth)) for one in chosen]))
            found[name].append((first == second, regret, above))
    return {name: Outcome(*map(float, np.mean(rows, axis=0))) for name, rows in found.items()}


WORLDS = {
    "flat, quiet": World(0.02, 0.01),
    "flat, noisy": World(0.02, 0.05),
    "curved, quiet": World(0.05, 0.01),
    "curved, noisy": World(0.05, 0.05),
    "steep, quiet": World(0.2, 0.01),
    "steep, noisy": World(0.2, 0.05),
}
"""Of which docs/evidence.md shows the table, from `count` of 1,000."""


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_choice_repeats_more_often_and_costs_less(world: World) -> None:
    found = simulate(world, 60)
    assert found["now"].repeated > found["before"].repeated
    assert found["now"].regret < found["before"].regret
    assert found["now"].above <= min(found["before"].above, found["fewest"].above)


@pytest.mark.parametrize(
    ("seeds", "clusters", "of_seeds", "of_items", "of_both"),
    [
        (3, 200, 0.0, 0.0, 1.0),
        (3, 200, 0.2, 1.0, 1.0),
        (8, 40, 0.0, 1.0, 0.0),
        (8, 40, 0.3, 0.0, 0.5),
        (1, 40, 0.0, 1.0, 1.0),
    ],
)
def test_standard_error_is_what_means_vary_by(
    seeds: int, clusters: int, of_seeds: float, of_items: float, of_both: float
) -> None:
    """Two items a cluster, which share what the cluster draws. Where these are all alike, it is too large."""
    rng, names = np.random.default_rng(1), [str(number // 2) for number in range(2 * clusters)]
    means, squares = [], []
    for _ in range(300):
        items = np.repeat(rng.normal(0, of_items, clusters), 2)
        both = np.repeat(rng.normal(0, of_both, (seeds, clusters)), 2, axis=1)
        drawn = items + both + rng.normal(0, of_seeds, (seeds, 1))
        means.append(drawn.mean())
        squares.append(standard_error(drawn, names) ** 2)
    assert 0.85 < np.sqrt(np.mean(squares)) / np.std(means) < 1.3


@pytest.mark.parametrize(
    ("differences", "clusters", "error"),
    [
        pytest.param([[0.5, 0.5, 0.5]], "abc", 0.0, id="all alike"),
        pytest.param([[0.0, 1.0]], "ab", 0.5, id="one seed: items alone"),
        pytest.param([[0.0, 2.0], [1.0, 3.0]], "aa", 0.5, id="one cluster: seeds alone"),
        pytest.param([[1.0, 2.0]], "aa", 0.0, id="one of each: not known"),
        pytest.param([[0.0, 1.0], [1.0, 0.0]], "ab", 0.0, id="what one seed gains another loses"),
    ],
)
def test_standard_error(differences: list[list[float]], clusters: str, error: float) -> None:
    assert standard_error(np.asarray(differences), list(clusters)) == pytest.approx(error)


def test_the_best_rate_has_no_error_and_others_are_paired_with_it() -> None:
    nats = {1e-3: np.array([[3.0, 1.0]]), 1e-2: np.array([[2.0, 0.0]])}
    assert errors(nats, ["a", "b"]) == {1e-3: 0.0, 1e-2: 0.0}
