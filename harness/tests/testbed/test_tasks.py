"""The shipped tasks: made again byte for byte, split without overlap, balanced, and absent from the corpus."""

import random
from collections import Counter
from itertools import chain, islice
from types import ModuleType

import pytest

from harness.data.readers.files import read_rows
from harness.data.tasks.general import ChoiceItem, GeneralTask, TextItem
from harness.testbed.card import CARD
from harness.testbed.check import read_card
from harness.testbed.corpus import corpus
from harness.testbed.general import ABILITIES, items
from harness.testbed.invented import INVENTED_WORDS
from harness.testbed.problem import SPLITS, split_of
from harness.testbed.shipped import FIXTURES, general_task
from harness.testbed.targets import code, json_records, new_facts, new_language, poems
from harness.testbed.task_files import TARGETS, target_rows

TASKS = FIXTURES / "tasks"
TARGET_NAMES = [target.NAME for target in TARGETS]
CORPUS_DOCUMENTS = 25_000


def choices(task: GeneralTask) -> list[ChoiceItem]:
    return [item for item in task.items if isinstance(item, ChoiceItem)]


@pytest.fixture(scope="module")
def seed() -> int:
    return int(read_card(FIXTURES)["seed"])


@pytest.fixture(scope="module")
def documents(seed: int) -> list[str]:
    """The first documents of the very stream that the base was trained on."""
    return [d.text for d in islice(corpus(random.Random(f"corpus-{seed}")), CORPUS_DOCUMENTS)]


def test_another_seed_makes_other_items() -> None:
    first = {i.context for i in choices(items("arithmetic", "test", 50, seed=1))}
    assert first != {i.context for i in choices(items("arithmetic", "test", 50, seed=2))}


@pytest.mark.parametrize("ability", ABILITIES)
def test_general_items_are_400_distinct_and_their_answers_balanced(ability: str) -> None:
    some = choices(general_task(TASKS, ability))
    assert len({i.context for i in some}) == len({i.id for i in some}) == len(some) == 400
    assert all(len(set(i.choices)) == len(i.choices) for i in some)
    places = Counter(i.answer for i in some)
    assert general_task(TASKS, ability).chance == 1 / len(places)
    assert max(places.values()) - min(places.values()) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("ability", ABILITIES)
def test_validation_items_of_the_checkpoint_choice_are_not_shipped(ability: str, seed: int) -> None:
    chosen_by = {i.context for i in choices(items(ability, "validation", 100, seed))}
    assert chosen_by.isdisjoint(i.context for i in choices(general_task(TASKS, ability)))


@pytest.mark.slow
@pytest.mark.parametrize("ability", ABILITIES)
def test_no_held_out_item_is_in_the_corpus(ability: str, documents: list[str]) -> None:
    answered = {i.context + i.choices[i.answer]: i.id for i in choices(general_task(TASKS, ability))}
    lengths = {len(key) for key in answered}
    longest, text = max(map(len, answered)), "\n\n".join(documents)
    starts = {key[:12] for key in answered}
    # Look only where an item could begin: 400 searches of the whole sample would take a minute.
    places = [at for at in range(len(text)) if text[at : at + 12] in starts]
    windows = {text[at : at + longest + 1] for at in places}
    assert places
    assert [w for w in windows if any(w[:n] in answered and not w[n].isalnum() for n in lengths)] == []


def test_the_search_for_leaks_finds_a_training_problem(documents: list[str]) -> None:
    assert any("Solve: " in text for text in documents)
    solved = [text.split("\n")[0] for text in documents if text.startswith("Solve: ")]
    assert all(split_of("arithmetic:" + s.removeprefix("Solve: ").split(" =")[0]) == "train" for s in solved)


def test_general_text_is_in_no_corpus(documents: list[str]) -> None:
    texts = [one.text for one in general_task(TASKS, "text").items if isinstance(one, TextItem)]
    assert len(set(texts)) == len(texts) >= 200
    assert set(texts).isdisjoint(documents)


def test_invented_words_are_in_no_document(documents: list[str]) -> None:
    words = set(chain.from_iterable(text.split() for text in documents))
    assert words.isdisjoint(INVENTED_WORDS)


@pytest.mark.parametrize("name", TARGET_NAMES)
def test_target_splits_have_their_sizes_and_share_no_prompt(name: str) -> None:
    rows = {split: [row for _, row in read_rows(TASKS / "target" / name / f"{split}.jsonl")] for split in SPLITS}
    assert len(rows["train"]) >= 600
    assert len(rows["validation"]) >= 100
    assert len(rows["test"]) >= 300
    prompts = {split: {r["prompt"] for r in some} for split, some in rows.items()}
    assert sum(map(len, prompts.values())) == len(set().union(*prompts.values()))
    assert all(r["completion"][0] == " " and r["completion"][1] != " " for some in rows.values() for r in some)


@pytest.mark.parametrize("target", [poems, json_records, code, new_language], ids=lambda t: str(t.NAME))
def test_a_target_s_source_problem_is_in_one_split_only(target: ModuleType, seed: int) -> None:
    rows = target_rows(target, seed)
    problems = {split: {r.problem for r in some} for split, some in rows.items()}
    assert sum(map(len, problems.values())) == len(set().union(*problems.values()))


def test_validation_and_test_ask_for_disjoint_new_facts_that_train_tells(seed: int) -> None:
    rows = new_facts.rows(random.Random(f"new-facts-{seed}"))
    facts = {split: {":".join(r.problem.split(":")[:3]) for r in some} for split, some in rows.items()}
    assert facts["validation"].isdisjoint(facts["test"])
    assert facts["validation"] | facts["test"] == facts["train"]
    assert (FIXTURES / "model" / CARD).is_file()
