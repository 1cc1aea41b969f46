"""Do our scores equal those of the field's yardstick, lm-eval, on the same model and items?

Plain, PEFT-wrapped and quantized models; prompts of unequal length, both padding sides, several batch sizes.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.data.tasks.general import ChoiceItem, GeneralTask, TextItem, find_general_tasks, load_general
from harness.data.tokenization import encode_pair
from harness.methods import training_method
from harness.run.scoring.general import evaluate_general
from harness.run.scoring.log_likelihood import score_pairs, score_texts
from harness.tests.builders import SCORING, real_trial

HFLM = pytest.importorskip("lm_eval.models.huggingface").HFLM
TASKS = ("facts", "agreement", "reading", "chat")
ITEMS = 40
CONTEXT = 512
WINDOW = 48
"""Tokens of context in the test of long texts."""

Load = Callable[..., Any]


def task(name: str) -> GeneralTask:
    """The first items of a shipped general task."""
    whole = load_general(find_general_tasks(name)[0])
    return replace(whole, items=whole.items[:ITEMS])


def wrapped(load: Load, quantization: str) -> Any:
    """LoRA with an update that does something."""
    model = training_method("lora").adapt(load(quantization), real_trial("lora", 4, quantization=quantization))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(0.02 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


MODELS: dict[str, Callable[[Load], Any]] = {
    "plain": lambda load: load(),
    "peft": lambda load: wrapped(load, "none"),
    "nf4": lambda load: load("nf4"),
    "nf4 with peft": lambda load: wrapped(load, "nf4"),
    "int8": lambda load: load("int8"),
}


@pytest.fixture(params=MODELS, scope="module")
def subject(request: pytest.FixtureRequest, load: Load) -> Any:
    return MODELS[request.param](load)


def yardstick(model: Any, tokenizer: Any, batch_size: int, **options: Any) -> Any:
    options = {"max_length": CONTEXT, "device": "cpu", **options}
    return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size, **options)


def requests(kind: str, arguments: Sequence[tuple[str, ...]]) -> list[Any]:
    from lm_eval.api.instance import Instance

    return [Instance(kind, doc={}, arguments=one, idx=number) for number, one in enumerate(arguments)]


@pytest.mark.parametrize(("batch_size", "side"), [(1, "right"), (7, "left"), (32, "right")])
def test_log_likelihoods_equal(subject: Any, tokenizer: Any, batch_size: int, side: str) -> None:
    """To 1e-3 nats, and the same greedy verdict, over choices from one word to a sentence."""
    texts = [
        (item.context, choice)
        for name in TASKS
        for item in task(name).items[:10]
        if isinstance(item, ChoiceItem)
        for choice in item.choices
    ]
    assert len({len(tokenizer(context)["input_ids"]) for context, _ in texts}) > 5
    before, tokenizer.padding_side = tokenizer.padding_side, side
    try:
        theirs = yardstick(subject, tokenizer, batch_size).loglikelihood(requests("loglikelihood", texts))
        pairs = [encode_pair(tokenizer, *one) for one in texts]
        ours = score_pairs(subject, pairs, tokenizer.pad_token_id, replace(SCORING, batch_tokens=900), CONTEXT)
    finally:
        tokenizer.padding_side = before
    assert [-one.nll for one in ours] == pytest.approx([value for value, _ in theirs], abs=1e-3)
    assert [one.greedy for one in ours] == [bool(greedy) for _, greedy in theirs]


def test_rolling_log_likelihoods_equal(subject: Any, tokenizer: Any) -> None:
    """Texts longer than the context too, window by window.

    By default lm-eval puts a start token before the one that this tokenizer adds, and scores the second as
    if it were text; `add_bos_token=False` keeps to the text.
    """
    texts = [item.text for item in task("text").items[:12] if isinstance(item, TextItem)]
    texts.append("\n".join(texts))
    assert len(tokenizer(texts[-1])["input_ids"]) > 3 * WINDOW
    lm = yardstick(subject, tokenizer, 4, max_length=WINDOW, add_bos_token=False)
    theirs = lm.loglikelihood_rolling(requests("loglikelihood_rolling", [(text,) for text in texts]))
    pairs = [encode_pair(tokenizer, "", text) for text in texts]
    ours = score_texts(subject, pairs, tokenizer.pad_token_id, SCORING, WINDOW)
    assert [-one.nll for one in ours] == pytest.approx(theirs, abs=1e-3)


def judged(model: Any, tokenizer: Any, path: Path, config: dict[str, Any], **options: Any) -> dict[str, float]:
    """lm-eval's own metrics on a file of items."""
    from lm_eval import evaluate
    from lm_eval.api.task import ConfigurableTask

    config = {
        "task": path.stem,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(path)}},
        "test_split": "test",
        **config,
    }
    found = evaluate(
        lm=yardstick(model, tokenizer, 8, **options),
        task_dict={path.stem: ConfigurableTask(config=config)},
        bootstrap_iters=0,
    )
    return {str(key).split(",")[0]: value for key, value in found["results"][path.stem].items()}


@pytest.mark.parametrize("name", TASKS)
def test_accuracies_equal(subject: Any, tokenizer: Any, tmp_path: Path, name: str) -> None:
    """Exactly, plain and per byte."""
    own = task(name)
    rows = [
        {"context": item.context, "choices": list(item.choices), "answer": item.answer}
        for item in own.items
        if isinstance(item, ChoiceItem)
    ]
    path = tmp_path / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = {
        "output_type": "multiple_choice",
        "doc_to_text": "{{context}}",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "{{answer}}",
        "target_delimiter": "",
        "metric_list": [{"metric": "acc"}, {"metric": "acc_bytes"}],
    }
    theirs = judged(subject, tokenizer, path, config)
    ours = evaluate_general(subject, tokenizer, own, replace(SCORING, max_items=0), CONTEXT).score
    assert ours.value == theirs["acc"]
    assert ours.accuracy_per_byte == theirs["acc_bytes"]


def test_perplexities_equal(subject: Any, tokenizer: Any, tmp_path: Path) -> None:
    own = task("text")
    path = tmp_path / "text.jsonl"
    path.write_text("".join(json.dumps({"text": item.text}) + "\n" for item in own.items if isinstance(item, TextItem)))
    config = {
        "output_type": "loglikelihood_rolling",
        "doc_to_text": "",
        "doc_to_target": "{{text}}",
        "metric_list": [{"metric": name} for name in ("word_perplexity", "byte_perplexity", "bits_per_byte")],
    }
    theirs = judged(subject, tokenizer, path, config, add_bos_token=False)
    ours = evaluate_general(subject, tokenizer, own, replace(SCORING, max_items=0), CONTEXT).score
    assert ours.bits_per_byte is not None
    assert ours.bits_per_byte == pytest.approx(theirs["bits_per_byte"], rel=1e-5)
    assert 2**ours.bits_per_byte == pytest.approx(theirs["byte_perplexity"], rel=1e-5)
    assert ours.word_perplexity == pytest.approx(theirs["word_perplexity"], rel=1e-4)
    assert math.isfinite(ours.word_perplexity or math.nan)
