"""Are choices, texts and instructions scored as they are defined, the first items alone where that is wished?"""

from dataclasses import replace
from typing import Any

import pytest

from harness.data.readers.examples import Example
from harness.data.tasks.general import ChoiceItem, GeneralTask, InstructionItem, TextItem
from harness.data.tasks.instructions import checks_of
from harness.data.tokenization import encode_answer, encode_chat
from harness.run.scoring import general
from harness.run.scoring.general import encoded_general, evaluate_general
from harness.run.scoring.generation import generate
from harness.run.scoring.log_likelihood import score_pairs
from harness.schema.trial import Scoring
from harness.tests.builders import agreement
from harness.tests.run.scoring.known_model import LOGITS, NORMALIZER, Biased, Letters, Spaced, texts

SCORING, LENGTH = Scoring("float32", 4096, 0), 512


@pytest.mark.parametrize(
    ("choices", "answer", "right"),
    [
        pytest.param(("a", "b"), 0, 1.0, id="the likelier is right"),
        pytest.param(("a", "b"), 1, 0.0, id="the likelier is wrong"),
        pytest.param(("c", "b", "a"), 2, 1.0, id="the last of three is right"),
        pytest.param(("a", "aa"), 1, 0.0, id="a longer choice costs more"),
    ],
)
def test_choice_is_the_one_with_fewest_nats(choices: tuple[str, ...], answer: int, right: float) -> None:
    task = GeneralTask("known", "choice", (ChoiceItem("i", "k", "c", choices, answer),), "")
    evaluated = evaluate_general(Biased(LOGITS), Letters(), task, SCORING, LENGTH)
    expected = sum(NORMALIZER - LOGITS[ord(letter) - ord("a") + 2] for letter in choices[answer])
    assert evaluated.score.value == right
    assert evaluated.score.nll == pytest.approx(expected)
    assert evaluated.score.chance == pytest.approx(1 / len(choices))


def test_text_is_scored_from_its_first_token_on() -> None:
    task = GeneralTask("known", "text", (TextItem("i", "k", "abc"), TextItem("j", "k", "a")), "")
    score = evaluate_general(Biased(LOGITS), Letters(), task, SCORING, LENGTH).score
    assert score.value == score.nll == pytest.approx(((NORMALIZER - 2) + (NORMALIZER - 3)) / 2)
    assert (score.metric, score.higher_is_better, score.chance) == ("nll_per_token", False, 0.0)


def test_long_general_text_is_scored_whole() -> None:
    task = GeneralTask("known", "text", (TextItem("i", "k", "abcba"),), "")
    score = evaluate_general(Biased(LOGITS), Letters(), task, SCORING, 2).score
    assert score.value == pytest.approx(NORMALIZER - sum(LOGITS[token] for token in [2, 3, 4, 3, 2]) / 5)


def test_only_the_first_items_are_scored_where_asked(model: Any, tokenizer: Any) -> None:
    evaluated = evaluate_general(model, tokenizer, agreement(), replace(SCORING, max_items=5), LENGTH)
    whole = [item.id for item in agreement().items]
    assert evaluated.items["item"].to_list() == whole[:5]
    assert evaluated.score.items == 5


def test_chance_is_that_of_all_items_however_many_are_scored() -> None:
    rows = (ChoiceItem("i", "k", "c", ("a", "b"), 0), ChoiceItem("j", "k", "c", ("a", "b", "c", "d"), 0))
    task = GeneralTask("known", "choice", rows, "")
    score = evaluate_general(Biased(LOGITS), Letters(), task, replace(SCORING, max_items=1), LENGTH).score
    assert (score.items, score.chance) == (1, 0.375)


def test_choice_keeps_its_question_the_right_answer_and_the_likeliest() -> None:
    rows = (ChoiceItem("i", "k", " c\n", (" a", "b"), 1), ChoiceItem("j", "k", "", ("a", "b"), 0))
    items = evaluate_general(Biased(LOGITS), Spaced(), GeneralTask("known", "choice", rows, ""), SCORING, LENGTH).items
    assert texts(items) == [("c", "b", "a"), (None, "a", "a")]


def test_text_keeps_its_beginning_alone() -> None:
    task = GeneralTask("known", "text", (TextItem("i", "k", "ab" * 200),), "")
    ((question, expected, answer),) = texts(evaluate_general(Biased(LOGITS), Letters(), task, SCORING, LENGTH).items)
    assert question == "ab" * 149 + "a…"
    assert (expected, answer) == (None, None)


UPPER, THREE = {"kind": "upper_case"}, {"kind": "words", "exactly": 3}


def told(prompt: str, *checks: dict[str, Any], answer: str = "RIVER", tokens: int = 8) -> InstructionItem:
    return InstructionItem(prompt, f"cluster of {prompt}", prompt, checks_of(list(checks), "here"), answer, tokens)


