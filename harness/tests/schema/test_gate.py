"""Is a gate.json that no judgement can have written refused with one message?"""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.schema.errors import UserError
from harness.schema.gate import read_gate
from harness.tests.report.gate.test_text import content

WRITTEN = content(40).model_dump_json()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        pytest.param("items", -1, "gates[1].items is -1; it must be greater than or equal to 0.", id="items"),
        pytest.param("confidence", 1.5, "gates[1].confidence is 1.5; it must be less than or equal to 1.", id="level"),
        pytest.param("settle", {"seeds": -1}, "gates[1].settle.seeds is -1", id="settling"),
        pytest.param("high", -1e9, "No lower bound is above the upper one.", id="bounds"),
    ],
)
def test_what_no_judgement_writes_is_refused(tmp_path: Path, field: str, value: Any, said: str) -> None:
    wrong = json.loads(WRITTEN)
    wrong["gates"][0][field] = value
    path = tmp_path / "gate.json"
    path.write_text(json.dumps(wrong))
    with pytest.raises(UserError) as refused:
        read_gate(path)
    assert str(path) in str(refused.value)
    assert said in str(refused.value)
