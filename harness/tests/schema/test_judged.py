"""Does the published JSON Schema describe the judge.json that this version writes?"""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.judge.foreign.verdict import Rules
from harness.schema.__main__ import files
from harness.schema.paths import ROOT
from harness.tests.foreign import judge, write_lm_eval
from harness.tests.sides import MARGINS

NAME = "judge.schema.json"


def test_published_file_is_current() -> None:
    assert (ROOT / "docs" / NAME).read_text(encoding="utf-8") == files()[NAME], (
        "write it again: python -m harness.schema"
    )


@pytest.mark.parametrize("scores", [[1.0, 0.0] * 10, [0.5, 0.25] * 10], ids=["right or wrong", "shares"])
def test_what_is_written_holds_it(tmp_path: Path, scores: list[float]) -> None:
    for name in ("before", "after"):
        write_lm_eval(tmp_path / name, {"acc": scores, "f1": [[0, 1]] * 20}, model=name)
    _, judged = judge(tmp_path / "before", tmp_path / "after", Rules(MARGINS))
    content = json.loads(judged.model_dump_json())
    assert list(Draft202012Validator(json.loads(files()[NAME])).iter_errors(content)) == []
