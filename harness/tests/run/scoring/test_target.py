"""Is a target scored by its metric, over all of its items, and what is kept beside the scores what the model says?"""

import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from harness.data.readers.examples import Example
from harness.data.tokenization import encode_answer
from harness.run.scoring.generation import MAX_NEW_TOKENS, generate
from harness.run.scoring.log_likelihood import score_pairs
from harness.run.scoring.target import ANSWERS, EXTRA_TOKENS, evaluate_target, field_accuracy
from harness.schema.trial import Scoring
from harness.tests.builders import few_examples, make_example, make_target
from harness.tests.run.scoring.known_model import LOGITS, NORMALIZER, Biased, Letters, texts

TOGETHER = Scoring("float32", 100_000, 0)
LENGTH = 512


def test_exact_match_is_what_greedy_generation_produces(model: Any, tokenizer: Any) -> None:
    """On answers that the base itself gives, and on others."""
    asked = few_examples().train[:6]
    contexts = [encode_answer(tokenizer, example).context for example in asked]
    made = generate(model, tokenizer, contexts, TOGETHER)
    own = [replace(one, id=f"own-{n}", completion=text) for n, (one, text) in enumerate(zip(asked, made, strict=True))]
    wrong = [replace(one, id=f"wrong-{n}", completion=one.completion + " no") for n, one in enumerate(own)]
    target = make_target([make_example("other")], [*own, *wrong])
    found = evaluate_target(model, tokenizer, target, "test", TOGETHER, LENGTH).items["score"].to_list()
    again = [tokenizer.decode(encode_answer(tokenizer, one).continuation[:-1]) == one.completion for one in own]
    short = [len(encode_answer(tokenizer, one).continuation) < MAX_NEW_TOKENS for one in own]
    assert sum(short) >= 3, "too few answers end: choose other prompts"
    assert found[: len(own)] == [float(ends and same) for ends, same in zip(short, again, strict=True)]
    assert found[len(own) :] == [0.0] * len(wrong)


@pytest.mark.parametrize("length", [2, 3, 4, 50], ids="in a model of {} tokens".format)
def test_plain_text_is_scored_on_every_token_with_its_end(length: int) -> None:
    target = make_target([make_example("", "c")], [make_example("", "abcba"), make_example("", "a", id="f")])
    target = replace(target, objective="pretrain", metric="nll_per_token")
    evaluated = evaluate_target(Biased(LOGITS), Letters(), target, "test", TOGETHER, length)
    whole = [sum(NORMALIZER - LOGITS[token] for token in tokens) for tokens in ([2, 3, 4, 3, 2, 0], [2, 0])]
    assert evaluated.items["nll"].to_list() == pytest.approx([whole[0] / 6, whole[1] / 2])
    assert evaluated.score.value == pytest.approx((whole[0] / 6 + whole[1] / 2) / 2)


@pytest.mark.parametrize(
    ("metric", "column"), [("nll_per_token", "nll"), ("exact_match", "score")], ids=["nats", "exact match"]
)
def test_target_score_is_the_mean_over_its_items(model: Any, tokenizer: Any, metric: str, column: str) -> None:
    target = replace(few_examples(), metric=metric)
    evaluated = evaluate_target(model, tokenizer, target, "validation", TOGETHER, LENGTH)
    assert evaluated.score.value == pytest.approx(evaluated.items[column].mean())
    assert evaluated.items["role"].unique().tolist() == ["validation"]
    assert evaluated.items["item"].to_list() == [example.id for example in target.validation]


