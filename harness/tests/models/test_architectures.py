"""Does every family of models that people fine-tune train, score, generate and keep its promises? Tiny random ones."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from harness.models.base import BaseModel, find_base_model, load_tokenizer
from harness.models.soundness import AUTO, check_base
from harness.plan.job import Inputs
from harness.run.trial import run_trial
from harness.schema.paths import FIXTURES
from harness.schema.record import Status
from harness.tests.builders import PLATFORM, agreement, few_examples, real_trial

pytestmark = [pytest.mark.trains, pytest.mark.release, pytest.mark.filterwarnings("ignore")]

SMALL = {
    "vocab_size": 1024,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
"""What most configurations call it; the vocabulary is that of the embedded model's tokenizer."""
EXPERTS = {"num_local_experts": 4, "num_experts_per_tok": 2}
GPT2 = {"vocab_size": 1024, "n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 256, "bos_token_id": 1,
        "eos_token_id": 2}  # fmt: skip
WINDOW = {"sliding_window": 64}
OPT = {"ffn_dim": 128, "word_embed_proj_dim": 64, "do_layer_norm_before": True}

FAMILIES: dict[str, Mapping[str, Any]] = {
    "llama": SMALL,
    "qwen2": SMALL,
    "qwen3": SMALL,
    "gemma2": SMALL | WINDOW | {"query_pre_attn_scalar": 16},
    "gemma3_text": SMALL | WINDOW | {"query_pre_attn_scalar": 16},
    "mistral": SMALL | WINDOW,
    "phi3": SMALL,
    "gpt2": GPT2,
    "gpt_neox": SMALL,
    "opt": SMALL | OPT,
    "smollm3": SMALL,
    "mixtral": SMALL | EXPERTS,
}
WITHOUT_PADDING, WITHOUT_START = {"llama", "gpt2", "mistral"}, {"qwen2", "qwen3", "gpt_neox"}
"""Families whose own tokenizers have no token for it."""
ARMS = {
    "base": ("base", None, "none"),
    "full": ("full", None, "none"),
    "lora": ("lora", 2, "none"),
    "lora-nf4": ("lora", 2, "nf4"),
    "prompt-tuning": ("prompt-tuning", 4, "none"),
}
"""Method, rank and quantization."""


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, BaseModel]:
    """A model of random weights with a tokenizer as the family's are, and its name."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    name: str = request.param
    directory = tmp_path_factory.mktemp("base") / name
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(AutoConfig.for_model(name, **FAMILIES[name])).save_pretrained(directory)
    for part in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(FIXTURES / "model" / part, directory)
    path = directory / "tokenizer_config.json"
    content = json.loads(path.read_text())
    lacking = {"pad_token"} if name in WITHOUT_PADDING else {"bos_token"} if name in WITHOUT_START else set()
    path.write_text(json.dumps({key: value for key, value in content.items() if key not in lacking}))
    return name, find_base_model(str(directory))


def test_the_tokenizer_lacks_what_its_family_s_lack(family: tuple[str, BaseModel]) -> None:
    name, base = family
    tokenizer = load_tokenizer(base)
    assert (tokenizer.bos_token is None) == (name in WITHOUT_START)
    assert (tokenizer.pad_token == tokenizer.eos_token) == (name in WITHOUT_PADDING)


@pytest.mark.parametrize("arm", ARMS)
def test_family_keeps_every_promise(family: tuple[str, BaseModel], arm: str) -> None:
    name, base = family
    method, rank, quantization = ARMS[arm]
    platform = replace(PLATFORM, attention=check_base(base, AUTO))
    trial = real_trial(method, rank, base=base.source, quantization=quantization, platform=platform)
    target = replace(few_examples(), metric="exact_match")
    measured = run_trial(trial, Inputs(base, target, (agreement(),)))
    record = measured.record
    assert record.status is Status.COMPLETED, f"{name}: {record.reason}"
    assert [one.name for one in record.promises if one.held is False] == []
    assert record.target is not None
    assert len(measured.items) > 0
    answers = measured.items[measured.items["role"] == "target"]["answer"]
    assert answers.notna().all()
