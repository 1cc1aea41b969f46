"""Who looks until a gate is green: how often does a loss at the margin pass, before and since looks are kept?"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from harness.judge.gate.judgement import alpha_at_looks
from harness.judge.gate.scores import ALPHA, judge_pairs
from harness.judge.stats import Clusters, Paired
from harness.schema.gate import Verdict
from harness.store.looks import Looks
from harness.tests.builders import make_trial
from harness.tests.sides import gate

MARGIN, SEEDS, ITEMS = 0.02, 16, 200
CLUSTERS = Clusters([str(number) for number in range(ITEMS)])
Plan = Sequence[tuple[Sequence[int], float]]
"""Seeds of every look, and the error that it asks for."""

PLANNED: Plan = list(zip([range(4), range(8), range(16)], alpha_at_looks(3), strict=True))
BY_HAND: Plan = [(range(seeds), ALPHA) for seeds in (4, 8, 16)]
CHOSEN: Plan = [([seed for seed in range(SEEDS) if seed % 4 != left], ALPHA) for left in range(4)]
CHOSEN = [*CHOSEN, *((range(start, start + 4), ALPHA) for start in (0, 4, 8, 12))]


def at_the_margin(rng: np.random.Generator) -> np.ndarray:
    """Differences per seed and item whose true mean is a loss of the margin."""
    effect = -MARGIN + 0.02 * rng.standard_normal((SEEDS, 1))
    items = rng.choice([-1.0, 0.0, 1.0], size=(SEEDS, ITEMS), p=[0.04, 0.92, 0.04])
    return np.clip(effect + items, -1, 1)


def verdicts(differences: np.ndarray, plan: Plan, looks: Looks | None) -> Iterable[Verdict]:
    """Of every look until one decides; without `looks`, each has what it asks for."""
    for seeds, asked in plan:
        trials = [make_trial(seed=seed) for seed in seeds]
        error = asked if looks is None else looks.look(trials, asked).error
        if error > 0:
            pair = Paired(differences[list(seeds)], CLUSTERS)
            yield judge_pairs(gate(limit=MARGIN), [pair], seeded=True, alpha=error).verdict


def share_passed(plan: Plan, times: int, looks: Callable[[int], Looks | None]) -> float:
    """Of simulations, how many had a look that passed."""
    rng = np.random.default_rng(7)
    return float(np.mean([
        Verdict.PASS in verdicts(at_the_margin(rng), plan, looks(place)) for place in range(times)
    ]))  # fmt: skip


def kept(where: Path) -> Callable[[int], Looks]:
    return lambda place: Looks(where / f"{place}.jsonl", "main", ALPHA)


@pytest.mark.parametrize("plan", [PLANNED, BY_HAND, CHOSEN], ids=["planned", "by-hand", "chosen-subsets"])
def test_looks_share_the_error_whoever_looks(tmp_path: Path, plan: Plan) -> None:
    assert share_passed(plan, 60, kept(tmp_path)) <= 0.12


@pytest.mark.release
def test_looking_until_it_passes_is_no_way_to_pass(tmp_path: Path) -> None:
    """The figures of docs/evidence.md."""
    plans = {"planned": PLANNED, "by hand": BY_HAND, "chosen": CHOSEN}
    before = {name: share_passed(plan, 2000, lambda _: None) for name, plan in plans.items()}
    after = {name: share_passed(plan, 2000, kept(tmp_path / name)) for name, plan in plans.items()}
    print(f"\nbefore {before}\nafter {after}")
    assert max(after.values()) <= ALPHA + 3 * (ALPHA * (1 - ALPHA) / 2000) ** 0.5
    assert before["chosen"] > 2 * ALPHA
