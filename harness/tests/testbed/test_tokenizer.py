"""The tokenizer: digits single, boundaries that do not move, and a chat mask on what the assistant says."""

import pytest
from transformers import PreTrainedTokenizerFast

from harness.data.readers.files import read_rows
from harness.data.tasks.general import ChoiceItem
from harness.testbed.abilities.chat import turn
from harness.testbed.general import ABILITIES
from harness.testbed.problem import SPLITS
from harness.testbed.shipped import FIXTURES, general_task, load_tokenizer
from harness.testbed.task_files import TARGETS
from harness.testbed.tokenizer import ROLES, SPECIAL, VOCABULARY


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return load_tokenizer(FIXTURES / "model")


def items_of(ability: str) -> list[ChoiceItem]:
    return [item for item in general_task(FIXTURES / "tasks", ability).items if isinstance(item, ChoiceItem)]


def _moved(tokenizer: PreTrainedTokenizerFast, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs whose joint tokens are not those of context and continuation one after the other."""
    before = tokenizer([a for a, _ in pairs])["input_ids"]
    after = tokenizer([b for _, b in pairs], add_special_tokens=False)["input_ids"]
    joint = tokenizer([a + b for a, b in pairs])["input_ids"]
    return [pair for pair, a, b, both in zip(pairs, before, after, joint, strict=True) if a + b != both]


@pytest.mark.parametrize("ability", ABILITIES)
def test_joint_equals_separate_tokenization_for_every_item(tokenizer: PreTrainedTokenizerFast, ability: str) -> None:
    pairs = [(i.context, c) for i in items_of(ability) for c in i.choices]
    assert _moved(tokenizer, pairs) == []


@pytest.mark.parametrize("name", [t.NAME for t in TARGETS])
def test_joint_equals_separate_tokenization_for_every_target_row(tokenizer: PreTrainedTokenizerFast, name: str) -> None:
    folder = FIXTURES / "tasks" / "target" / name
    rows = [r for split in SPLITS for _, r in read_rows(folder / f"{split}.jsonl")]
    assert _moved(tokenizer, [(r["prompt"], r["completion"]) for r in rows]) == []


def test_a_context_that_ends_in_a_space_would_move_its_boundary(tokenizer: PreTrainedTokenizerFast) -> None:
    assert _moved(tokenizer, [("The dog ", "runs")]) == [("The dog ", "runs")]


def test_no_token_holds_two_digits(tokenizer: PreTrainedTokenizerFast) -> None:
    assert [t for t in tokenizer.get_vocab() if sum(c.isdigit() for c in t) > 1] == []
    assert len(tokenizer(" 4096 + 17", add_special_tokens=False)["input_ids"]) == 7


@pytest.mark.parametrize("ability", ["facts", "agreement", "stories", "reading", "chat"])
def test_every_choice_of_a_word_ability_is_one_token(tokenizer: PreTrainedTokenizerFast, ability: str) -> None:
    choices = sorted({c for i in items_of(ability) for c in i.choices})
    lengths = [len(ids) for ids in tokenizer(choices, add_special_tokens=False)["input_ids"]]
    assert [c for c, n in zip(choices, lengths, strict=True) if n != 1] == []


def test_bos_opens_and_no_eos_closes(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer("A cat")["input_ids"][0] == tokenizer.bos_token_id
    assert tokenizer.eos_token_id not in tokenizer("A cat")["input_ids"]
    assert len(tokenizer) == VOCABULARY
    assert len({tokenizer.convert_tokens_to_ids(t) for t in SPECIAL}) == len(SPECIAL)


def test_special_tokens_written_out_are_parsed(tokenizer: PreTrainedTokenizerFast) -> None:
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(turn("user", "Hi"))["input_ids"])
    assert [t for t in tokens if t in ROLES] == ["<|user|>", "<|end|>"]


def test_the_chat_mask_covers_what_the_assistant_says_and_its_end(tokenizer: PreTrainedTokenizerFast) -> None:
    said = (("system", "You are a helper."), ("user", "A dog?"), ("assistant", "red"), ("user", "A cat?"),
            ("assistant", "blue hat"), ("user", "So?"), ("assistant", "gold"))  # fmt: skip
    messages = [{"role": role, "content": content} for role, content in said]
    made = tokenizer.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)
    kept = [i for i, m in zip(made["input_ids"], made["assistant_masks"], strict=True) if m]
    assert tokenizer.decode(kept) == " red<|end|> blue hat<|end|> gold<|end|>"


def test_the_chat_template_writes_what_the_corpus_writes(tokenizer: PreTrainedTokenizerFast) -> None:
    messages = [{"role": "user", "content": "A dog?"}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text == "<bos>" + turn("user", "A dog?") + "<|assistant|>"
    made = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)
    assert made["input_ids"] == tokenizer(turn("user", "A dog?") + "<|assistant|>")["input_ids"]
