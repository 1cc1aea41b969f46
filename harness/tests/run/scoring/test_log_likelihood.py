"""Are scores those of the definition, whatever the batch, the order and the padding?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from harness.data.tasks.general import ChoiceItem, TextItem, find_general_tasks, load_general
from harness.data.tokenization import Pair, encode_answer, encode_pair, windows
from harness.run.scoring.log_likelihood import score_pairs, score_texts
from harness.schema.trial import Scoring
from harness.tests.builders import agreement, few_examples
from harness.tests.run.scoring.known_model import LOGITS, Biased

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
