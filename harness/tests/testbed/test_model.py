"""The shipped model: what its card says, of the promised size, and above chance on every ability."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from harness.data.tasks.general import ChoiceItem, GeneralTask, TextItem
from harness.schema.exit_codes import ExitCode
from harness.testbed.__main__ import main
from harness.testbed.card import parameter_count
from harness.testbed.check import differences, read_card
from harness.testbed.general import ABILITIES
from harness.testbed.scoring import accuracy, perplexity
from harness.testbed.shipped import FIXTURES, general_task, load_model, load_tokenizer

SAMPLE = 40


def sample(ability: str) -> GeneralTask:
    task = general_task(FIXTURES / "tasks", ability)
    return replace(task, items=task.items[:SAMPLE])


# How far above chance 40 items must come out: reading and arithmetic are learned last.
MARGIN = {"reading": 0.15, "arithmetic": 0.15, "stories": 0.2, "agreement": 0.3}


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    return load_model(FIXTURES / "model")


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return load_tokenizer(FIXTURES / "model")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(FIXTURES / "model", tmp_path / "model")
    shutil.copytree(FIXTURES / "tasks", tmp_path / "tasks")
    return tmp_path


def test_the_shipped_files_are_what_their_card_says() -> None:
    assert differences(FIXTURES) == []


def test_the_model_is_of_the_promised_size() -> None:
    assert 1_000_000 <= parameter_count(FIXTURES) <= 3_000_000
    assert (FIXTURES / "model" / "model.safetensors").stat().st_size < 8_000_000


@pytest.mark.parametrize("ability", ABILITIES)
def test_the_model_beats_chance(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, ability: str) -> None:
    some = sample(ability)
    assert accuracy(model, tokenizer, some) >= some.chance + MARGIN.get(ability, 0.5)


def test_a_model_that_knows_nothing_scores_chance(tokenizer: PreTrainedTokenizerFast) -> None:
    model = load_model(FIXTURES / "model")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    some = sample("facts")
    text = GeneralTask("text", "text", (TextItem("1", "1", "A dog runs."),), "")
    assert accuracy(model, tokenizer, some) == some.chance
    assert perplexity(model, tokenizer, text) == pytest.approx(len(tokenizer), rel=1e-4)


def test_scores_do_not_depend_on_shared_passes(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    some = sample("arithmetic")
    alone = [_plain(model, tokenizer, item) for item in some.items if isinstance(item, ChoiceItem)]
    assert accuracy(model, tokenizer, some) == sum(alone) / len(alone)


@torch.inference_mode()
def _plain(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, item: ChoiceItem) -> bool:
    """One item scored choice by choice, unbatched and unpadded."""
    scores = []
    for choice in item.choices:
        ids = torch.tensor([tokenizer(item.context + choice)["input_ids"]])
        log_p = torch.log_softmax(model(input_ids=ids).logits[0, :-1], -1)
        start = len(tokenizer(item.context)["input_ids"])
        scores.append(float(log_p[start - 1 :].gather(-1, ids[0, start:, None]).sum()))
    return scores.index(max(scores)) == item.answer


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("tasks/general/facts.jsonl", "another content"),
        ("model/tokenizer.json", "another content"),
        ("tasks/general/extra.jsonl", "not in the card"),
        ("model/README.md", "not what card.json renders to"),
    ],
)
def test_check_names_a_spoilt_file(copied: Path, spoil: str, told: str) -> None:
    path = copied / spoil
    path.write_bytes((path.read_bytes() if path.exists() else b"") + b"\n")
    assert any(told in line and Path(spoil).name in line for line in differences(copied))


def test_check_fails_on_a_wrong_parameter_count(copied: Path) -> None:
    card = read_card(copied) | {"parameters": 7}
    (copied / "model" / "card.json").write_text(json.dumps(card))
    assert main(["check", "--out", str(copied)]) is ExitCode.FAILED


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "--threads", "0"],
        ["build", "--minutes", "-1"],
        ["build", "--minutes", "nan"],
        ["check", "--out", "no-such-folder"],
    ],
    ids=" ".join,
)
def test_a_bad_argument_is_one_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) is ExitCode.USAGE_ERROR
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("\n") == 1
