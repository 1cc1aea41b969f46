"""Is the loss taken over the answers with their end tokens, and over nothing else?"""

from typing import Any

import pytest

from harness.data.objectives import IGNORED, Sequence, chat, collate, encode_all, instruction, packed
from harness.data.readers.examples import Example
from harness.data.tokenization import Pair, encode_answer, encode_pair, windows
from harness.schema.errors import UserError
from harness.tests.builders import few_examples, make_example

TURNS = (
    ("system", "Be brief."),
    ("user", "Name a color."),
    ("assistant", "red"),
    ("user", "And an animal?"),
    ("assistant", "bear"),
)


def supervised(tokenizer: Any, sequence: Sequence) -> str:
    return str(tokenizer.decode([label for label in sequence.labels if label != IGNORED]))


def talk(*turns: tuple[str, str]) -> Example:
    return make_example("", "", messages=turns)


@pytest.mark.parametrize(
    ("prompt", "completion", "learned"),
    [
        pytest.param("Question: What is it?\nAnswer:", " red", " red<eos>", id="a space before the completion"),
        pytest.param("Question: What is it?\nAnswer: ", "red", " red<eos>", id="a space after the prompt"),
        pytest.param("Make a poem.", " O map,\nso gold.", " O map,\nso gold.<eos>", id="a completion of two lines"),
        pytest.param("", "red bear", "red bear<eos>", id="no prompt"),
    ],
)
def test_instruction_learns_completion_and_end(tokenizer: Any, prompt: str, completion: str, learned: str) -> None:
    sequence = instruction(tokenizer, make_example(prompt, completion))
    assert supervised(tokenizer, sequence) == learned
    assert tokenizer.decode(sequence.input_ids) == "<bos>" + prompt.rstrip() + learned
    assert len(sequence.labels) == len(sequence.input_ids)


def test_supervised_labels_are_the_tokens_themselves(tokenizer: Any) -> None:
    """The model shifts them; a shift here as well would teach the token after the next."""
    for sequence in encode_all(tokenizer, "instruction", few_examples().train, 128):
        pairs = zip(sequence.input_ids, sequence.labels, strict=True)
        assert all(label in (IGNORED, token) for token, label in pairs)
        assert sequence.labels[-1] == tokenizer.eos_token_id
        assert sequence.labels[0] == IGNORED


def test_chat_learns_every_assistant_turn_with_its_end(tokenizer: Any) -> None:
    sequence = chat(tokenizer, talk(*TURNS))
    assert supervised(tokenizer, sequence) == " red<|end|> bear<|end|>"
    whole = tokenizer.decode(sequence.input_ids)
    assert whole.startswith("<bos><|system|> Be brief.<|end|><|user|>")
    assert whole.endswith("<|assistant|> bear<|end|>")


def test_chat_does_not_learn_turns_that_are_context(tokenizer: Any) -> None:
    plain, weighed = (
        chat(tokenizer, talk(*TURNS)),
        chat(tokenizer, make_example("", "", messages=TURNS, unlearned=(2,))),
    )
    assert weighed.input_ids == plain.input_ids
    assert supervised(tokenizer, weighed) == " bear<|end|>"


def test_scored_answer_is_the_last_turn(tokenizer: Any) -> None:
    pair = encode_answer(tokenizer, talk(*TURNS))
    assert tokenizer.decode(pair.continuation) == " bear<|end|>"
    assert tokenizer.decode(pair.context).endswith("And an animal?<|end|><|assistant|>")


@pytest.mark.parametrize("example", [make_example(), talk(("user", "a"), ("assistant", "b"))], ids=["prompt", "chat"])
def test_training_and_scoring_cut_at_the_same_token(tokenizer: Any, example: Example) -> None:
    sequence = (chat if example.messages else instruction)(tokenizer, example)
    pair = encode_answer(tokenizer, example)
    assert sequence.input_ids == pair.context + pair.continuation
    assert sequence.labels == [IGNORED] * len(pair.context) + pair.continuation


