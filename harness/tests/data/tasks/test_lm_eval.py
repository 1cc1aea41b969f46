"""Do lm-eval's tasks become general tasks, and is what cannot be scored here refused by name?"""

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.data.tasks import lm_eval
from harness.data.tasks.general import ChoiceItem, ContinuationItem, TextItem, check_untrained, text_of
from harness.data.tasks.lm_eval import PREFIX, lm_eval_tasks, spelled_out
from harness.schema.errors import UserError
from harness.tests.builders import make_example
from harness.tests.lm_eval_files import ROWS, SHOTS, TASKS, choice_rows, write_all, write_task

pytest.importorskip("lm_eval")
QUESTION = {"question": "Who lives in Fenn?", "options": ["Ada", "Bo"], "gold": 1}
LONG = "one two three four five six seven eight nine ten eleven twelve thirteen"
"""Words enough to tell a copy by."""


def tasks_of(path: Path) -> dict[str, Any]:
    return {task.name: task for task in lm_eval_tasks((f"{PREFIX}{path}",))}


def items(path: Path, *rows: dict[str, Any], **said: Any) -> tuple[Any, ...]:
    return tasks_of(write_task(path, "own", list(rows), **said).parent)["own"].items


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One task of every supported output type and way of asking."""
    path = tmp_path_factory.mktemp("tasks")
    write_all(path)
    return tasks_of(path)


def test_every_task_of_a_directory_is_read_whole(every: dict[str, Any]) -> None:
    assert sorted(every) == TASKS
    assert {len(task.items) for task in every.values()} == {ROWS}
    assert all(len({item.id for item in task.items}) == ROWS for task in every.values())
    assert {name: task.kind for name, task in every.items() if task.kind != "choice"} == {
        "own_follows": "continuation",
        "own_follows_and_shots": "continuation",
        "own_text": "text",
    }
    assert (every["own_choice"].chance, every["own_follows"].chance) == (0.25, 0)


def test_solved_examples_stand_before_the_question(every: dict[str, Any]) -> None:
    """As many as the file says; leaks are looked for in the item's own question alone."""
    for plain, shots in (("own_choice", "own_shots"), ("own_follows", "own_follows_and_shots")):
        for one, other in zip(every[plain].items, every[shots].items, strict=True):
            assert other.context.endswith(one.context)
            assert other.context.count("Question:") == SHOTS + 1
            assert text_of(one).split() == text_of(other).split()
    described = every["own_description"].items[0]
    assert described.context.startswith("Questions about people.")
    assert described.question == choice_rows()[0]["question"]


def test_choices_are_lm_evals(tmp_path: Path) -> None:
    """A blank between question and answer counts to the question: so lengths are those that lm-eval divides by."""
    assert items(tmp_path, QUESTION) == (ChoiceItem("0", "own-0", "Who lives in Fenn? ", ("Ada", "Bo"), 1),)


@pytest.mark.parametrize(
    ("said", "item"),
    [
        pytest.param(
            {"target_delimiter": "\nA: "},
            ChoiceItem("0", "own-0", "Who lives in Fenn?", ("\nA: Ada", "\nA: Bo"), 1),
            id="words between question and answer",
        ),
        pytest.param(
            {"doc_to_text": "{{gold}}", "doc_to_target": "lives in Fenn."},
            ChoiceItem("0", "own-0", "", ("Ada", "Bo"), 1, " ", " lives in Fenn."),
            id="choices are contexts",
        ),
        pytest.param(
            {"output_type": "loglikelihood", "doc_to_choice": None, "doc_to_target": " Bo"},
            ContinuationItem("0", "own-0", "Who lives in Fenn?", " Bo"),
            id="one continuation",
        ),
        pytest.param(
            {"output_type": "loglikelihood_rolling", "doc_to_choice": None, "doc_to_target": "{{question}}"},
            TextItem("0", "own-0", "Who lives in Fenn?"),
            id="a text",
        ),
    ],
)
def test_other_ways_to_ask(tmp_path: Path, said: dict[str, Any], item: object) -> None:
    assert items(tmp_path, QUESTION, **said) == (item,)


