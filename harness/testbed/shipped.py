"""The shipped files as objects: the base model, its tokenizer, the general items and the general text."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerFast

from harness.testbed.general import Item

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def load_model(folder: Path) -> LlamaForCausalLM:
    """The base in fp32 (its stored bf16 values, exactly), in evaluation mode."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    assert isinstance(model, LlamaForCausalLM)  # config.json says so
    return model.eval()


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The tokenizer that was trained with the base."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return tokenizer


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_items(tasks: Path, ability: str) -> list[Item]:
    """The shipped items of one ability."""
    rows = read_rows(tasks / "general" / f"{ability}.jsonl")
    return [Item(r["id"], r["context"], tuple(r["choices"]), r["answer"], r["cluster"]) for r in rows]


def read_texts(tasks: Path) -> list[str]:
    """The shipped general text."""
    return [str(r["text"]) for r in read_rows(tasks / "general" / "text.jsonl")]
