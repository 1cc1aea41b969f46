"""Is a candidate whose files are not what they should be refused at once, in one message?"""

import json
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from harness.methods.candidate import find_candidate
from harness.methods.candidate_compatibility import check_fits
from harness.models.base import skeleton
from harness.schema.errors import UserError
from harness.tests.builders import embedded
from harness.tests.elsewhere import ADAPTER, ADAPTER_CONFIG, CONFIG, MODEL, edit, lora, set_in, with_index
from harness.tests.fuzzing import fuzzed
from harness.tests.spoilt import spoilt

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' notices, which workers silence too

SLOW = r"(([a-z_.0-9])+)+\$"


def check(directory: Path) -> None:
    check_fits(find_candidate(str(directory)), embedded())


def settings(**values: Any) -> Callable[[Path], Any]:
    return lambda place: set_in(place / ADAPTER_CONFIG, **values)


def text(content: str | bytes, name: str = ADAPTER_CONFIG) -> Callable[[Path], Any]:
    return lambda place: (place / name).write_bytes(content.encode() if isinstance(content, str) else content)


def config(**values: Any) -> Callable[[Path], Any]:
    return lambda place: set_in(place / CONFIG, **values)


def without(part: str) -> Callable[[Path], Any]:
    return lambda place: edit(place / MODEL, lambda name, one: None if part in name else one)


def a_directory(place: Path) -> None:
    (place / ADAPTER_CONFIG).unlink()
    (place / ADAPTER_CONFIG).mkdir()


MISFIT = "does not fit the base model 'embedded'"
ADAPTERS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no text": (text(b"\xff{}"), "not valid JSON"),
    "deep nesting": (text("[" * 100_000), "nested too deeply"),
    "a number of 5,000 digits": (text('{"r": ' + "9" * 5000 + "}"), "a number of more than 4,300 digits"),
    "a list": (text("[]"), "holds no JSON object"),
    "no type": (text("{}"), "peft_type is missing"),
    "a type that is a number": (settings(peft_type=5), "peft_type is 5; it must be a text"),
    "a type that is null": (settings(peft_type=None), "peft_type is None; it must be a text"),
    "a task that is a list": (settings(task_type=[]), "task_type is []; it must be a text"),
    "a base that is a number": (settings(base_model_name_or_path=5), "base_model_name_or_path is 5"),
    "a directory in its place": (a_directory, f"but no {ADAPTER_CONFIG}"),
    "a rank as text": (settings(r="4"), MISFIT),
    "a rank of nothing": (settings(r=0), MISFIT),
    "a rank of null": (settings(r=None), MISFIT),
    "a negative rank": (settings(r=-4), MISFIT),
    "modules that are a number": (settings(target_modules=5), MISFIT),
    "modules that are a table": (settings(target_modules={"a": {"b": "c"}}), MISFIT),
    "modules that are no pattern": (settings(target_modules="("), MISFIT),
    "half of a character": (settings(target_modules=["\ud800"]), MISFIT),
    "a long name": (settings(target_modules="a" * 5000), MISFIT),
    "layers beyond the last": (settings(layers_to_transform=[99]), MISFIT),
    "layers twice a million times": (settings(layer_replication=[[0, 10**6]]), MISFIT),
    "ranks that are a list": (settings(rank_pattern=[1]), MISFIT),
    "modules of megatron": (settings(megatron_config={"a": 1}, megatron_core="this"), "holds a megatron_config"),
    "weights that are none": (text("x", ADAPTER), "is no whole safetensors file"),
}


@pytest.mark.parametrize(("change", "message"), ADAPTERS.values(), ids=ADAPTERS)
def test_adapter_is_refused_for(copied: Callable[[str], Path], change: Callable[[Path], Any], message: str) -> None:
    directory = copied("adapter")
    change(directory)
    with pytest.raises(UserError) as caught:
        check(directory)
    assert message in str(caught.value)
    assert "--candidate" in str(caught.value)


SAME = "random numbers would stand in for them"
MODELS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "norms removed": (without("post_attention_layernorm"), SAME),
    "more layers": (config(num_hidden_layers=6), SAME),
    "fewer layers": (config(num_hidden_layers=4), "for which its config.json has no place"),
    "a million layers": (config(num_hidden_layers=10**6), "num_hidden_layers is 1000000"),
    "no heads": (config(num_attention_heads=0), "--candidate 'model' cannot be loaded"),
    "a context as text": (config(max_position_embeddings="512"), "max_position_embeddings: '512' is not allowed"),
    "a configuration that is a list": (text("[]", CONFIG), "holds no JSON object"),
    "a configuration that is deep": (text("[" * 100_000, CONFIG), "nested too deeply"),
    "code of its own": (
        config(model_type="mine", auto_map={"AutoConfig": "mine.Config"}),
        "no model's code is run here",
    ),
    "a map that is a list": (lambda place: with_index(place, '{"weight_map": []}'), "weight_map is []"),
    "a map to a long name": (
        lambda place: with_index(place, json.dumps({"weight_map": {"a": "b" * 300}})),
        "file systems take 255",
    ),
}


@pytest.mark.parametrize(("change", "message"), MODELS.values(), ids=MODELS)
def test_model_is_refused_for(copied: Callable[[str], Path], change: Callable[[Path], Any], message: str) -> None:
    directory = copied("model")
    change(directory)
    with pytest.raises(UserError) as caught:
        check(directory)
    assert message in str(caught.value)
    assert "--candidate" in str(caught.value)
    assert "--base-model" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"target_modules": SLOW},
        {"exclude_modules": SLOW},
        {"modules_to_save": [SLOW]},
        {"layers_to_transform": [0], "layers_pattern": [SLOW]},
        {"rank_pattern": {SLOW: 4}},
        {"alpha_pattern": {SLOW: 4}},
    ],
    ids=lambda values: next(reversed(values)),
)
def test_pattern_that_would_never_end_is_stopped(
    copied: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]
) -> None:
    monkeypatch.setattr("harness.methods.peft.patterns.LIMIT_S", 1.0)
    directory = copied("adapter")
    set_in(directory / ADAPTER_CONFIG, **values)
    with pytest.raises(
        UserError, match=r"--candidate 'adapter': adapter_config.json: matching '.*' with .* was stopped"
    ):
        check(directory)


def test_user_without_a_home_is_no_crash() -> None:
    with pytest.raises(UserError, match="there is no such directory"):
        find_candidate("~nobody-of-that-name/adapter")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["LORA", "PROMPT_TUNING", "IA3"])
def test_fuzzed_adapter_fits_or_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr("harness.methods.peft.patterns.LIMIT_S", 0.2)
    made_once = skeleton(embedded())
    monkeypatch.setattr("harness.methods.candidate_compatibility.skeleton", lambda base: deepcopy(made_once))
    directory = tmp_path / "adapter"
    lora().save_pretrained(directory)
    content = {**json.loads((directory / ADAPTER_CONFIG).read_text()), "peft_type": kind}
    more = dict.fromkeys(("feedforward_modules", "num_virtual_tokens", "token_dim", "num_layers"))

    @fuzzed(100, weight=2)
    @given(spoilt({**content, **more}))
    def tried(text: str) -> None:
        (directory / ADAPTER_CONFIG).write_text(text)
        with suppress(UserError):
            check(directory)

    tried()
