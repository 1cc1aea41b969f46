"""Does every wrong line of a data file give one message that says where and what?"""

import json
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.formats import Example, content_hash, example_from_row, read_rows

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
    "an id that is a number": ('{"prompt": "a", "completion": "b", "id": 1}', "id must be a text, not int"),
    "a cluster that is a list": ('{"prompt": "a", "completion": "b", "cluster": []}', "cluster must be a text"),
    "messages that are a text": ('{"messages": "a"}', "`messages` must be a list"),
    "no messages": ('{"messages": []}', "`messages` must be a list"),
    "a message that is a text": ('{"messages": ["a"]}', "message 1 needs the keys role and content"),
    "a message without content": ('{"messages": [{"role": "user"}]}', "message 1 needs the keys role and content"),
    "an unknown role": (chat("user", "robot"), "message 2 has the role 'robot'"),
    "content that is no text": ('{"messages": [{"role": "user", "content": []}]}', "content must be a text, not list"),
    "a last turn of the user": (chat("user", "assistant", "user"), "the last message must be the assistant's"),
    "an answer to nothing": (chat("assistant"), "something before the assistant's answer"),
}


@pytest.mark.parametrize(("line", "message"), BAD.values(), ids=BAD)
def test_line_is_refused_with(tmp_path: Path, line: str, message: str) -> None:
    path = written(tmp_path / "data.jsonl", GOOD, "", line, GOOD)
    with pytest.raises(UserError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}, line 3: ")
    assert message in str(caught.value)


def test_empty_answer_of_a_conversation_is_refused(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " "}]}
    with pytest.raises(UserError, match=r"line 1.*empty"):
        read(written(tmp_path / "data.jsonl", json.dumps(row)))


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
