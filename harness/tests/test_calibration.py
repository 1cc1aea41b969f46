"""Does the simulation find what is planted: no difference between like and like, and drops that are large enough?"""

from pathlib import Path

import numpy as np
import pytest

from harness.__main__ import main
from harness.calibration import Task, calibrate, draw_items, general_scores, plant
from harness.exit_codes import ExitCode
from harness.measured import Measured
from harness.stats import SeedNoise
from harness.store import Store
from harness.tests.builders import make_measured, make_trial


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def group(seeds: int, items: int = 120, noise: float = 0.0) -> list[Measured]:
    """An arm whose seeds answer at random with the same accuracy, give or take `noise`."""
    random = np.random.default_rng(5)
    measured = []
    for seed in range(seeds):
        level = 0.8 + noise * random.standard_normal()
        scores = {task: (random.random(items) < level).astype(float).tolist() for task in ("facts", "chat")}
        measured.append(make_measured(make_trial(seed=seed), general=scores))
    return measured


def test_like_and_like_are_told_apart_about_as_often_as_the_interval_says() -> None:
    found = calibrate(group(8), 2, 200, rng())
    assert found.false_alarms < 0.15
    assert (found.seeds_available, found.items, found.tasks, found.simulations) == (8, 240, 2, 200)


def test_larger_drops_are_seen_more_often() -> None:
    others = SeedNoise(1e-4, 8)
    shares = [share for _, share in calibrate(group(8, items=600), 2, 60, rng(), others).power]
    assert shares == sorted(shares)
    assert shares[-1] > 0.8
    assert shares[0] < 0.3


def test_seed_noise_costs_power() -> None:
    quiet, noisy = (dict(calibrate(group(12, noise=noise), 4, 60, rng()).power) for noise in (0.0, 0.1))
    assert noisy[0.10] < quiet[0.10]


def test_planted_drop_has_its_size() -> None:
    scores = (rng().random((4, 5000)) < 0.7).astype(float)
    assert scores.mean() - plant(scores, 0.05, np.random.default_rng(1)).mean() == pytest.approx(0.05, abs=0.01)
    assert plant(np.zeros((2, 4)), 0.5, rng()).sum() == 0


def test_items_are_drawn_by_whole_clusters() -> None:
    task = Task("facts", np.arange(12.0).reshape(2, 6), ("a", "a", "a", "b", "c", "c"))
    for seed in range(20):
        drawn = draw_items(task, np.random.default_rng(seed))
        found = drawn.scores[0].tolist()
        blocks = [[0.0, 1.0, 2.0], [3.0], [4.0, 5.0]]
        while found:
            block = next(one for one in blocks if found[: len(one)] == one)
            found = found[len(block) :]
        assert len(drawn.clusters) == drawn.scores.shape[1]
        assert len(set(drawn.clusters)) == 3


def test_tasks_that_a_trial_lacks_are_left_out() -> None:
    whole = group(2)
    lacking = make_measured(make_trial(seed=2), general={"facts": [1.0] * 120})
    assert [task.name for task in general_scores([lacking, *whole])] == ["facts"]


def test_too_few_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="3 trials"):
        calibrate(group(3), 2, 1, rng())


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "store")
    for one in group(4, items=30):
        store.put(one)
    out = tmp_path / "figures.json"
    arguments = ["calibrate", str(tmp_path / "store"), "--simulations", "3", "--json", str(out)]
    assert main(arguments) == ExitCode.HELD
    assert "false alarms" in capsys.readouterr().out
    assert '"simulations": 3' in out.read_text()
    assert main(["calibrate", str(tmp_path / "store"), "--seeds", "3"]) == ExitCode.USAGE_ERROR
    assert "--seeds 12" in capsys.readouterr().err
    assert main(["calibrate", str(tmp_path / "nowhere")]) == ExitCode.USAGE_ERROR
