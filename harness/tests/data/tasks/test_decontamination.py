"""Are held-out texts found in training texts, and templated neighbours left alone?"""

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from harness.data.readers.examples import Example
from harness.data.tasks.decontamination import AT_ONCE, RUN, contained
from harness.data.tasks.general import (
    ChoiceItem,
    GeneralTask,
    TextItem,
    check_untrained,
    find_general_tasks,
    load_general,
    shipped_general_tasks,
)
from harness.data.tasks.target import TargetTask, leaked, load_target, shipped_targets, split_user_data
from harness.plugin.ending import print_plan
from harness.plugin.options import read_choices
from harness.run.session import RunSession
from harness.schema.errors import UserError
from harness.tests.builders import make_example, make_target
from harness.tests.run.test_tuning import Lines

TALE = "Once upon a time a cook of Fenn had a map of gold and she lost it in the long grass by the river"


def cut(count: int, start: int = 0) -> str:
    return " ".join(TALE.split()[start : start + count])


@pytest.mark.parametrize(
    ("held", "trained", "found"),
    [
        pytest.param(TALE, TALE, True, id="a copy"),
        pytest.param(cut(RUN, 3), TALE, True, id="13 words within"),
        pytest.param(cut(RUN - 1, 3), TALE, False, id="12 words, too short to tell"),
        pytest.param(TALE.upper().replace(" ", ", ") + "!", TALE, True, id="other case and punctuation"),
        pytest.param(TALE, cut(20), False, id="the longer one is held out"),
        pytest.param(TALE.replace("gold", "tin"), TALE, False, id="a word in the middle differs"),
        pytest.param(TALE + " today", TALE, False, id="a word more at the end"),
        pytest.param("", TALE, False, id="nothing held out"),
        pytest.param(TALE, "", False, id="an empty training text"),
    ],
)
def test_text_is_contained(held: str, trained: str, found: bool) -> None:
    assert contained([held], ["another text", trained]) == ({0: 1} if found else {})


def test_runs_that_stand_in_different_texts_are_no_leak() -> None:
    assert contained([TALE], [cut(15), cut(17, 5)]) == {}


def test_runs_do_not_reach_over_the_end_of_a_text() -> None:
    assert contained([TALE], [cut(10), cut(12, 10)]) == {}
    assert contained([cut(10), cut(12, 10)], [TALE]) == {}


def test_the_first_text_that_holds_it_is_named_however_many_there_are() -> None:
    trained = [f"filler {number}" for number in range(AT_ONCE + 5)]
    trained[AT_ONCE + 1] = trained[AT_ONCE + 3] = TALE
    assert contained(["x", cut(14), TALE], trained) == {1: AT_ONCE + 1, 2: AT_ONCE + 1}
    assert contained([], trained) == contained([TALE], []) == {}


def test_agrees_with_the_definition_on_texts_of_few_words() -> None:
    draw = random.Random(0)
    trained, held = ([" ".join(draw.choices("ab", k=count)) for _ in range(40)] for count in (60, 14))

    def runs(text: str) -> set[tuple[str, ...]]:
        split = text.split()
        return {tuple(split[at : at + RUN]) for at in range(len(split) - RUN + 1)}

    expected = {
        item: where
        for item, text in enumerate(held)
        if (where := next((at for at, one in enumerate(trained) if runs(text) <= runs(one)), None)) is not None
    }
    trained += [held[3] + " a b", "b " + held[5]]
    expected |= {3: expected.get(3, 40), 5: expected.get(5, 41)}
    assert contained(held, trained) == expected