def test_chat_needs_a_template() -> None:
    class WithoutTemplate:
        chat_template = None

    with pytest.raises(UserError, match="no chat template"):
        chat(WithoutTemplate(), talk(*TURNS))


def test_chat_refuses_a_template_that_rewrites_earlier_turns(tokenizer: Any) -> None:
    from copy import deepcopy

    forgetful = deepcopy(tokenizer)
    forgetful.chat_template = "{{ messages[-1]['content'] }}"
    with pytest.raises(UserError, match="rewrites earlier turns"):
        chat(forgetful, talk(*TURNS))


def test_chat_names_the_line_that_a_template_refuses(tokenizer: Any) -> None:
    from copy import deepcopy

    strict = deepcopy(tokenizer)
    strict.chat_template = "{{ raise_exception('roles must alternate') }}"
    with pytest.raises(UserError, match=r"^data.jsonl, line 3: .* refuses the conversation \(roles must alternate\)"):
        chat(strict, make_example("", "", messages=TURNS, where="data.jsonl, line 3"))


class Letters:
    """A tokenizer of single letters: `a` is 2, `b` is 3, ...; 1 starts a text, 0 ends it."""

    bos_token_id, eos_token_id = 1, 0

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": [1] * add_special_tokens + [ord(letter) - ord("a") + 2 for letter in text]}


@pytest.mark.parametrize(
    ("length", "chunks"),
    [
        pytest.param(9, [[1, 2, 3, 4, 0, 5, 0]], id="all in one"),
        pytest.param(7, [[1, 2, 3, 4, 0, 5, 0]], id="all in one that is full"),
        pytest.param(4, [[1, 2, 3, 4], [0, 5, 0]], id="a last one that is shorter"),
        pytest.param(6, [[1, 2, 3, 4, 0, 5]], id="no last one of a single token"),
        pytest.param(2, [[1, 2], [3, 4], [0, 5]], id="pairs"),
    ],
)
def test_plain_texts_are_packed_into(length: int, chunks: list[list[int]]) -> None:
    texts = (make_example("", "abc"), make_example("", "d"))
    assert packed(Letters(), texts, length) == [Sequence(chunk, chunk) for chunk in chunks]
    assert encode_all(Letters(), "pretrain", texts, length) == packed(Letters(), texts, length)


def test_packed_texts_are_the_texts(tokenizer: Any) -> None:
    texts = tuple(make_example("", f"The map {number} is gold.\n It is.") for number in range(9))
    sequences = encode_all(tokenizer, "pretrain", texts, 16)
    assert {len(one.input_ids) for one in sequences[:-1]} == {16}
    whole = tokenizer.decode([token for one in sequences for token in one.input_ids])
    assert whole == "<bos>" + "".join(f"{text.completion}<eos>" for text in texts)


LONG = make_example("one two three four five six seven eight nine ten red blue:", " bear")


def test_long_prompt_loses_its_beginning_and_keeps_its_start_token(tokenizer: Any) -> None:
    whole = instruction(tokenizer, LONG)
    (cut,) = encode_all(tokenizer, "instruction", (LONG,), len(whole.input_ids) - 5)
    assert cut.input_ids == whole.input_ids[:1] + whole.input_ids[6:]
    assert cut.labels == whole.labels[:1] + whole.labels[6:]
    assert cut.input_ids[0] == tokenizer.bos_token_id
    assert supervised(tokenizer, cut) == " bear<eos>"


def test_sequence_that_just_fits_is_left_alone(tokenizer: Any) -> None:
    whole = instruction(tokenizer, LONG)
    assert encode_all(tokenizer, "instruction", (LONG,), len(whole.input_ids)) == [whole]


def test_answer_keeps_all_its_tokens_down_to_the_start_token_alone(tokenizer: Any) -> None:
    answer = len(encode_answer(tokenizer, LONG).continuation)
    (cut,) = encode_all(tokenizer, "instruction", (LONG,), answer + 1)
    assert tokenizer.decode(cut.input_ids) == "<bos> bear<eos>"


