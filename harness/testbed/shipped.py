"""The shipped files as objects: the base model, its tokenizer, the general items and the general text."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerFast

from harness.data.tasks.general import GeneralTask, load_general
from harness.schema.paths import FIXTURES as FIXTURES


def load_model(folder: Path) -> LlamaForCausalLM:
    """The base in fp32 (its stored bf16 values, exactly), in evaluation mode."""
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", trust_remote_code=False
    )
    assert isinstance(model, LlamaForCausalLM)  # config.json says so
    return model.eval()


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The tokenizer that was trained with the base."""
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return tokenizer


def general_task(tasks: Path, name: str) -> GeneralTask:
    """The shipped items of one ability, or the general text."""
    return load_general(tasks / "general" / f"{name}.jsonl")
