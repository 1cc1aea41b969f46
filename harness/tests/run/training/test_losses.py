"""Is what a step minimises what it says: cross-entropy, divergence from a base, a teacher's distribution, replay?"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy

from harness.data.objectives import IGNORED, Sequence
from harness.run.training.losses import Loss, cross_entropy, distilled, divergence, held_to_base, on_device, with_replay

VOCABULARY = 7
LONG = Sequence([1, 3, 4, 5, 2], [IGNORED, IGNORED, 4, 5, 2])
SHORT = Sequence([1, 6, 2], [IGNORED, 6, 2])
BATCH = [LONG, SHORT]


class Bigram(torch.nn.Module):
    """Logits of the next token are a row of a table: a language model of one parameter."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        table = torch.randn(VOCABULARY, VOCABULARY, generator=torch.Generator().manual_seed(seed))
        self.table = torch.nn.Parameter(table)

    def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None) -> Any:
        logits = self.table[input_ids]
        if labels is None:
            return SimpleNamespace(logits=logits)
        flat, aims = logits[:, :-1].reshape(-1, VOCABULARY), labels[:, 1:].reshape(-1)
        return SimpleNamespace(logits=logits, loss=torch.nn.functional.cross_entropy(flat, aims, ignore_index=IGNORED))


STUDENT, TEACHER = Bigram(0), Bigram(1)
Inputs = dict[str, Any]


def logits_of(model: Bigram) -> Callable[[Any, Inputs], Any]:
    return lambda _, inputs: model(inputs["input_ids"], inputs["attention_mask"]).logits


def nats(loss: Loss, batch: list[Sequence] = BATCH) -> float:
    with torch.no_grad():
        return float(loss(STUDENT, batch))


def kl(rows: list[int], temperature: float = 1.0) -> float:
    """Mean KL(teacher || student) over the rows of their tables, by SciPy."""
    tables = [model.table.detach().numpy().astype(np.float64) / temperature for model in (TEACHER, STUDENT)]
    aims, own = (softmax(table, axis=1) for table in tables)
    return float(np.mean([entropy(aims[row], own[row]) for row in rows]))


EVERY_TOKEN = [*LONG.input_ids, *SHORT.input_ids]
BEFORE_SUPERVISED = [3, 4, 5, 1, 6]
"""Tokens after which a supervised one comes."""


def test_divergence_of_equal_logits_is_zero() -> None:
    logits = torch.randn(2, 3, VOCABULARY)
    assert float(divergence(logits, logits, torch.ones(2, 3))) == pytest.approx(0, abs=1e-7)
    assert float(divergence(logits, logits + 5, torch.ones(2, 3))) == pytest.approx(0, abs=1e-6), "a shift is no change"


def test_divergence_is_that_of_scipy_and_takes_the_reference_first() -> None:
    reference, logits = TEACHER.table.detach()[None], STUDENT.table.detach()[None]
    mask = torch.ones(1, VOCABULARY)
    assert float(divergence(reference, logits, mask)) == pytest.approx(kl(list(range(VOCABULARY))), rel=1e-5)
    assert float(divergence(logits, reference, mask)) != pytest.approx(kl(list(range(VOCABULARY))), rel=1e-2)


def test_divergence_ignores_masked_positions() -> None:
    reference, logits = TEACHER.table.detach()[None].clone(), STUDENT.table.detach()[None].clone()
    mask = torch.tensor([[1, 0, 1, 0, 0, 0, 0]])
    before = float(divergence(reference, logits, mask))
    assert before == pytest.approx(kl([0, 2]), rel=1e-5)
    reference[0, 1] += 9 * torch.randn(VOCABULARY)
    assert float(divergence(reference, logits, mask)) == before


def test_cross_entropy_is_the_models_own() -> None:
    log_probs = torch.log_softmax(STUDENT.table.detach(), dim=-1)
    pairs = [(3, 4), (4, 5), (5, 2), (1, 6), (6, 2)]
    expected = -float(np.mean([float(log_probs[pair]) for pair in pairs]))
    assert nats(cross_entropy(0, "float32")) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("weight", [0.5, 3.0])
def test_holding_to_the_base_adds_the_divergence_over_every_token(weight: float) -> None:
    plain, held = cross_entropy(0, "float32"), held_to_base(logits_of(TEACHER), weight, 0, "float32")
    assert nats(held) - nats(plain) == pytest.approx(weight * kl(EVERY_TOKEN), rel=1e-5)


