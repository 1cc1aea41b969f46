"""Is a base that shares its tensors the base, at no bytes?"""

from pathlib import Path
from typing import Any

import pytest
import torch

from harness.methods import training_method
from harness.models.base import checksum, dense_parts, load_model, scales_of
from harness.models.quantization import LEVELS
from harness.models.sharing import sharing
from harness.run import context
from harness.schema.record import Status
from harness.tests.builders import embedded, measure, real_trial

pytestmark = pytest.mark.trains
ROW = torch.tensor([[5, 6, 7, 8, 9]])


def places(model: Any) -> set[int]:
    """Where its tensors lie."""
    tensors = (part for one in (*model.parameters(), *model.buffers()) for part in (*dense_parts(one), *scales_of(one)))
    return {one.data_ptr() for one in tensors if one.numel()}


@pytest.mark.parametrize("computed", [False, True], ids=["fresh", "that has computed"])
@pytest.mark.parametrize("level", [level.name for level in LEVELS])
def test_it_is_the_same_model(level: str, computed: bool) -> None:
    model = load_model(real_trial("base", quantization=level), embedded())
    with torch.no_grad():
        if computed:
            model(ROW)
        other = sharing(model)
        assert torch.equal(other(ROW).logits, model(ROW).logits)
    weights = {one.data_ptr() for one in model.parameters()}
    assert {one.data_ptr() for one in other.parameters()} == weights
    assert not {id(one) for one in model.modules()} & {id(one) for one in other.modules()}


def test_an_adapter_on_the_one_is_not_seen_by_the_other() -> None:
    trial = real_trial("lora", 4)
    model = load_model(trial, embedded())
    other, before = sharing(model), checksum(model)
    adapted = training_method("lora").adapt(model, trial)
    assert checksum(other) == before
    assert places(other) < places(adapted)
    assert not any("lora" in name for name, _ in other.named_parameters())


@pytest.mark.parametrize(
    ("method", "quantization", "loads"),
    [("lora", "none", 1), ("lora", "nf4", 1), ("prompt-tuning", "none", 1), ("full", "none", 2), ("pissa", "none", 3)],
)
def test_so_many_bases_are_loaded(
    method: str, quantization: str, loads: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One where nothing changes its weights; an artifact that is the weights, or changes them, needs others."""
    loaded: list[str] = []

    def load(trial: Any, base: Any) -> Any:
        loaded.append(trial.id)
        return load_model(trial, base)

    monkeypatch.setattr(context, "load_model", load)
    rank = None if method == "full" else 4
    record = measure(real_trial(method, rank, quantization=quantization)).record
    assert record.status is Status.COMPLETED, record.reason
    assert [one for one in record.promises if one.held is False] == []
    assert len(loaded) == loads
