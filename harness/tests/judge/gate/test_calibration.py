"""Does the simulation find what is planted: no difference between like and like, and drops that are large enough?"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.__main__ import main
from harness.judge.gate.calibration import RESHUFFLED, TWIN, Calibration, Task, calibrate, draw_items, plant, scores_of
from harness.schema.exit_codes import ExitCode
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.store.records import Store
from harness.tests.builders import make_measured, make_trial
from harness.tests.sides import margin


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


MARGINS = [margin("forgetting", 0.03), margin("forgetting_task", 0.06)]


def found(
    group: list[Measured], seeds: int | Sequence[int], simulations: int = 60, twins: list[Measured] | None = None
) -> Calibration:
    looks = [seeds] if isinstance(seeds, int) else list(seeds)
    return calibrate(group, twins, looks, MARGINS, simulations, rng())


@pytest.mark.release
@pytest.mark.slow
def test_like_and_like_rarely_fail() -> None:
    one = found(group(8, noise=0.03), 4, 100)
    assert one.false_alarms.failed <= 0.05
    assert (one.seeds_available, one.items, one.tasks, one.simulations) == (8, 240, 2, 100)
    assert one.false_alarms.failed + one.false_alarms.passed + one.false_alarms.inconclusive == pytest.approx(1)


@pytest.mark.slow
def test_larger_drops_fail_more_often_and_pass_less() -> None:
    power = found(group(16, items=300), 8).power
    failed, passed = ([getattr(overall, name) for _, _, overall in power] for name in ("failed", "passed"))
    assert failed == sorted(failed)
    assert passed == sorted(passed, reverse=True)
    assert failed[-1] > 0.9
    assert failed[0] < 0.1


@pytest.mark.slow
def test_what_is_lost_by_more_than_the_margin_hardly_ever_passes() -> None:
    """At twice the margin: the very thing that a gate is for."""
    for noise in (0.0, 0.05):
        for drop, whole, _ in found(group(16, noise=noise), 4, 40).power:
            assert drop < 0.05 or whole.passed <= 0.05


@pytest.mark.release
@pytest.mark.slow
def test_seed_noise_costs_power() -> None:
    quiet, noisy = (found(group(16, items=200, noise=noise), 8).power[3][2].failed for noise in (0.0, 0.1))
    assert noisy < quiet


@pytest.mark.slow
def test_twins_cancel_the_noise_of_seeds() -> None:
    """Both sides of a twin have the same seeds, so what a seed does to both is no noise."""
    base = group(8, items=200, noise=0.08)
    twins = [replace(one, items=one.items.assign(score=_few_flipped(one))) for one in base]
    paired, apart = found(base, 4, twins=twins), found(base, 4)
    assert (paired.design, apart.design) == (TWIN, RESHUFFLED)
    assert paired.false_alarms.passed > apart.false_alarms.passed + 0.3
    assert paired.power[4][2].failed > 0.9


def _few_flipped(one: Measured) -> pd.Series:
    """One of a hundred answers the other way round, others for every seed."""
    flip = np.random.default_rng(one.trial.seed or 0).random(len(one.items)) < 0.01
    return one.items["score"].where(~flip, 1 - one.items["score"])


@pytest.mark.slow
def test_looking_again_decides_more_and_keeps_the_error() -> None:
    many = group(32, items=100, noise=0.03)
    once, again = found(many, 2, 40), found(many, [2, 4, 8, 16], 40)
    assert again.seeds == (2, 4, 8, 16)
    assert again.power[4][2].failed > once.power[4][2].failed
    assert again.false_alarms.failed <= 0.07


def choice(scores: np.ndarray, clusters: tuple[str, ...] | None = None, **changes: Any) -> Task:
    names = clusters or tuple(str(number) for number in range(scores.shape[1]))
    return replace(Task(GENERAL, "facts", "choice", scores, scores, names), **changes)


def test_planted_drop_has_its_size_and_is_the_same_for_every_seed() -> None:
    scores = np.repeat((rng().random((1, 5000)) < 0.7).astype(float), 4, axis=0)
    worse = plant(choice(scores), 0.05, np.random.default_rng(1))
    assert scores.mean() - worse.after.mean() == pytest.approx(0.05, abs=0.01)
    assert (worse.before == scores).all()
    assert (worse.after == worse.after[0]).all()
    assert plant(choice(np.zeros((2, 4))), 0.5, rng()).after.sum() == 0


@pytest.mark.parametrize("changes", [{"role": TARGET}, {"kind": "text"}])
def test_only_abilities_are_planted_in(changes: dict[str, Any]) -> None:
    task = choice(np.ones((2, 50)), **changes)
    assert (plant(task, 0.5, rng()).after == 1).all()


def test_items_are_drawn_by_whole_clusters() -> None:
    task = choice(np.arange(12.0).reshape(2, 6), ("a", "a", "a", "b", "c", "c"))
    for seed in range(20):
        drawn = draw_items(task, np.random.default_rng(seed))
        found = drawn.before[0].tolist()
        blocks = [[0.0, 1.0, 2.0], [3.0], [4.0, 5.0]]
        while found:
            block = next(one for one in blocks if found[: len(one)] == one)
            found = found[len(block) :]
        assert len(drawn.clusters) == drawn.before.shape[1]
        assert len(set(drawn.clusters)) == 3


def test_tasks_that_a_trial_lacks_are_left_out() -> None:
    whole = group(2)
    lacking = make_measured(make_trial(seed=2), general={"facts": [1.0] * 120})
    side = [lacking, *whole]
    assert [task.name for task in scores_of(side, side) if task.role == GENERAL] == ["facts"]


def test_too_few_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="3 trials"):
        found(group(3), 2, 1)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "store")
    for one in group(4, items=30):
        store.put(one)
    out = tmp_path / "figures.json"
    arguments = ["calibrate", str(tmp_path / "store"), "--seeds", "2", "--simulations", "3", "--json", str(out)]
    assert main(arguments) == ExitCode.HELD
    assert "false alarms" in capsys.readouterr().out
    assert '"simulations": 3' in out.read_text()
    assert main(["calibrate", str(tmp_path / "store"), "--seeds", "3"]) == ExitCode.USAGE_ERROR
    assert "--seeds 6" in capsys.readouterr().err
    assert main(["calibrate", str(tmp_path / "nowhere")]) == ExitCode.USAGE_ERROR
