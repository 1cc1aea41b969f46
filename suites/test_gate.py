"""Did gain, forgetting or cost get worse than what was accepted?

Collected where there is something to compare with: `--baseline NAME`, or `--candidate PATH`, which is judged
against its base as well. A gate that cannot tell yet fails too, but the run then ends with a code of its own.
"""

from collections.abc import Callable
from typing import Any

import pytest

from harness.judge.gate.gates import Gate
from harness.plugin.gating import GateRun
from harness.report.gate.rows import sentence
from harness.schema.gate import Verdict


def test_sides_are_comparable(comparable: str, gate_run: GateRun) -> None:
    """Same trials, questions, items, versions and device; nothing missing, nothing that is no number."""
    found = gate_run.inspect(comparable)
    if found.verdict is not Verdict.PASS:
        pytest.fail(f"{found.id}: {found.reason}", pytrace=False)


def test_gate(gate: Gate, gate_run: GateRun, record_property: Callable[[str, Any], None]) -> None:
    """Not worse than the baseline by more than the margin of `fixtures/gates.toml`."""
    judged = gate_run.judge(gate)
    for name in ("verdict", "difference", "low", "high", "limit", "detectable"):
        record_property(name, getattr(judged, name))
    if judged.verdict is Verdict.INCONCLUSIVE and gate_run.choices.allow.inconclusive:
        pytest.skip(sentence(judged))
    if judged.verdict is not Verdict.PASS:
        pytest.fail(sentence(judged), pytrace=False)
