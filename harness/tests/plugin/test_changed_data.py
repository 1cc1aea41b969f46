"""Does a run on changed data keep the baseline's learning rates, and say so, unless it tunes its own?"""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.plan.expand import expand
from harness.plugin.options import read_choices
from harness.run.environment import find_platform
from harness.schema.trial import Source
from harness.store.baselines import Baseline, write_baseline
from harness.tests.builders import make_measured
from harness.tests.inner import run_pytest

OPTIONS = {
    "--methods": "lora[alpha=7]",
    "--ranks": "4",
    "--quantization": "none",
    "--targets": "poems",
    "--seeds": "0,",
    "--steps": "3",
}
WORDS = [word for pair in OPTIONS.items() for word in pair]


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """One trial at a rate of its own, on data that were other ones."""
    (trial,) = expand(read_choices(OPTIONS.get).profile, find_platform("cpu", 1, "eager"), ()).trials
    then = replace(trial, target=Source("poems", "e" * 64), learning_rate=0.0123, learning_rate_source="tuned")
    scores = {task.name: (1.0, 0.0) for task in then.general}
    measured = tuple(make_measured(one, general=scores) for one in (then.base_arm(), then))
    write_baseline(Baseline("main", "2026-01-01T00:00:00+00:00", (), measured), tmp_path / "main")
    return tmp_path / "main"


@pytest.mark.parametrize(
    ("more", "rate", "said"),
    [
        ([], "poems-lora-r4-alpha=7-s0  learning rate 0.0123 (the baseline's)", True),
        (["--tune"], "poems-lora-r4-alpha=7-s0  learning rate: as the sweep finds", False),
    ],
    ids=["kept", "tuned anew"],
)
def test_plan(baseline: Path, tmp_path: Path, more: list[str], rate: str, said: bool) -> None:
    done = run_pytest("suites/", "--plan", *WORDS, "--baseline", str(baseline), "--store", str(tmp_path / "s"), *more)
    assert rate in done.stdout, done.stdout + done.stderr
    assert ("note: 1 arm trains at the baseline's learning rate: the data changed" in done.stdout) is said
