"""Do arms without training show the examples that they should, to unchanged weights, and never one that is held out?"""

from dataclasses import replace
from typing import Any

import pytest

from harness.data.readers.examples import Example
from harness.data.tasks.target import TargetTask
from harness.data.tokenization import encode_answer
from harness.methods import method_named
from harness.methods.kinds.prompted import Prompted, before
from harness.models.base import load_model
from harness.run.arms.prompted import show_examples
from harness.run.promises.model import BATCHES, LEAK, NAMES, UNTOUCHED
from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.schema.trial import NO_TRAINING, Trial
from harness.tests.builders import context_of, embedded, few_examples, make_example, make_target, measure, real_trial

CONTEXT = 512


def prompting(name: str) -> Prompted:
    method = method_named(name)
    assert isinstance(method, Prompted)
    return method


FEW_SHOT, RETRIEVAL, ZERO_SHOT = (prompting(name) for name in ("few-shot", "retrieval", "zero-shot"))


def asking(method: str, count: int | None = None, seed: int | None = 0, **changes: Any) -> Trial:
    plain = {"recipe": NO_TRAINING, "learning_rate": None, "learning_rate_source": "none"}
    return real_trial(method, count, seed=seed, **{**plain, **changes})


def shown_by(trial: Trial, tokenizer: Any, target: TargetTask | None = None, context: int = CONTEXT) -> list[Example]:
    method = prompting(trial.method)
    return list(method.shown(target or few_examples(), trial, tokenizer, context).target.test)


def examples_in(extended: Example, asked: Example) -> list[str]:
    """The parts before the question."""
    assert extended.prompt.endswith(asked.prompt)
    return extended.prompt.removesuffix(asked.prompt).split("\n\n")[:-1]


TRAIN = [one.prompt + one.completion for one in few_examples().train]
TEST = few_examples().test


def test_few_shot_shows_the_same_examples_before_every_question(tokenizer: Any) -> None:
    found = [examples_in(*pair) for pair in zip(shown_by(asking("few-shot", 3), tokenizer), TEST, strict=True)]
    assert all(one == found[0] for one in found)
    assert len(set(found[0])) == 3
    assert set(found[0]) <= set(TRAIN)


def test_few_shot_shows_other_examples_to_another_seed(tokenizer: Any) -> None:
    first, again, other = (
        examples_in(shown_by(asking("few-shot", 4, seed), tokenizer)[0], TEST[0]) for seed in (0, 0, 1)
    )
    assert first == again
    assert set(first) != set(other)


@pytest.mark.parametrize("method", ["few-shot", "retrieval"])
def test_only_training_examples_are_ever_shown(tokenizer: Any, method: str) -> None:
    held_out = {one.completion for one in few_examples().test + few_examples().validation}
    trial = asking(method, 6)
    shown = prompting(method).shown(few_examples(), trial, tokenizer, CONTEXT).target
    for split in ("validation", "test"):
        pairs = zip(getattr(shown, split), getattr(few_examples(), split), strict=True)
        parts = {part for pair in pairs for part in examples_in(*pair)}
        assert parts
        assert parts <= set(TRAIN)
    assert held_out - {one.completion for one in few_examples().train}, "the test could find one"
    assert shown.train == few_examples().train


def test_answers_and_ids_stay_those_of_the_questions(tokenizer: Any) -> None:
    for extended, asked in zip(shown_by(asking("few-shot", 3), tokenizer), TEST, strict=True):
        assert replace(extended, prompt=asked.prompt) == asked


@pytest.mark.parametrize("method", ["few-shot", "retrieval"])
def test_as_many_examples_are_shown_as_fit_the_context(tokenizer: Any, method: str) -> None:
    pick = prompting(method).choose(few_examples().train, asking(method, 20))
    for context in (60, 90, 120):
        for extended, asked in zip(shown_by(asking(method, 20), tokenizer, context=context), TEST, strict=True):
            pair = encode_answer(tokenizer, extended)
            assert len(pair.context) + len(pair.continuation) <= context
            kept = len(examples_in(extended, asked))
            assert examples_in(extended, asked) == [one.prompt + one.completion for one in pick(asked)[20 - kept :]]
            more = encode_answer(tokenizer, before(asked, pick(asked)[20 - kept - 1 :]))
            assert len(more.context) + len(more.continuation) > context


