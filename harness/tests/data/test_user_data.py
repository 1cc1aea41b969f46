"""Does the user's data become the same target whatever it came in, and is what does not fit found before training?"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.data.tasks.target import TargetTask, leaked, split_hashes, split_user_data
from harness.plan.expand import expand
from harness.plan.profile import ArmRequest, Profile
from harness.plugin.ending import print_plan
from harness.plugin.options import read_choices
from harness.run.session import RunSession
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.tests.builders import PLATFORM, RECIPE, SCORING, make_example, make_target
from harness.tests.run.test_tuning import Lines

COUNT = 80
FORMATS: dict[str, Callable[[int], dict[str, Any]]] = {
    "instruction": lambda n: {"prompt": f"Where is {n}?\nAnswer:", "completion": f' in "Fenn", {n}'},
    "chat": lambda n: {"user": f"Where is {n}?", "assistant": f"In Fenn, {n}.", "system": "Be brief."},
    "pretrain": lambda n: {"text": f"The map {n} is gold.\n\nIt is, {n}."},
}
SPLITS = ("train", "validation", "test")


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.with_suffix(".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path.with_suffix(".jsonl")


def write_json(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.with_suffix(".json").write_text(json.dumps({"data": rows}))
    return path.with_suffix(".json")


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    pd.DataFrame(rows).to_csv(path.with_suffix(".csv"), index=False)
    return path.with_suffix(".csv")


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pd.DataFrame(rows).to_parquet(path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def write_data_set(path: Path, rows: list[dict[str, Any]]) -> Path:
    import datasets

    datasets.disable_progress_bars()
    datasets.Dataset.from_list(rows).save_to_disk(str(path))
    return path


def write_texts(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.mkdir()
    for number, row in enumerate(rows):
        (path / f"{number:03}.txt").write_text(row["text"] + "\n")
    return path


KINDS = [
    pytest.param(write, objective, id=f"{objective} from {write.__name__[6:]}")
    for write in (write_json, write_csv, write_parquet, write_data_set, write_texts)
    for objective in FORMATS
    if write is not write_texts or objective == "pretrain"
]


@pytest.mark.parametrize(("write", "objective"), KINDS)
def test_same_content_is_the_same_target(tmp_path: Path, write: Any, objective: str) -> None:
    rows = [FORMATS[objective](number) for number in range(COUNT)]
    expected = split_user_data(write_jsonl(tmp_path / "own", rows))
    found = split_user_data(write(tmp_path / "own", rows))
    assert found == expected
    assert (found.objective, found.name, found.metric) == (objective, "own", "nll_per_token")
    assert sum(len(getattr(found, split)) for split in SPLITS) == COUNT


@pytest.mark.parametrize("objective", FORMATS)
def test_stated_objective_is_the_recognised_one(tmp_path: Path, objective: str) -> None:
    path = write_jsonl(tmp_path / "own", [FORMATS[objective](number) for number in range(COUNT)])
    assert split_user_data(path, objective=objective) == split_user_data(str(path))


def test_messages_and_exchanges_are_the_same_target(tmp_path: Path) -> None:
    rows = [FORMATS["chat"](number) for number in range(COUNT)]
    talks = [
        {"messages": [{"role": role, "content": row[role]} for role in ("system", "user", "assistant")]} for row in rows
    ]
    first, second = (write_jsonl(tmp_path / name, own) for name, own in (("a", rows), ("b", talks)))
    assert replace(split_user_data(first), name="") == replace(split_user_data(second), name="")


def splits(target: TargetTask) -> dict[str, set[str]]:
    return {split: {one.answer for one in getattr(target, split)} for split in SPLITS}


def test_plain_texts_are_split_by_their_content(tmp_path: Path) -> None:
    rows = [FORMATS["pretrain"](number) for number in range(COUNT)]
    few, all_of_them = (splits(split_user_data(write_jsonl(tmp_path / "own", rows[:count]))) for count in (60, COUNT))
    assert all(few[split] <= all_of_them[split] for split in SPLITS)
    assert len(all_of_them["train"]) > 0.6 * COUNT


@pytest.mark.parametrize(
    ("change", "metric"),
    [
        pytest.param({"completion": " elsewhere"}, "nll_per_token", id="an answer"),
        pytest.param({"prompt": "Who?"}, "nll_per_token", id="a prompt"),
        pytest.param({"id": "x"}, "nll_per_token", id="an id"),
        pytest.param({"cluster": "x"}, "nll_per_token", id="a cluster"),
        pytest.param({"completion": ' in "FENN", 7'}, "nll_per_token", id="the case of a letter"),
        pytest.param({}, "exact_match", id="the metric"),
    ],
)
def test_identity_changes_with(tmp_path: Path, change: dict[str, Any], metric: str) -> None:
    rows = [FORMATS["instruction"](number) for number in range(COUNT)]
    first = split_user_data(write_jsonl(tmp_path / "own", rows))
    rows[7] = {**rows[7], **change}
    assert first.sha256 != split_user_data(write_jsonl(tmp_path / "own", rows), metric).sha256


def test_identity_changes_with_the_objective(tmp_path: Path) -> None:
    rows = [{**FORMATS["instruction"](number), **FORMATS["pretrain"](number)} for number in range(COUNT)]
    path = write_jsonl(tmp_path / "own", rows)
    assert split_user_data(path).sha256 != split_user_data(path, objective="pretrain").sha256


def given(path: Path, **sizes: int) -> Path:
    """A directory of splits; numbers of the rows go on from split to split."""
    first = 0
    for split, count in sizes.items():
        write_jsonl(path / split, [FORMATS["instruction"](number) for number in range(first, first + count)])
        first += count
    return path


def test_given_splits_are_kept(tmp_path: Path) -> None:
    target = split_user_data(given(tmp_path, train=9, validation=3, test=5))
    assert [len(getattr(target, split)) for split in SPLITS] == [9, 3, 5]
    assert [one.prompt[9:-9] for one in target.test] == ["12", "13", "14", "15", "16"]
    assert target.test[2].where == f"{tmp_path / 'test.jsonl'}, line 3"


@pytest.mark.parametrize("train", [8, 200], ids=["a few", "many"])
def test_missing_validation_is_taken_from_train(tmp_path: Path, train: int) -> None:
    target = split_user_data(given(tmp_path, train=train, test=5))
    assert len(target.test) == 5
    assert len(target.train) + len(target.validation) == train
    assert 2 <= len(target.validation) <= max(2, train // 5)
    assert not splits(target)["train"] & splits(target)["validation"]


def test_duplicates_within_a_given_split_are_dropped(tmp_path: Path) -> None:
    given(tmp_path, train=9, validation=3, test=5)
    for split in SPLITS:
        path = tmp_path / f"{split}.jsonl"
        path.write_text(path.read_text() * 2)
    target = split_user_data(tmp_path)
    assert [len(getattr(target, split)) for split in SPLITS] == [9, 3, 5]
    assert target.train[0].where.endswith("line 1")


@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_duplicate_of_training_is_refused_with_both_places(tmp_path: Path, held_out: str) -> None:
    given(tmp_path, train=9, validation=3, test=5)
    copied = FORMATS["instruction"](6)
    with (tmp_path / f"{held_out}.jsonl").open("a") as file:
        file.write(json.dumps({**copied, "prompt": copied["prompt"].upper() + " "}) + "\n")
    line = {"validation": 4, "test": 6}[held_out]
    with pytest.raises(UserError) as caught:
        split_user_data(tmp_path)
    assert (
        f"1 held-out item stands in the training split: {tmp_path / held_out}.jsonl, line {line} is also "
        f"{tmp_path / 'train.jsonl'}, line 7. Remove" in str(caught.value)
    )


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        pytest.param({"train": 9, "test": 1}, "train 7, validation 2, test 1", id="one test item"),
        pytest.param({"train": 3, "test": 5}, "train 1, validation 2, test 5", id="three of training"),
        pytest.param({"train": 9, "validation": 1, "test": 5}, "train 9, validation 1, test 5", id="one to validate"),
    ],
)
def test_given_splits_are_refused_for(tmp_path: Path, sizes: dict[str, int], said: str) -> None:
    with pytest.raises(UserError) as caught:
        split_user_data(given(tmp_path, **sizes))
    assert str(caught.value).startswith(f"{tmp_path}: ")
    assert f"too few for three splits ({said})" in str(caught.value)


def test_splits_of_two_formats_are_refused(tmp_path: Path) -> None:
    given(tmp_path, train=9, test=5)
    write_jsonl(tmp_path / "test", [FORMATS["chat"](number) for number in range(5)])
    with pytest.raises(UserError) as caught:
        split_user_data(tmp_path)
    assert str(caught.value).startswith(
        f"{tmp_path / 'test.jsonl'}, line 1: the keys assistant, system, user are of the format chat, but "
        f"{tmp_path / 'train.jsonl'}, line 1 is of the format instruction."
    )


def test_ids_that_repeat_are_refused_with_both_places(tmp_path: Path) -> None:
    given(tmp_path, train=9, validation=3, test=5)
    write_jsonl(tmp_path / "test", [{**FORMATS["instruction"](number), "id": "x"} for number in range(20, 24)])
    with pytest.raises(UserError) as caught:
        split_user_data(tmp_path)
    path = tmp_path / "test.jsonl"
    assert f"an id stands twice in one split, 'x' in {path}, line 1 and in {path}, line 2." in str(caught.value)


@pytest.mark.parametrize("metric", ["exact_match", "field_accuracy"])
def test_metric_that_judges_answers_does_not_fit_texts(tmp_path: Path, metric: str) -> None:
    path = write_jsonl(tmp_path / "own", [FORMATS["pretrain"](number) for number in range(COUNT)])
    with pytest.raises(UserError, match=rf"The metric {metric} judges answers, and plain text has none"):
        split_user_data(path, metric)


@pytest.mark.parametrize("answer", ["red", "[1]", '{"a": '])
def test_field_accuracy_needs_objects(tmp_path: Path, answer: str) -> None:
    rows = [{"prompt": f"{number}", "completion": f'{{"a": {number}}}'} for number in range(COUNT)]
    assert split_user_data(write_jsonl(tmp_path / "good", rows), "field_accuracy").higher_is_better
    rows[7]["completion"] = answer
    with pytest.raises(UserError, match=r"own.jsonl, line 8: the metric field_accuracy needs answers that are JSON"):
        split_user_data(write_jsonl(tmp_path / "own", rows), "field_accuracy")


def test_leaked_texts_are_found() -> None:
    text = make_example("", "The map is gold.")
    assert leaked(make_target([text], [replace(text, id="t", completion="the map  is gold.")])) == ["t", "t"]


def test_identity_changes_with_what_is_learned(tmp_path: Path) -> None:
    def talk(number: int, **weight: int) -> dict[str, Any]:
        first = {"role": "assistant", "content": f"First {number}.", **weight}
        last = [{"role": "user", "content": "And?"}, {"role": "assistant", "content": f"In Fenn, {number}."}]
        return {"messages": [{"role": "user", "content": f"Where is {number}?"}, first, *last], "id": str(number)}

    plain, one, zero = (
        split_user_data(write_jsonl(tmp_path / "own", [talk(number, **weight) for number in range(COUNT)]))
        for weight in ({}, {"weight": 1}, {"weight": 0})
    )
    assert plain == one
    assert len({plain.sha256, zero.sha256}) == 2
    assert {example.unlearned for example in zero.train} == {(1,)}
    assert split_hashes(plain)["train"] != split_hashes(zero)["train"]


def test_plan_says_what_is_not_used(tmp_path: Path) -> None:
    rows = [{**FORMATS["instruction"](number), "source": "web"} for number in range(COUNT)]
    rows[3] |= {"prompt": "Where? " * 200, "tags": ["a"]}
    general = tmp_path / "pairs.jsonl"
    general.write_text('{"sentence_good": "It is.", "sentence_bad": "It be.", "field": "x"}\n')
    path = write_jsonl(tmp_path / "own", [*rows, rows[5]])
    given = {"--data": str(path), "--general-tasks": str(general), "--methods": "lora", "--plan": True}
    run, lines = RunSession(read_choices({**given, "--store": str(tmp_path / "store")}.get)), Lines()
    run.make_plan(run.workload.trials)
    print_plan(lines, run, in_full=False)
    said = [line for line in lines.said if line.startswith(("data: ", "general: "))]
    assert said[:2] == [
        f"data: {path}: ignored: source (81 rows); tags (1 row)",
        f"data: {path}: 1 duplicate is left out",
    ]
    assert "the beginning is cut" in said[2]
    assert said[3:] == [f"general: {general}: ignored: field (1 row)"]


PROFILE = Profile("own", "embedded", (), (), (ArmRequest("full"),), (0,), RECIPE, SCORING)


def plan(path: Path, base_model: str = "embedded", **changes: Any) -> Any:
    return expand(replace(PROFILE, data=str(path), base_model=base_model, **changes), PLATFORM, ())


@pytest.mark.parametrize("objective", FORMATS)
def test_plan_says_the_objective(tmp_path: Path, objective: str) -> None:
    path = write_jsonl(tmp_path / "own", [FORMATS[objective](number) for number in range(COUNT)])
    assert {trial.objective for trial in plan(path).trials} == {objective}


def test_plan_refuses_a_stated_objective_that_does_not_fit(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "own", [FORMATS["pretrain"](number) for number in range(COUNT)])
    with pytest.raises(UserError, match=r"own.jsonl, line 1: the stated objective, chat, does not fit"):
        plan(path, objective="chat")


def test_plan_refuses_an_answer_longer_than_the_context(tmp_path: Path) -> None:
    rows = [FORMATS["instruction"](number) for number in range(COUNT)]
    rows[10]["completion"] = " bear" * 600
    with pytest.raises(UserError, match=r"own.jsonl, line 11: its answer"):
        plan(write_jsonl(tmp_path / "own", rows))


def test_plan_refuses_messages_where_the_model_has_no_template(tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(FIXTURES / "model", model, ignore=shutil.ignore_patterns("chat_template.jinja"))
    path = write_jsonl(tmp_path / "own", [FORMATS["chat"](number) for number in range(COUNT)])
    with pytest.raises(UserError, match="the base model's tokenizer has no chat template"):
        plan(path, str(model))


def test_plan_refuses_messages_that_the_template_refuses(tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(FIXTURES / "model", model)
    template = "{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
    (model / "chat_template.jinja").write_text(template)
    path = write_jsonl(tmp_path / "own", [FORMATS["chat"](number) for number in range(COUNT)])
    with pytest.raises(UserError, match=r"own.jsonl, line \d+: the model's chat template refuses .*no system here"):
        plan(path, str(model))
