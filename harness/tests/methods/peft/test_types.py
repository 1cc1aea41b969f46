"""Does every type that the installed PEFT registers do what the table in `peft/types.py` says of it, on every level?

A training for each takes minutes, so most of them are for a release. Every self-test trains, on plain weights, the
types that no shipped method uses; `test_methods.py` trains the others as those methods.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from harness.methods import METHODS, method_named
from harness.methods.kinds.adapter import Adapter
from harness.methods.peft.factory import PREFIX, peft_names
from harness.methods.peft.types import PACKED_SHAPE, TYPES, PeftType, peft_type
from harness.run.promises import model as promises
from harness.schema.record import Promise, Record, Status
from harness.schema.trial import Trial
from harness.tests.builders import context_of, measure, real_trial

pytestmark = pytest.mark.filterwarnings("ignore")  # PEFT's notices, which workers silence too
LEVELS = ("int8", "nf4")
"""Quantized levels that are run here; fp4 and nf4-dq are the same code as nf4, and tried with lora."""
Cell = tuple[str, str]
RELEASE = pytest.mark.release


def adapter(name: str) -> Adapter:
    method = method_named(name)
    assert isinstance(method, Adapter)
    return method


def trial_of(name: str, level: str) -> Trial:
    rank = 4 if adapter(name).rank_means else None
    return real_trial(name, rank, quantization=level, learning_rate=1e-2)


def cells(*levels: str, possible: bool) -> list[Cell]:
    found = [(name, level) for name in peft_names() for level in levels]
    return [(name, level) for name, level in found if (adapter(name).cannot(trial_of(name, level)) is None) is possible]


def broken(record: Record) -> list[Promise]:
    return [promise for promise in record.promises if promise.held is False]


def name_of(value: Any) -> str:
    return str(value).removeprefix(PREFIX)


KEPT = TemporaryDirectory(prefix="harness-peft-types-")


@cache
def trained(name: str) -> tuple[Record, Path]:
    """The record of the type on plain weights, and the directory where its adapter is kept."""
    directory = Path(KEPT.name) / name_of(name)
    return measure(trial_of(name, "none"), keep=directory).record, directory


def on_plain_weights() -> list[Any]:
    """Every possible type; one that a shipped method uses is for a release."""
    shipped = {method.peft_type for method in METHODS if isinstance(method, Adapter)}
    names = [name for name, _ in cells("none", possible=True)]
    return [pytest.param(one, marks=[RELEASE] if adapter(one).peft_type in shipped else []) for one in names]


@pytest.mark.trains
@pytest.mark.parametrize("name", on_plain_weights(), ids=name_of)
def test_type_keeps_all_promises(name: str) -> None:
    record, _ = trained(name)
    assert record.status is Status.COMPLETED, record.reason
    assert broken(record) == []


@RELEASE
@pytest.mark.parametrize(
    ("name", "level"),
    [*cells(*LEVELS, possible=True), (f"{PREFIX}lora", "fp4"), (f"{PREFIX}lora", "nf4-dq")],
    ids=name_of,
)
def test_type_keeps_all_promises_on(name: str, level: str) -> None:
    record = measure(trial_of(name, level)).record
    assert record.status is Status.COMPLETED, record.reason
    assert broken(record) == []


@pytest.mark.parametrize(("name", "level"), cells("none", "int8", "fp4", "nf4", "nf4-dq", possible=False), ids=name_of)
def test_type_says_why_it_cannot(name: str, level: str) -> None:
    reason = adapter(name).cannot(trial_of(name, level))
    assert reason is not None
    assert reason.startswith(name)
    assert len(reason) > len(name) + 40


def freed(monkeypatch: pytest.MonkeyPatch, name: str, **changes: Any) -> Adapter:
    """The type as if nothing spoke against it, where trials look methods up."""
    method = replace(adapter(name), not_on={}, impossible=None, **changes)
    monkeypatch.setattr("harness.run.arms.trained.training_method", lambda name: method)
    return method


@cache
def base_logits(level: str) -> Any:
    context = context_of(real_trial("lora", 4, quantization=level))
    return promises.logits_of(context.load(), context.rows)


def acts_otherwise(method: Adapter, level: str) -> float:
    """How far the effect of the adapter that was trained on plain weights is another one on a quantized base.

    As a multiple of what quantization explains: a part of the effect itself, and on int8, which rounds
    activations too, some 3% of the logits whatever the adapter. Above 1 it computes with something else.
    """
    _, directory = trained(method.name)
    found = []
    for one in ("none", level):
        context = context_of(trial_of(method.name, one))
        model = method.load(context.load(), directory)
        found.append(promises.logits_of(model, context.rows) - base_logits(one))
    plain, quantized = found
    explained = 0.5 * plain.norm() + (0.04 * base_logits("none").norm() if level == "int8" else 0.0)
    return float((quantized - plain).norm() / explained)


@RELEASE
@pytest.mark.parametrize(("name", "level"), cells(*LEVELS, possible=True), ids=name_of)
def test_adapter_does_on_quantized_weights_what_it_does_on_plain_ones(name: str, level: str) -> None:
    """So its layers take no integer code for a number, which every promise might survive."""
    assert acts_otherwise(adapter(name), level) < 1


SILENT = {("peft:peanut", "int8")}
"""Types that keep every promise where the table excludes them. PEANUT's layers feed the stored weight to a small
network, which takes integer codes for numbers and still starts at zero: only its effect tells."""


@RELEASE
@pytest.mark.parametrize(
    ("name", "level"),
    [cell for cell in cells(*LEVELS, possible=False) if cell not in SILENT and not adapter(cell[0]).impossible],
    ids=name_of,
)
def test_type_cannot_indeed(monkeypatch: pytest.MonkeyPatch, name: str, level: str) -> None:
    """Run in spite of the table, it does not complete, or breaks a promise."""
    freed(monkeypatch, name)
    record = measure(trial_of(name, level)).record
    assert record.status is not Status.COMPLETED or broken(record)


@RELEASE
@pytest.mark.parametrize(("name", "level"), sorted(SILENT), ids=name_of)
def test_type_silently_computes_with_codes(monkeypatch: pytest.MonkeyPatch, name: str, level: str) -> None:
    method = freed(monkeypatch, name)
    record = measure(trial_of(name, level)).record
    assert (record.status, broken(record)) == (Status.COMPLETED, []), "it is not silent any more"
    assert acts_otherwise(method, level) > 5


@pytest.mark.trains
def test_lily_lets_scores_depend_on_their_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    freed(monkeypatch, "peft:lily", why_unmergeable="PEFT has no merging for it")
    record = measure(trial_of("peft:lily", "none")).record
    assert [promise.name for promise in broken(record)] == [promises.BATCHES], record.reason


@pytest.mark.trains
def test_xlora_does_not_start_from_the_base_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    freed(monkeypatch, "peft:xlora")
    assert measure(trial_of("peft:xlora", "none")).record.status is not Status.COMPLETED


def test_only_these_types_are_impossible() -> None:
    assert {name for name in peft_names() if adapter(name).impossible} == {"peft:lily", "peft:xlora"}


ALONE = {"trainable_tokens"}
UNMERGEABLE = {
    "adaption_prompt", "beft", "cartridge", "cpt", "multitask_prompt_tuning", "p_tuning", "poly", "prefix_tuning",
    "prompt_tuning", "shadow",
}  # fmt: skip
OTHERWISE = {
    "c3a", "cartridge", "cpt", "multitask_prompt_tuning", "p_tuning", "prefix_tuning", "prompt_tuning", "unilora",
    "vblora",
}  # fmt: skip


@RELEASE
@pytest.mark.parametrize(
    ("promise", "types"),
    [
        (promises.SEVERAL, ALONE),
        (promises.MERGED, UNMERGEABLE),
        (promises.UNMERGED, UNMERGEABLE | {"osf"}),
        (promises.STARTS, OTHERWISE),
        (promises.OFF, set[str]()),
        (promises.RELOADED, set[str]()),
        (promises.UNTOUCHED, set[str]()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_promise_does_not_apply_to(promise: str, types: set[str]) -> None:
    """Nothing else may slip out of a promise, a second adapter that PEFT refuses for instance."""
    records = {name_of(name): trained(name)[0] for name, _ in cells("none", possible=True)}
    missing = {name for name, one in records.items() for p in one.promises if p.name == promise and p.held is None}
    assert missing == types


def test_table_names_registered_types_only() -> None:
    assert {PREFIX + kind.lower() for kind in TYPES} <= set(peft_names())


def test_unlisted_type_gets_what_most_need() -> None:
    assert peft_type("NEWEST") == PeftType()
    assert PeftType().linear
    assert PeftType().rank == "r"
    assert PeftType().not_on == {}


def test_four_bit_levels_share_their_reasons() -> None:
    tables = [about.not_on for about in TYPES.values()]
    assert all(len({table.get(level) for level in ("fp4", "nf4", "nf4-dq")}) == 1 for table in tables)
    assert adapter("peft:loha").not_on["nf4"] == PACKED_SHAPE
