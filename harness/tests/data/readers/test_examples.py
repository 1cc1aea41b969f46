"""Does every wrong line of a data file give one message that says where and what?"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.data.readers.examples import (
    FORMATS,
    Example,
    content_hash,
    example_from_row,
    examples_from_rows,
    format_of,
)
from harness.data.readers.files import read_rows
from harness.schema.errors import UserError

GOOD = '{"prompt": "a", "completion": " b"}'


def read(path: Path) -> list[Example]:
    return [example_from_row(row, where) for where, row in read_rows(path)]


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def chat(*roles: str) -> str:
    return json.dumps({"messages": [{"role": role, "content": "x"} for role in roles]})


BAD = {
    "broken JSON": ('{"prompt": ', "not valid JSON"),
    "a list": ("[1]", "a JSON object is needed, not list"),
    "a number": ("7", "a JSON object is needed, not int"),
    "foreign keys": ('{"question": "a"}', "the keys question fit no known format"),
    "no keys": ("{}", "(none)"),
    "a prompt alone": ('{"prompt": "a"}', "the keys prompt fit no known format"),
    "a prompt that is a number": ('{"prompt": 1, "completion": "b"}', "prompt must be a text, not int"),
    "a completion that is null": ('{"prompt": "a", "completion": null}', "completion must be a text, not NoneType"),
    "an empty completion": ('{"prompt": "a", "completion": " "}', "the completion is empty"),
    "an id that is true": ('{"prompt": "a", "completion": "b", "id": true}', "id must be a text, not bool"),
    "a cluster that is a list": ('{"prompt": "a", "completion": "b", "cluster": []}', "cluster must be a text"),
    "messages that are a text": ('{"messages": "a"}', "`messages` must be a list"),
    "no messages": ('{"messages": []}', "`messages` must be a list"),
    "a message that is a text": ('{"messages": ["a"]}', "message 1 needs the keys role and content"),
    "a message without content": ('{"messages": [{"role": "user"}]}', "message 1 needs the keys role and content"),
    "an unknown role": (chat("user", "robot"), "message 2 has the role 'robot'"),
    "content that is no text": ('{"messages": [{"role": "user", "content": []}]}', "content must be a text, not list"),
    "a last turn of the user": (chat("user", "assistant", "user"), "the last message must be the assistant's"),
    "an answer to nothing": (chat("assistant"), "something before the assistant's answer"),
    "an empty turn": (chat("user", "assistant").replace("x", " "), "message 2, the assistant's, is empty"),
    "an empty answer": ('{"user": "a", "assistant": ""}', "the assistant's answer is empty"),
    "a user that is a list": ('{"user": [], "assistant": "b"}', "user must be a text, not list"),
    "an answer without a user": ('{"assistant": "b"}', "the keys assistant fit no known format"),
    "an empty text": ('{"text": " "}', "the text is empty"),
    "an empty input": ('{"input": ""}', "the input is empty"),
    "a text that is a number": ('{"text": 1}', "text must be a text, not int"),
    "a text with a label": ('{"text": "a", "label": "b"}', "To train on `text` and leave the rest out"),
    "an input with an output": ('{"input": "a", "output": "b"}', "the keys input, output fit no known format"),
    "half a character": ('{"prompt": "a", "completion": "\\ud83d"}', "completion holds half of a surrogate pair"),
}


@pytest.mark.parametrize(("line", "message"), BAD.values(), ids=BAD)
def test_line_is_refused_with(tmp_path: Path, line: str, message: str) -> None:
    path = written(tmp_path / "data.jsonl", GOOD, "", line, GOOD)
    with pytest.raises(UserError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}, line 3: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "the file is empty", id="is empty"),
        pytest.param(b"\n  \n", "the file is empty", id="holds blank lines alone"),
        pytest.param(b'{"prompt": "\xe9"}', "not UTF-8 (byte 12)", id="is Latin-1"),
    ],
)
def test_file_is_refused_that(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "data.jsonl").write_bytes(content)
    with pytest.raises(UserError) as caught:
        read(tmp_path / "data.jsonl")
    assert message in str(caught.value)


def test_missing_file_and_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(UserError, match="is a directory"):
        read(tmp_path)


@pytest.mark.parametrize(
    "text", ["\u2028", "\u0085", "\x0c", "\U0001f600", "é", "\r"], ids=lambda text: f"U+{ord(text):04X}"
)
def test_text_may_hold(tmp_path: Path, text: str) -> None:
    line = json.dumps({"prompt": f"a{text}b", "completion": " c"}, ensure_ascii=text < " ")
    (example,) = read(written(tmp_path / "data.jsonl", line))
    assert example.prompt == f"a{text}b"


def test_windows_line_ends_are_line_ends(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_bytes(f"{GOOD}\r\n{GOOD}\r\n".encode())
    assert len(read(tmp_path / "data.jsonl")) == 2


def test_prompt_and_completion_keep_their_white_space() -> None:
    example = example_from_row({"prompt": "a\n", "completion": " b "}, "here")
    assert (example.prompt, example.completion, example.question, example.answer) == ("a\n", " b ", "a\n", " b ")


def test_conversation_asks_with_all_but_the_last_turn() -> None:
    row = json.loads(chat("system", "user", "assistant"))
    example = example_from_row(row, "here")
    assert example.question == "system: x\nuser: x"
    assert example.answer == "x"


PROMPT = {"prompt": "a", "completion": "b"}
EXCHANGE = {"user": "a", "assistant": "b"}
MESSAGES = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(PROMPT, "instruction", id="prompt and completion"),
        pytest.param({**PROMPT, "source": "web"}, "instruction", id="prompt and completion among others"),
        pytest.param(MESSAGES, "chat", id="messages"),
        pytest.param({**MESSAGES, "prompt": "a"}, "chat", id="messages beside their prompt"),
        pytest.param(EXCHANGE, "chat", id="an exchange"),
        pytest.param({**EXCHANGE, "system": "c"}, "chat", id="an exchange with a system turn"),
        pytest.param({"text": "a"}, "pretrain", id="text"),
        pytest.param({"input": "a", "id": "1", "cluster": "2"}, "pretrain", id="input with id and cluster"),
    ],
)
def test_format_is_recognised_from(row: dict[str, Any], expected: str) -> None:
    assert format_of(row, "here") == expected
    assert example_from_row(row, "here") == example_from_row(row, "here", expected)


@pytest.mark.parametrize(
    ("objective", "row"),
    [
        pytest.param("instruction", {"text": "a"}, id="text as instruction"),
        pytest.param("instruction", MESSAGES, id="messages as instruction"),
        pytest.param("chat", PROMPT, id="a prompt as chat"),
        pytest.param("pretrain", PROMPT, id="a prompt as plain text"),
        pytest.param("pretrain", {}, id="nothing as plain text"),
    ],
)
def test_stated_objective_does_not_fit(objective: str, row: dict[str, Any]) -> None:
    with pytest.raises(UserError) as caught:
        example_from_row(row, "data.jsonl, line 7", objective)
    said = str(caught.value)
    assert said.startswith(f"data.jsonl, line 7: the stated objective, {objective}, does not fit.")
    assert (", ".join(sorted(row)) or "(none)") in said
    assert said.endswith(f"it needs {FORMATS[objective]}.")


def test_stated_objective_chooses_among_keys() -> None:
    row = {**PROMPT, **MESSAGES, "text": "c", "label": 1}
    examples = {objective: example_from_row(row, "here", objective) for objective in FORMATS}
    assert [one.answer for one in examples.values()] == ["b", "b", "c"]
    assert (examples["pretrain"].prompt, examples["pretrain"].messages) == ("", ())
    assert bool(examples["chat"].messages)


@pytest.mark.parametrize("system", [None, "", "Be brief."], ids=["null", "empty", "given"])
def test_exchange_is_a_conversation(system: str | None) -> None:
    example = example_from_row({**EXCHANGE, "system": system}, "here")
    turns = [{"role": "system", "content": system}] if system else []
    assert example == example_from_row({"messages": [*turns, *MESSAGES["messages"]]}, "here")


def test_first_row_of_another_format_is_named() -> None:
    rows = [("a, line 1", PROMPT), ("a, line 2", PROMPT), ("a, line 3", {"text": "x"}), ("a, line 4", EXCHANGE)]
    with pytest.raises(UserError) as caught:
        examples_from_rows(rows)
    assert str(caught.value) == (
        "a, line 3: the keys text are of the format pretrain, but a, line 1 is of the format instruction. "
        "Use one format in all rows."
    )


def test_both_forms_of_chat_may_stand_together() -> None:
    objective, examples = examples_from_rows([("a, line 1", EXCHANGE), ("a, line 2", MESSAGES)])
    assert objective == "chat"
    assert examples[0] == examples[1]


def test_place_is_kept_and_is_no_part_of_an_example() -> None:
    here, there = (example_from_row(PROMPT, where) for where in ("data.jsonl, line 1", "data.jsonl, line 2"))
    assert here.place == "data.jsonl, line 1"
    assert here == there
    assert hash(here) == hash(there)
    assert replace(here, where="").place == f"Example '{here.id}'"


def test_number_as_id_is_its_text() -> None:
    example = example_from_row({**PROMPT, "id": 7, "cluster": 3}, "here")
    assert (example.id, example.cluster) == ("7", "3")


@pytest.mark.parametrize("empty", [None, ""], ids=["null", "empty"])
def test_id_that_is_missing_in_a_table_is_made(empty: str | None) -> None:
    assert example_from_row({**PROMPT, "id": empty, "cluster": empty}, "x") == example_from_row(PROMPT, "x")


def test_id_defaults_to_the_content_and_cluster_to_the_id() -> None:
    first, same, other = (example_from_row({"prompt": prompt, "completion": "b"}, "here") for prompt in ("a", "a", "c"))
    assert first.id == same.id != other.id
    assert first.cluster == first.id
    named = example_from_row({"prompt": "a", "completion": "b", "id": "x", "cluster": "y"}, "here")
    assert (named.id, named.cluster) == ("x", "y")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("A  b\n", " a B", True), ("ab", "a b", False), ("a", "b", False)],
    ids=["case and white space", "words", "letters"],
)
def test_content_hash_is_blind_to_nothing_but_case_and_white_space(left: str, right: str, same: bool) -> None:
    assert (content_hash(left) == content_hash(right)) is same