def test_question_that_leaves_no_room_is_asked_bare(tokenizer: Any) -> None:
    found = FEW_SHOT.shown(few_examples(), asking("few-shot", 5), tokenizer, 10)
    assert found.target == few_examples()
    assert (found.mean, found.most) == (0.0, 0)


@pytest.mark.parametrize(("count", "length", "noted"), [(2, CONTEXT, False), (20, 100, True), (99, 10**6, True)])
def test_examples_that_were_left_out_are_noted(
    monkeypatch: pytest.MonkeyPatch, model: Any, count: int, length: int, noted: bool
) -> None:
    monkeypatch.setattr("harness.run.context.context_length", lambda base: length)
    context = context_of(asking("few-shot", count))
    notes = show_examples(context, FEW_SHOT, model).notes
    assert len(notes) == noted
    if count == 99:
        assert notes[0].startswith("24.0 of 99 examples were shown on average, at most 24")


def test_artifact_is_the_text_that_must_be_kept(model: Any) -> None:
    sizes = [
        show_examples(context_of(asking(method, count)), prompting(method), model).cost.artifact_bytes
        for method, count in (("zero-shot", None), ("few-shot", 1), ("few-shot", 4), ("retrieval", 1), ("retrieval", 4))
    ]
    none, one, four, *whole = sizes
    assert none == 0
    assert one is not None
    assert four is not None
    assert 0 < one < four < (whole[0] or 0) == whole[1]


def facts(*texts: str) -> TargetTask:
    """Training passages by their own text; one question about a word of the third."""
    train = [make_example(f"{text}?", f" {number}", id=str(number)) for number, text in enumerate(texts)]
    return make_target(train, [make_example("Who saw the quokka?", " me")])


PASSAGES = ("A red bear who sat", "The green map who", "They saw a quokka", "Some blue fish the", "Who saw the gold")


def test_retrieval_finds_the_passage_with_the_rare_word_and_puts_it_nearest(tokenizer: Any) -> None:
    (asked,) = shown_by(asking("retrieval", 3, None), tokenizer, facts(*PASSAGES))
    *others, nearest = examples_in(asked, make_example("Who saw the quokka?"))
    assert nearest == "They saw a quokka? 2"
    assert others[-1] == "Who saw the gold? 4", "then the one that shares the most common words"


def test_retrieval_depends_on_the_question_and_on_no_seed(tokenizer: Any) -> None:
    found = [examples_in(*pair) for pair in zip(shown_by(asking("retrieval", 2), tokenizer), TEST, strict=True)]
    assert len({tuple(one) for one in found}) > 1
    again = shown_by(asking("retrieval", 2, 1), tokenizer)
    assert [examples_in(*pair) for pair in zip(again, TEST, strict=True)] == found


def test_retrieval_shows_whole_training_split_at_most(tokenizer: Any) -> None:
    (asked,) = shown_by(asking("retrieval", 99), tokenizer, facts(*PASSAGES))
    assert len(examples_in(asked, make_example("Who saw the quokka?"))) == len(PASSAGES)


@pytest.mark.parametrize(
    ("question", "passages", "count"),
    [
        pytest.param("? ! + -", PASSAGES, 0, id="a question without words"),
        pytest.param("Zygote xylem", PASSAGES, 2, id="words that no passage has"),
        pytest.param("What is 1 + 1", ("2 + 2", "a", "1 + 1"), 2, id="words of one letter"),
    ],
)
def test_retrieval_takes(tokenizer: Any, question: str, passages: tuple[str, ...], count: int) -> None:
    task = facts(*passages)
    task = replace(task, test=(replace(task.test[0], prompt=question),))
    (asked,) = shown_by(asking("retrieval", 2), tokenizer, task)
    assert len(examples_in(asked, task.test[0])) == count


def test_sums_are_found_by_their_digits(tokenizer: Any) -> None:
    task = facts("2 + 2", "3 + 4", "1 + 5")
    task = replace(task, test=(replace(task.test[0], prompt="What is 3 + 4?"),))
    (asked,) = shown_by(asking("retrieval", 1), tokenizer, task)
    (found,) = examples_in(asked, task.test[0])
    assert found.startswith("3 + 4")


CHAT = (("system", "Be brief."), ("user", "Name a color."), ("assistant", "red"))


def talk(*turns: tuple[str, str], name: str = "e") -> Example:
    return make_example("", "", messages=turns, id=name)


