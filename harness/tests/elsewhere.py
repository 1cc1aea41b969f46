"""What other programs train: adapters and models by transformers' Trainer and by PEFT, and ways of spoiling them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.models.base import load_tokenizer
from harness.schema.paths import FIXTURES
from harness.tests.builders import embedded, few_examples

ADAPTER, MODEL, ADAPTER_CONFIG, CONFIG = (
    "adapter_model.safetensors",
    "model.safetensors",
    "adapter_config.json",
    "config.json",
)
TARGETS = ["q_proj", "v_proj"]


def plain_model() -> Any:
    """The shipped model as any other program loads it: no harness involved."""
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(FIXTURES / "model", dtype=torch.float32)


def lora(tokens: int = 0, **changes: Any) -> Any:
    """The shipped model under a LoRA of PEFT's, with an update that is not zero.

    Args:
        tokens: how many the model gets more than it had.
        changes: of PEFT's configuration.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)
    model = plain_model()
    if tokens:
        model.resize_token_embeddings(1024 + tokens, mean_resizing=False)
    config = {"r": 4, "target_modules": TARGETS, "task_type": "CAUSAL_LM", "init_lora_weights": False, **changes}
    return get_peft_model(model, LoraConfig(**config))


def train(model: Any, directory: Path) -> Path:
    """Two steps of transformers' Trainer on the first examples of a target, saved as it saves."""
    from transformers import Trainer, TrainingArguments

    tokenizer = load_tokenizer(embedded())
    rows = [tokenizer(one.prompt + one.completion)["input_ids"] for one in few_examples().train[:8]]
    width = min(map(len, rows))
    data = [{"input_ids": row[:width], "labels": row[:width]} for row in rows]
    arguments = TrainingArguments(
        str(directory.with_name("run")),
        max_steps=2,
        per_device_train_batch_size=4,
        learning_rate=1e-2,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(model, arguments, train_dataset=data, processing_class=tokenizer)
    trainer.train()
    trainer.save_model(str(directory))
    return directory


def train_all(place: Path) -> dict[str, Path]:
    """An adapter, a model, and an adapter merged into the model, which has no tokenizer beside it."""
    made = {"adapter": train(lora(), place / "adapter"), "model": train(plain_model(), place / "model")}
    lora().merge_and_unload().save_pretrained(place / "merged")
    return {**made, "merged": place / "merged"}


def edit(path: Path, change: Callable[[str, Any], Any]) -> None:
    """Every tensor of a file as `change(name, tensor)`; None drops it."""
    from safetensors.torch import load_file, save_file

    tensors = {name: change(name, tensor) for name, tensor in load_file(path).items()}
    save_file({name: one.contiguous() for name, one in tensors.items() if one is not None}, path, {"format": "pt"})


def add(path: Path, part: str, other: str) -> None:
    """Tensors with `part` in their name once more, with `other` instead."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(path)
    more = {name.replace(part, other): tensor.clone() for name, tensor in tensors.items() if part in name}
    save_file({**tensors, **more}, path, {"format": "pt"})


def set_in(path: Path, **values: Any) -> None:
    """Fields of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def with_index(directory: Path, content: str) -> None:
    """An index of shards instead of the one file of weights."""
    (directory / MODEL).unlink()
    (directory / f"{MODEL}.index.json").write_text(content)


def with_model_beside(directory: Path) -> None:
    shutil.copy(FIXTURES / "model" / MODEL, directory)
