"""Is everything that would make a difference mean something else refused, by file and item?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.judge.foreign.side import Asked
from harness.judge.foreign.verdict import Rules
from harness.schema.errors import UserError
from harness.schema.gate import GateContent
from harness.tests.foreign import judge, lm_eval_lines, write_inspect, write_lm_eval
from harness.tests.sides import MARGINS

SCORES = {"acc": [1.0, 0.0] * 6}
LETTERS = {"match": ["C", "I"] * 6}
LATER = "2026-11-22T00-00-00.000000"


def judged(tmp_path: Path, asked: Asked | None = None, *allowed: str) -> GateContent:
    return judge(tmp_path / "before", tmp_path / "after", Rules(MARGINS, frozenset(allowed)), asked)[0]


def first(**values: Any) -> Callable[[list[dict[str, Any]]], object]:
    return lambda lines: lines[0].update(values)


def other_prompt(lines: list[dict[str, Any]]) -> None:
    lines[3]["arguments"]["gen_args_0"]["arg_0"] = "Answer briefly."


def other_head(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda head: head["eval"].update(values)


LM_EVAL: dict[str, tuple[dict[str, Any], str]] = {
    "an edited question": (
        {"lines": first(doc={"question": "other", "answer": 1})},
        "line 1 (doc_id 0): another question or right answer than in",
    ),
    "another right answer": ({"lines": first(target="7")}, "line 1 (doc_id 0): another question or right answer"),
    "another prompt": ({"lines": other_prompt}, "line 4 (doc_id 3): another prompt than in"),
    "another prompt by its hash": ({"lines": first(prompt_hash="0")}, "line 1 (doc_id 0): another prompt than in"),
    "another item": (
        {"lines": first(doc_id=99)}, "line 1 (doc_id 0): not in"
    ),
    "fewer items": (
        {"lines": lambda lines: lines.pop(), "results": lambda content: False}, "line 12 (doc_id 11): not in"
    ),
    "other shots": (
        {"results": lambda content: content["n-shot"].update(sums=5)}, "number of shots of sums was 0, is 5"
    ),
    "another version of the task": (
        {"results": lambda content: content["versions"].update(sums=2.0)}, "task version of sums was 1.0, is 2.0"
    ),
    "another template": (
        {"results": lambda content: content["configs"]["sums"].update(doc_to_text="Q: {{question}}")},
        "doc_to_text of sums was",
    ),
    "another task": ({"task": "products"}, "the task sums is not in"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), LM_EVAL.values(), ids=list(LM_EVAL))
def test_other_runs_of_lm_eval_are_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    write_lm_eval(tmp_path / "before", SCORES)
    write_lm_eval(tmp_path / "after", SCORES, **{"time": LATER, **changes})
    with pytest.raises(UserError) as refused:
        judged(tmp_path)
    assert said in str(refused.value)
    assert str(tmp_path) in str(refused.value)


INSPECT: dict[str, tuple[dict[str, Any], str]] = {
    "another input": ({"samples": first(input="other")}, "(sample 'q0', epoch 1): another question"),
    "another target": ({"samples": first(target="other")}, "(sample 'q0', epoch 1): another question"),
    "another sample": ({"samples": first(id="other")}, "(sample 'q0', epoch 1): not in"),
    "more epochs": ({"epochs": 2, "scores": {"match": ["C"] * 24}}, "epoch 2): not in"),
    "another task version": ({"head": other_head(task_version=4)}, "task version of sums was 3, is 4"),
    "other task arguments": ({"head": other_head(task_args={"shots": 5})}, "task arguments of sums was {}, is"),
    "another solver": (
        {"head": lambda head: head["plan"].update(steps=[{"solver": "chain_of_thought"}])}, "solvers of sums was"
    ),
    "another temperature": (
        {"head": other_head(model_generate_config={"temperature": 0.7})}, "generation of sums was {}, is"
    ),
    "another scorer": ({"scores": {"includes": ["C"] * 12}}, "scorers of sums was"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), INSPECT.values(), ids=list(INSPECT))
def test_other_runs_of_inspect_are_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    write_inspect(tmp_path / "before" / "a.eval", LETTERS)
    write_inspect(tmp_path / "after" / "b.eval", **{"scores": LETTERS, **changes})
    with pytest.raises(UserError) as refused:
        judged(tmp_path)
    assert said in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_what_only_makes_a_run_faster_may_differ(tmp_path: Path) -> None:
    write_inspect(tmp_path / "before" / "a.eval", LETTERS)
    write_inspect(tmp_path / "after" / "b.eval", LETTERS, head=other_head(model_generate_config={"max_connections": 9}))
    judged(tmp_path)


@pytest.mark.parametrize(
    ("allow", "change"), [("prompts", {"lines": other_prompt}), ("config", LM_EVAL["other shots"][0])]
)
def test_what_is_allowed_is_told(tmp_path: Path, allow: str, change: dict[str, Any]) -> None:
    write_lm_eval(tmp_path / "before", SCORES)
    write_lm_eval(tmp_path / "after", SCORES, **change)
    content = judged(tmp_path, Asked(), allow)
    assert content.allowed == (allow,)
    assert any(one.reason.startswith("allowed, though they differ: ") for one in content.comparable)


@pytest.mark.parametrize("one_sided", ["before", "after"])
def test_a_metric_on_one_side_only(tmp_path: Path, one_sided: str) -> None:
    for name in ("before", "after"):
        more = {"f2": SCORES["acc"]} if name == one_sided else {}
        write_lm_eval(tmp_path / name, {**SCORES, **more}, results=lambda content: False)
    with pytest.raises(UserError, match=rf"{one_sided}.*: f2 of sums is not in .*--metrics LIST"):
        judged(tmp_path)
    assert judged(tmp_path, Asked(metrics=("acc",))).counts.judged == 1


def test_a_metric_that_some_items_lack(tmp_path: Path) -> None:
    def without(lines: list[dict[str, Any]]) -> None:
        lines[4:5] = lm_eval_lines({"other": [0.0] * 5}, answers="x")[4:]

    write_lm_eval(tmp_path / "before", SCORES, lines=without, results=lambda content: False)
    write_lm_eval(tmp_path / "after", SCORES, lines=without, results=lambda content: False)
    with pytest.raises(UserError, match=r"line 5 \(doc_id 4\): no score in acc, which other items have"):
        judged(tmp_path)


def test_a_value_that_some_items_lack(tmp_path: Path) -> None:
    for name in ("before", "after"):
        write_inspect(tmp_path / name / "a.eval", {"match": ["C", "perhaps", *["I"] * 10]})
    with pytest.raises(UserError, match=r"\(sample 1, epoch 1\): match: 'perhaps' is no C, I, P or N"):
        judged(tmp_path)


def test_texts_of_another_length(tmp_path: Path) -> None:
    for name, words in (("before", 5), ("after", 6)):
        write_lm_eval(tmp_path / name, {"word_perplexity": [[-9.0, 5]] * 11 + [[-9.0, words]]})
    with pytest.raises(UserError, match=r"line 12 \(doc_id 11\): nll_per_word is over 6 words or bytes, and over 5"):
        judged(tmp_path)


def test_runs_of_two_programs(tmp_path: Path) -> None:
    write_lm_eval(tmp_path / "before", SCORES)
    write_inspect(tmp_path / "after" / "a.eval", LETTERS)
    with pytest.raises(UserError, match=r"of Inspect, and .* of lm-eval"):
        judged(tmp_path)


def test_the_same_file_on_both_sides(tmp_path: Path) -> None:
    write_lm_eval(tmp_path / "before", SCORES)
    (tmp_path / "after").symlink_to(tmp_path / "before")
    with pytest.raises(UserError, match="on both sides, and a run is no change from itself"):
        judged(tmp_path)


def test_a_copy_is_no_other_seed(tmp_path: Path) -> None:
    for name in ("before/0", "before/1", "after/0", "after/1"):
        model = "org/model" if name.startswith("before") else f"org/{name}"
        write_lm_eval(tmp_path / name, SCORES, model=model)
    with pytest.raises(UserError, match=r"before/1.*the same model with the same answers as .*before/0"):
        judged(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (2, 1, r"sums: 2 runs in .* and 1 in .*Several runs are seeds"),
        (2, 3, r"sums: 2 runs in .* and 3 in"),
    ],
)
def test_runs_that_cannot_be_paired(tmp_path: Path, before: int, after: int, said: str) -> None:
    for name, count in (("before", before), ("after", after)):
        for run in range(count):
            write_lm_eval(tmp_path / name / str(run), SCORES, model=f"{name}/{run}")
    with pytest.raises(UserError, match=said):
        judged(tmp_path)


def test_tasks_with_other_numbers_of_runs(tmp_path: Path) -> None:
    for name in ("before", "after"):
        write_lm_eval(tmp_path / name / "0", SCORES, model=f"{name}/0")
        write_lm_eval(tmp_path / name / "1", SCORES, model=f"{name}/1")
        write_lm_eval(tmp_path / name / "2", SCORES, task="products", model=f"{name}/0")
    with pytest.raises(UserError, match=r"sums has 2 runs and products has 1.*--tasks LIST"):
        judged(tmp_path)
    assert judged(tmp_path, Asked(tasks=("sums",))).counts.judged == 1
