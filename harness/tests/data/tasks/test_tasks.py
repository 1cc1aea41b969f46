"""Are tasks read as they were meant, split the same way every time, and refused where they leak?"""

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.data.readers.examples import content_hash
from harness.data.tasks.general import ChoiceItem, find_general_tasks, load_general, shipped_general_tasks
from harness.data.tasks.target import (
    METRICS,
    TargetTask,
    _checked,
    leaked,
    load_target,
    shipped_targets,
    split_user_data,
)
from harness.schema.errors import UserError
from harness.tests.builders import make_example, make_target


def jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


ROWS = [{"prompt": f"question {number}", "completion": f" answer {number}"} for number in range(80)]


def prompts(task: TargetTask) -> dict[str, set[str]]:
    return {split: {one.prompt for one in getattr(task, split)} for split in ("train", "validation", "test")}


def test_own_data_splits_the_same_whatever_the_order_of_lines(tmp_path: Path) -> None:
    shuffled = random.Random(1).sample(ROWS, len(ROWS))
    first = split_user_data(jsonl(tmp_path / "a.jsonl", *ROWS))
    assert prompts(split_user_data(jsonl(tmp_path / "b.jsonl", *shuffled))) == prompts(first)


def test_own_data_keeps_its_split_when_lines_are_added(tmp_path: Path) -> None:
    few = prompts(split_user_data(jsonl(tmp_path / "a.jsonl", *ROWS[:60])))
    all_of_them = prompts(split_user_data(jsonl(tmp_path / "b.jsonl", *ROWS)))
    assert all(few[split] <= all_of_them[split] for split in few)


def test_own_data_is_split_into_disjoint_parts_of_all(tmp_path: Path) -> None:
    parts = prompts(split_user_data(jsonl(tmp_path / "a.jsonl", *ROWS)))
    assert sum(map(len, parts.values())) == len(set.union(*parts.values())) == len(ROWS)
    assert len(parts["train"]) > 0.6 * len(ROWS)


def test_equal_prompts_land_on_the_same_side(tmp_path: Path) -> None:
    twice = [*ROWS, *({"prompt": row["prompt"].upper(), "completion": " another"} for row in ROWS)]
    task = split_user_data(jsonl(tmp_path / "a.jsonl", *twice))
    sides = [{content_hash(prompt) for prompt in part} for part in prompts(task).values()]
    assert sum(map(len, sides)) == len(set.union(*sides)) == len(ROWS)


@pytest.mark.parametrize(
    "space",
    [
        pytest.param("", id="in other case"),
        pytest.param(
            " ",
            id="with white space at the ends",
        ),
    ],
)
def test_duplicates_are_dropped(tmp_path: Path, space: str) -> None:
    copies = [
        {"prompt": f"{space}{row['prompt'].upper()}{space}", "completion": row["completion"].upper()} for row in ROWS
    ]
    task = split_user_data(jsonl(tmp_path / "a.jsonl", *ROWS, *copies))
    assert len(task.train + task.validation + task.test) == len(ROWS)


def test_own_data_changes_the_identity_of_the_task(tmp_path: Path) -> None:
    first = split_user_data(jsonl(tmp_path / "a.jsonl", *ROWS))
    other = split_user_data(jsonl(tmp_path / "a.jsonl", *ROWS[:-1]))
    assert first.sha256 != other.sha256
    assert first.sha256 != split_user_data(jsonl(tmp_path / "a.jsonl", *ROWS), "exact_match").sha256


def conversation(number: int) -> dict[str, Any]:
    roles = ("user", "assistant")
    return {"messages": [{"role": role, "content": f"{role} says {number}"} for role in roles]}


