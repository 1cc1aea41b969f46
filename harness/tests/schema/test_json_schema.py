"""Do the published JSON Schemas describe the files that this version writes?"""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.judge.gate.judgement import judge_all
from harness.judge.results import build_results
from harness.schema.__main__ import files
from harness.schema.gate import Side
from harness.schema.paths import ROOT
from harness.schema.results import RunFields
from harness.tests.sides import comparison, record
from harness.tests.synthetic import whole_run

KINDS = ("results", "gate")


@cache
def schema(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files()[f"{kind}.schema.json"])
    return found


@cache
def written(kind: str) -> str:
    """The text of such a file: of a run with every kind of trial, of a gate that fails."""
    if kind == "results":
        return build_results(whole_run((0,)), RunFields(command=("pytest", "suites/"))).model_dump_json()
    judged = judge_all(comparison([record(seed) for seed in range(4)], [record(seed, shift=40) for seed in range(4)]))
    return judged.as_content(Side(name="main"), Side(name="this run")).model_dump_json()


def problems(kind: str, content: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(schema(kind)).iter_errors(content)]


@pytest.mark.parametrize("name", [f"{kind}.schema.json" for kind in KINDS])
def test_published_file_is_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == files()[name], (
        "write it again: python -m harness.schema"
    )


def test_nothing_else_is_published() -> None:
    assert {path.name for path in (ROOT / "docs").glob("*.schema.json")} == set(files())


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_one_itself(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_fits(kind: str) -> None:
    assert problems(kind, json.loads(written(kind))) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_another_field_does_not_fit(kind: str) -> None:
    assert problems(kind, {**json.loads(written(kind)), "extra": 1})


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "field"), [("results", "trials"), ("results", "arms"), ("gate", "verdict")])
def test_a_missing_field_does_not_fit(kind: str, field: str) -> None:
    content = json.loads(written(kind))
    del content[field]
    assert problems(kind, content)


def properties(schema: Any) -> Iterator[str]:
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from properties(inner)
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
        yield from schema["properties"]


def test_places_on_the_page_are_in_no_file() -> None:
    assert "digest" in set(properties(schema("results")))
    assert not {"key", "anchor"} & set(properties(schema("results")))


@pytest.mark.parametrize("kind", KINDS)
def test_descriptions_speak_of_null(kind: str) -> None:
    assert "None" not in json.dumps(schema(kind))


def test_torch_is_not_needed() -> None:
    code = "import sys, harness.schema.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
