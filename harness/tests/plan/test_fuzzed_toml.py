"""Fuzzing: a profile, a grid, margins or budgets that are wrong anywhere are read, or refused with one message."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import budgets
from harness.judge.budgets import load_budgets
from harness.judge.gate import margins
from harness.judge.gate.margins import load_margins
from harness.plan.expand import expand
from harness.plan.learning_rates import load_tuned
from harness.plan.profile import SHIPPED, Overrides, load_profile, override
from harness.plan.sweep import GRID, read_grid
from harness.tests.builders import PLATFORM
from harness.tests.fuzzing import fuzzed
from harness.tests.mutated import as_json, as_toml, mutated, refused

PROFILE = tomllib.loads((SHIPPED / "tiny.toml").read_text(encoding="utf-8"))
EVERY_KEY = PROFILE | {
    "data": "train.jsonl", "objective": "chat", "metric": "rouge_l", "learning_rates": {"lora": 1e-3},
    "replay": "text.jsonl", "interpolate": [0.5], "trace": 5, "attention": "sdpa",
    "arms": [{"method": "lora", "ranks": [4], "quantization": ["none"], "settings": {"alpha": 8, "targets": "mlp"}}],
}  # fmt: skip
READERS: dict[str, tuple[Callable[[Path], Any], Any]] = {
    "grid": (read_grid, tomllib.loads(GRID.read_text(encoding="utf-8"))),
    "margins": (load_margins, tomllib.loads(margins.SHIPPED.read_text(encoding="utf-8"))),
    "budgets": (load_budgets, tomllib.loads(budgets.SHIPPED.read_text(encoding="utf-8"))),
}
RATES = {
    "note": {"command": "pytest"},
    "sweeps": [
        {"model_sha256": "a", "target": "poems", "target_sha256": "b", "method": "lora", "rank": 4,
         "quantization": "none", "steps": 60, "metric": "exact_match", "higher_is_better": True,
         "trials": [[1e-3, 7, 0.5], [1e-2, 7, None]], "settings": [["targets", "mlp"]]},
    ],
}  # fmt: skip


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "own.toml"


@pytest.mark.parametrize("kind", READERS)
@fuzzed(150)
@given(data=st.data())
def test_fuzzed_file_is_read_or_refused(written: Path, kind: str, data: st.DataObject) -> None:
    read, content = READERS[kind]
    written.write_bytes(as_toml(data.draw(mutated(content))))
    refused(lambda: read(written))


@fuzzed(300)
@given(wrong=mutated(EVERY_KEY))
def test_fuzzed_profile_is_read_or_refused(written: Path, wrong: Any) -> None:
    written.write_bytes(as_toml(wrong))
    refused(lambda: override(load_profile(str(written)), Overrides(steps=3)))


@pytest.mark.usefixtures("tasks_read_once")
@fuzzed(20)
@given(wrong=mutated(PROFILE))
def test_fuzzed_profile_becomes_trials_or_is_refused(written: Path, wrong: Any) -> None:
    written.write_bytes(as_toml(wrong))
    refused(lambda: expand(load_profile(str(written)), PLATFORM, ()))


@fuzzed(200)
@given(wrong=mutated(RATES))
def test_fuzzed_rates_are_read_or_refused(written: Path, wrong: Any) -> None:
    written.write_bytes(as_json(wrong))
    if refused(lambda: load_tuned(written)):
        return
    for one in load_tuned(written):
        assert one.curve
