"""Is every form of rows read as what it means, all of it, and does every wrong line give one message?"""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.data.readers.examples import Example
from harness.data.readers.files import read_rows
from harness.data.readers.forms import FORMATS, example_from_row, examples_from_rows, format_of
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
    "a list": ("[1]", "a JSON object is needed, not a list"),
    "a number": ("7", "a JSON object is needed, not a number"),
    "foreign keys": ('{"question": "a"}', "the keys question fit no known format"),
    "no keys": ("{}", "(none)"),
    "a prompt alone": ('{"prompt": "a"}', "the keys prompt fit no known format"),
    "a prompt that is a number": ('{"prompt": 1, "completion": "b"}', "prompt must be a text, not a number"),
    "a completion that is null": ('{"prompt": "a", "completion": null}', "completion must be a text, not null"),
    "an empty completion": ('{"prompt": "a", "completion": " "}', "the completion is empty"),
    "an id that is true": (
        '{"prompt": "a", "completion": "b", "id": true}',
        "a whole number, not a truth value",
    ),
    "a cluster that is a list": (
        '{"prompt": "a", "completion": "b", "cluster": ["a"]}',
        "a whole number, not a list",
    ),
    "a cluster that is an object": (
        '{"prompt": "a", "completion": "b", "cluster": {"a": 1}}',
        "whole number, not an object",
    ),
    "an id that is a fraction": ('{"text": "a", "id": 1.5}', "id must be a text or a whole number, not a number"),
    "an id that is no number": ('{"text": "a", "id": NaN}', "id must be a text or a whole number, not a number"),
    "an id without end": (json.dumps({"text": "a", "id": "x" * 1001}), "id has 1,001 letters; 1,000 at most"),
    "an id that is half a character": ('{"text": "a", "id": "\\ud83d"}', "id holds half of a surrogate pair"),
    "a key twice": ('{"prompt": "a", "prompt": "b", "completion": "c"}', "the key prompt stands twice"),
    "a key twice within": ('{"messages": [{"role": "user", "role": "user"}]}', "the key role stands twice"),
    "a number of 5,000 digits": ('{"prompt": "a", "x": ' + "1" * 5000 + "}", "a number of more than 4,300 digits"),
    "NaN for a text": ('{"prompt": NaN, "completion": "b"}', "prompt must be a text, not a number"),
    "messages that are a text": ('{"messages": "a"}', "`messages` must be a list"),
    "no messages": ('{"messages": []}', "`messages` must be a list"),
    "a message that is a text": ('{"messages": ["a"]}', "message 1 needs the keys role and content"),
    "a message without content": ('{"messages": [{"role": "user"}]}', "message 1 needs the keys role and content"),
    "an unknown role": (chat("user", "robot"), "message 2 has the role 'robot'"),
    "content that is no text": ('{"messages": [{"role": "user", "content": []}]}', "content is a list without parts"),
    "a last turn of the user": (chat("user", "assistant", "user"), "the last message must be the assistant's"),
    "an answer to nothing": (chat("assistant"), "something before the assistant's answer"),
    "an empty turn": (chat("user", "assistant").replace("x", " "), "message 2, the assistant's, is empty"),
    "an empty answer": ('{"user": "a", "assistant": ""}', "the assistant's answer is empty"),
    "a user that is a list": ('{"user": [], "assistant": "b"}', "user must be a text, not a list"),
    "an answer without a user": ('{"assistant": "b"}', "the keys assistant fit no known format"),
    "an empty text": ('{"text": " "}', "the text is empty"),
    "an empty input": ('{"input": ""}', "the input is empty"),
    "a text that is a number": ('{"text": 1}', "text must be a text, not a number"),
    "a text with a label": ('{"text": "a", "label": "b"}', "To train on `text` and leave the rest out"),
    "an input that is empty": ('{"input": "a", "output": " "}', "the output is empty"),
    "an answer that is a number": ('{"question": "a", "answer": 2}', "answer must be a text, not a number"),
    "an instruction that is null": ('{"instruction": null, "output": "a"}', "instruction must be a text, not null"),
    "a system text that is a number": (
        '{"system": 7, "prompt": "a", "completion": "b"}',
        "system must be a text, not a number",
    ),
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
SHARED = [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]
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
        pytest.param({"instruction": "a", "input": "b", "output": "c", "text": "d"}, "instruction", id="Alpaca"),
        pytest.param({"instruction": "a", "context": "b", "response": "c"}, "instruction", id="Dolly"),
        pytest.param({"question": "a", "answer": "c"}, "instruction", id="question and answer"),
        pytest.param({"query": "a", "response": "c"}, "instruction", id="query and response"),
        pytest.param({"input": "a", "output": "c"}, "instruction", id="input and output"),
        pytest.param({"conversations": SHARED}, "chat", id="ShareGPT"),
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
    objective, examples, _ = examples_from_rows([("a, line 1", EXCHANGE), ("a, line 2", MESSAGES)])
    assert objective == "chat"
    assert examples[0] == examples[1]


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


def prompt(**row: Any) -> str:
    example = example_from_row(row, "here")
    assert example.completion == "an answer"
    return example.prompt