TASK = GeneralTask(
    "own", "instruction", (told("Shout.", UPPER), told("Say three words.", THREE, answer="a b c", tokens=5)), ""
)


class Templateless:
    """The shipped tokenizer without its chat template."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer, self.chat_template = tokenizer, None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tokenizer, name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.tokenizer(*args, **options)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the model answers, to be filled."""
    answers: list[str] = []
    monkeypatch.setattr(general, "generate", lambda *args: answers)
    return answers


def test_instruct_model_sees_its_template(tokenizer: Any) -> None:
    (pair, _) = encoded_general(tokenizer, TASK)
    asked = encode_chat(tokenizer, (("user", "Shout."),), generation_prompt=True)
    whole = encode_chat(tokenizer, (("user", "Shout."), ("assistant", "RIVER")))
    assert (pair.context, pair.context + pair.continuation) == (asked, whole)


def test_model_without_a_template_is_asked_in_plain_words(tokenizer: Any) -> None:
    (pair, _) = encoded_general(Templateless(tokenizer), TASK)
    example = Example("", "", "Instruction: Shout.\nAnswer:", " RIVER")
    assert pair == encode_answer(tokenizer, example)


@pytest.mark.parametrize(
    ("answers", "scores"),
    [
        pytest.param(["RIVER", "a b c"], [1.0, 1.0], id="that obey"),
        pytest.param(["River", "a b"], [0.0, 0.0], id="that do not"),
        pytest.param(["", " \n"], [0.0, 0.0], id="that are empty"),
        pytest.param([" YES\n", "NO"], [1.0, 0.0], id="with blanks around"),
    ],
)
def test_answers(model: Any, tokenizer: Any, said: list[str], answers: list[str], scores: list[float]) -> None:
    said += answers
    found = evaluate_general(model, tokenizer, TASK, SCORING, LENGTH)
    assert found.items["score"].to_list() == scores
    assert found.items["answer"].to_list() == [answer.strip() for answer in answers]
    assert found.items["question"].to_list() == ["Shout.", "Say three words."]
    assert found.items["expected"].to_list() == ["RIVER", "a b c"]
    assert found.items["cluster"].to_list() == ["cluster of Shout.", "cluster of Say three words."]
    assert (found.score.kind, found.score.metric, found.score.chance) == ("instruction", "accuracy", 0.0)
    assert found.score.value == sum(scores) / 2


@pytest.mark.parametrize(("with_template", "score"), [(True, 0.0), (False, 1.0)], ids=["a chat model", "another"])
def test_what_follows_a_blank_line(
    model: Any, tokenizer: Any, said: list[str], with_template: bool, score: float
) -> None:
    """A model without a template does not know when to stop: what follows is no part of its answer."""
    said += ["a b c\n\nInstruction: Say more."]
    asked = tokenizer if with_template else Templateless(tokenizer)
    task = replace(TASK, items=TASK.items[1:])
    assert evaluate_general(model, asked, task, SCORING, LENGTH).score.value == score


def test_answers_are_greedy_and_as_long_as_the_item_says(model: Any, tokenizer: Any) -> None:
    pairs = encoded_general(tokenizer, TASK)
    found = evaluate_general(model, tokenizer, TASK, SCORING, LENGTH).items
    made = [generate(model, tokenizer, [pair.context], SCORING, n)[0] for pair, n in zip(pairs, (8, 5), strict=True)]
    assert found["answer"].to_list() == [answer.strip() for answer in made]
    right = [one.nll for one in score_pairs(model, pairs, 0, SCORING, LENGTH)]
    assert found["nll"].to_list() == pytest.approx(right)


def test_only_the_first_are_asked_where_wished(model: Any, tokenizer: Any) -> None:
    found = evaluate_general(model, tokenizer, TASK, replace(SCORING, max_items=1), LENGTH)
    assert (found.score.items, found.items["item"].to_list()) == (1, ["Shout."])


def test_long_instruction_loses_its_beginning(model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked and what is answered fit the context together."""
    seen: list[list[int]] = []

    def answering(model: Any, tokenizer: Any, contexts: list[list[int]], *rest: Any) -> list[str]:
        seen.extend(contexts)
        return [""] * len(contexts)

    monkeypatch.setattr(general, "generate", answering)
    task = replace(TASK, items=(told("Now say this. " * 40, UPPER, tokens=20), told("Say.", UPPER, tokens=500)))
    evaluate_general(model, tokenizer, task, SCORING, 64)
    (pair, _) = encoded_general(tokenizer, task)
    assert [len(context) for context in seen] == [44, 1]
    assert seen[0] == [pair.context[0], *pair.context[-43:]]
