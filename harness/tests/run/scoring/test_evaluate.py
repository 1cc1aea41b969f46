"""Are scores those of the definition, whatever the batch, the order and the padding?"""

import json
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch

from harness.data.readers.examples import Example
from harness.data.tasks.general import ChoiceItem, GeneralTask, TextItem, find_general_tasks, load_general
from harness.data.tokenization import Pair, encode_answer, encode_pair, windows
from harness.run.scoring.evaluate import (
    ANSWERS,
    EXTRA_TOKENS,
    MAX_NEW_TOKENS,
    evaluate_general,
    evaluate_target,
    field_accuracy,
    generate,
    score_pairs,
    score_texts,
)
from harness.run.scoring.excerpts import beginning, ending
from harness.schema.measured import TEXT_COLUMNS
from harness.schema.trial import Scoring
from harness.tests.builders import agreement, few_examples, make_example, make_target

ONE_BY_ONE, TOGETHER = Scoring("float32", 1, 0), Scoring("float32", 100_000, 0)
LENGTH = 512


@pytest.fixture(scope="module")
def pairs(tokenizer: Any) -> list[Pair]:
    """Of very different lengths: choices, answers, and whole texts."""
    texts = load_general(find_general_tasks("text")[0]).items[:6]
    choices = [item for item in agreement().items[:8] if isinstance(item, ChoiceItem)]
    found = [encode_pair(tokenizer, item.context, choice) for item in choices for choice in item.choices]
    found += [encode_answer(tokenizer, example) for example in few_examples().test]
    return found + [encode_pair(tokenizer, "", item.text) for item in texts if isinstance(item, TextItem)]


def nats(model: Any, pairs: Sequence[Pair], scoring: Scoring = TOGETHER) -> list[float]:
    return [one.nll for one in score_pairs(model, pairs, 0, scoring, LENGTH)]


def by_hand(model: Any, pair: Pair) -> float:
    """One row, no padding: minus the log-softmax at each position of the token that comes next."""
    ids = torch.tensor([pair.context + pair.continuation])
    with torch.inference_mode():
        log_probs = model(ids).logits[0].log_softmax(-1)
    start = len(pair.context) - 1
    return -sum(float(log_probs[start + at, token]) for at, token in enumerate(pair.continuation))


@pytest.mark.parametrize("scoring", [ONE_BY_ONE, replace(TOGETHER, batch_tokens=200), TOGETHER], ids=str)
def test_scores_equal_a_computation_by_hand(model: Any, pairs: list[Pair], scoring: Scoring) -> None:
    assert nats(model, pairs, scoring) == pytest.approx([by_hand(model, pair) for pair in pairs], abs=1e-4)


def test_scores_do_not_depend_on_the_order(model: Any, pairs: list[Pair]) -> None:
    assert nats(model, pairs[::-1])[::-1] == pytest.approx(nats(model, pairs), abs=1e-5)


def test_scores_do_not_depend_on_the_padding_token(model: Any, pairs: list[Pair]) -> None:
    other = [one.nll for one in score_pairs(model, pairs, 5, TOGETHER, LENGTH)]
    assert other == pytest.approx(nats(model, pairs), abs=1e-5)


def test_rows_that_share_a_pass_score_as_alone(model: Any, tokenizer: Any) -> None:
    shared = [encode_pair(tokenizer, "The map", choice) for choice in (" is", " are", " was", " is gold")]
    alone = [nats(model, [pair])[0] for pair in shared]
    assert nats(model, shared) == pytest.approx(alone, abs=1e-5)
    assert len(set(alone)) == len(shared)


