"""What does guessing score: is the kind of a question found in any data, and are shuffled answers nobody's own?"""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from harness.data.readers.examples import Example
from harness.data.tasks.guessing import can_be_dealt, guesses, with_answers_dealt_anew
from harness.data.tasks.target import load_target
from harness.tests.builders import make_example, make_target

PETS, TOWNS = ("dog", "dog", "cat"), ("Rome.", "Bonn.", "Bonn.")
NAMES = [f"{first}{second}" for first in ("Al", "Be", "Cy", "Di", "Ed", "Fy") for second in ("na", "lo", "rik", "so")]


def row(prompt: str, answer: str, number: int) -> Example:
    return make_example(prompt, answer, id=f"e{number}", cluster=f"e{number}")


def rows(wordings: Sequence[tuple[str, Sequence[str]]]) -> list[Example]:
    """Each wording asked of everyone; the answers in turn."""
    asked = [(wording, answers, name) for wording, answers in wordings for name in NAMES]
    return [
        row(wording.format(name), answers[number % len(answers)], number)
        for number, (wording, answers, name) in enumerate(asked)
    ]


def guessed(train: Sequence[Example], *prompts: str) -> list[str]:
    asked = [row(prompt, "?", number) for number, prompt in enumerate(prompts)]
    found = guesses(make_target(train, asked), asked)
    assert found is not None
    return [one.answer for one in found]


def test_each_kind_of_question_has_its_own_commonest_answer() -> None:
    train = rows([("Which pet has {}?", PETS), ("Where does {} live?", TOWNS)])
    assert guessed(train, "Which pet has Zora?", "Where does Zora live?") == ["dog", "Bonn."]


def test_other_wordings_with_the_same_answers_are_one_kind() -> None:
    """Each wording alone has another commonest animal; together they have the dog."""
    train = rows([
        ("Which pet has {}?", ("dog", "cat", "cow", "dog", "fox", "hen")),
        ("Name the animal of {}.", ("cat", "cow", "dog", "fox", "hen", "cat", "dog")),
        ("Where does {} live?", TOWNS),
    ])  # fmt: skip
    assert guessed(train, "Name the animal of Zora.", "Which pet has Zora?") == ["dog", "dog"]


def test_a_question_of_no_known_kind_gets_the_nearest_or_the_commonest_of_all() -> None:
    train = rows([("Which pet has {}?", PETS), ("Where does {} live?", TOWNS), ("Where is the house of {}?", TOWNS)])
    assert guessed(train, "Which pet has Zora now?", "Solve x + 1 = 2") == ["dog", "Bonn."]


def test_prompts_without_a_common_word_get_the_commonest_answer() -> None:
    train = [row(name, answer, number) for number, (name, answer) in enumerate(zip(NAMES, "abb" * 8, strict=True))]
    assert guessed(train, "Zora") == ["b"]


def test_where_there_is_no_right_or_wrong_nothing_is_guessed() -> None:
    train = rows([("Which pet has {}?", PETS)])
    assert guesses(make_target(train, train, "nll_per_token"), train) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "low", "high"), [("new-facts", 0.07, 0.14), ("poems", 0.0, 0.01), ("code", 0.0, 0.02)]
)
def test_the_shipped_targets_have_their_floor(name: str, low: float, high: float) -> None:
    """Of new-facts, whose people have one of a few dozen pets, towns, jobs and meals, one in ten can be guessed."""
    target = load_target(name)
    found = guesses(target, target.test) or []
    right = sum(one.answer == example.answer.strip() for one, example in zip(found, target.test, strict=True))
    assert low <= right / len(target.test) <= high


@pytest.mark.parametrize("chat", [False, True], ids=["prompt and completion", "messages"])
def test_dealt_answers_are_the_same_ones_and_none_stands_where_it_stood(chat: bool) -> None:
    train = [row(name, f" {name.upper()}", number) for number, name in enumerate(NAMES)]
    if chat:
        train = [
            Example(one.id, one.cluster, messages=(("user", one.prompt), ("assistant", one.completion)))
            for one in train
        ]
    dealt = with_answers_dealt_anew(make_target(train, train[:2])).train
    assert Counter(one.answer for one in dealt) == Counter(one.answer for one in train)
    assert [one.question for one in dealt] == [one.question for one in train]
    assert not any(one.answer == other.answer for one, other in zip(dealt, train, strict=True))


def test_dealing_is_the_same_every_time() -> None:
    train = [row(name, name, number) for number, name in enumerate(NAMES)]
    random.seed(1)
    first = with_answers_dealt_anew(make_target(train, train[:2]))
    random.seed(2)
    assert with_answers_dealt_anew(make_target(train, train[:2])) == first


def test_plain_text_has_no_answers_to_deal() -> None:
    target = make_target([row("", name, number) for number, name in enumerate(NAMES)], [])
    assert can_be_dealt(target)
    assert not can_be_dealt(make_target([], []))
