"""Fuzzing: a results.json or gate.json that is wrong anywhere is read and shown, or refused with one message."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from harness.report.gate.text import annotations, gate_summary, gate_text
from harness.report.words.escaping import visible
from harness.report.writers.files import results_csv, results_json
from harness.report.writers.markdown import render_summary
from harness.report.writers.terminal import render_table
from harness.schema.gate import read_gate
from harness.schema.results import read_results
from harness.tests.fuzzing import fuzzed
from harness.tests.mutated import as_json, mutated, refused
from harness.tests.report.gate.test_text import content
from harness.tests.synthetic import results_of, whole_run

RUN = [
    one for one in whole_run() if one.trial.target.name == "new-facts" and one.trial.method in ("base", "full", "lora")
]
RESULTS: Any = json.loads(results_json(results_of(RUN)))
GATE: Any = json.loads(content(40).model_dump_json())


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "own.json"


@fuzzed(200)
@given(wrong=mutated(RESULTS))
def test_fuzzed_results_are_shown_or_refused(written: Path, wrong: Any) -> None:
    written.write_bytes(as_json(wrong))
    if refused(lambda: read_results(written)):
        return
    results = read_results(written)
    assert render_summary(results)
    assert render_table(results, 80, color=False) is not None
    assert results_csv(results)
    assert results_json(results)


@fuzzed(200)
@given(wrong=mutated(GATE))
def test_fuzzed_verdict_is_shown_or_refused(written: Path, wrong: Any) -> None:
    written.write_bytes(as_json(wrong))
    if refused(lambda: read_gate(written)):
        return
    found = read_gate(written)
    assert gate_summary(found)
    assert gate_text(found)
    assert all(visible(line) == line for line in annotations(found))