def test_greedy_flag_says_what_generation_does(model: Any, tokenizer: Any) -> None:
    """Ten continuations made by greedy decoding, and the same with one token changed."""
    torch.manual_seed(0)
    pairs = []
    for example in few_examples().train[:10]:
        context = encode_answer(tokenizer, example).context
        made = model.generate(
            torch.tensor([context]), max_new_tokens=4, do_sample=False, eos_token_id=None, pad_token_id=0
        )
        answer = made[0, len(context) :].tolist()
        pairs += [Pair(context, answer), Pair(context, [*answer[:2], (answer[2] + 7) % 1024, answer[3]])]
    scored = score_pairs(model, pairs, 0, TOGETHER, LENGTH)
    assert [one.greedy for one in scored] == [True, False] * 10


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


class Biased(torch.nn.Module):
    """Gives every position the same known logits."""

    def __init__(self, logits: Sequence[float]) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor(logits), requires_grad=False)

    def forward(self, input_ids: Any, attention_mask: Any = None) -> Any:
        return SimpleNamespace(logits=self.logits.expand(*input_ids.shape, -1))


class Letters:
    """A tokenizer of single letters: `a` is 2, `b` is 3, ...; 1 starts a text."""

    bos_token_id, eos_token_id, pad_token_id = 1, 0, 0

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        ids = [ord(letter) - ord("a") + 2 for letter in text]
        return {"input_ids": [1, *ids] if add_special_tokens else ids}


class Spaced(Letters):
    """The same, blind to white space."""

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return super().__call__("".join(text.split()), add_special_tokens)


LOGITS = [0.0, 0.0, 3.0, 2.0, 1.0]
NORMALIZER = float(torch.tensor(LOGITS).logsumexp(0))


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
    evaluated = evaluate_general(Biased(LOGITS), Letters(), task, TOGETHER, LENGTH)
    expected = sum(NORMALIZER - LOGITS[ord(letter) - ord("a") + 2] for letter in choices[answer])
    assert evaluated.score.value == right
    assert evaluated.score.nll == pytest.approx(expected)
    assert evaluated.score.chance == pytest.approx(1 / len(choices))


def test_text_is_scored_from_its_first_token_on() -> None:
    task = GeneralTask("known", "text", (TextItem("i", "k", "abc"), TextItem("j", "k", "a")), "")
    score = evaluate_general(Biased(LOGITS), Letters(), task, TOGETHER, LENGTH).score
    assert score.value == score.nll == pytest.approx(((NORMALIZER - 2) + (NORMALIZER - 3)) / 2)
    assert (score.metric, score.higher_is_better, score.chance) == ("nll_per_token", False, 0.0)


@pytest.mark.parametrize(
    ("context", "continuation", "rows"),
    [
        pytest.param([1, 2, 3, 4], [2, 3], [1, 2, 3, 4, 2], id="that fits"),
        pytest.param([1, 2, 3, 4, 2, 3], [4, 2], [1, 4, 2, 3, 4], id="whose context loses its beginning"),
        pytest.param([1], [2, 3, 4, 2, 3, 4], [1, 2, 3, 4, 2], id="whose continuation is cut"),
    ],
)
def test_row_in_a_model_of_five_tokens(context: list[int], continuation: list[int], rows: list[int]) -> None:
    seen: list[list[int]] = []

    class Watching(Biased):
        def forward(self, input_ids: Any, attention_mask: Any = None) -> Any:
            seen.append(input_ids[0].tolist())
            return super().forward(input_ids)

    (scored,) = score_pairs(Watching(LOGITS), [Pair(context, continuation)], 0, TOGETHER, 5)
    assert seen == [rows]
    assert scored.tokens == min(len(continuation), 5)


def test_text_that_fits_scores_as_any_pair(model: Any, pairs: list[Pair]) -> None:
    assert score_texts(model, pairs, 0, TOGETHER, LENGTH) == score_pairs(model, pairs, 0, TOGETHER, LENGTH)


def test_long_text_scores_as_its_windows_by_hand(model: Any, pairs: list[Pair]) -> None:
    text = max(pairs, key=lambda pair: len(pair.continuation))
    cut = windows(text, 16)
    (scored,) = score_texts(model, [text], 0, TOGETHER, 16)
    assert len(cut) > 3
    assert scored.nll == pytest.approx(sum(by_hand(model, part) for part in cut), abs=1e-4)
    assert scored.tokens == len(text.continuation)


