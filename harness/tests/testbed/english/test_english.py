"""The tasks in plain English: made again byte for byte, in clusters, and of no use to who sees the answers alone."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest

from harness.data.tasks.general import ENGLISH, SHIPPED, ChoiceItem, TextItem, find_general_tasks, load_general
from harness.models.base import PACKAGED, find_base_model, load_tokenizer
from harness.schema.paths import model_cache
from harness.testbed.english import passages, prose
from harness.testbed.english.tasks import CHOSEN
from harness.testbed.task_files import english_files

NAMES = [ability.NAME for ability in CHOSEN]
FOLDS = 5
FIRST = 100
"""Items that the profile `smollm2` scores of each task."""
SLACK = {0: 0.02, FIRST: 0.05}
"""How far from chance a guesser may come out, on all items and on the first ones."""

Guess = Callable[[ChoiceItem], Sequence[float]]
"""Scores of an item's choices, from nothing but these."""


@cache
def chosen(name: str) -> list[ChoiceItem]:
    items = load_general(SHIPPED / ENGLISH / f"{name}.jsonl").items
    return [item for item in items if isinstance(item, ChoiceItem)]


def texts() -> list[TextItem]:
    return [item for item in load_general(SHIPPED / ENGLISH / "prose.jsonl").items if isinstance(item, TextItem)]


def test_the_files_are_made_again_byte_for_byte() -> None:
    made = {SHIPPED.parent / name: content for name, content in english_files().items()}
    assert {path: path.read_bytes() for path in find_general_tasks(ENGLISH)} == made


def test_names_are_none_of_the_embedded_models_tasks() -> None:
    embedded = {path.stem for path in SHIPPED.glob("*.jsonl")}
    assert embedded.isdisjoint(path.stem for path in find_general_tasks(ENGLISH))
    assert find_general_tasks("en/world") == [SHIPPED / "en" / "world.jsonl"]


@pytest.mark.parametrize("name", NAMES)
def test_items_are_many_different_and_in_clusters(name: str) -> None:
    items = chosen(name)
    assert len(items) >= 200
    assert len({item.cluster for item in items}) >= 30
    assert len({item.context for item in items}) == len({item.id for item in items}) == len(items)


@pytest.mark.parametrize("name", NAMES)
def test_blanks_stand_before_answers_only(name: str) -> None:
    items = chosen(name)
    assert [item.id for item in items if item.context != item.context.strip()] == []
    answers = [choice for item in items for choice in item.choices]
    assert [choice for choice in answers if choice != f" {choice.strip()}"] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_position_is_right_equally_often(name: str) -> None:
    counts = Counter(item.answer for item in chosen(name))
    assert len(counts) == len(chosen(name)[0].choices)
    assert len(set(counts.values())) == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_right_as_often_as_chance_has_it(name: str) -> None:
    there = Counter(choice for item in chosen(name) for choice in item.choices)
    right = Counter(item.choices[item.answer] for item in chosen(name))
    assert {choice: right[choice] * len(chosen(name)[0].choices) for choice in there} == there


def shortest(items: list[ChoiceItem]) -> Guess:
    return lambda item: [-len(choice) for choice in item.choices]


def longest(items: list[ChoiceItem]) -> Guess:
    return lambda item: [len(choice) for choice in item.choices]


def words(items: list[ChoiceItem]) -> Guess:
    """Smoothed log-odds of each word of a choice to stand in a right one."""
    odds = log_odds((word, right) for choice, right in judged(items) for word in re.findall(r"\w+|[^\w\s]", choice))
    return lambda item: [sum(odds[word] for word in re.findall(r"\w+|[^\w\s]", choice)) for choice in item.choices]


def whole(items: list[ChoiceItem]) -> Guess:
    odds = log_odds(judged(items))
    return lambda item: [odds[choice] for choice in item.choices]


def first_word(items: list[ChoiceItem]) -> Guess:
    """How often the first word begins a choice of any item."""
    prior = Counter(choice.split()[0] for item in items for choice in item.choices)
    return lambda item: [prior[choice.split()[0]] for choice in item.choices]