def test_own_conversations_become_a_chat_target(tmp_path: Path) -> None:
    task = split_user_data(jsonl(tmp_path / "a.jsonl", *map(conversation, range(60))))
    assert (task.name, task.objective, task.metric, task.higher_is_better) == ("a", "chat", "nll_per_token", False)
    assert task.train[0].messages[0][0] == "user"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param(ROWS[:4], "too few for three splits", id="too few examples"),
        pytest.param(ROWS[:1] * 100, "1 different example is too few", id="copies of one example"),
        pytest.param([*ROWS, *map(conversation, range(60))], "one format", id="both formats"),
    ],
)
def test_own_data_is_refused_for(tmp_path: Path, rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        split_user_data(jsonl(tmp_path / "a.jsonl", *rows))


TRAIN = [make_example("a", " x", id="1"), make_example("b", " y", id="2")]


@pytest.mark.parametrize(
    ("test", "ids"),
    [
        pytest.param(make_example("a", " x", id="t"), ["t", "t"], id="a copy"),
        pytest.param(make_example(" A", " X", id="t"), ["t", "t"], id="a copy in other case"),
        pytest.param(
            make_example("a ", "x", id="t"),
            ["t", "t"],
            id="a copy with the space on the other side",
        ),
        pytest.param(make_example("a", " y", id="t"), [], id="no leak: another answer"),
        pytest.param(make_example("c", " x", id="t"), [], id="no leak: another question"),
    ],
)
def test_leak_is_found_in(test: Any, ids: list[str]) -> None:
    task = make_target(TRAIN, [test])
    assert leaked(task) == ids
    if ids:
        with pytest.raises(UserError, match="held-out items stand in the training split"):
            _checked(task)


def test_repeated_ids_in_a_split_are_refused() -> None:
    with pytest.raises(UserError, match="an id stands twice"):
        _checked(make_target(TRAIN, [make_example("c", id="t"), make_example("d", id="t")]))


@pytest.mark.parametrize("name", shipped_targets())
def test_shipped_target_is_sound(name: str) -> None:
    task = load_target(name)
    assert leaked(task) == []
    assert task.metric in METRICS
    splits = [{content_hash(one.question) for one in split} for split in (task.train, task.validation, task.test)]
    assert not splits[0] & splits[2], "a test question stands in training"
    assert min(map(len, splits)) > 50


@pytest.mark.parametrize("name", shipped_general_tasks())
def test_shipped_general_task_is_sound(name: str) -> None:
    task = load_general(find_general_tasks(name)[0])
    assert len(task.items) >= 200
    allowed = (("choice", 0.25), ("choice", 0.5), ("instruction", 0.12), ("text", 0.0))
    assert (task.kind, round(task.chance, 2)) in allowed


def test_unknown_target_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"'poem' is not known. Did you mean 'poems'\?"):
        load_target("poem")


def item(path: Path, **row: Any) -> ChoiceItem:
    (found,) = load_general(jsonl(path / "task.jsonl", row)).items
    assert isinstance(found, ChoiceItem)
    return found


def test_minimal_pairs_are_choices_without_context(tmp_path: Path) -> None:
    pairs = [{"sentence_good": f"It is {n}.", "sentence_bad": f"It be {n}.", "pairID": str(n)} for n in range(1, 4)]
    task = load_general(jsonl(tmp_path / "blimp.jsonl", *pairs))
    first = task.items[0]
    assert isinstance(first, ChoiceItem)
    assert (first.context, first.choices, first.answer) == ("", ("It is 1.", "It be 1."), 0)
    assert (task.name, task.kind, task.chance) == ("blimp", "choice", 0.5)
    assert [one.id for one in task.items] == ["1", "2", "3"]


def test_general_tasks_may_be_tables(tmp_path: Path) -> None:
    (tmp_path / "blimp.csv").write_text("sentence_good,sentence_bad\nIt is.,It be.\nWe are.,We is.\n")
    task = load_general(tmp_path / "blimp.csv")
    assert [item.choices for item in task.items if isinstance(item, ChoiceItem)] == [
        ("It is.", "It be."),
        ("We are.", "We is."),
    ]


def test_choices_carry_context_and_answer(tmp_path: Path) -> None:
    found = item(tmp_path, context="c", choices=["x", "y", "z"], answer=2, id="i", cluster="k")
    assert found == ChoiceItem("i", "k", "c", ("x", "y", "z"), 2)


def test_chance_is_the_mean_over_items(tmp_path: Path) -> None:
    rows = [{"context": "c", "choices": choices, "answer": 0} for choices in (["x", "y"], ["w", "x", "y", "z"])]
    assert load_general(jsonl(tmp_path / "task.jsonl", *rows)).chance == pytest.approx(0.375)


