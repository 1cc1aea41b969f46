"""Is what a trial keeps whole, plain, and loaded by other programs as it was trained; and are broken ones noticed?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.methods import METHODS, training_method
from harness.methods.kinds.adapter import Adapter
from harness.models.base import checksum
from harness.run.context import Context, seed_everything
from harness.run.promises import model as promises
from harness.run.promises.artifact import NO_ADAPTER, artifact_promises
from harness.schema.paths import FIXTURES
from harness.schema.record import Promise, Status
from harness.schema.trial import Trial
from harness.tests.builders import context_of, measure, real_trial

pytestmark = [pytest.mark.trains, pytest.mark.filterwarnings("ignore")]  # PEFT's notices, which workers silence too
Load = Callable[..., Any]


def bare_base() -> Any:
    """As any other program loads it: no harness involved."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(FIXTURES / "model", dtype=torch.float32).eval()


def kept(trial: Trial, directory: Path) -> Path:
    record = measure(trial, keep=directory).record
    assert record.status is Status.COMPLETED, record.reason
    assert [promise for promise in record.promises if promise.held is False] == []
    return directory


def difference(model: Any, other: Any, context: Context) -> float:
    logits = (promises.logits_of(one, context.rows) for one in (model, other))
    return promises.largest_difference(*logits)


ADAPTERS = (
    ("lora", 4),
    ("rslora", 4),
    ("pissa", 4),
    ("olora", 4),
    ("dora", 4),
    ("prompt-tuning", 4),
    ("ia3", None),
    ("ln_tuning", None),
)


@pytest.mark.parametrize(("method", "rank"), ADAPTERS)
def test_kept_adapter_loads_with_peft_on_the_shipped_model(tmp_path: Path, method: str, rank: int | None) -> None:
    from peft import PeftModel

    trial = real_trial(method, rank, learning_rate=1e-2)
    directory, context = kept(trial, tmp_path / "adapter"), context_of(trial)
    theirs = PeftModel.from_pretrained(bare_base(), directory).eval()
    ours = training_method(method).load(context.load(), directory)
    assert difference(theirs, ours, context) <= promises.IDENTITY_TOLERANCE
    assert difference(theirs, bare_base(), context) > 1e-3
    with theirs.disable_adapter():
        assert difference(theirs, bare_base(), context) == 0


@pytest.mark.parametrize("method", ["pissa", "olora"])
def test_adapter_that_split_the_base_is_kept_as_a_lora_of_twice_the_rank(tmp_path: Path, method: str) -> None:
    from peft import PeftModel

    directory = kept(real_trial(method, 4, learning_rate=1e-3), tmp_path / "adapter")
    base = bare_base()
    untouched = checksum(base)
    model = PeftModel.from_pretrained(base, directory)
    assert model.peft_config["default"].r == 8
    assert model.peft_config["default"].init_lora_weights is True
    frozen = {name: one for name, one in model.named_parameters() if "lora_" not in name}
    names = {name.removeprefix("base_model.model.").replace(".base_layer", ""): one for name, one in frozen.items()}
    plain = bare_base()
    assert checksum(plain) == untouched
    assert all(torch.equal(one, names[name]) for name, one in plain.named_parameters())


def trained_as(trial: Trial) -> Any:
    """The model as the trial trains it, by another run of the same steps."""
    from harness.run.training.ingredients import TrainingData, make_teacher, plan_training, run_training

    torch.set_num_threads(1)
    context, method = context_of(trial), training_method(trial.method)
    base = context.load()
    seed_everything(trial.seed or 0)
    data = TrainingData.of(context)
    teacher = make_teacher(trial, method, base, data)
    model = method.adapt(base, trial)
    run_training(trial, method, model, plan_training(trial, method, model, data, teacher))
    return model


