"""Are the logs found that a user means, and none beside them?"""

from pathlib import Path

import pytest

from harness.judge.foreign.side import Asked, read_side
from harness.schema.errors import UserError
from harness.tests.foreign import TIME, write_inspect, write_lm_eval

SCORES = {"acc": [1.0, 0.0]}
OLD = "2024-05-05T07-59-35-04-00_sums_abc.json"


def test_a_directory_is_searched_to_the_bottom(tmp_path: Path) -> None:
    write_lm_eval(tmp_path / "org__model", SCORES)
    write_inspect(tmp_path / "logs" / "a.eval", {"match": ["C"]}, task="letters")
    write_inspect(tmp_path / "logs" / OLD, {"match": ["C"]}, task="older")
    (tmp_path / "logs" / "logs.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    found = read_side(str(tmp_path), Asked())
    assert {task: len(sheets) for task, sheets in found.sheets.items()} == {"letters": 1, "older": 1, "sums": 1}


def test_several_are_named_with_commas(tmp_path: Path) -> None:
    one, other = (write_lm_eval(tmp_path / name, SCORES, model=name) for name in ("with, comma", "other"))
    assert len(read_side(f"{other}, {tmp_path / 'other'}", Asked()).sheets["sums"]) == 1
    assert len(read_side(str(one), Asked()).sheets["sums"]) == 1
    assert read_side(f"{other},{write_lm_eval(tmp_path / 'third', SCORES, model='third')}", Asked()).models == [
        "other",
        "third",
    ]


def test_tasks_may_be_chosen(tmp_path: Path) -> None:
    write_lm_eval(tmp_path, SCORES)
    write_lm_eval(tmp_path, SCORES, task="products")
    assert list(read_side(str(tmp_path), Asked(tasks=("products",))).sheets) == ["products"]
    with pytest.raises(UserError, match=r"--tasks 'product' is not known. Did you mean 'products'"):
        read_side(str(tmp_path), Asked(tasks=("product",)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "does not exist"),
        ("empty", "holds no log with scores per item. Give samples_"),
        ("report", "It is a report of this harness: python -m harness compare"),
        (f"lm/results_{TIME}.json", "no file with scores per item"),
        ("notes.txt", "no file with scores per item"),
        ("a\0b", "NUL"),
        ("x" * 300, "300 bytes"),
    ],
)
def test_what_holds_nothing_is_refused(tmp_path: Path, name: str, said: str) -> None:
    for directory in ("empty", "report"):
        (tmp_path / directory).mkdir()
    (tmp_path / "report" / "results.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    write_lm_eval(tmp_path / "lm", SCORES)
    with pytest.raises(UserError, match=said):
        read_side(str(tmp_path / name), Asked())


def test_a_field_for_clusters_that_is_not_there(tmp_path: Path) -> None:
    write_lm_eval(tmp_path, SCORES)
    with pytest.raises(
        UserError, match=r"--cluster 'passage': .*line 1 \(doc_id 0\) has no such field, nor have 1 more"
    ):
        read_side(str(tmp_path), Asked(cluster="passage"))


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a\udcff.eval").write_bytes(b"")
    with pytest.raises(UserError, match="not UTF-8"):
        read_side(str(tmp_path), Asked())