@pytest.mark.parametrize(
    ("produced", "share"),
    [
        pytest.param('{"name": "Fay", "town": "Fenn"}', 1.0, id="all fields"),
        pytest.param(' {"town":"Fenn","name":"Fay"}', 1.0, id="another order and spacing"),
        pytest.param('{"name": "Fay"}', 0.5, id="a missing field"),
        pytest.param('{"name": "Fay", "town": "Grall"}', 0.5, id="a wrong field"),
        pytest.param('{"name": "Fay", "town": "Fenn", "job": "cook"}', 2 / 3, id="a field that nobody asked for"),
        pytest.param("{}", 0.0, id="no field"),
        pytest.param('["Fay"]', None, id="a list"),
        pytest.param("Fay lives in Fenn", None, id="plain text"),
        pytest.param('{"name": "Fay"', None, id="JSON cut short"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_field_accuracy_of(produced: str, share: float | None) -> None:
    expected = make_example("Text:", '{"name": "Fay", "town": "Fenn"}')
    assert field_accuracy(produced, expected) == (share if share is None else pytest.approx(share))


def test_true_is_not_one() -> None:
    assert field_accuracy('{"a": true}', make_example("", '{"a": 1}')) == 0


def test_empty_object_matches_an_empty_object() -> None:
    assert field_accuracy("{}", make_example("", "{}")) == 1


def test_format_errors_are_counted_apart_from_wrong_answers(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps({"a": "x"})
    asked: list[Example] = [make_example(f"q{n}", answer, id=str(n)) for n in range(4)]
    said = [answer, '{"a": "y"}', "no JSON", answer]
    monkeypatch.setattr("harness.run.scoring.target.generate", lambda *args: said)
    target = make_target([make_example("other")], asked, metric="field_accuracy")
    score = evaluate_target(model, tokenizer, target, "test", TOGETHER, LENGTH).score
    assert (score.value, score.format_errors) == (0.5, 0.25)


def test_plain_text_of_a_target_is_kept_as_a_question() -> None:
    target = replace(
        make_target([make_example("", "c")], [make_example("", "abc")], "nll_per_token"), objective="pretrain"
    )
    items = evaluate_target(Biased(LOGITS), Letters(), target, "test", TOGETHER, LENGTH, answers=True).items
    assert texts(items) == [("abc", None, None)]


@pytest.mark.parametrize("metric", ["exact_match", "nll_per_token"])
def test_first_answers_are_what_the_model_says_and_scores_stay_as_they_are(
    model: Any, tokenizer: Any, metric: str
) -> None:
    """Of other items only an answer that scoring proved to be the greedy one is known."""
    contexts = [encode_answer(tokenizer, one).context for one in few_examples().train[:12]]
    made = [one.strip() for one in generate(model, tokenizer, contexts, TOGETHER, 12)]
    asked = [replace(one, id=str(at)) for at, one in enumerate(few_examples().train[:12])]
    own = generate(model, tokenizer, contexts[10:11], TOGETHER)
    asked[10] = replace(asked[10], completion=own[0])
    target = make_target([make_example("other")], asked, metric)
    longest = max(len(encode_answer(tokenizer, one).continuation) for one in asked)
    state = torch.get_rng_state()
    found = evaluate_target(model, tokenizer, target, "test", TOGETHER, LENGTH, answers=True)
    assert torch.equal(torch.get_rng_state(), state)
    plain = evaluate_target(model, tokenizer, target, "test", TOGETHER, LENGTH)
    assert found.score == plain.score
    assert (found.items["nll"] == plain.items["nll"]).all()
    assert texts(plain.items) == [(None, None, None)] * 12
    said = found.items["answer"].to_list()
    assert longest + EXTRA_TOKENS >= 12
    assert [answer.startswith(one) for answer, one in zip(said[:ANSWERS], made, strict=False)] == [True] * ANSWERS
    greedy = score_pairs(model, [encode_answer(tokenizer, asked[10])], 0, TOGETHER, LENGTH)[0].greedy
    assert said[ANSWERS:] == [None, None, own[0].strip() if greedy else None, None]
    assert found.items["expected"].to_list() == [one.completion.strip() for one in asked]
    assert [asked[at].prompt.endswith(str(question)) for at, question in enumerate(found.items["question"])] == [
        True
    ] * 12


@pytest.mark.parametrize("metric", ["field_accuracy", "rouge_l"])
def test_answers_that_the_metric_judges_are_kept_of_all_items(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    right = json.dumps({"a": "x"})
    said = [right, "", *(f"{at} no JSON" for at in range(18))]
    monkeypatch.setattr("harness.run.scoring.target.generate", lambda *args: said)
    asked = [make_example(f"q{at}", right, id=str(at)) for at in range(20)]
    target = make_target([make_example("other")], asked, metric)
    items = evaluate_target(model, tokenizer, target, "test", TOGETHER, LENGTH, answers=True).items
    assert items["answer"].to_list() == said


def test_validation_keeps_no_texts(model: Any, tokenizer: Any) -> None:
    evaluated = evaluate_target(model, tokenizer, few_examples(), "validation", TOGETHER, LENGTH, answers=True)
    assert texts(evaluated.items) == [(None, None, None)] * len(few_examples().validation)


def test_question_that_leaves_no_room_for_an_answer_is_not_answered(model: Any, tokenizer: Any) -> None:
    """A model with learned positions has none beyond its context."""
    asked = [make_example("Question: " + "long " * 400, " x", id="long"), make_example("Question:", " x", id="short")]
    target = make_target([make_example("other")], asked)
    said = evaluate_target(model, tokenizer, target, "test", TOGETHER, 128, answers=True).items["answer"].to_list()
    assert said[0] is None
    assert said[1] is not None
