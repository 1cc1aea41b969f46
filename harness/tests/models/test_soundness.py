"""Is a base that can be measured let through, whatever its architecture, and any other refused before it is loaded?"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.models.base import find_base_model, load_model
from harness.models.soundness import check_base
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.tests.builders import real_trial
from harness.tests.elsewhere import CONFIG, MODEL, add, edit, set_in

pytestmark = [pytest.mark.trains, pytest.mark.filterwarnings("ignore")]

INDEX = f"{MODEL}.index.json"
TOKENIZER, TOKENIZER_CONFIG, GENERATION = "tokenizer.json", "tokenizer_config.json", "generation_config.json"
SMALL = {"vocab_size": 1024, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
LLAMA_LIKE = {**SMALL, "intermediate_size": 64, "num_key_value_heads": 2}
GPT2 = {"vocab_size": 1024, "n_embd": 32, "n_layer": 2, "n_head": 4}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "bloom": {"vocab_size": 1024, "hidden_size": 32, "n_layer": 2, "n_head": 4},
    "falcon": SMALL,
    "gemma2": {**LLAMA_LIKE, "head_dim": 8},
    "gpt2": GPT2,
    "gpt_neox": {**SMALL, "intermediate_size": 64},
    "llama": LLAMA_LIKE,
    "mamba": {"vocab_size": 1024, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4},
    "mixtral": {**LLAMA_LIKE, "num_local_experts": 4},
    "opt": {**SMALL, "ffn_dim": 64, "word_embed_proj_dim": 32},
    "phi3": {**LLAMA_LIKE, "pad_token_id": 0},
    "qwen2_moe": {**LLAMA_LIKE, "num_experts": 4, "moe_intermediate_size": 16, "shared_expert_intermediate_size": 16},
    "qwen3": {**LLAMA_LIKE, "head_dim": 8},
}


def check(directory: Path) -> None:
    check_base(find_base_model(str(directory)), "eager")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A copy of the shipped model, to be spoilt."""
    return Path(shutil.copytree(FIXTURES / "model", tmp_path / "base"))


