"""Is what Inspect logged read as it is, and is every sample that cannot be judged named?"""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.judge.foreign.archive import ZSTANDARD
from harness.judge.foreign.inspect_log import read_log
from harness.judge.foreign.sheet import Number
from harness.schema.errors import UserError
from harness.tests.foreign import write_inspect, write_zip

Samples = list[dict[str, Any]]
SCORES = {"match": ["C", "I", "P", "N"]}


@pytest.mark.parametrize(
    ("name", "method"), [("a.eval", ZSTANDARD), ("a.eval", zipfile.ZIP_DEFLATED), ("a.json", ZSTANDARD)]
)
def test_a_log_is_read_however_it_is_packed(tmp_path: Path, name: str, method: int) -> None:
    sheet = read_log(write_inspect(tmp_path / name, SCORES, method=method), "cluster")
    assert (sheet.program, sheet.task, sheet.model) == ("Inspect", "sums", "own/model")
    assert {name: item.scores["match"] for name, item in sheet.items.items()} == {
        "sample 'q0', epoch 1": Number(1.0),
        "sample 1, epoch 1": Number(0.0),
        "sample 'q2', epoch 1": Number(0.5),
        "sample 3, epoch 1": Number(0.0),
    }
    assert sheet.config["solvers"] == [["generate", {"tool_calls": "loop"}]]
    assert sheet.facts == {"model": "own/model", "inspect_ai": "0.3.285"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("C", 1.0), ("I", 0.0), ("P", 0.5), ("N", 0.0), ("Yes", 1.0), ("false", 0.0), ("0.25", 0.25), (True, 1.0),
     (0.3, 0.3), (7, 7.0)],
)  # fmt: skip
def test_values_are_what_inspect_makes_of_them(tmp_path: Path, value: Any, expected: float) -> None:
    sheet = read_log(write_inspect(tmp_path / "a.eval", {"match": [value]}), "cluster")
    assert next(iter(sheet.items.values())).scores == {"match": Number(expected)}


def test_a_score_of_several_values_is_several_metrics(tmp_path: Path) -> None:
    sheet = read_log(write_inspect(tmp_path / "a.eval", {"graded": [{"quality": 0.5, "brevity": 1}]}), "cluster")
    assert next(iter(sheet.items.values())).scores == {"graded.quality": Number(0.5), "graded.brevity": Number(1.0)}


@pytest.mark.parametrize("value", [[1, 0], "maybe", None])
def test_a_value_that_is_no_number_is_told(tmp_path: Path, value: Any) -> None:
    sheet = read_log(write_inspect(tmp_path / "a.eval", {"match": [value]}), "cluster")
    assert "no" in str(next(iter(sheet.items.values())).scores["match"])


def test_epochs_of_a_sample_are_of_one_sample(tmp_path: Path) -> None:
    sheet = read_log(write_inspect(tmp_path / "a.eval", {"match": ["C", "I", "I", "C"]}, epochs=2), "cluster")
    assert [item.sample for item in sheet.items.values()] == ["sample 'q0'", "sample 1", "sample 'q0'", "sample 1"]


def test_metadata_may_say_what_belongs_together(tmp_path: Path) -> None:
    path = write_inspect(
        tmp_path / "a.eval", SCORES, samples=lambda own: [one["metadata"].update(passage=5) for one in own]
    )
    assert len({item.cluster for item in read_log(path, "passage").items.values()} - {None}) == 1
    assert {item.cluster for item in read_log(path, "cluster").items.values()} == {None}


def put(**values: Any) -> Callable[[Samples], object]:
    return lambda samples: samples[1].update(values)


WRONG: dict[str, tuple[Callable[[Samples], object], str]] = {
    "a sample that broke off": (put(error={"message": "out of memory"}), "(sample 1, epoch 1): it ended with an error"),
    "a sample without scores": (put(scores={}), "(sample 1, epoch 1): no score"),
    "a sample whose scores are null": (put(scores=None), "(sample 1, epoch 1): no score"),
    "a score that is NaN": (
        put(scores={"match": {"value": float("nan")}}), "(sample 1, epoch 1): match is nan, which is no score"
    ),
    "a score that no score is": (
        put(scores={"match": {"value": 10**400}}), "(sample 1, epoch 1): match is"
    ),
    "a score without a value": (put(scores={"match": {"answer": "x"}}), "scores.match.value is missing"),
    "no id": (lambda samples: samples[1].pop("id"), "id"),
    "an epoch that is a text": (put(epoch="1"), "epoch is '1'; it must be a whole number"),
    "no sample": (lambda samples: samples.clear(), "no sample in it"),
}  # fmt: skip


@pytest.mark.parametrize("name", ["a.eval", "a.json"])
@pytest.mark.parametrize(("samples", "said"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_sample_is_refused_by_its_name(
    tmp_path: Path, samples: Callable[[Samples], object], said: str, name: str
) -> None:
    path = write_inspect(tmp_path / name, SCORES, samples=samples)
    with pytest.raises(UserError) as refused:
        read_log(path, "cluster")
    assert str(path) in str(refused.value)
    assert said in str(refused.value)


def test_a_sample_that_is_there_twice(tmp_path: Path) -> None:
    path = write_inspect(tmp_path / "a.json", SCORES, samples=lambda own: own.append(own[0]))
    with pytest.raises(UserError, match=r"sample 5 \(sample 'q0', epoch 1\): there already, at .*sample 1"):
        read_log(path, "cluster")


@pytest.mark.parametrize("name", ["a.eval", "a.json"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "error"}, "its status is 'error'"),
        ({"status": "started"}, "its status is 'started'"),
        ({"status": "cancelled"}, "its status is 'cancelled'"),
        ({"invalidated": True}, "was invalidated"),
        ({"eval": {}}, "eval.task is missing"),
        ({"plan": 5}, "plan is 5; it must be a table"),
    ],
)
def test_a_log_that_is_not_whole_is_refused(tmp_path: Path, name: str, change: dict[str, Any], said: str) -> None:
    path = write_inspect(tmp_path / name, SCORES, head=lambda content: content.update(change))
    with pytest.raises(UserError, match=said) as refused:
        read_log(path, "cluster")
    assert str(path) in str(refused.value)


def test_a_run_that_is_still_going(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.eval", {"_journal/start.json": b"{}"})
    with pytest.raises(UserError, match=r"no header.json in it, so the run did not end"):
        read_log(tmp_path / "a.eval", "cluster")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"header.json": b"{"}, "header.json: not valid JSON"),
        ({"header.json": b"[]"}, "header.json is"),
        ({"header.json": b"\xff"}, "header.json: not valid JSON"),
    ],
)
def test_a_header_that_is_none(tmp_path: Path, members: dict[str, bytes], said: str) -> None:
    write_zip(tmp_path / "a.eval", members)
    with pytest.raises(UserError, match=said):
        read_log(tmp_path / "a.eval", "cluster")


@pytest.mark.parametrize("content", [[], {"status": 5}, {"other": "file"}, "text"])
def test_other_json_is_no_log(tmp_path: Path, content: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"a\.json.* Give a log"):
        read_log(tmp_path / "a.json", "cluster")
