"""Does anything at all that is given as data end as data, or as one message?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from harness.data.readers import sources
from harness.data.readers.files import SUFFIXES
from harness.data.readers.forms import FORMATS, FORMS, examples_from_rows
from harness.data.readers.sources import read_data
from harness.data.tasks.general import find_general_tasks, load_general
from harness.data.tasks.replay import load_replay
from harness.data.tasks.target import split_user_data
from harness.schema.errors import UserError
from harness.tests.fuzzing import fuzzed

KEYS = sorted(
    {key for form in FORMS for key in form.needs}
    | {"id", "cluster", "system", "role", "content", "from", "value", "weight", "type", "name", "tools", "tool_calls"}
    | {"context", "choices", "sentence_good", "sentence_bad", "pairID", "schemaVersion", "function_call"}
)
WORDS = ["user", "assistant", "system", "human", "gpt", "tool", "developer", "text", "image_url", "a b", " ", ""]
LEAVES = (
    some.none()
    | some.booleans()
    | some.integers(-2, 3)
    | some.floats()
    | some.sampled_from(WORDS)
    | some.text(max_size=20)
    | some.text(some.characters(categories=["Cs", "Cc", "Ll"]), max_size=4)
)
NAMES = some.sampled_from(KEYS) | some.text(some.characters(), max_size=5)
MESSAGES = some.fixed_dictionaries(
    {"role": some.sampled_from(WORDS[:7]), "content": LEAVES},
    optional={"weight": LEAVES, "name": LEAVES, "tool_calls": LEAVES},
) | some.fixed_dictionaries({"from": some.sampled_from(WORDS[:7]), "value": LEAVES})
VALUES = some.recursive(
    LEAVES | some.lists(MESSAGES, max_size=4),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
ANY_ROWS = some.dictionaries(NAMES, VALUES, max_size=6)
HELD = [form.needs for form in FORMS] + [("context", "choices", "answer"), ("sentence_good", "sentence_bad")]


@some.composite
def likely_rows(draw: Any) -> dict[str, Any]:
    """The keys of a form, most with what belongs there, beside others."""
    likely = some.text(min_size=1, max_size=9) | some.lists(MESSAGES, min_size=1, max_size=4)
    needed = {key: draw(likely | VALUES) for key in draw(some.sampled_from(HELD))}
    return {**draw(some.dictionaries(NAMES, VALUES, max_size=3)), **needed}


ROWS = ANY_ROWS | likely_rows()
SUFFIX = some.sampled_from([*SUFFIXES, ".jsonl.gz", ".csv.bz2", ".json.xz", ".dat", ""])
MAGIC = some.sampled_from(
    [b"", b"\x1f\x8b\x08\0", b"BZh9", b"\xfd7zXZ\0", b"PAR1", b"\xff\xfe", b"\xef\xbb\xbf", b'{"']
)


def ends_well(read: Callable[[], Any]) -> None:
    """It returns, or raises a UserError of one line."""
    try:
        read()
    except UserError as error:
        said = str(error)
    else:
        return
    assert said.strip()
    assert "\n" not in said
    said.encode()


def everything(path: Path) -> list[Callable[[], Any]]:
    return [lambda: split_user_data(path), lambda: load_general(path), lambda: load_replay(path)]


@given(start=MAGIC, rest=some.binary(max_size=200), suffix=SUFFIX)
@fuzzed()
def test_any_bytes(tmp_path: Path, start: bytes, rest: bytes, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    path.write_bytes(start + rest)
    for read in everything(path):
        ends_well(read)


@given(text=some.text(some.sampled_from('{}[]",:\\n\t\r\0 1eE-."abé\\ud8'), max_size=80), suffix=SUFFIX)
@fuzzed()
def test_any_text(tmp_path: Path, text: str, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    path.write_text(text, encoding="utf-8")
    for read in everything(path):
        ends_well(read)


@given(rows=some.lists(ROWS, min_size=1, max_size=5), copies=some.integers(1, 12), wrap=some.booleans())
@fuzzed()
def test_any_rows(tmp_path: Path, rows: list[dict[str, Any]], copies: int, wrap: bool) -> None:
    path = tmp_path / ("data.json" if wrap else "data.jsonl")
    lines = [json.dumps(row) for row in rows * copies]
    path.write_text(f'{{"about": 1, "rows": [{",".join(lines)}]}}' if wrap else "\n".join(lines))
    for read in everything(path):
        ends_well(read)


@given(row=ROWS, objective=some.sampled_from([None, *FORMATS]))
@fuzzed()
def test_every_key_is_used_or_named(row: dict[str, Any], objective: str | None) -> None:
    try:
        with_row = examples_from_rows([("a, line 1", row)], objective)
    except UserError:
        return
    for key, value in row.items():
        if value in (None, "", [], {}):
            continue
        without = {name: one for name, one in row.items() if name != key}
        if any(f" {named}" in line for line in with_row.ignored for named in (key, repr(key))):
            continue
        try:
            changed = examples_from_rows([("a, line 1", without)], objective)
        except UserError:
            continue  # it was needed
        harmless = key in ("schemaVersion", "tools", "tool_calls", "function_call", "functions")
        same_system = key == "system" and with_row.examples == changed.examples
        assert harmless or same_system or changed.examples != with_row.examples


@given(source=some.text(some.sampled_from("ab/.~:\0é\ud800\n[]{}#?@%*-_"), max_size=30))
@fuzzed()
def test_any_name(tmp_path: Path, source: str) -> None:
    assume(".." not in source and not source.startswith("/") and "://" not in source)  # where there are files
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("HOME", str(tmp_path))
        patch.setattr(sources, "hub_splits", lambda name: {})  # nothing is asked for over a network
        ends_well(lambda: read_data(source))
    ends_well(lambda: find_general_tasks(source))