def test_content_makes_the_digest(tmp_path: Path) -> None:
    """The data, the prompt, the version and the name; where the files lie is none of it."""
    changes: dict[str, Callable[[Path], Any]] = {
        "same": lambda path: write_task(path, "own", [QUESTION]),
        "data": lambda path: write_task(path, "own", [{**QUESTION, "gold": 0}]),
        "prompt": lambda path: write_task(path, "own", [QUESTION], description="Answer. "),
        "version": lambda path: write_task(path, "own", [QUESTION], metadata={"version": 2}),
        "name": lambda path: write_task(path, "other", [QUESTION]),
        "again": lambda path: write_task(path, "own", [QUESTION]),
    }
    digests = {}
    for name, write in changes.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name)
        ((task),) = lm_eval_tasks((f"{PREFIX}{tmp_path / name}",))
        digests[name] = task.sha256
    assert digests["same"] == digests.pop("again")
    assert len(set(digests.values())) == len(digests)


def test_global_generators_stay(tmp_path: Path) -> None:
    before = random.getstate()
    items(tmp_path, QUESTION, QUESTION, num_fewshot=1)
    assert random.getstate() == before


def test_one_task_of_a_directory(tmp_path: Path) -> None:
    """By its name or its file's; a name twice is one task."""
    file = write_task(tmp_path, "first", [QUESTION])
    write_task(tmp_path, "second", [QUESTION])
    for names in ([f"{PREFIX}{tmp_path}/first"], [f"{PREFIX}{file}"], [f"{PREFIX}{tmp_path}/first", f"{PREFIX}{file}"]):
        assert [task.name for task in lm_eval_tasks(tuple(names))] == ["first"]


def test_groups_and_tags_of_a_directory(tmp_path: Path) -> None:
    write_task(tmp_path, "first", [QUESTION], tag="some")
    write_task(tmp_path, "second", [QUESTION])
    (tmp_path / "both.yaml").write_text(json.dumps({"group": "both", "task": ["first", {"task": "second"}]}))
    names = {one: [task.name for task in lm_eval_tasks((f"{PREFIX}{tmp_path}/{one}",))] for one in ("some", "both")}
    assert names == {"some": ["first"], "both": ["first", "second"]}


def test_what_is_not_taken_is_noted(tmp_path: Path) -> None:
    write_task(tmp_path, "plain", [QUESTION])
    write_task(tmp_path, "graded", [QUESTION], metric_list=[{"metric": "brier_score"}])
    found = tasks_of(tmp_path)
    assert found["plain"].notes == ()
    assert found["graded"].notes == ("lm-eval's graded: scored by accuracy, not by its own brier_score",)


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        pytest.param(["lm-eval:a", "b"], ["lm-eval:a", "lm-eval:b"], id="goes on"),
        pytest.param(["lm-eval:a", "lm-eval:b"], ["lm-eval:a", "lm-eval:b"], id="said twice"),
        pytest.param(["facts", "lm-eval:a"], ["facts", "lm-eval:a"], id="what stands before is ours"),
        pytest.param(["lm-eval:a", "facts", "b"], ["lm-eval:a", "facts", "lm-eval:b"], id="a shipped task between"),
        pytest.param(["lm-eval:a", "en", "."], ["lm-eval:a", "en", "."], id="those in English and a directory"),
        pytest.param(["a", "b"], ["a", "b"], id="none of lm-eval's"),
    ],
)
def test_names_behind_one_of_lm_evals(names: list[str], meant: list[str]) -> None:
    assert spelled_out(names) == meant


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an answer to write": (
        {"output_type": "generate_until", "doc_to_choice": None},
        "task 'own' has the output type 'generate_until', which is not supported. "
        "Supported: the output types multiple_choice, loglikelihood, loglikelihood_rolling",
    ),
    "no output type": ({"output_type": None, "doc_to_choice": None}, "has the output type 'generate_until'"),
    "pictures": ({"doc_to_image": "question"}, "task 'own' shows images or plays sounds"),
    "a program": ({"class": "own.Task"}, "task 'own' is a program of its own"),
    "several right": ({"doc_to_target": "[0, 1]"}, r"document 0: several choices are right, \[0, 1\]"),
    "a secret answer": ({"doc_to_target": "{{ 0 - 1 }}"}, "document 0: its right answer '-1' is none of its 2 choices"),
    "one choice": ({"doc_to_choice": ["Ada"], "doc_to_target": "0"}, "needed are at least two, none empty"),
    "nothing that follows": (
        {"output_type": "loglikelihood", "doc_to_choice": None, "doc_to_target": " "},
        "document 0: what should follow is ' '",
    ),
    "no text": (
        {"output_type": "loglikelihood_rolling", "doc_to_choice": None, "doc_to_target": ""},
        "document 0: its text is ''; there is nothing to score",
    ),
    "no data": (
        {"dataset_kwargs": {"data_files": {"test": "gone.jsonl"}}},
        r"task 'own' cannot be loaded \(.*gone.jsonl.*\). Look into its file and its data.",
    ),
    "no such split": ({"test_split": "dev"}, r"task 'own' cannot be loaded \('dev'\)"),
    "no such column": ({"doc_to_text": "{{ask(question)}}"}, r"task 'own' cannot be loaded \(.*'ask' is undefined"),
}