@pytest.mark.parametrize(
    ("method", "rank"), [("full", None), ("top-layers", None), ("distill", None), ("lora", 4), ("pissa", 4)]
)
def test_kept_directory_holds_what_was_trained(tmp_path: Path, method: str, rank: int | None) -> None:
    """A whole model that transformers loads with its tokenizer, or an adapter."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    trial = real_trial(method, rank, learning_rate=1e-3)
    directory, context = kept(trial, tmp_path / "model"), context_of(trial)
    if isinstance(training_method(method), Adapter):
        loaded = PeftModel.from_pretrained(bare_base(), directory).eval()
    else:
        loaded = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    assert difference(loaded, trained_as(trial), context) <= promises.IDENTITY_TOLERANCE
    tokenizer = AutoTokenizer.from_pretrained(directory)
    assert tokenizer.chat_template == context.tokenizer.chat_template
    assert tokenizer("The map is gold.") == context.tokenizer("The map is gold.")


@pytest.mark.parametrize(("method", "rank"), [("full", None), ("lora", 4), ("distill", None), ("prompt-tuning", 4)])
def test_kept_weights_are_safetensors_alone(tmp_path: Path, method: str, rank: int | None) -> None:
    directory = kept(real_trial(method, rank), tmp_path / "deep" / "er" / "kept")
    suffixes = {path.suffix for path in directory.rglob("*") if path.is_file()}
    assert ".safetensors" in suffixes
    assert suffixes <= {".safetensors", ".json", ".jinja", ".md", ".txt", ".model"}
    assert [path.name for path in directory.parent.iterdir()] == ["kept"], "no temporary directory is left"


def test_kept_directory_is_replaced_whole(tmp_path: Path) -> None:
    directory = tmp_path / "kept"
    directory.mkdir()
    (directory / "stale.bin").touch()
    kept(real_trial("lora", 4), directory)
    assert not (directory / "stale.bin").exists()
    assert (directory / "adapter_config.json").is_file()


def test_trial_that_fails_keeps_nothing(tmp_path: Path) -> None:
    record = measure(real_trial("distill", settings=(("width", 50),)), keep=tmp_path / "kept").record
    assert record.status is Status.UNSUPPORTED
    assert list(tmp_path.iterdir()) == []


def test_artifact_of_a_part_holds_the_part_alone(tmp_path: Path, load: Load) -> None:
    from safetensors import safe_open

    method = training_method("top-layers")
    model = method.adapt(load(), real_trial("top-layers"))
    method.save(model, tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        names = set(file.keys())
    assert names == {name for name, one in model.named_parameters() if one.requires_grad}
    assert {name.split(".")[2] for name in names if ".layers." in name} == {"3", "4"}


def test_artifact_of_another_model_is_refused(tmp_path: Path, load: Load) -> None:
    from safetensors.torch import save_file

    save_file({"model.layers.9.mlp.up_proj.weight": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"parameters that the base has not: model\.layers\.9"):
        training_method("full").load(load(), tmp_path)


# Broken promises


LORA = training_method("lora")


def saved(directory: Path, load: Load) -> tuple[Any, Any, Context]:
    """A LoRA that does something in a directory; logits of the base and with it."""
    context = context_of(real_trial("lora", 4))
    base = load()
    before = promises.logits_of(base, context.rows)
    seed_everything(0)
    model = LORA.adapt(base, context.trial).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.02)
    LORA.save(model, directory)
    return before, promises.logits_of(model, context.rows), context


def checked(directory: Path, load: Load, method: Any = LORA) -> dict[str, bool | None]:
    before, after, context = saved(directory, load)
    found = artifact_promises(
        method, context.trial, directory, load, method.load(load(), directory), before, after, context.rows
    )
    return {promise.name: promise.held for promise in found}


WHOLE = dict.fromkeys((promises.RELOADED, promises.MERGED, promises.UNMERGED, promises.SEVERAL), True)


def test_whole_artifact_keeps_its_promises(tmp_path: Path, load: Load) -> None:
    assert checked(tmp_path, load) == WHOLE


def test_promise_is_broken_by_adapters_that_cannot_be_switched(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peft.PeftModel.set_adapter", lambda self, name: None)
    assert checked(tmp_path, load) == {**WHOLE, promises.SEVERAL: False}


def test_promise_is_broken_by_adapters_that_add_up(tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever is chosen, both are on."""
    from peft import PeftModel

    monkeypatch.setattr(
        PeftModel, "set_adapter", lambda self, name: self.base_model.set_adapter(list(self.peft_config))
    )
    assert checked(tmp_path, load) == {**WHOLE, promises.SEVERAL: False}


def test_promise_is_broken_by_two_adapters_that_stay_on(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import nullcontext

    monkeypatch.setattr("peft.PeftModel.disable_adapter", lambda self: nullcontext())
    assert checked(tmp_path, load) == {**WHOLE, promises.SEVERAL: False}


def test_promise_is_broken_by_an_update_that_stays_in_the_weights(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PEFT believes that it has taken the update out, and adds it once more."""

    def forget(self: Any) -> None:
        self.merged_adapters.clear()

    monkeypatch.setattr("peft.tuners.lora.layer.Linear.unmerge", forget)
    found = checked(tmp_path, load)
    assert found[promises.UNMERGED] is False
    assert found[promises.RELOADED] is True


def test_promise_is_broken_by_an_adapter_that_stays_merged(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It computes the same, since PEFT knows that it is merged; so unmerging must be seen to have happened."""
    monkeypatch.setattr("peft.tuners.tuners_utils.BaseTuner.unmerge_adapter", lambda self: None)
    assert checked(tmp_path, load) == {**WHOLE, promises.UNMERGED: False}


def test_promise_is_broken_by_an_update_folded_in_by_half(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft.tuners.lora.layer import Linear

    whole = Linear.get_delta_weight
    monkeypatch.setattr(Linear, "get_delta_weight", lambda self, adapter: whole(self, adapter) / 2)
    found = checked(tmp_path, load)
    assert found[promises.MERGED] is False
    assert found[promises.RELOADED] is True


@pytest.mark.parametrize(
    "method", [one for one in METHODS if not isinstance(one, Adapter) and one.trains], ids=lambda method: method.name
)
def test_promises_of_adapters_do_not_apply_to(method: Any, tmp_path: Path, load: Load) -> None:
    _, after, context = saved(tmp_path, load)
    reloaded = LORA.load(load(), tmp_path)
    found = artifact_promises(method, context.trial, tmp_path, load, reloaded, after, after, context.rows)
    assert found[0].held
    assert found[1:] == [
        Promise(name, None, NO_ADAPTER) for name in (promises.SEVERAL, promises.MERGED, promises.UNMERGED)
    ]


def test_reason_against_merging_is_the_detail(tmp_path: Path, load: Load) -> None:
    assert isinstance(LORA, Adapter)
    method = replace(LORA, why_unmergeable="for a reason", why_alone="for another")
    before, after, context = saved(tmp_path, load)
    reloaded = method.load(load(), tmp_path)
    found = artifact_promises(method, context.trial, tmp_path, load, reloaded, before, after, context.rows)
    assert [(promise.held, promise.detail) for promise in found[1:]] == [
        (None, "for another"),
        (None, "for a reason"),
        (None, "for a reason"),
    ]