def test_answer_longer_than_the_context_is_refused(tokenizer: Any) -> None:
    answer = len(encode_answer(tokenizer, LONG).continuation)
    with pytest.raises(UserError, match=rf"Example 'e'.*more than the {answer} tokens"):
        encode_all(tokenizer, "instruction", (LONG,), answer)


def test_batch_is_padded_on_the_right_and_hides_its_padding() -> None:
    batch = collate([Sequence([1, 5, 6, 7], [IGNORED, IGNORED, 6, 7]), Sequence([1, 8], [IGNORED, 8])], pad_id=0)
    assert batch["input_ids"].tolist() == [[1, 5, 6, 7], [1, 8, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORED, IGNORED, 6, 7], [IGNORED, 8, IGNORED, IGNORED]]


def test_loss_is_the_mean_over_supervised_tokens_of_the_batch(model: Any, tokenizer: Any) -> None:
    """By hand, one sequence at a time, unpadded."""
    import torch

    from harness.run.training.losses import cross_entropy

    sequences = encode_all(tokenizer, "instruction", few_examples().train[:5], 128)
    nats, count = 0.0, 0
    with torch.no_grad():
        batched = float(cross_entropy(tokenizer.pad_token_id, "float32")(model, sequences))
        for sequence in sequences:
            log_probs = model(torch.tensor([sequence.input_ids])).logits[0].log_softmax(-1)
            learned = [at for at, label in enumerate(sequence.labels) if label != IGNORED]
            nats -= sum(float(log_probs[at - 1, sequence.labels[at]]) for at in learned)
            count += len(learned)
    assert batched == pytest.approx(nats / count, rel=1e-5)


@pytest.mark.parametrize(
    ("tokens", "cut"),
    [
        pytest.param([2], [([1], [2])], id="a token"),
        pytest.param([2, 3, 4, 5], [([1], [2, 3, 4, 5])], id="as many as fit"),
        pytest.param([2, 3, 4, 5, 6], [([1], [2, 3, 4, 5]), ([2, 3, 4, 5], [6])], id="one more"),
        pytest.param(
            [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            [([1], [2, 3, 4, 5]), ([5], [6, 7, 8, 9]), ([7, 8, 9], [10, 11])],
            id="two windows and a half",
        ),
        pytest.param(
            [2, 3, 4, 5, 6, 7, 8, 9], [([1], [2, 3, 4, 5]), ([5], [6, 7, 8, 9])], id="two windows and nothing left"
        ),
    ],
)
def test_text_for_a_model_of_four_tokens_is_cut_into(tokens: list[int], cut: list[tuple[list[int], list[int]]]) -> None:
    """What lm-eval's `get_rolling_token_windows` and `make_disjoint_window` give for `context_len=1`."""
    found = windows(Pair([1], tokens), 4)
    assert found == cut
    assert all(len(context) + len(continuation) - 1 <= 4 for context, continuation in found)
    assert [token for _, continuation in found for token in continuation] == tokens


@pytest.mark.parametrize(
    ("context", "continuation", "given", "scored"),
    [
        ("The map", " is", "<bos>The map", " is"),
        ("The map ", "is", "<bos>The map", " is"),
        ("", "The map", "<bos>", "The map"),
        ("   ", "map", "<bos>", "   map"),
    ],
    ids=["plain", "space moves over", "no context", "nothing but space"],
)
def test_pair_is_cut_after(tokenizer: Any, context: str, continuation: str, given: str, scored: str) -> None:
    pair = encode_pair(tokenizer, context, continuation)
    assert (tokenizer.decode(pair.context), tokenizer.decode(pair.continuation)) == (given, scored)


def test_continuation_that_melts_into_the_context_still_has_tokens_to_score(tokenizer: Any) -> None:
    """` i` + `s` is one token; what is left of the continuation is nothing."""
    assert encode_pair(tokenizer, "The map i", "s").continuation
