"""Is what does not fit found before training, and are prompts that will be cut counted?"""

from dataclasses import replace
from typing import Any

import pytest

from harness.data import objectives
from harness.data.objectives import check_lengths
from harness.data.tasks.target import TargetTask
from harness.data.tokenization import encode_answer
from harness.schema.errors import UserError
from harness.tests.builders import make_example, make_target

LONG = " bear" * 40
SHORT = make_example("Name one:", " bear", where="data.jsonl, line 1")


@pytest.mark.parametrize(
    ("target", "limits", "message"),
    [
        pytest.param(
            make_target([SHORT, make_example("a", LONG, where="data.jsonl, line 2")], [SHORT]),
            (32, 512),
            "data.jsonl, line 2: its answers need more than the 32 tokens that a sequence may have.",
            id="an answer longer than a training sequence",
        ),
        pytest.param(
            make_target([SHORT], [make_example("a", LONG, where="data.jsonl, line 3")]),
            (32, 32),
            "data.jsonl, line 3: its answer has 41 tokens, and the base model attends to 32. Shorten it.",
            id="a held-out answer longer than the context",
        ),
        pytest.param(
            make_target([make_example("a", LONG)], [SHORT]),
            (128, 32),
            "and the base model attends to 32. Lower max_length in the profile, now 128.",
            id="a training sequence longer than the context",
        ),
        pytest.param(
            replace(make_target([make_example("", LONG)], [SHORT]), objective="pretrain"),
            (40, 32),
            "Target 'own': a training sequence has 40 tokens, and the base model attends to 32.",
            id="packed sequences longer than the context",
        ),
    ],
)
def test_lengths_are_refused_for(tokenizer: Any, target: TargetTask, limits: tuple[int, int], message: str) -> None:
    with pytest.raises(UserError) as caught:
        check_lengths(tokenizer, target, *limits)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(make_target([make_example(LONG, " bear")], [make_example(LONG, " bear")]), id="a long prompt"),
        pytest.param(
            replace(make_target([make_example("", LONG)], [make_example("", LONG)]), objective="pretrain"),
            id="a long text",
        ),
    ],
)
def test_lengths_allow(tokenizer: Any, target: TargetTask) -> None:
    assert (
        len(encode_answer(tokenizer, target.test[0]).context + encode_answer(tokenizer, target.test[0]).continuation)
        > 32
    )
    check_lengths(tokenizer, target, 16, 32)


SAID = "longer than max_length, 32 tokens, with the answer: the beginning is cut"


@pytest.mark.parametrize(
    ("train", "test", "limits", "said"),
    [
        pytest.param(["a", LONG], ["a"], (32, 512), [f"1 training prompt is {SAID}"], id="one of two"),
        pytest.param([LONG, "a", LONG + "!"], [LONG], (32, 512), [f"2 training prompts are {SAID}"], id="two of three"),
        pytest.param(
            ["a"],
            [LONG],
            (32, 32),
            [
                "2 held-out prompts are longer than the 32 tokens that the base model attends to with the answer: "
                "the beginning is cut"
            ],
            id="held out",
        ),
        pytest.param([LONG], [LONG], (64, 64), [], id="none"),
    ],
)
def test_prompts_that_are_cut_are_counted(
    tokenizer: Any, train: list[str], test: list[str], limits: tuple[int, int], said: list[str]
) -> None:
    target = make_target([make_example(one) for one in train], [make_example(one) for one in test])
    assert list(check_lengths(tokenizer, target, *limits).notes) == said


def test_many_long_prompts_are_counted_by_a_sample(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objectives, "COUNTED", 10)
    target = make_target([make_example(f"{number}{LONG}") for number in range(95)], [SHORT])
    assert list(check_lengths(tokenizer, target, 32, 512).notes) == [f"about 95 training prompts are {SAID}"]


def test_conversations_that_are_cut_are_counted(tokenizer: Any) -> None:
    turns = (("user", LONG), ("assistant", "bear"))
    target = make_target([make_example("", "", messages=turns)], [make_example("", "", messages=turns)])
    found = check_lengths(tokenizer, replace(target, objective="chat"), 32, 512)
    assert list(found.notes) == [f"1 training prompt is {SAID}"]
