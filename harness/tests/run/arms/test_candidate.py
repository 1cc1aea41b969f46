"""Is what was trained elsewhere identified and scored as it is, and never given a number that it did not earn?"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from harness.data.tasks.general import find_general_tasks, load_general
from harness.methods.candidate import Candidate, find_candidate
from harness.methods.candidate_compatibility import check_fits
from harness.run.promises import model as promises
from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.schema.trial import Trial
from harness.tests.builders import embedded, measure, real_trial
from harness.tests.elsewhere import ADAPTER, ADAPTER_CONFIG, CONFIG, MODEL, edit, lora, set_in

# The libraries' notices; workers silence them too.
pytestmark = [pytest.mark.trains, pytest.mark.filterwarnings("ignore")]

CHECKED = {promises.ACTS, promises.BATCHES, promises.RELOADED}
ON_ADAPTERS = {promises.OFF, promises.MERGED, promises.UNMERGED, promises.SEVERAL}


def trial_of(candidate: Candidate, quantization: str = "none") -> Trial:
    return real_trial("base").candidate_arm(candidate.source, quantization)


def judge(directory: Path, quantization: str = "none") -> Measured:
    candidate = find_candidate(str(directory))
    return measure(trial_of(candidate, quantization), candidate=candidate)


def held(measured: Measured) -> dict[str, bool | None]:
    assert measured.record.status is Status.COMPLETED, measured.record.reason
    return {promise.name: promise.held for promise in measured.record.promises}


@pytest.mark.parametrize(
    ("method", "rank"), [("lora", 4), ("prompt-tuning", 4), ("full", None), ("top-layers", None), ("distill", None)]
)
def test_what_a_trial_keeps_scores_as_the_trial_did(tmp_path: Path, method: str, rank: int | None) -> None:
    own = measure(real_trial(method, rank, learning_rate=1e-2), keep=tmp_path / "kept")
    again = judge(tmp_path / "kept")
    assert False not in held(again).values()
    columns = ["role", "task", "item", "cluster"]
    assert again.items[columns].equals(own.items[columns])
    assert (again.items["nll"] - own.items["nll"]).abs().max() <= 1e-5
    assert again.items["score"].equals(own.items["score"])
    counts = [(one.record.cost.trainable_params, one.record.cost.total_params) for one in (own, again)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("kind", ["adapter", "model", "merged"])
def test_what_other_programs_trained_is_scored_and_checked(elsewhere: dict[str, Path], kind: str) -> None:
    measured = judge(elsewhere[kind])
    record = measured.record
    expected = CHECKED | (ON_ADAPTERS if kind == "adapter" else set())
    assert list(held(measured)) == list(promises.NAMES)
    assert {name for name, kept in held(measured).items() if kept} == expected
    assert {name for name, kept in held(measured).items() if kept is False} == set()
    assert record.target is not None
    assert [score.task for score in record.general] == ["agreement"]
    assert repr(elsewhere[kind].name) in record.notes[0]


def test_cost_is_what_can_be_counted_without_the_training(elsewhere: dict[str, Path]) -> None:
    cost = judge(elsewhere["adapter"]).record.cost
    weights = elsewhere["adapter"] / ADAPTER
    assert cost.trainable_params == 5 * 2 * 4 * (128 + 128)
    assert cost.artifact_bytes == weights.stat().st_size
    assert cost.total_params == sum(one.numel() for one in lora().parameters())
    assert cost.forward_flops_per_token is not None
    unknown = (cost.train_s, cost.step_s, cost.gradient_bytes, cost.optimizer_bytes, cost.flops_per_token)
    assert set(unknown) == {None}


def test_trained_parameters_of_a_model_are_those_of_tensors_that_differ(elsewhere: dict[str, Path]) -> None:
    """LoRA was merged into two projections of five layers."""
    assert judge(elsewhere["merged"]).record.cost.trainable_params == 5 * 2 * 128 * 128


@pytest.mark.parametrize("kind", ["adapter", "merged"])
@pytest.mark.parametrize("level", ["nf4", "int8"])
def test_candidate_is_evaluated_on_a_quantized_base(elsewhere: dict[str, Path], kind: str, level: str) -> None:
    plain, quantized = judge(elsewhere[kind]), judge(elsewhere[kind], level)
    assert quantized.trial.arm == f"candidate-{level}"
    assert False not in held(quantized).values()
    assert quantized.record.cost.weight_bytes < plain.record.cost.weight_bytes  # type: ignore[operator]
    differences = (quantized.items["nll"] - plain.items["nll"]).abs()
    assert 0 < differences.mean() < 1


def test_emptied_adapter_does_not_act(copied: Callable[[str], Path]) -> None:
    directory = copied("adapter")
    edit(directory / ADAPTER, lambda name, one: one * 0 if "lora_B" in name else one)
    found = held(judge(directory))
    assert found[promises.ACTS] is False
    assert [name for name, kept in found.items() if kept is False] == [promises.ACTS]


@pytest.mark.parametrize("level", ["none", "nf4"])
@pytest.mark.parametrize("kind", ["adapter", "model"])
def test_weights_that_are_no_numbers_get_no_score(copied: Callable[[str], Path], kind: str, level: str) -> None:
    directory = copied(kind)
    file = directory / {"adapter": ADAPTER, "model": MODEL}[kind]
    edit(file, lambda name, one: one * float("nan") if "layers.2.self_attn.v_proj" in name else one)
    record = judge(directory, level).record
    assert (record.status, record.target) == (Status.DIVERGED, None)
    assert "layers.2.self_attn.v_proj" in (record.reason or "")


def test_candidate_that_stops_to_load_has_failed(copied: Callable[[str], Path]) -> None:
    """What an `unsupported` combination is to a method, is no finding here: every test of it must fail."""
    directory = copied("model")
    candidate = find_candidate(str(directory))
    (directory / CONFIG).write_text('{"model_type": "nothing-known"}')
    record = measure(trial_of(candidate), candidate=candidate).record
    assert record.status is Status.FAILED
    assert "--candidate 'model' cannot be loaded" in (record.reason or "")


@pytest.mark.parametrize(
    ("file", "same"),
    [
        (ADAPTER, False),
        (ADAPTER_CONFIG, False),
        ("README.md", True),
        ("tokenizer_config.json", True),
        ("trainer_state.json", True),
    ],
)
def test_an_edited_file_is_another_trial_where_it_decides(copied: Callable[[str], Path], file: str, same: bool) -> None:
    directory = copied("adapter")
    before = trial_of(find_candidate(str(directory)))
    path = directory / file
    if path.suffix == ".safetensors":
        edit(path, lambda name, one: one * 1.001)
    else:
        path.write_text((path.read_text() if path.is_file() else "") + "\n")
    after = trial_of(find_candidate(str(directory)))
    assert (after.digest == before.digest) is same
    assert after.id == before.id == "new-facts-candidate"


def test_place_and_kind_of_a_model_do_not_change_its_identity(elsewhere: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(elsewhere["model"], tmp_path / "elsewhere" / "model")
    found = [find_candidate(str(place)) for place in (elsewhere["model"], tmp_path / "elsewhere" / "model")]
    assert found[0].source == found[1].source
    assert [one.kind for one in found] == ["model", "model"]


@pytest.mark.parametrize(
    ("named", "shown"),
    [("OWNER/NAME", "OWNER/NAME"), ("/home/me/models/base", "base"), (None, None), ("gpt2", "gpt2")],
)
def test_base_that_an_adapter_names_is_shown_without_a_path(
    copied: Callable[[str], Path], named: str | None, shown: str | None
) -> None:
    directory = copied("adapter")
    set_in(directory / ADAPTER_CONFIG, base_model_name_or_path=named)
    assert find_candidate(str(directory)).trained_on == shown


def test_adapter_that_holds_a_part_of_the_base_cannot_be_switched_off(tmp_path: Path) -> None:
    """As PEFT saves PiSSA where nobody asks for a conversion: loading it takes that part out of the base."""
    model = lora(init_lora_weights="pissa")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.mul_(1.5)
    model.save_pretrained(tmp_path)
    measured = judge(tmp_path)
    detail = {promise.name: promise.detail for promise in measured.record.promises}
    assert (held(measured)[promises.OFF], held(measured)[promises.SEVERAL]) == (None, None)
    assert "(pissa) moved a part of the base's weights" in detail[promises.OFF]
    assert held(measured)[promises.MERGED] is True
    assert "cannot be split" in str(
        find_candidate(str(tmp_path)).cannot(trial_of(find_candidate(str(tmp_path)), "nf4"))
    )


@pytest.mark.parametrize("kind", ["adapter", "model"])
def test_candidate_may_know_more_tokens_than_the_base(tmp_path: Path, kind: str) -> None:
    model = lora(tokens=8, modules_to_save=["embed_tokens"])
    (model if kind == "adapter" else model.merge_and_unload()).save_pretrained(tmp_path)
    candidate = find_candidate(str(tmp_path))
    check_fits(candidate, embedded())
    text = load_general(find_general_tasks("text")[0])
    measured = measure(trial_of(candidate), candidate=candidate, general=(text,))
    assert False not in held(measured).values()
    assert held(measured)[promises.OFF] is None
    (score,) = measured.record.general
    assert score.kl_to_base is not None
    assert 0 < score.kl_to_base < 20