def first_word_when_right(items: list[ChoiceItem]) -> Guess:
    odds = log_odds((choice.split()[0], right) for choice, right in judged(items))
    return lambda item: [odds[choice.split()[0]] for choice in item.choices]


def judged(items: list[ChoiceItem]) -> list[tuple[str, bool]]:
    return [(choice, at == item.answer) for item in items for at, choice in enumerate(item.choices)]


def log_odds(seen: object) -> dict[str, float]:
    counts: dict[str, list[int]] = defaultdict(lambda: [1, 1])
    for word, right in seen:  # type: ignore[attr-defined]
        counts[word][right] += 1
    return defaultdict(float, {word: math.log(yes / no) for word, (no, yes) in counts.items()})


def accuracy(items: list[ChoiceItem], learn: Callable[[list[ChoiceItem]], Guess]) -> float:
    """Of a guesser that learns on the clusters of other folds; a tie counts as a guess among the best."""
    folds = {cluster: at % FOLDS for at, cluster in enumerate(sorted({item.cluster for item in items}))}
    total = 0.0
    for fold in range(FOLDS):
        guess = learn([item for item in items if folds[item.cluster] != fold])
        for item in (one for one in items if folds[one.cluster] == fold):
            scores = guess(item)
            best = [at for at, score in enumerate(scores) if score == max(scores)]
            total += (item.answer in best) / len(best)
    return total / len(items)


@pytest.mark.parametrize("some", [0, FIRST], ids=["all items", "the first ones"])
@pytest.mark.parametrize("learn", [shortest, longest, words, whole, first_word, first_word_when_right])
@pytest.mark.parametrize("name", NAMES)
def test_who_sees_the_answers_alone_guesses(name: str, learn: Callable[[list[ChoiceItem]], Guess], some: int) -> None:
    items = chosen(name)[: some or None]
    assert accuracy(items, learn) == pytest.approx(1 / len(items[0].choices), abs=SLACK[some])


def test_the_guesser_by_words_finds_what_there_is_to_find() -> None:
    """Were the wrong answers not the right ones of other items."""
    items = [replace(item, choices=(" yes indeed", " no, never"), answer=0) for item in chosen("declining")]
    assert accuracy(items, words) == 1.0


def test_every_choice_of_a_passage_stands_in_it() -> None:
    assert [item.id for item in chosen(passages.NAME) if not all(one in item.context for one in item.choices)] == []


def test_half_of_the_requests_are_declined() -> None:
    refusing = re.compile(" (I |Nobody |No one |You should not |You have |That is |It is too early)")
    declined = [item for item in chosen("declining") if refusing.match(item.choices[item.answer])]
    assert len(declined) == len(chosen("declining")) / 2


def test_prose_is_made_of_different_sentences() -> None:
    assert len({one.text for one in texts()}) == len(texts()) >= 200
    assert len({one.cluster for one in texts()}) >= 30
    by_scene: dict[str, list[set[str]]] = defaultdict(list)
    for one in texts():
        by_scene[one.cluster].append(set(re.split(r"(?<=[.?!]) ", one.text)))
    pairs = [(a, b) for same in by_scene.values() for at, a in enumerate(same) for b in same[:at]]
    assert max(len(a & b) / min(len(a), len(b)) for a, b in pairs) <= 0.5
    assert len(texts()) == len(prose.texts())


@pytest.mark.release
@pytest.mark.trains
@pytest.mark.skipif(not (model_cache() / PACKAGED["smollm2"]).is_dir(), reason="python -m harness fetch smollm2")
@pytest.mark.parametrize("name", [*NAMES, "instructions"])
def test_a_small_real_model_is_above_chance_and_below_its_ceiling(name: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    from harness.testbed.scoring import accuracy as share_right

    base = find_base_model("smollm2")
    model = AutoModelForCausalLM.from_pretrained(base.location, dtype=torch.float32).eval()
    task = load_general(SHIPPED / ENGLISH / f"{name}.jsonl")
    found = share_right(model, load_tokenizer(base), replace(task, items=task.items[:FIRST]))
    assert task.chance + 0.08 < found < 0.95
