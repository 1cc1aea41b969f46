"""Is what lm-evaluation-harness wrote read as it is, and is every line that cannot be judged named?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.judge.foreign.lm_eval import is_samples, read_samples
from harness.judge.foreign.sheet import Number
from harness.schema.errors import UserError
from harness.tests.foreign import TIME, write_lm_eval

Lines = list[dict[str, Any]]
SCORES = {"acc": [1.0, 0.0, 1.0, 1.0], "acc_norm": [1.0, 1.0, 0.0, 1.0]}


def test_an_item_has_its_metrics_and_its_cluster(tmp_path: Path) -> None:
    sheet = read_samples(write_lm_eval(tmp_path, SCORES), "cluster")
    assert (sheet.program, sheet.task, sheet.model) == ("lm-eval", "sums", "org/model")
    assert {name: item.cluster for name, item in sheet.items.items()} == {
        "doc_id 0": "c0", "doc_id 1": "c0", "doc_id 2": "c1", "doc_id 3": "c1"
    }  # fmt: skip
    assert sheet.items["doc_id 1"].scores == {"acc": Number(0.0), "acc_norm": Number(1.0)}
    assert sheet.config["number of shots"] == 0
    assert sheet.facts["lm-eval"] == "0.4.13"


def test_filters_of_an_item_are_metrics_of_their_own(tmp_path: Path) -> None:
    both = {"exact_match@strict": [1, 0], "exact_match@flexible": [1, 1]}
    sheet = read_samples(write_lm_eval(tmp_path, both), "cluster")
    assert sheet.metrics == list(both)
    assert sheet.items["doc_id 1"].scores == {"exact_match@strict": Number(0.0), "exact_match@flexible": Number(1.0)}


@pytest.mark.parametrize(
    ("metric", "column", "name", "expected"),
    [
        ("word_perplexity", [-21.0, 7], "nll_per_word", Number(3.0, 7.0)),
        ("byte_perplexity", [-21.0, 42], "nll_per_byte", Number(0.5, 42.0)),
        ("bits_per_byte", [-21.0, 42], "nll_per_byte", Number(0.5, 42.0)),
        ("perplexity", -2.5, "nll", Number(2.5)),
        ("prompt_level_strict_acc", True, "prompt_level_strict_acc", Number(1.0)),
    ],
)
def test_columns_are_what_lm_eval_means_by_them(
    tmp_path: Path, metric: str, column: Any, name: str, expected: Number
) -> None:
    sheet = read_samples(write_lm_eval(tmp_path, {metric: [column]}), "cluster")
    assert sheet.items["doc_id 0"].scores == {name: expected}


def test_a_metric_of_all_items_together_has_no_number(tmp_path: Path) -> None:
    sheet = read_samples(write_lm_eval(tmp_path, {"f1": [[0, 1], [1, 1]]}), "cluster")
    assert "no number" in str(sheet.items["doc_id 0"].scores["f1"])


def test_a_file_without_results_beside_it_tells_less(tmp_path: Path) -> None:
    sheet = read_samples(write_lm_eval(tmp_path, SCORES, results=lambda content: False), "cluster")
    assert (sheet.config, sheet.facts, len(sheet.items)) == ({}, {}, 4)


def test_less_is_better_where_the_results_say_so(tmp_path: Path) -> None:
    path = write_lm_eval(
        tmp_path, {"ter": [0.2]}, results=lambda content: content["higher_is_better"].update(sums={"ter": False})
    )
    assert "ter" in read_samples(path, "cluster").less_is_better


def test_names_of_files() -> None:
    assert is_samples(Path(f"samples_arc_easy_{TIME}.jsonl"))
    assert is_samples(Path("samples_arc_easy.jsonl"))
    assert not is_samples(Path(f"results_{TIME}.json"))


def drop(key: str) -> Callable[[Lines], object]:
    return lambda lines: lines[1].pop(key)


def put(**values: Any) -> Callable[[Lines], object]:
    return lambda lines: lines[1].update(values)


WRONG: dict[str, tuple[Callable[[Lines], object], str]] = {
    "no doc_id": (drop("doc_id"), "line 2: doc_id is missing"),
    "a doc_id that is a text": (put(doc_id="1"), "line 2: doc_id is '1'; it must be a whole number"),
    "no list of metrics": (drop("metrics"), "line 2: metrics is missing"),
    "metrics without a column": (drop("acc"), "line 2 (doc_id 1): metrics names 'acc', and the line has no such"),
    "a score that is NaN": (put(acc=float("nan")), "line 2 (doc_id 1): acc is nan, which is no score"),
    "a score that no score is": (put(acc=10**400), "line 2 (doc_id 1): acc is"),
    "a likelihood that is infinite": (
        put(metrics=["word_perplexity"], word_perplexity=[float("-inf"), 3]),
        "line 2 (doc_id 1): word_perplexity is [-inf, 3], which is no score",
    ),
    "a line that is there twice": (
        lambda lines: lines.append(lines[0]),
        "line 5 (doc_id 0): acc of this item stands in",
    ),
    "another question under another filter": (
        lambda lines: lines.append({**lines[0], "filter": "strict", "doc": {"question": "other"}}),
        "line 5 (doc_id 0): another item or prompt than in",
    ),
    "a line that is missing": (lambda lines: lines.pop(), "3 items, and the results beside it count 4"),
    "no line": (lambda lines: lines.clear(), "no item in it"),
    "no request": (put(arguments={}), "line 2: arguments"),
}


@pytest.mark.parametrize(("lines", "said"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_line_is_refused_by_its_number(tmp_path: Path, lines: Callable[[Lines], object], said: str) -> None:
    path = write_lm_eval(tmp_path, SCORES, lines=lines)
    with pytest.raises(UserError) as refused:
        read_samples(path, "cluster")
    assert str(path) in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"doc_id": 0, "do', "line 1: not valid JSON"),
        ("[1]\n", "line 1: a JSON object is needed"),
        ('{"doc_id": ' + "9" * 5000 + "}", "line 1: not valid JSON"),
        ("\n", "line 1: not valid JSON"),
        ("[" * 100_000, "line 1: not valid JSON"),
        ("\ud800", "line 1: not valid JSON"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / f"samples_sums_{TIME}.jsonl"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(UserError, match=said.replace("(", r"\(")):
        read_samples(path, "cluster")


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "not valid JSON"), ("[]", "is"), (json.dumps({"versions": 3}), "versions is 3; it must be a table")],
)
def test_wrong_results_are_refused(tmp_path: Path, content: str, said: str) -> None:
    path = write_lm_eval(tmp_path, SCORES)
    (tmp_path / f"results_{TIME}.json").write_text(content)
    with pytest.raises(UserError, match=said) as refused:
        read_samples(path, "cluster")
    assert f"results_{TIME}.json" in str(refused.value)
