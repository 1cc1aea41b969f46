"""Are results of schema 1, which counted from the stored base, read as if they counted from the base as it is?"""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.report.writers.files import results_json
from harness.schema.results import SCHEMA, read_results
from harness.tests.synthetic import whole_results


def as_schema_1(content: dict[str, Any]) -> dict[str, Any]:
    """As the version before wrote it: the parts by training stood in place of the sums."""
    for one in (*content["trials"], *content["arms"]):
        if one["target"]:
            by_training = [one["target"].pop(name) for name in ("gain_by_training", "gain_by_training_ci95")]
            one["target"]["gain"], one["target"]["ci95"] = by_training
            del one["target"]["gain_by_storing"]
        if one["forgetting"]:
            by_training = [one["forgetting"].pop(name) for name in ("by_training", "by_training_ci95")]
            one["forgetting"]["accuracy_drop"], one["forgetting"]["ci95"] = by_training
            del one["forgetting"]["by_storing"]
    return content | {"schema": 1}


def test_results_of_schema_1_are_counted_from_the_base(tmp_path: Path) -> None:
    whole = whole_results()
    path = tmp_path / "results.json"
    path.write_text(json.dumps(as_schema_1(json.loads(results_json(whole)))))
    read = read_results(path)
    assert read.schema_ == SCHEMA
    stored = [arm for arm in whole.arms if arm.quantization != "none" and arm.target and arm.forgetting]
    assert stored
    for then, now in zip(read.arms, whole.arms, strict=True):
        if then.target is None or now.target is None or then.forgetting is None or now.forgetting is None:
            continue
        for name in ("gain", "gain_by_training", "gain_by_storing"):
            assert getattr(then.target, name) == pytest.approx(getattr(now.target, name), abs=1e-9)
        for name in ("accuracy_drop", "by_training", "by_storing"):
            assert getattr(then.forgetting, name) == pytest.approx(getattr(now.forgetting, name), abs=1e-9)
    assert any(arm.forgetting.by_storing for arm in stored if arm.forgetting)
