"""Do batches stay within what a machine's memory should hold, at the same scores?"""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from harness.run.scoring.general import evaluate_general
from harness.run.scoring.log_likelihood import LOGIT_BYTES, bounded
from harness.schema.trial import Scoring
from harness.tests.builders import agreement

TOGETHER = Scoring("float32", 100_000, 0)
LENGTH = 512


class Sized(torch.nn.Linear):
    """A model of which only the vocabulary is known."""

    def __init__(self, words: int) -> None:
        super().__init__(1, 1)
        self.config = SimpleNamespace(get_text_config=lambda: SimpleNamespace(vocab_size=words))


@pytest.mark.parametrize(
    ("model", "asked", "taken"),
    [
        pytest.param(Sized(1024), 1024, 1024, id="the shipped model as the profiles tiny and gate ask"),
        pytest.param(Sized(1024), 16_384, 16_384, id="the shipped model at the bound"),
        pytest.param(Sized(1024), 16_385, 16_384, id="the shipped model beyond"),
        pytest.param(Sized(49_152), 2048, 341, id="SmolLM2 as its profile asks"),
        pytest.param(Sized(49_152), 100, 100, id="SmolLM2 in small batches"),
        pytest.param(Sized(49_152).to("meta"), 2048, 2048, id="on a device"),
        pytest.param(torch.nn.Linear(1, 1), 2048, 2048, id="a model without a configuration"),
    ],
)
def test_batch_on_a_cpu_is_bounded_by_the_bytes_of_its_logits(model: Any, asked: int, taken: int) -> None:
    assert bounded(model, replace(TOGETHER, batch_tokens=asked)) == replace(TOGETHER, batch_tokens=taken)


def test_bound_of_bytes_changes_no_score(model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    watch = model.register_forward_hook(lambda one, inputs, output: sizes.append(output.logits.nbytes))
    found = []
    for bound in (LOGIT_BYTES, 2**20):
        monkeypatch.setattr("harness.run.scoring.log_likelihood.LOGIT_BYTES", bound)
        sizes.clear()
        found.append(evaluate_general(model, tokenizer, agreement(), TOGETHER, LENGTH))
        assert max(sizes) <= bound
    watch.remove()
    whole, parts = found
    assert parts.score.value == whole.score.value
    assert parts.items["nll"].to_list() == pytest.approx(whole.items["nll"].to_list(), abs=1e-5)