@pytest.mark.release
def test_a_hundred_thousand_rows_take_seconds() -> None:
    """All with the same long beginning, as under one system prompt."""
    draw = random.Random(0)
    vocabulary = [f"word{number}" for number in range(3000)]
    rows = [f"{TALE} {' '.join(draw.choices(vocabulary, k=15))}" for _ in range(100_000)]
    start = time.process_time()
    assert contained([*rows[90_000:], rows[7]], rows[:90_000]) == {10_000: 7}
    assert time.process_time() - start < 30


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def letters(number: int) -> str:
    """A word of its own for every number."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}")


ROWS = [{"prompt": f"{TALE}. Who was {letters(number)}?", "completion": f" Cook {number}"} for number in range(60)]
HOLDING = {"prompt": "Read this. " + ROWS[6]["prompt"], "completion": ROWS[6]["completion"] + ", of course"}


@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_item_within_a_training_example_is_refused_with_both_places(tmp_path: Path, held_out: str) -> None:
    splits = {"train": [*ROWS[10:30], HOLDING], "validation": ROWS[30:33], "test": ROWS[33:40]}
    splits[held_out] = [*splits[held_out], ROWS[6]]
    for split, rows in splits.items():
        write(tmp_path / f"{split}.jsonl", rows)
    with pytest.raises(UserError) as caught:
        split_user_data(tmp_path)
    line = len(splits[held_out])
    said = f"{tmp_path / held_out}.jsonl, line {line} stands whole in {tmp_path / 'train.jsonl'}, line 21. Remove"
    assert f"1 held-out item stands in the training split: {said}" in str(caught.value)


def prompts(target: TargetTask, split: str) -> set[str]:
    return {example.prompt for example in getattr(target, split)}


def test_what_our_own_split_would_hold_out_trains_where_training_holds_it(tmp_path: Path) -> None:
    plain = split_user_data(write(tmp_path / "a.jsonl", ROWS))
    held = plain.test[0]
    # Which side the holding text falls on is for its hash to say: try until it trains.
    tries = ({"prompt": f"Read {letters(n)}: {held.prompt}", "completion": held.completion} for n in range(50))
    holding = next(row for row in tries if trains(tmp_path, row))
    target = split_user_data(write(tmp_path / "b.jsonl", [*ROWS, holding]))
    assert (plain.moved, target.moved) == (0, 1)
    assert prompts(target, "test") == prompts(plain, "test") - {held.prompt}
    assert prompts(target, "train") == prompts(plain, "train") | {held.prompt, holding["prompt"]}
    assert leaked(target) == []


def trains(tmp_path: Path, row: dict[str, str]) -> bool:
    target = split_user_data(write(tmp_path / "try.jsonl", [*ROWS, row]))
    return row["prompt"] in prompts(target, "train")


def test_validation_taken_from_training_is_kept_apart_too(tmp_path: Path) -> None:
    copies = [{"prompt": "So: " + row["prompt"], "completion": row["completion"]} for row in ROWS[:40]]
    write(tmp_path / "train.jsonl", [*ROWS[:40], *copies])
    write(tmp_path / "test.jsonl", ROWS[40:])
    target = split_user_data(tmp_path)
    assert target.moved > 0
    assert leaked(target) == []
    assert len(target.train) + len(target.validation) == 80


def test_plan_says_how_many_were_moved(tmp_path: Path) -> None:
    copies = [{"prompt": "So: " + row["prompt"], "completion": row["completion"]} for row in ROWS]
    given = {"--data": str(write(tmp_path / "own.jsonl", [*ROWS, *copies])), "--methods": "lora", "--plan": True}
    run, lines = RunSession(read_choices({**given, "--store": str(tmp_path / "store")}.get)), Lines()
    (target,) = run.workload.targets.values()
    run.make_plan(run.workload.trials)
    print_plan(lines, run, in_full=True)
    said = f"data: {target.moved} that would be held out stand whole in a training example: trained on, not held out"
    assert target.moved > 1
    assert said in lines.said


def test_templates_are_no_leak(tmp_path: Path) -> None:
    assert split_user_data(write(tmp_path / "a.jsonl", ROWS)).moved == 0


def test_leak_promise_sees_items_within_training_examples() -> None:
    task = make_target([make_example("So: " + TALE, " she did")], [make_example(TALE, " she did", id="t")])
    assert leaked(task) == ["t", "t"]


@pytest.mark.parametrize(
    ("item", "train", "refused"),
    [
        pytest.param(TextItem("i", "i", cut(14)), make_example("", TALE), True, id="a text"),
        pytest.param(
            ChoiceItem("i", "i", cut(13), (" by", " of"), 1), make_example(cut(13), " of"), True, id="the right choice"
        ),
        pytest.param(
            ChoiceItem("i", "i", cut(13), (" by", " of"), 0), make_example(cut(13), " of"), False, id="a wrong choice"
        ),
        pytest.param(TextItem("i", "i", cut(12)), make_example("", TALE), False, id="a short text"),
    ],
)
def test_general_items_in_the_training_data(item: Any, train: Example, refused: bool) -> None:
    task = GeneralTask("pairs", "choice", (item,), "")
    other = GeneralTask("other", "text", (TextItem("o", "o", "fine"),), "")
    if not refused:
        check_untrained([other, task], "own", [make_example("x"), train])
        return
    with pytest.raises(UserError, match=r"holds the whole text of 'i', an item of the general task 'pairs'\."):
        check_untrained([other, task], "own", [make_example("x"), train])


@pytest.mark.parametrize("name", shipped_targets())
def test_shipped_targets_hold_no_general_item(name: str) -> None:
    general = [load_general(path) for task in shipped_general_tasks() for path in find_general_tasks(task)]
    check_untrained(general, name, load_target(name).train)
