"""Packing: the corpus as rows of token ids, each row a run of documents, the last one cut."""

import random
from collections.abc import Iterator

import torch
from transformers import PreTrainedTokenizerFast

from harness.testbed.corpus import corpus
from harness.testbed.tokenizer import SPECIAL

SYMBOL_SHARE = 0.03  # of documents: random tokens said twice, so that every entry of the vocabulary is met
_ENCODED_AT_ONCE = 512


def symbols(rng: random.Random, vocabulary: int) -> list[int]:
    """Three to ten random token ids, special ones apart, said twice."""
    said = [rng.randrange(len(SPECIAL), vocabulary) for _ in range(rng.randint(3, 10))]
    return said + said


def token_documents(rng: random.Random, tokenizer: PreTrainedTokenizerFast) -> Iterator[list[int]]:
    """Documents as ids, `<bos>` first and `<eos>` last, for ever."""
    stream = corpus(rng)
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    assert isinstance(bos, int)  # train_tokenizer sets both
    assert isinstance(eos, int)
    while True:
        texts = [next(stream).text for _ in range(_ENCODED_AT_ONCE)]
        for ids in tokenizer(texts)["input_ids"]:
            if rng.random() < SYMBOL_SHARE:
                yield [bos, *symbols(rng, len(tokenizer)), eos]
            yield [*ids, eos]


def batches(rng: random.Random, tokenizer: PreTrainedTokenizerFast, rows: int, length: int) -> Iterator[torch.Tensor]:
    """Batches of ids, (rows, length), int64, for ever.

    A row begins with a document, as an item does; the last document of a row is cut and its tail thrown away.
    """
    stream = token_documents(rng, tokenizer)
    while True:
        batch = []
        for _ in range(rows):
            row: list[int] = []
            while len(row) < length:
                row += next(stream)
            batch.append(row[:length])
        yield torch.tensor(batch)