ALPACA = {"instruction": "Do it.", "output": "an answer"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({"prompt": "a\n", "completion": "an answer"}, "a\n", id="a prompt"),
        pytest.param(
            {"system": "Be kind.", "prompt": "a\n", "completion": "an answer"}, "Be kind.\n\na\n", id="a system text"
        ),
        pytest.param(ALPACA, "### Instruction:\nDo it.\n\n### Response:\n", id="an instruction"),
        pytest.param({**ALPACA, "input": ""}, "### Instruction:\nDo it.\n\n### Response:\n", id="an empty input"),
        pytest.param({**ALPACA, "input": " "}, "### Instruction:\nDo it.\n\n### Response:\n", id="a blank input"),
        pytest.param({**ALPACA, "input": None}, "### Instruction:\nDo it.\n\n### Response:\n", id="no input"),
        pytest.param(
            {**ALPACA, "input": "{x}", "system": "Be kind."},
            "Be kind.\n\n### Instruction:\nDo it.\n\n### Input:\n{x}\n\n### Response:\n",
            id="an input and a system text",
        ),
        pytest.param(
            {"instruction": "Do it.", "context": "x", "response": "an answer"},
            "### Instruction:\nDo it.\n\n### Input:\nx\n\n### Response:\n",
            id="a context",
        ),
        pytest.param({"question": "Why?", "answer": "an answer"}, "Question: Why?\nAnswer: ", id="a question"),
        pytest.param({"query": "Why?", "response": "an answer"}, "Query: Why?\nResponse: ", id="a query"),
        pytest.param({"input": "x", "output": "an answer"}, "Input: x\nOutput: ", id="an input"),
    ],
)
def test_prompt_of(row: dict[str, Any], expected: str) -> None:
    assert prompt(**row) == expected


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param({"dialogue": "a", "summary": "b"}, "Rename dialogue to prompt and summary to", id="two"),
        pytest.param({"prompt": "a", "chosen": "b", "rejected": "c"}, "Rename chosen to completion.", id="one"),
        pytest.param({"dialog": [{"role": "user"}]}, "Rename dialog to messages, a list of {", id="a conversation"),
        pytest.param({"content": "a", "url": "b"}, "To train on content as plain text, rename it to text", id="a text"),
        pytest.param({"x": 1}, "Rename what is asked to prompt and what is to be answered to completion", id="others"),
        pytest.param({"text": "a", "label": "b"}, "leave the rest out, say --objective pretrain", id="a label"),
    ],
)
def test_conversion_is_said_for(row: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as caught:
        format_of(row, "data.jsonl, line 1")
    assert said in str(caught.value)
    assert "Allowed: {" in str(caught.value)


def test_keys_that_nobody_uses_are_named_once_for_each_file() -> None:
    first = [("a.jsonl, line 1", {**PROMPT, "source": "x", "tags": ["y"], "id": "1"})] * 3
    more: list[Any] = [("a.jsonl, line 9", {**PROMPT, "b\nc": 0, "source": None, "text": "", "tags": []})]
    other = [("set, train row 1", {**PROMPT, "source": "x"}), ("set, test row 1", {**PROMPT, "cluster": "x"})]
    assert examples_from_rows([*first, *more, *other]).ignored == (
        "a.jsonl: ignored: source, tags (3 rows); 'b\\nc' (1 row)",
        "set, train: ignored: source (1 row)",
    )


def test_many_ignored_keys_are_counted() -> None:
    row = {**PROMPT, **{f"k{number:02}": 1 for number in range(25)}}
    (line,) = examples_from_rows([("a.csv, line 2", row)]).ignored
    assert line.endswith("k18, k19 (1 row); and 5 other keys")


@pytest.mark.parametrize(
    ("row", "ignored"),
    [
        pytest.param({**PROMPT, "text": "x"}, "text", id="another form's key"),
        pytest.param({**MESSAGES, "prompt": "x"}, "prompt", id="the prompt beside messages"),
        pytest.param({**MESSAGES, "parallel_tool_calls": False}, "parallel_tool_calls", id="a key of a request"),
        pytest.param(
            {"messages": [{"role": "user", "content": "a", "name": "Ada"}, MESSAGES["messages"][1]]},
            "messages.name",
            id="the name of a speaker",
        ),
        pytest.param(
            {"messages": [{"role": "user", "content": [{"text": "a", "cache": {"x": 1}}]}, MESSAGES["messages"][1]]},
            "messages.content.cache",
            id="a key of a part",
        ),
        pytest.param(
            {"messages": [{"role": "user", "content": "a", "weight": 1}, MESSAGES["messages"][1]]},
            "messages.weight",
            id="a weight of the user's",
        ),
        pytest.param(
            {"conversations": [*SHARED, {"from": "human", "value": "Thanks."}]},
            "a last turn that nobody answers",
            id="a last turn of the user's",
        ),
    ],
)
def test_ignored_is(row: dict[str, Any], ignored: str) -> None:
    assert examples_from_rows([("a, line 1", row)]).ignored == (f"a: ignored: {ignored} (1 row)",)


def test_stated_objective_leaves_the_rest_out_by_name() -> None:
    read = examples_from_rows([("a, line 1", {"text": "x", "label": 1, **PROMPT})], "pretrain")
    assert read.ignored == ("a: ignored: completion, label, prompt (1 row)",)
