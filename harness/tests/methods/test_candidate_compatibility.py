"""Does a candidate that fits pass, and is one that does not refused before anything runs, with the reason?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.methods import all_names, method_named
from harness.methods.candidate import find_candidate
from harness.methods.candidate_compatibility import check_fits, check_tokenizer
from harness.methods.kinds.adapter import Adapter
from harness.schema.errors import UserError
from harness.tests.builders import embedded, few_examples, real_trial
from harness.tests.elsewhere import (
    ADAPTER,
    ADAPTER_CONFIG,
    CONFIG,
    MODEL,
    add,
    edit,
    set_in,
    with_index,
    with_model_beside,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' notices, which workers silence too


def adapters() -> list[str]:
    methods = [method_named(name) for name in all_names()]
    return [one.name for one in methods if isinstance(one, Adapter) and one.impossible is None]


@pytest.mark.parametrize("name", adapters())
def test_adapter_of_every_type_fits_the_base_that_it_was_made_for(
    tmp_path: Path, load: Callable[..., Any], name: str
) -> None:
    method = method_named(name)
    assert isinstance(method, Adapter)
    trial = real_trial(name, method.default_rank if method.rank_means else None)
    method.export(method.adapt(load(), trial), tmp_path)
    candidate = find_candidate(str(tmp_path))
    check_fits(candidate, embedded())
    assert candidate.parameters > 0


def without(part: str) -> Callable[[str, Any], Any]:
    return lambda name, tensor: None if part in name else tensor


def halved(directory: Path) -> None:
    edit(directory / ADAPTER, lambda name, one: one[:, :64] if "q_proj.lora_A" in name else one)


def with_fewer_tokens(directory: Path) -> None:
    set_in(directory / CONFIG, vocab_size=512)
    edit(directory / MODEL, lambda name, one: one[:512] if "embed_tokens" in name else one)


def cut_short(directory: Path) -> None:
    (directory / ADAPTER).write_bytes((directory / ADAPTER).read_bytes()[:-100])


def bad(kind: str, change: Callable[[Path], Any], message: str, name: str) -> Any:
    return pytest.param(kind, change, message, id=name)


BNB = {"quant_method": "bitsandbytes", "load_in_4bit": True}

BAD = [
    bad("adapter", halved, "size mismatch for base_model.model.model.layers.0.self_attn.q_proj", "another width"),
    bad(
        "adapter",
        lambda place: edit(place / ADAPTER, without("layers.2")),
        "it lacks 4 tensors, such as base_model.model.model.layers.2",
        "a layer less",
    ),
    bad(
        "adapter",
        lambda place: add(place / ADAPTER, "layers.4", "layers.5"),
        "has no place for 4 tensors, such as base_model.model.model.layers.5",
        "a layer more",
    ),
    bad(
        "adapter",
        lambda place: set_in(place / ADAPTER_CONFIG, target_modules=["query_key_value"]),
        "Target modules {'query_key_value'} not found in the base model",
        "other modules",
    ),
    bad("adapter", lambda place: set_in(place / ADAPTER_CONFIG, task_type="SEQ_CLS"), "task_type 'SEQ_CLS'", "a task"),
    bad(
        "adapter",
        lambda place: set_in(place / ADAPTER_CONFIG, peft_type="LORRA"),
        "type of PEFT's 'LORRA' is not known. Did you mean 'LORA'?",
        "an unknown type",
    ),
    bad(
        "adapter",
        lambda place: set_in(place / ADAPTER_CONFIG, peft_type="LILY"),
        "mixes its experts by their mean over the whole batch",
        "an impossible type",
    ),
    bad("adapter", lambda place: (place / ADAPTER_CONFIG).write_text("{"), "not valid JSON", "no JSON"),
    bad("adapter", lambda place: (place / ADAPTER_CONFIG).write_text("[]"), "holds no JSON object", "a list"),
    bad("adapter", cut_short, "is no whole safetensors file", "a file cut short"),
    bad("adapter", lambda place: edit(place / ADAPTER, without("")), f"{ADAPTER} holds no tensor", "no tensor"),
    bad("adapter", lambda place: (place / ADAPTER_CONFIG).unlink(), f"but no {ADAPTER_CONFIG}", "no configuration"),
    bad(
        "adapter",
        lambda place: (place / ADAPTER).rename(place / "adapter_model.bin"),
        "holds adapter_model.bin, and safetensors is the only format read here",
        "a pickled adapter",
    ),
    bad(
        "model",
        lambda place: (place / MODEL).rename(place / "pytorch_model-00001-of-00001.bin"),
        "holds pytorch_model-00001-of-00001.bin, and safetensors is the only format read here",
        "a pickled model",
    ),
    bad("adapter", with_model_beside, f"holds a whole model and an {ADAPTER_CONFIG}", "both kinds"),
    bad(
        "model",
        lambda place: edit(place / MODEL, without("q_proj")),
        "asks for 5 tensors that its weights do not hold",
        "tensors less",
    ),
    bad(
        "model",
        lambda place: set_in(place / CONFIG, intermediate_size=256),
        "asks for 15 tensors in another shape than its weights hold",
        "another shape",
    ),
    bad("model", with_fewer_tokens, "knows 512 tokens, and the tokenizer of the base model 'embedded' has", "tokens"),
    bad(
        "model",
        lambda place: set_in(place / CONFIG, max_position_embeddings=256),
        "attends to 256 tokens, the base model 'embedded' to 512",
        "a shorter context",
    ),
    bad("model", lambda place: set_in(place / CONFIG, quantization_config=BNB), "is stored quantized", "quantized"),
    bad(
        "model",
        lambda place: set_in(place / CONFIG, model_type="nothing-known"),
        "--candidate 'model' cannot be loaded",
        "an unknown architecture",
    ),
    bad(
        "model",
        lambda place: with_index(place, '{"weight_map": {"a": "model-00001.safetensors"}}'),
        "names 'model-00001.safetensors', which is not there",
        "a shard less",
    ),
    bad("model", lambda place: with_index(place, "{}"), "weight_map is missing", "an empty index"),
]


@pytest.mark.parametrize(("kind", "change", "message"), BAD)
def test_candidate_is_refused_for(
    copied: Callable[[str], Path], kind: str, change: Callable[[Path], Any], message: str
) -> None:
    directory = copied(kind)
    change(directory)
    with pytest.raises(UserError) as caught:
        check_fits(find_candidate(str(directory)), embedded())
    assert message in str(caught.value)
    assert "--candidate" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_misfit_names_the_base_and_what_the_adapter_says_of_its_own(copied: Callable[[str], Path]) -> None:
    directory = copied("adapter")
    halved(directory)
    set_in(directory / ADAPTER_CONFIG, base_model_name_or_path="OWNER/LARGER")
    with pytest.raises(UserError, match=r"does not fit the base model 'embedded' \(it names 'OWNER/LARGER'"):
        check_fits(find_candidate(str(directory)), embedded())


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none", "there is no such directory"),
        ("file", "is a file; give the directory that holds it"),
        ("", "there is no such directory"),
        (".", "holds neither an adapter nor a model. It holds checkpoint-2, checkpoint-4: give one of these"),
    ],
)
def test_path_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for step in (2, 4):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / ADAPTER_CONFIG).touch()
    with pytest.raises(UserError) as caught:
        find_candidate(path)
    assert message in str(caught.value)


def without_tokenizer(directory: Path) -> None:
    for path in directory.glob("tokenizer*"):
        path.unlink()


def with_another_end(directory: Path) -> None:
    set_in(directory / "tokenizer_config.json", eos_token="the")


def without_words(directory: Path) -> None:
    set_in(directory / "tokenizer.json", pre_tokenizer=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda directory: None, None),
        (without_tokenizer, None),
        (with_another_end, "reads the test item"),
        (without_words, "reads the test item"),
        (lambda directory: (directory / "tokenizer.json").write_text("{"), "its tokenizer cannot be used"),
    ],
    ids=["the base's", "none", "another end", "other tokens", "a broken one"],
)
def test_tokenizer_must_read_the_test_items_as_the_base_does(
    copied: Callable[[str], Path], tokenizer: Any, change: Callable[[Path], Any], message: str | None
) -> None:
    directory = copied("adapter")
    change(directory)
    candidate = find_candidate(str(directory))
    if message is None:
        check_tokenizer(candidate, tokenizer, few_examples())
        return
    with pytest.raises(UserError, match=message):
        check_tokenizer(candidate, tokenizer, few_examples())


def test_tokenizer_with_tokens_more_is_the_same_where_none_of_them_is_used(
    copied: Callable[[str], Path], tokenizer: Any
) -> None:
    from transformers import AutoTokenizer

    directory = copied("adapter")
    longer = AutoTokenizer.from_pretrained(directory)
    longer.add_tokens(["<|tool|>"])
    longer.save_pretrained(directory)
    candidate = find_candidate(str(directory))
    check_tokenizer(candidate, tokenizer, few_examples())
    asked = replace(few_examples().test[0], prompt="Say <|tool|> now.")
    with pytest.raises(UserError, match="reads the test item"):
        check_tokenizer(candidate, tokenizer, replace(few_examples(), test=(asked,)))