CHOICES: dict[str, Any] = {"context": "c", "choices": ["x", "y"], "answer": 0}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "foreign keys": ({"question": "a"}, "the keys question fit no known form"),
    "empty text": ({"text": " "}, "the text is empty; there is nothing to score"),
    "a text that is a list": ({"text": ["a"]}, "text must be a text, not a list"),
    "a text of halves": ({"text": "a\ud83d"}, "text holds half of a surrogate pair"),
    "a choice of halves": ({**CHOICES, "choices": ["a", "\ud83d"]}, "a choice holds half of a surrogate pair"),
    "a context of halves": ({**CHOICES, "context": "\ud83d"}, "context holds half of a surrogate pair"),
    "an id that is a list": ({**CHOICES, "id": ["a"]}, "id must be a text or a whole number, not a list"),
    "an id that is true": ({**CHOICES, "id": True}, "id must be a text or a whole number, not a truth value"),
    "an id of halves": ({"text": "a", "id": "\ud83d"}, "id holds half of a surrogate pair"),
    "an id without end": ({"text": "a", "id": "x" * 1001}, "id has 1,001 letters; 1,000 at most"),
    "a cluster that is an object": ({**CHOICES, "cluster": {"a": 1}}, "cluster must be a text or a whole number"),
    "a cluster that is a fraction": ({"text": "a", "cluster": 0.5}, "cluster must be a text or a whole number"),
    "a pairID that is a list": ({"sentence_good": "a", "sentence_bad": "b", "pairID": [1]}, "pairID must be a text"),
    "a context that is a list": ({**CHOICES, "context": []}, "context must be a text"),
    "one choice": ({**CHOICES, "choices": ["x"]}, "at least two"),
    "choices that are a text": ({**CHOICES, "choices": "xy"}, "at least two"),
    "an empty choice": ({**CHOICES, "choices": ["x", ""]}, "not empty and all different"),
    "equal choices": ({**CHOICES, "choices": ["x", "x"]}, "not empty and all different"),
    "a choice that is a number": ({**CHOICES, "choices": ["x", 1]}, "choices must be texts"),
    "no answer": ({"context": "c", "choices": ["x", "y"]}, "answer is None"),
    "an answer beyond the choices": ({**CHOICES, "answer": 2}, "0 to 1"),
    "a negative answer": ({**CHOICES, "answer": -1}, "0 to 1"),
    "an answer that is a letter": ({**CHOICES, "answer": "A"}, "answer is 'A'"),
    "an answer that is true": ({**CHOICES, "answer": True}, "answer is True"),
    "equal sentences": ({"sentence_good": "a", "sentence_bad": "a"}, "all different"),
}


@pytest.mark.parametrize(("row", "message"), BAD.values(), ids=BAD)
def test_item_is_refused_with(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    path = jsonl(tmp_path / "task.jsonl", CHOICES, row)
    with pytest.raises(UserError) as caught:
        load_general(path)
    assert str(caught.value).startswith(f"{path}, line 2: ")
    assert message in str(caught.value)


def test_keys_that_no_item_uses_are_named(tmp_path: Path) -> None:
    pair = {"sentence_good": "a", "sentence_bad": "b", "UID": "x", "id": "7", "pairID": 3}
    path = jsonl(tmp_path / "task.jsonl", {**CHOICES, "subject": "x"}, {**CHOICES, "context": "d", "id": 2}, pair)
    task = load_general(path)
    assert task.notes == (f"{path}: ignored: UID, id, subject (1 row)",)
    assert [one.id for one in task.items][1:] == ["2", "3"]


@pytest.mark.parametrize("number", [0, 1], ids=["none", "a name"])
def test_number_zero_is_no_id_of_an_item(tmp_path: Path, number: int) -> None:
    """So it was for the first records, whose items are told by their ids."""
    found, nameless = (item(tmp_path, **CHOICES, **extra) for extra in ({"id": number, "cluster": number}, {}))
    assert (found == nameless) == (number == 0)


def test_identity_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "task.jsonl", CHOICES)
    assert load_general(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("", "a name is empty", id="an empty name"),
        pytest.param("a\0b", "NUL", id="a NUL"),
        pytest.param("\ud83d", "is not UTF-8", id="half a character"),
        pytest.param("x" * 300, "300 bytes", id="a long name"),
        pytest.param("x/" * 4000, "File name too long", id="a long path"),
    ],
)
def test_name_of_a_general_task_is_refused_for(name: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        find_general_tasks(name)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"), [(CHOICES, "the same item stands there twice"), ({"text": "a b"}, "rows of several kinds")]
)
def test_file_is_refused(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message.replace("the same item", "or the same item")):
        load_general(jsonl(tmp_path / "task.jsonl", CHOICES, row))


def test_general_tasks_are_found_by_name_file_and_directory(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "own.jsonl", CHOICES)
    assert find_general_tasks(str(path)) == find_general_tasks(str(tmp_path)) == [path]
    assert [one.stem for one in find_general_tasks("facts")] == ["facts"]
    assert {f"en/{one.stem}" for one in find_general_tasks("en")} <= set(shipped_general_tasks())
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"holds no \.jsonl file"):
        find_general_tasks(str(tmp_path / "empty"))
    with pytest.raises(UserError, match=r"Did you mean 'facts'\?"):
        find_general_tasks("fact")
    with pytest.raises(UserError, match=r"Did you mean 'en/world'\?"):
        find_general_tasks("en/wrld")


def test_content_decides_the_identity_of_a_shipped_target() -> None:
    first = load_target("poems")
    assert first.sha256 == load_target("poems").sha256 != load_target("code").sha256
    assert leaked(replace(first, train=first.train + first.test[:2])) == [one.id for one in first.test[:2]]
