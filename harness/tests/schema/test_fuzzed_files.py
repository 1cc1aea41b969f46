"""Fuzzing: a results.json or gate.json that is wrong anywhere is read and shown, or refused with one message."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from harness.report.gate.text import annotations, gate_summary, gate_text
from harness.report.words.escaping import visible
from harness.report.writers.files import results_csv, results_json
from harness.report.writers.html import render_page
from harness.report.writers.markdown import render_summary
from harness.report.writers.terminal import render_table
from harness.schema.gate import Anchor, GateContent, Look, read_gate
from harness.schema.record import Status
from harness.schema.results import FloorResult, Results, read_results
from harness.tests.fuzzing import fuzzed
from harness.tests.mutated import altered, as_json, mutated, refused
from harness.tests.report.gate.test_text import content
from harness.tests.synthetic import results_of, whole_run

RUN = [one for one in whole_run((0,)) if one.trial.target.name == "new-facts" and one.trial.arm in
       ("base", "base-nf4", "full", "full-nf4", "lora-r8", "lora-r8-nf4", "lora-r128", "distill")]  # fmt: skip


def shortened(part: Any) -> Any:
    """The same with the first two and the last of every list: all kinds of rows, and each example takes less time."""
    if isinstance(part, dict):
        return {name: shortened(value) for name, value in part.items()}
    return [shortened(one) for one in (*part[:2], *part[2:][-1:])] if isinstance(part, list) else part


FLOOR = FloorResult(id="new-facts-majority", digest="0123456789abcdef", target="new-facts", by="majority",
                    status=Status.COMPLETED, reason=None, metric="exact_match", value=0.1, items=160)  # fmt: skip
WHOLE: Any = json.loads(results_json(results_of(RUN).with_(floors=(FLOOR,))))
RESULTS = shortened(WHOLE) | {
    "trials": list(map(shortened, WHOLE["trials"])),
    "arms": list(map(shortened, WHOLE["arms"])),
}
LOOK = Look(target="poems", arm="lora-r4", comparison="5e1f", number=2, seeds=(0, 1), error=0.01, left=0.002)
ANCHOR = Anchor(
    accepted_at="2025-01-31T12:34:56+00:00", trials=8, moved_at="2025-02-01T08:00:00+00:00", reason="new data"
)
GATE: Any = json.loads(content(40).with_(looks=(LOOK,), anchor=ANCHOR, looks_unkept="no room").model_dump_json())


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "own.json"


def results_in(path: Path) -> Results | None:
    """None where they are refused."""
    found: list[Results] = []
    return None if refused(lambda: found.append(read_results(path))) else found[0]


def verdict_in(path: Path) -> GateContent | None:
    found: list[GateContent] = []
    return None if refused(lambda: found.append(read_gate(path))) else found[0]


@fuzzed(200)
@given(wrong=mutated(RESULTS) | altered(RESULTS))
@pytest.mark.slow
def test_fuzzed_results_are_shown_or_refused(written: Path, wrong: Any) -> None:
    written.write_bytes(as_json(wrong))
    if results := results_in(written):
        assert render_summary(results)
        assert render_table(results, 80, color=False) is not None
        assert results_csv(results)
        assert results_json(results)


@fuzzed(200)
@given(wrong=mutated(GATE) | altered(GATE))
def test_fuzzed_verdict_is_shown_or_refused(written: Path, wrong: Any) -> None:
    written.write_bytes(as_json(wrong))
    if found := verdict_in(written):
        assert gate_summary(found)
        assert gate_text(found)
        assert all(visible(line) == line for line in annotations(found))


@fuzzed(4, weight=50)
@given(wrong=altered(RESULTS), judged=altered(GATE))
def test_fuzzed_files_have_a_page_or_are_refused(written: Path, wrong: Any, judged: Any) -> None:
    written.write_bytes(as_json(wrong))
    results = results_in(written)
    written.write_bytes(as_json(judged))
    verdict = verdict_in(written)
    if results:
        assert render_page(results, verdict)