@pytest.mark.parametrize("length", [2, 3, 4, 50], ids="in a model of {} tokens".format)
def test_plain_text_is_scored_on_every_token_with_its_end(length: int) -> None:
    target = make_target([make_example("", "c")], [make_example("", "abcba"), make_example("", "a", id="f")])
    target = replace(target, objective="pretrain", metric="nll_per_token")
    evaluated = evaluate_target(Biased(LOGITS), Letters(), target, "test", TOGETHER, length)
    whole = [sum(NORMALIZER - LOGITS[token] for token in tokens) for tokens in ([2, 3, 4, 3, 2, 0], [2, 0])]
    assert evaluated.items["nll"].to_list() == pytest.approx([whole[0] / 6, whole[1] / 2])
    assert evaluated.score.value == pytest.approx((whole[0] / 6 + whole[1] / 2) / 2)


def test_long_general_text_is_scored_whole() -> None:
    task = GeneralTask("known", "text", (TextItem("i", "k", "abcba"),), "")
    score = evaluate_general(Biased(LOGITS), Letters(), task, TOGETHER, 2).score
    assert score.value == pytest.approx(NORMALIZER - sum(LOGITS[token] for token in [2, 3, 4, 3, 2]) / 5)


def test_only_the_first_items_are_scored_where_asked(model: Any, tokenizer: Any) -> None:
    evaluated = evaluate_general(model, tokenizer, agreement(), replace(TOGETHER, max_items=5), LENGTH)
    whole = [item.id for item in agreement().items]
    assert evaluated.items["item"].to_list() == whole[:5]
    assert evaluated.score.items == 5


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
    monkeypatch.setattr("harness.run.scoring.evaluate.generate", lambda *args: said)
    target = make_target([make_example("other")], asked, metric="field_accuracy")
    score = evaluate_target(model, tokenizer, target, "test", TOGETHER, LENGTH).score
    assert (score.value, score.format_errors) == (0.5, 0.25)


def texts(items: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(items[list(TEXT_COLUMNS)].itertuples(index=False, name=None))


def test_choice_keeps_its_question_the_right_answer_and_the_likeliest() -> None:
    rows = (ChoiceItem("i", "k", " c\n", (" a", "b"), 1), ChoiceItem("j", "k", "", ("a", "b"), 0))
    items = evaluate_general(Biased(LOGITS), Spaced(), GeneralTask("known", "choice", rows, ""), TOGETHER, LENGTH).items
    assert texts(items) == [("c", "b", "a"), (None, "a", "a")]


def test_text_keeps_its_beginning_alone() -> None:
    task = GeneralTask("known", "text", (TextItem("i", "k", "ab" * 200),), "")
    ((question, expected, answer),) = texts(evaluate_general(Biased(LOGITS), Letters(), task, TOGETHER, LENGTH).items)
    assert question == "ab" * 149 + "a…"
    assert (expected, answer) == (None, None)


def test_plain_text_of_a_target_is_kept_as_a_question() -> None:
    target = replace(
        make_target([make_example("", "c")], [make_example("", "abc")], "nll_per_token"), objective="pretrain"
    )
    items = evaluate_target(Biased(LOGITS), Letters(), target, "test", TOGETHER, LENGTH, answers=True).items
    assert texts(items) == [("abc", None, None)]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param(" short\n", "short", "short", id="that is short"),
        pytest.param("x" * 300, "x" * 300, "x" * 300, id="of exactly what is kept"),
        pytest.param("a" + "x" * 299 + "b", "a" + "x" * 298 + "…", "…" + "x" * 298 + "b", id="that is longer"),
    ],
)
def test_excerpts_of_a_text(text: str, first: str, last: str) -> None:
    assert (beginning(text), ending(text)) == (first, last)


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
    monkeypatch.setattr("harness.run.scoring.evaluate.generate", lambda *args: said)
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
