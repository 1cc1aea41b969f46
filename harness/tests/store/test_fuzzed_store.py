"""Fuzzing: a record or a baseline that is wrong anywhere is read, answered with none, or refused with one message."""

import hashlib
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.schema.codec import record_from_dict
from harness.schema.measured import ITEM_COLUMNS
from harness.schema.record import Record
from harness.store import records
from harness.store.baselines import Baseline, is_baseline, read_baseline, write_baseline
from harness.store.records import DAMAGE, Store
from harness.tests.fuzzing import fuzzed
from harness.tests.mutated import ODD, as_json, mutated, refused
from harness.tests.sides import record

ONE = record(0)
RECORD: Any = json.loads(json.dumps(asdict(ONE.record)))
COLUMNS = st.sampled_from(["role", "task", "item", "cluster", "score", "nll", "trial"])


@fuzzed(500)
@given(wrong=mutated(RECORD))
def test_fuzzed_record_is_read_or_damaged(wrong: Any) -> None:
    try:
        found = record_from_dict(json.loads(as_json(wrong)))
    except DAMAGE:
        return
    assert isinstance(found, Record)
    assert found.trial.digest


@pytest.fixture
def store(tmp_path: Path) -> Store:
    kept = Store(tmp_path / "store")
    kept.put(ONE)
    return kept


@fuzzed(200)
@given(wrong=mutated(RECORD), torn=st.booleans())
def test_fuzzed_record_is_answered_or_not(store: Store, wrong: Any, torn: bool) -> None:
    """Whether its checksum was made for what it holds or not."""
    path = next(store.directory.glob("??/*.json"))
    whole = path.read_bytes()
    document = json.loads(whole) | {"record": wrong}
    payload = {name: value for name, value in document.items() if name != "sha256"}
    document |= {} if torn else {"sha256": records._checksum(payload)}
    path.write_bytes(as_json(document))
    if not refused(lambda: store.get(ONE.trial.digest)):
        found = store.get(ONE.trial.digest)
        assert found is None or found.trial.digest == ONE.trial.digest
    path.write_bytes(whole)
    assert store.get(ONE.trial.digest) is not None


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    directory = tmp_path / "main"
    write_baseline(Baseline("main", "2026-11-21T10:00:00+00:00", ("pytest",), (ONE, record(1))), directory)
    (directory / "whole.json").write_bytes((directory / "baseline.json").read_bytes())
    (directory / "whole.parquet").write_bytes((directory / "items.parquet").read_bytes())
    return directory


def check(directory: Path) -> None:
    for one in () if refused(lambda: read_baseline(directory)) else read_baseline(directory).measured:
        assert list(one.items.columns) == list(ITEM_COLUMNS)
        assert one.items["score"].dtype == "float64"


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """Of a baseline, without the scores' checksum."""
    summary = {"id": "a", "target": 0.5}
    whole = {"schema": 1, "name": "main", "accepted_at": "2026-11-21", "command": ["pytest"], "summary": [summary]}
    moved = {"anchor_moves": [{"at": "2026-11-21", "reason": "too dear", "left": "2026-01-01"}]}
    return draw(mutated(whole | moved | {"items_sha256": "@items", "records": [RECORD]}))


@fuzzed(200)
@given(wrong=documents())
def test_fuzzed_baseline_is_read_or_refused(baseline: Path, wrong: Any) -> None:
    sha256 = hashlib.sha256((baseline / "items.parquet").read_bytes()).hexdigest()
    (baseline / "baseline.json").write_bytes(as_json(wrong).replace(b"@items", sha256.encode()))
    assert is_baseline(baseline)
    check(baseline)


@fuzzed(100)
@given(column=COLUMNS, value=ODD, action=st.sampled_from(["set", "drop", "tear"]))
def test_fuzzed_scores_are_read_or_refused(baseline: Path, column: str, value: Any, action: str) -> None:
    """With a checksum that was made for them."""
    table = pd.read_parquet(baseline / "whole.parquet")
    data = io.BytesIO()
    try:
        changed = table.drop(columns=column) if action == "drop" else table.assign(**{column: [value] * len(table)})
        changed.to_parquet(data, index=False)
    except Exception:  # what Parquet cannot hold is in no file of it
        return
    written = data.getvalue()[: -50 if action == "tear" else None]
    (baseline / "items.parquet").write_bytes(written)
    content = json.loads((baseline / "whole.json").read_text())
    content["items_sha256"] = hashlib.sha256(written).hexdigest()
    (baseline / "baseline.json").write_text(json.dumps(content))
    check(baseline)