@pytest.mark.parametrize(("said", "message"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_scored_is_refused(tmp_path: Path, said: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        items(tmp_path, QUESTION, **said)
    assert str(error.value).startswith("--general-tasks")


def test_code_of_its_own_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own_code.py").write_text("def graded(doc, results):\n    return {'acc': 1}\n")
    path = write_task(tmp_path, "own", [QUESTION])
    text = "include: own.yaml\ntask: coded\nprocess_results: !function own_code.graded\n"
    (tmp_path / "coded.yaml").write_text(text)
    with pytest.raises(UserError, match=r"task 'coded' scores answers by code of its own \(process_results\)"):
        tasks_of(tmp_path)
    assert [task.name for task in lm_eval_tasks((f"{PREFIX}{path}",))] == ["own"]


FILES: dict[str, tuple[str, str, str]] = {
    "none at all": ("", "", r"the directory '.*' holds no task of lm-eval"),
    "a template alone": ("part.yaml", "output_type: multiple_choice\n", "holds no task of lm-eval"),
    "broken YAML": ("own.yaml", "task: own\n  : [", "task 'own' cannot be loaded"),
    "not UTF-8": ("own.yaml", "task: \udce9", "cannot be read"),
}


@pytest.mark.parametrize(("file", "text", "message"), FILES.values(), ids=list(FILES))
def test_directories_without_a_task(tmp_path: Path, file: str, text: str, message: str) -> None:
    if file:
        (tmp_path / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=message):
        tasks_of(tmp_path)


def test_two_files_of_one_task(tmp_path: Path) -> None:
    """lm-eval would take the first, and drop the other without a word."""
    (tmp_path / "second.yaml").write_text(write_task(tmp_path, "own", [QUESTION]).read_text())
    with pytest.raises(UserError, match=r"has the task of 'second.yaml' in another file too"):
        tasks_of(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "--general-tasks lm-eval: names nothing"),
        ("{here}/fist", "task in '.*' 'fist' is not known. Did you mean 'first'"),
        ("{here}/gone/first", "there is no directory '.*gone'. Check the path"),
    ],
)
def test_unknown_names(tmp_path: Path, name: str, message: str) -> None:
    write_task(tmp_path, "first", [QUESTION])
    with pytest.raises(UserError, match=message):
        lm_eval_tasks((PREFIX + name.format(here=tmp_path),))


class FewDefaults:
    """Stands in for all that ships with lm-eval, which takes seconds to index."""

    all_tasks = ("hellaswag", "arc_easy")
    task_index: dict[str, Any] = {}  # noqa: RUF012


def test_misspelt_names_of_lm_evals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lm_eval, "_defaults", FewDefaults)
    with pytest.raises(UserError, match=r"task 'helaswag' is not known, .* Did you mean 'hellaswag'"):
        lm_eval_tasks(("lm-eval:helaswag",))
    with pytest.raises(UserError, match=r"task 'fact' is not known, .* Did you mean 'facts'"):
        lm_eval_tasks(("lm-eval:fact",))


def test_data_of_the_hub_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    said = {"dataset_path": "nobody/has-this", "dataset_kwargs": None}
    message = r"task 'own' needs data of the hub: it was not reached, .* Run it once with a network, .* lm-eval:DIR"
    with pytest.raises(UserError, match=message):
        items(tmp_path, QUESTION, **said)
    assert datasets.config.HF_HUB_OFFLINE


def test_without_lm_eval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval.tasks", None)
    with pytest.raises(UserError, match=r"lm-eval:\.\.\. needs lm-eval, .* pip install 'lm-eval>="):
        lm_eval_tasks(("lm-eval:hellaswag-without",))


def test_items_in_the_training_data_are_refused(tmp_path: Path) -> None:
    row = {**QUESTION, "question": LONG, "options": ["fourteen", "fifteen"], "gold": 0}
    task = tasks_of(write_task(tmp_path, "own", [row, QUESTION], num_fewshot=1).parent)["own"]
    check_untrained([task], "target", [make_example(LONG, " fifteen")])
    with pytest.raises(UserError, match="holds the whole text of '0', an item of the general task 'own'"):
        check_untrained([task], "target", [make_example(LONG, " fourteen")])
