"""Pre-training: rows that begin with a document, a vocabulary met in full, a seeded and reproducible run."""

import random
from itertools import islice

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from harness.testbed.packing import batches, symbols, token_documents
from harness.testbed.pretrain import Recipe, pretrain, rate
from harness.testbed.shipped import FIXTURES, load_tokenizer
from harness.testbed.tokenizer import SPECIAL

TINY = Recipe(steps=2, rows=2, row_tokens=32, warmup_steps=1, checks=1, check_items=4, compiled=False)


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return load_tokenizer(FIXTURES / "model")


def test_a_row_begins_with_a_document_and_holds_no_padding(tokenizer: PreTrainedTokenizerFast) -> None:
    batch = next(batches(random.Random(1), tokenizer, rows=8, length=160))
    assert batch.shape == (8, 160)
    assert set(batch[:, 0].tolist()) == {tokenizer.bos_token_id}
    assert tokenizer.pad_token_id not in batch


def test_a_document_is_opened_and_closed_once(tokenizer: PreTrainedTokenizerFast) -> None:
    for ids in islice(token_documents(random.Random(1), tokenizer), 2000):
        assert [i for i, t in enumerate(ids) if t == tokenizer.bos_token_id] == [0]
        assert [i for i, t in enumerate(ids) if t == tokenizer.eos_token_id] == [len(ids) - 1]


def test_random_symbols_touch_every_token_that_is_not_special(tokenizer: PreTrainedTokenizerFast) -> None:
    rng, met = random.Random(1), set[int]()
    for _ in range(6000):
        met.update(symbols(rng, len(tokenizer)))
    assert met == set(range(len(SPECIAL), len(tokenizer)))


@pytest.mark.parametrize(("step", "factor"), [(0, 0.01), (99, 1.0), (100, 1.0), (550, 0.5), (1000, 0.0)])
def test_the_rate_warms_up_and_falls_along_a_cosine(step: int, factor: float) -> None:
    assert rate(step, Recipe(steps=1000, warmup_steps=100)) == pytest.approx(factor, abs=1e-9)


@pytest.mark.slow
def test_the_same_seed_trains_the_same_weights_and_another_does_not(tokenizer: PreTrainedTokenizerFast) -> None:
    said: list[str] = []
    first, again = (pretrain(tokenizer, TINY, said.append, lambda _: None).model for _ in range(2))
    other = pretrain(tokenizer, Recipe(**(vars(TINY) | {"seed": 2})), said.append, lambda _: None).model
    pairs = list(zip(first.parameters(), again.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not all(torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))
    assert said[0].startswith("step 2/2 ")