def make(directory: Path, kind: str, shard: str = "1GB", **values: Any) -> Path:
    """A tiny model of an architecture with random weights, and the shipped tokenizer beside it."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(kind, **{**ARCHITECTURES[kind], **values})
    AutoModelForCausalLM.from_config(config).save_pretrained(directory, max_shard_size=shard)
    for name in (TOKENIZER, TOKENIZER_CONFIG):
        shutil.copy(FIXTURES / "model" / name, directory)
    return directory


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_model_that_save_pretrained_wrote_is_let_through_and_loads(tmp_path: Path, kind: str, tied: bool) -> None:
    directory = make(tmp_path / kind, kind, "60KB", tie_word_embeddings=tied)
    assert (directory / INDEX).is_file()
    check(directory)
    trial = real_trial("lora", 4)
    assert load_model(trial, find_base_model(str(directory))).config.model_type == kind


def test_model_without_the_name_of_its_stack_in_front_is_let_through(tmp_path: Path) -> None:
    """As the first GPT-2 was saved, with the masks that it kept beside its weights."""
    import torch
    from safetensors.torch import load_file, save_file

    directory = make(tmp_path / "gpt2", "gpt2")
    tensors = {name.removeprefix("transformer."): one for name, one in load_file(directory / MODEL).items()}
    masks = {f"h.{block}.attn.bias": torch.ones(1, 1, 8, 8) for block in range(2)}
    save_file({**tensors, **masks}, directory / MODEL, {"format": "pt"})
    check(directory)


def test_embedded_model_is_let_through_and_its_copy_too(base: Path) -> None:
    check_base(find_base_model("embedded"), "eager")
    check(base)


def test_tokens_that_no_text_becomes_need_no_embedding(base: Path) -> None:
    """As with text models that share a tokenizer with models of pictures."""
    from transformers import AutoTokenizer

    longer = AutoTokenizer.from_pretrained(base)
    longer.add_tokens(["<image>"])
    longer.save_pretrained(base)
    check(base)


def without(*names: str) -> Callable[[Path], Any]:
    return lambda place: edit(place / MODEL, lambda name, one: None if name in names else one)


def reshaped(place: Path) -> None:
    edit(place / MODEL, lambda name, one: one[:64] if name == "model.layers.2.mlp.gate_proj.weight" else one)


def of_gpt2(place: Path) -> None:
    (place / CONFIG).write_text(json.dumps({"model_type": "gpt2", **GPT2}))


def without_files(*names: str) -> Callable[[Path], Any]:
    return lambda place: [(place / name).rename(place / f"{name}.gone") for name in names]


def holding(name: str, text: str | bytes) -> Callable[[Path], Any]:
    return lambda place: (place / name).write_bytes(text.encode() if isinstance(text, str) else text)


def config(**values: Any) -> Callable[[Path], Any]:
    return lambda place: set_in(place / CONFIG, **values)


def config_text(old: str, new: str) -> Callable[[Path], Any]:
    return lambda place: (place / CONFIG).write_text((place / CONFIG).read_text().replace(old, new))


def tokenizer_config(**values: Any) -> Callable[[Path], Any]:
    return lambda place: set_in(place / TOKENIZER_CONFIG, **values)


def cut(place: Path) -> None:
    (place / MODEL).write_bytes((place / MODEL).read_bytes()[:-1000])


def header(text: str) -> Callable[[Path], Any]:
    content = text.encode()
    return holding(MODEL, len(content).to_bytes(8, "little") + content)


def index(text: str) -> Callable[[Path], Any]:
    def change(place: Path) -> None:
        (place / MODEL).rename(place / "model-00001-of-00001.safetensors")
        (place / INDEX).write_text(text)

    return change


def directory_named(name: str) -> Callable[[Path], Any]:
    def change(place: Path) -> None:
        (place / name).unlink()
        (place / name).mkdir()

    return change


def end_beyond(place: Path) -> None:
    set_in(place / TOKENIZER_CONFIG, eos_token="<another end>")


def fewer_tokens(place: Path) -> None:
    set_in(place / CONFIG, vocab_size=512)
    edit(place / MODEL, lambda name, one: one[:512] if "embed_tokens" in name else one)


DEEP = "[" * 100_000
LONG = "9" * 5000
NORMS = ("model.norm.weight", "model.layers.3.input_layernorm.weight")

WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    "two norms removed": (
        without(*NORMS),
        "asks for 2 tensors that its weights do not hold, such as model.layers.3.input_layernorm.weight; random",
    ),
    "more layers": (config(num_hidden_layers=6), "do not hold, such as model.layers.5.input_layernorm.weight"),
    "fewer layers": (config(num_hidden_layers=4), "has no place, such as model.layers.4.input_layernorm.weight"),
    "another architecture": (of_gpt2, "asks for 29 tensors that its weights do not hold, such as lm_head.weight"),
    "another width": (
        config(hidden_size=64),
        "another shape than its weights hold, such as model.embed_tokens.weight",
    ),
    "one tensor of another shape": (
        reshaped,
        "asks for 1 tensor in another shape than its weights hold, such as",
    ),
    "a layer more in the weights": (
        lambda place: add(place / MODEL, "layers.4", "layers.5"),
        "for which its config.json has no place, such as model.layers.5",
    ),
    "a million layers": (
        config(num_hidden_layers=10**6),
        "num_hidden_layers is 1000000, and its weights hold 47",
    ),
    "a million experts": (
        config(model_type="mixtral", num_local_experts=10**6),
        "num_local_experts is 1000000, and at most 10,000 can be",
    ),
    "weights cut short": (cut, "is no whole safetensors file"),
    "weights that are none": (holding(MODEL, "no weights"), "is no whole safetensors file"),
    "an empty file of weights": (holding(MODEL, ""), "is no whole safetensors file"),
    "a header that is no JSON": (header("{"), "is no whole safetensors file"),
    "a header that is a list": (header("[]"), "is no whole safetensors file"),
    "a header that is deep": (header(DEEP), "is no whole safetensors file"),
    "a header with long numbers": (
        header(f'{{"a": {{"dtype": "F32", "shape": [{LONG}], "data_offsets": [0, 4]}}}}'),
        "is no whole safetensors file",
    ),
    "offsets beyond the end": (
        header('{"a": {"dtype": "F32", "shape": [1000], "data_offsets": [0, 4000]}}'),
        "is no whole safetensors file",
    ),
    "weights that are a directory": (directory_named(MODEL), "holds no .safetensors weights"),
    "no weights": (without_files(MODEL), "holds no .safetensors weights"),
    "weights of another name": (
        lambda place: (place / MODEL).rename(place / "other.safetensors"),
        "holds neither model.safetensors nor model.safetensors.index.json",
    ),
    "an index that is no JSON": (index("{"), "index.json: not valid JSON"),
    "an index that is a list": (index("[]"), "holds no JSON object"),
    "an index without a map": (index("{}"), "weight_map is missing"),
    "a map that is a list": (index('{"weight_map": []}'), "weight_map is []; it must be a table"),
    "a map that is empty": (index('{"weight_map": {}}'), "weight_map is {}; it must not be empty"),
    "a map to numbers": (index('{"weight_map": {"a": 1}}'), "weight_map.a is 1; it must be a text"),
    "a map to a missing shard": (
        index('{"weight_map": {"a": "b.safetensors"}}'),
        "'b.safetensors', which is not",
    ),
    "a map to another place": (index('{"weight_map": {"a": "../b/c"}}'), "'../b/c', which is not there"),
    "a map to a long name": (index(json.dumps({"weight_map": {"a": "b" * 300}})), "file systems take 255"),
    "a map to half a character": (index('{"weight_map": {"a": "\\ud800"}}'), "is not UTF-8"),
    "a map that is deep": (index(DEEP), "nested too deeply"),
    "no configuration": (without_files(CONFIG), "holds no config.json"),
    "a configuration that is a directory": (directory_named(CONFIG), "holds no config.json"),
    "a configuration that is a list": (holding(CONFIG, "[]"), "holds no JSON object"),
    "a configuration that is no JSON": (holding(CONFIG, "{"), "not valid JSON"),
    "a configuration that is no text": (holding(CONFIG, b"\xff"), "not valid JSON"),
    "a configuration that is deep": (holding(CONFIG, DEEP), "nested too deeply"),
    "a configuration with a long number": (
        config_text('"vocab_size": 1024', f'"vocab_size": {LONG}'),
        "a number of more than 4,300 digits",
    ),
    "an empty configuration": (holding(CONFIG, "{}"), "cannot be loaded: "),
    "an unknown type": (config(model_type="nothing-known"), "nothing-known"),
    "a type that is a number": (config(model_type=5), "model_type is 5; it must be a text"),
    "no type": (config(model_type=None), "cannot be loaded: "),
    "no heads": (config(num_attention_heads=0), "cannot be loaded: "),
    "heads as text": (config(num_attention_heads="4"), "cannot be loaded: "),
    "layers as text": (config(num_hidden_layers="5"), "cannot be loaded: "),
    "layers that are null": (config(num_hidden_layers=None), "cannot be loaded: "),
    "negative width": (config(hidden_size=-128), "cannot be loaded: "),
    "a vocabulary of half a token": (config(vocab_size=0.5), "cannot be loaded: "),
    "a context as text": (config(max_position_embeddings="512"), "max_position_embeddings: '512' is not allowed"),
    "a context of nothing": (config(max_position_embeddings=0), "Give a whole number from 1 to 1,000,000,000"),
    "a context that is infinite": (
        config_text('"max_position_embeddings": 512', '"max_position_embeddings": Infinity'),
        "max_position_embeddings: inf is not allowed",
    ),
    "outputs that are no table": (config(return_dict=False), "return_dict: False is not allowed. Leave it out."),
    "generation of no kind": (holding(GENERATION, "[]"), "holds no JSON object"),
    "generation without beams": (lambda place: set_in(place / GENERATION, num_beams=0), "num_beams: 0 is not"),
    "generation to a text": (
        lambda place: set_in(place / GENERATION, eos_token_id="end"),
        "eos_token_id: 'end' is",
    ),
    "generation with no penalty": (
        lambda place: set_in(place / GENERATION, repetition_penalty=0),
        "repetition_penalty: 0 is not allowed. Give a number above 0.",
    ),
    "another head": (config(architectures=["LlamaForSequenceClassification"]), "which continues no text"),
    "an architecture for no text": (config(model_type="vit", architectures=None), "cannot be loaded: "),
    "quantized weights": (config(quantization_config={"quant_method": "bitsandbytes"}), "is stored quantized"),
    "code of its own": (
        config(model_type="mine", auto_map={"AutoConfig": "mine.Config", "AutoModelForCausalLM": "mine.Model"}),
        "no model's code is run here. Give a model whose architecture transformers itself has",
    ),
    "an adapter beside it": (holding("adapter_config.json", "{}"), "holds an adapter_config.json too"),
    "no tokenizer": (without_files(TOKENIZER, TOKENIZER_CONFIG), "no tokenizer could be loaded: "),
    "an empty tokenizer": (holding(TOKENIZER, "{}"), "no tokenizer could be loaded: "),
    "a tokenizer that is a list": (holding(TOKENIZER, "[]"), "no tokenizer could be loaded: "),
    "a tokenizer that is no JSON": (holding(TOKENIZER, "{"), "no tokenizer could be loaded: "),
    "a tokenizer that is deep": (holding(TOKENIZER, DEEP), "no tokenizer could be loaded: nested too deeply"),
    "a tokenizer that is a directory": (directory_named(TOKENIZER), "no tokenizer could be loaded: "),
    "a tokenizer of another program": (holding(TOKENIZER, '{"added_tokens": [], "model": 1}'), "no tokenizer could be"),
    "a tokenizer's configuration that is a list": (holding(TOKENIZER_CONFIG, "[]"), "no tokenizer could be loaded: "),
    "an end that is a number": (tokenizer_config(eos_token=5), "no tokenizer could be loaded: "),
    "no end": (tokenizer_config(eos_token=None), "its tokenizer has no end token"),
    "an end without an embedding": (end_beyond, "gives '<another end>' the number 1,024, and its config.json makes"),
    "a larger vocabulary": (
        fewer_tokens,
        "the number 1,023, and its config.json makes embeddings for 512 tokens (0 to 511)",
    ),
    "a template that is none": (holding("chat_template.jinja", "{{ "), "its chat template cannot be read"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_base_is_refused_for(base: Path, change: Callable[[Path], Any], message: str) -> None:
    change(base)
    with pytest.raises(UserError) as caught:
        check(base)
    assert message in str(caught.value)
    assert "--base-model" in str(caught.value)


@pytest.mark.parametrize("quantization", ["none", "nf4"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without(*NORMS), "asks for 2 tensors that its weights do not hold"),
        (config(num_hidden_layers=6), "do not hold, such as model.layers.5.input_layernorm.weight"),
        (of_gpt2, "its weights do not hold"),
        (cut, "cannot be loaded"),
    ],
    ids=["two norms removed", "more layers", "another architecture", "cut short"],
)
def test_what_changed_since_the_plan_is_refused_where_it_is_loaded(
    base: Path, change: Callable[[Path], Any], message: str, quantization: str
) -> None:
    found = find_base_model(str(base))
    change(base)
    with pytest.raises(UserError, match=message):
        load_model(real_trial("lora", 4, quantization=quantization), found)