def test_shown_conversations_are_earlier_turns() -> None:
    shown = [talk(("system", "Be rude."), ("user", "a"), ("assistant", "b")), talk(("user", "c"), ("assistant", "d"))]
    extended = before(talk(*CHAT), shown)
    assert extended.messages == (
        ("system", "Be brief."),
        ("user", "a"),
        ("assistant", "b"),
        ("user", "c"),
        ("assistant", "d"),
        *CHAT[1:],
    )
    assert extended.answer == "red"


def test_few_shot_of_conversations_fits_the_chat_template(tokenizer: Any) -> None:
    train = [talk(("user", f"say {word}"), ("assistant", word), name=word) for word in ("map", "bear", "gold")]
    target = replace(make_target(train, [talk(*CHAT)]), objective="chat")
    (asked,) = shown_by(asking("few-shot", 2, objective="chat"), tokenizer, target)
    text = tokenizer.decode(encode_answer(tokenizer, asked).context)
    assert text.startswith("<bos><|system|> Be brief.<|end|><|user|>")
    assert text.count("<|assistant|>") == 3
    assert text.endswith("Name a color.<|end|><|assistant|>")


def test_nothing_shown_changes_nothing() -> None:
    assert before(TEST[0], []) is TEST[0]


@pytest.fixture(scope="module")
def base() -> Measured:
    return measure(real_trial("lora", 4).base_arm())


@pytest.mark.trains
def test_zero_shot_scores_as_the_base_exactly(base: Measured) -> None:
    record = measure(asking("zero-shot")).record
    assert record.status is Status.COMPLETED, record.reason
    assert (record.target, record.validation, record.general) == (
        base.record.target,
        base.record.validation,
        base.record.general,
    )
    assert record.cost.prompt_tokens == base.record.cost.prompt_tokens
    assert record.notes == ()


@pytest.mark.trains
@pytest.mark.parametrize(("method", "seed"), [("few-shot", 0), ("retrieval", None)])
def test_examples_change_the_target_and_leave_general_tasks_alone(
    base: Measured, method: str, seed: int | None
) -> None:
    measured = measure(asking(method, 4, seed))
    record = measured.record
    assert record.status is Status.COMPLETED, record.reason
    assert record.general == base.record.general
    assert record.target != base.record.target
    assert (record.cost.prompt_tokens or 0) > 2 * (base.record.cost.prompt_tokens or 0)
    assert record.cost.trainable_params == 0
    assert record.cost.train_s is None
    assert set(measured.items["item"]) == set(base.items["item"])


@pytest.mark.trains
def test_promises_without_training_are_about_weights_batches_and_leaks() -> None:
    found = {promise.name: promise.held for promise in measure(asking("few-shot", 2)).record.promises}
    assert list(found) == list(NAMES)
    assert {name for name, held in found.items() if held is not None} == {UNTOUCHED, BATCHES, LEAK}
    assert all(held is not False for held in found.values())


@pytest.mark.trains
def test_promise_is_broken_by_weights_that_changed() -> None:
    import torch

    context = context_of(asking("few-shot", 2))
    model = load_model(context.trial, embedded())
    prompt = show_examples(context, FEW_SHOT, model)
    with torch.no_grad():
        next(model.parameters())[0, 0] += 1e-3
    (untouched,) = [one for one in prompt.checks() if one.name == UNTOUCHED]
    assert untouched.held is False


@pytest.mark.trains
def test_promise_is_broken_by_a_test_item_that_may_be_shown() -> None:
    target = few_examples()
    leaky = replace(target, train=target.train + target.test[:1])
    promises = measure(asking("retrieval", 2), target=leaky).record.promises
    assert [promise.name for promise in promises if promise.held is False] == [LEAK]


@pytest.mark.parametrize("method", [FEW_SHOT, RETRIEVAL], ids=lambda method: method.name)
def test_plain_text_asks_no_questions(method: Prompted) -> None:
    reason = method.cannot(asking(method.name, 2, objective="pretrain"))
    assert reason == f"{method.name}: plain text asks no questions that examples could be shown before"
    assert method.cannot(asking(method.name, 2, objective="chat")) is None


def test_base_can_read_plain_text_without_examples() -> None:
    assert ZERO_SHOT.cannot(asking("zero-shot", objective="pretrain")) is None


def test_what_is_seeded_is_what_draws() -> None:
    assert {method.name: method.seeded for method in (ZERO_SHOT, FEW_SHOT, RETRIEVAL)} == {
        "zero-shot": False,
        "few-shot": True,
        "retrieval": False,
    }
