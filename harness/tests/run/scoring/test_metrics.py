"""Do metrics in words load without a network, and agree with their definitions?"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rouge_score import rouge_scorer

from harness.data.tasks.target import METRICS, load_target, split_user_data
from harness.data.tokenization import encode_answer
from harness.plan.profile import load_profile
from harness.run.scoring.generation import generate
from harness.run.scoring.metrics import score_each
from harness.run.scoring.target import evaluate_target
from harness.schema.errors import UserError
from harness.schema.paths import ROOT
from harness.schema.trial import Scoring
from harness.tests.builders import few_examples, make_example, make_target

SCORING, LENGTH = Scoring("float32", 4096, 0), 512


@pytest.mark.parametrize(
    ("answer", "right", "value"),
    [
        pytest.param("the cook is in Fenn", "the cook is in Fenn", 1.0, id="the same"),
        pytest.param(" The cook, is in FENN.", "the cook is in Fenn", 1.0, id="other case and punctuation"),
        pytest.param("the cook", "the cook is in Fenn", 4 / 7, id="a part: all right, two of five"),
        pytest.param("Fenn in is cook the", "the cook is in Fenn", 0.2, id="another order"),
        pytest.param("a map", "the cook", 0.0, id="nothing in common"),
        pytest.param("", "the cook", 0.0, id="no answer"),
        pytest.param("größer als Fenn", "größer wie Fenn", 2 / 3, id="words beyond ASCII"),
    ],
)
def test_rouge_l_of(answer: str, right: str, value: float) -> None:
    assert score_each("rouge_l", [answer], [right]) == [pytest.approx(value)]


def test_rouge_l_is_the_packages_own_on_ascii_text() -> None:
    texts = [example.answer for example in load_target("poems").test[:40]]
    pairs = list(pairwise(texts))
    own = score_each("rouge_l", *(list(side) for side in zip(*pairs, strict=True)))
    package = rouge_scorer.RougeScorer(["rougeL"])
    assert own == pytest.approx([package.score(right, answer)["rougeL"].fmeasure for answer, right in pairs])
    assert len(set(own)) > 2


OFFLINE = """
import socket
def refuse(*args, **kwargs):
    raise OSError("no network here")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from harness.run.scoring.metrics import score_each
print(score_each("rouge_l", ["a b", "a"], ["a b", "b"]))
"""


@pytest.mark.slow
def test_metrics_load_without_a_network(tmp_path: Path) -> None:
    """In a fresh interpreter whose sockets refuse, with an empty cache."""
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_EVALUATE_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE], cwd=ROOT, capture_output=True, text=True, env={**os.environ, **offline}
    )
    assert done.stdout.strip() == "[1.0, 0.0]", done.stderr


def test_exact_match_is_that_of_generated_answers(model: Any, tokenizer: Any) -> None:
    """Ours needs no generation; `evaluate`'s compares letter by letter what was generated: here, half of the answers
    are the model's own."""
    asked = few_examples().train[:12]
    contexts = [encode_answer(tokenizer, example).context for example in asked]
    made = generate(model, tokenizer, contexts, SCORING)
    items = [
        replace(one, id=str(number), completion=text if number % 2 else one.completion)
        for number, (one, text) in enumerate(zip(asked, made, strict=True))
    ]
    target = make_target([make_example("other")], items)
    found = evaluate_target(model, tokenizer, target, "test", SCORING, LENGTH)
    theirs = [float(text == one.answer) for text, one in zip(made, items, strict=True)]
    assert found.items["score"].to_list() == theirs
    assert 0 < found.score.value < 1
    assert found.score.value == pytest.approx(sum(theirs) / len(theirs))


def test_rouge_l_scores_every_greedy_answer(model: Any, tokenizer: Any) -> None:
    target = replace(few_examples(), metric="rouge_l")
    found = evaluate_target(model, tokenizer, target, "test", SCORING, LENGTH)
    pairs = [encode_answer(tokenizer, example) for example in target.test]
    made = generate(model, tokenizer, [pair.context for pair in pairs], SCORING)
    assert found.items["score"].to_list() == score_each("rouge_l", made, [one.answer for one in target.test])
    assert (found.score.metric, found.score.higher_is_better) == ("rouge_l", True)
    assert found.score.value == pytest.approx(found.items["score"].mean())


def test_long_answers_are_generated_to_their_end(model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[int] = []

    def saying(model: Any, tokenizer: Any, contexts: Any, scoring: Any, limit: int) -> list[str]:
        allowed.append(limit)
        return ["gold"] * len(contexts)

    monkeypatch.setattr("harness.run.scoring.target.generate", saying)
    for answer in (" gold", " gold" * 300):
        target = make_target([make_example("other")], [make_example("Say.", answer)], metric="rouge_l")
        evaluate_target(model, tokenizer, target, "test", SCORING, LENGTH)
    assert allowed[0] == 128
    assert allowed[1] > 300


def test_profile_may_ask_for_rouge_l(tmp_path: Path) -> None:
    text = 'metric = "rouge_l"\n' + (ROOT / "fixtures" / "profiles" / "tiny.toml").read_text()
    (tmp_path / "own.toml").write_text(text)
    assert load_profile(str(tmp_path / "own.toml")).metric == "rouge_l"
    assert METRICS["rouge_l"]


def test_rouge_l_refuses_answers_without_words(tmp_path: Path) -> None:
    rows = [{"prompt": f"q{number}", "completion": f" a{number}"} for number in range(60)]
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(map(json.dumps, [*rows, {"prompt": "sign", "completion": " +-"}])))
    with pytest.raises(UserError, match=r"line 61: the metric rouge_l needs answers that hold words"):
        split_user_data(path, "rouge_l")