def test_holding_to_the_base_by_nothing_is_cross_entropy() -> None:
    held = held_to_base(logits_of(TEACHER), 1e-9, 0, "float32")
    assert nats(held) == pytest.approx(nats(cross_entropy(0, "float32")), abs=1e-6)


def test_model_that_is_the_base_is_held_by_nothing() -> None:
    held = held_to_base(logits_of(STUDENT), 1e3, 0, "float32")
    assert nats(held) == pytest.approx(nats(cross_entropy(0, "float32")), abs=1e-3)


def test_virtual_tokens_have_no_counterpart_in_the_base() -> None:
    """A soft prompt returns logits for its own positions first; the base has none there."""

    class Prompted(Bigram):
        def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None) -> Any:
            output = super().forward(input_ids, attention_mask, labels)
            output.logits = torch.cat([torch.randn(len(input_ids), 2, VOCABULARY), output.logits], dim=1)
            return output

    model, held = Prompted(0), held_to_base(logits_of(TEACHER), 1.0, 0, "float32")
    with torch.no_grad():
        assert float(held(model, BATCH)) == pytest.approx(nats(held), rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_distillation_without_the_data_is_the_softened_divergence(temperature: float) -> None:
    """Over the positions that predict a supervised token, times the square of the temperature."""
    soft = distilled(logits_of(TEACHER), temperature, 1.0, 0, "float32")
    assert nats(soft) == pytest.approx(temperature**2 * kl(BEFORE_SUPERVISED, temperature), rel=1e-4)


def test_distillation_without_the_teacher_is_cross_entropy() -> None:
    hard = distilled(logits_of(TEACHER), 2.0, 0.0, 0, "float32")
    assert nats(hard) == pytest.approx(nats(cross_entropy(0, "float32")), rel=1e-6)


def test_distillation_mixes_both() -> None:
    parts = [nats(distilled(logits_of(TEACHER), 2.0, mix, 0, "float32")) for mix in (0.0, 0.25, 1.0)]
    assert parts[1] == pytest.approx(0.75 * parts[0] + 0.25 * parts[2], rel=1e-5)


REPLAYED = [Sequence(one.input_ids * 4, one.labels * 4, replayed=True) for one in (LONG, LONG)]


@pytest.mark.parametrize("share", [0.1, 0.25, 0.9])
def test_replay_is_weighed_by_its_share_not_by_its_length(share: float) -> None:
    plain = cross_entropy(0, "float32")
    own, others = nats(plain), nats(plain, REPLAYED)
    assert abs(own - others) > 0.01
    for batch in ([*BATCH, *REPLAYED], [*BATCH, *REPLAYED * 3], [REPLAYED[0], *BATCH]):
        assert nats(with_replay(plain, share), batch) == pytest.approx((1 - share) * own + share * others, rel=1e-5)


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(held_to_base(logits_of(TEACHER), 1.0, 0, "float32"), id="held to the base"),
        pytest.param(distilled(logits_of(TEACHER), 2.0, 0.5, 0, "float32"), id="distilled"),
        pytest.param(with_replay(distilled(logits_of(TEACHER), 2.0, 0.5, 0, "float32"), 0.5), id="with replay"),
    ],
)
def test_gradients_reach_the_model_alone(loss: Loss) -> None:
    for model in (STUDENT, TEACHER):
        model.zero_grad(set_to_none=True)
    loss(STUDENT, [*BATCH, *REPLAYED]).backward()
    assert STUDENT.table.grad is not None
    assert float(STUDENT.table.grad.abs().sum()) > 0
    assert TEACHER.table.grad is None


def test_base_that_the_model_holds_itself_gets_no_gradient() -> None:
    """Switched off, a model is its own base: nothing flows through that pass."""

    def own_logits(model: Any, inputs: Inputs) -> Any:
        return 2 * model(inputs["input_ids"], inputs["attention_mask"]).logits

    model = Bigram(0)
    held_to_base(own_logits, 1.0, 0, "float32")(model, BATCH).backward()
    by_itself, reference = model.table.grad, Bigram(0)
    fixed = 2 * reference.table.detach()
    held_to_base(lambda _, inputs: fixed[inputs["input_ids"]], 1.0, 0, "float32")(reference, BATCH).backward()
    assert by_itself is not None
    assert reference.table.grad is not None
    assert torch.allclose(by_itself, reference.table.grad)


def test_batch_goes_where_the_model_is() -> None:
    inputs = on_device(STUDENT, BATCH, pad_id=0)
    assert {tensor.device for tensor in inputs.values()} == {STUDENT.table.device}
    assert inputs["input_ids"].tolist() == [[1, 3, 4, 5, 2], [1, 6, 2, 0, 0]]
