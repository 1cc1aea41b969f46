"""Are conversations of every kind the same ones, with what is learned of them, and is what cannot be read refused?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.data.readers.conversations import BEDROCK, WITHOUT_TOOLS
from harness.data.readers.forms import example_from_row
from harness.schema.errors import UserError
from harness.tests.fuzzing import fuzzed

Row = dict[str, Any]
Turns = list[tuple[str, str]]

SHARE_GPT = {"system": "system", "user": "human", "assistant": "gpt"}
EXCHANGE = [("user", "a"), ("assistant", "b")]


def openai(turns: Turns) -> Row:
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


def parts(turns: Turns) -> Row:
    return {"messages": [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns]}


def developers(turns: Turns) -> Row:
    names = {"system": "developer"}
    return {"messages": [{"role": names.get(role, role), "content": text} for role, text in turns]}


def beside(turns: Turns) -> Row:
    """The system text outside, as Anthropic has it."""
    system = {"system": turns[0][1]} if turns[0][0] == "system" else {}
    return {**system, **openai(turns[len(system) :])}


def share_gpt(turns: Turns) -> Row:
    return {"conversations": [{"from": SHARE_GPT[role], "value": text} for role, text in turns]}


def bedrock(turns: Turns) -> Row:
    system = [{"text": text} for role, text in turns if role == "system"]
    talk = [{"role": role, "content": [{"text": text}]} for role, text in turns if role != "system"]
    return {"schemaVersion": BEDROCK, "system": system, "messages": talk}


@some.composite
def talks(draw: Any) -> Turns:
    word = some.text(min_size=1).filter(lambda text: bool(text.strip()))
    system = [("system", draw(word))] if draw(some.booleans()) else []
    pairs = draw(some.lists(some.tuples(some.text(), word), min_size=1, max_size=4))
    return system + [turn for asked, answered in pairs for turn in (("user", asked), ("assistant", answered))]


@given(turns=talks())
@fuzzed()
def test_conversation_is_the_same_in_every_form(turns: Turns) -> None:
    expected = example_from_row(openai(turns), "here")
    assert expected.messages == tuple(turns)
    for form in (parts, developers, beside, share_gpt, bedrock):
        if form is not beside or turns[0][0] == "system" or len(turns) > 1:
            assert example_from_row(form(turns), "here") == expected


@given(turns=talks(), data=some.data())
@fuzzed()
def test_turns_without_weight_are_context(turns: Turns, data: some.DataObject) -> None:
    row = openai(turns)
    answers = [at for at, (role, _) in enumerate(turns) if role == "assistant"]
    weights = {at: data.draw(some.sampled_from([0, 1, None, 0.0, 1.0])) for at in answers}
    for at, weight in weights.items():
        row["messages"][at]["weight"] = weight
    learned = [at for at in answers if weights[at] != 0]
    if not learned:
        with pytest.raises(UserError, match="every message of the assistant's has weight 0"):
            example_from_row(row, "here")
        return
    example = example_from_row(row, "here")
    assert example.messages == tuple(turns[: learned[-1] + 1])
    assert example.unlearned == tuple(at for at in answers if weights[at] == 0 and at < learned[-1])


def test_other_weights_are_another_example() -> None:
    row = openai([*EXCHANGE, *EXCHANGE])
    plain = example_from_row(row, "here")
    row["messages"][1]["weight"] = 1
    assert example_from_row(row, "here") == plain
    row["messages"][1]["weight"] = 0
    assert example_from_row(row, "here").id != plain.id


def test_texts_of_parts_stand_on_lines_of_their_own() -> None:
    content = [{"type": "text", "text": "x"}, {"type": "input_text", "text": "y", "image_url": None}]
    row = {"messages": [{"role": "user", "content": content}, openai(EXCHANGE)["messages"][1]]}
    assert example_from_row(row, "here").messages[0] == ("user", "x\ny")


@pytest.mark.parametrize("system", ["Be kind.", [{"text": "Be kind."}]], ids=["text", "parts"])
@pytest.mark.parametrize("inside", [[], [("system", "Be kind.")]], ids=["outside", "twice the same"])
def test_system_text_comes_first(system: Any, inside: Turns) -> None:
    example = example_from_row({"system": system, **openai([*inside, *EXCHANGE])}, "here")
    assert example.messages == (("system", "Be kind."), *EXCHANGE)


def told(**message: Any) -> Row:
    """A conversation whose first message says that."""
    return {"messages": [message, {"role": "assistant", "content": "b"}]}


def answered(**message: Any) -> Row:
    return {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", **message}]}


BAD: dict[str, tuple[Row, str]] = {
    "two system texts": (
        {"system": "Be kind.", **openai([("system", "Be brief."), *EXCHANGE])},
        "`system` and a system message of the conversation differ. Keep one of them.",
    ),
    "a system text that is a number": ({"system": 3, **openai(EXCHANGE)}, "system must be a text, not a number"),
    "tools": ({"tools": [{"type": "function"}], **openai(EXCHANGE)}, f"has tools. {WITHOUT_TOOLS}"),
    "tools of an exchange": ({"tools": "[{}]", "user": "a", "assistant": "b"}, "has tools. Calls of tools"),
    "functions": ({"functions": [{"name": "f"}], **openai(EXCHANGE)}, "has functions. Calls of tools"),
    "calls of tools": (answered(content=None, tool_calls=[{"id": "1"}]), "message 2 has tool_calls. Calls of tools"),
    "a call of a tool alone": (answered(tool_calls=[{"id": "1"}]), "needs the keys role and content. Calls of tools"),
    "a call of a function": (answered(content="b", function_call={"name": "f"}), "message 2 has function_call. Calls"),
    "what a tool says": (told(role="tool", content="7", tool_call_id="1"), "Write each call and each result"),
    "what a tool says to ShareGPT": (
        {"conversations": [{"from": "observation", "value": "7"}, {"from": "gpt", "value": "b"}]},
        "message 1 has the role 'observation'",
    ),
    "an image": (told(role="user", content=[{"type": "image_url", "image_url": {}}]), "a part of the kind 'image_url'"),
    "sound": (told(role="user", content=[{"type": "input_audio", "text": "x"}]), "a part of the kind 'input_audio'"),
    "an image of Bedrock's": (told(role="user", content=[{"image": {"format": "png"}}]), "without text, but image."),
    "a part that is a text": (told(role="user", content=["a"]), "holds a part that is no object but a text"),
    "a part of nothing": (told(role="user", content=[{}]), "without text, but nothing."),
    "a part that is a number": (told(role="user", content=[{"text": 1}]), "text must be a text, not a number"),
    "no parts": (told(role="user", content=[]), "content is a list without parts"),
    "a weight of 2": (answered(content="b", weight=2), "message 2 has the weight 2. Allowed: 0"),
    "a weight that is true": (answered(content="b", weight=True), "has the weight True"),
    "a weight that is a text": (answered(content="b", weight="0"), "has the weight '0'"),
    "no weight at all": (answered(content="b", weight=0), "there is nothing to learn. Remove the row."),
    "a role that is a list": (told(role=["user"], content="a"), "message 1 has the role ['user']. Allowed: system"),
    "an unknown schema": ({"schemaVersion": "x", **openai(EXCHANGE)}, f"schemaVersion is 'x'. Allowed: {BEDROCK}"),
    "a ShareGPT without answers": ({"conversations": [{"from": "human", "value": "a"}]}, "none of the assistant's"),
    "a ShareGPT that answers nothing": (
        {"conversations": [{"from": "gpt", "value": "a"}, {"from": "human", "value": "b"}]},
        "needs something before the assistant's answer",
    ),
    "a ShareGPT without turns": ({"conversations": []}, "`conversations` must be a list that is not empty"),
    "a ShareGPT without a value": ({"conversations": [{"from": "gpt"}]}, "message 1 needs the keys from and value"),
    "a value that is a list of numbers": ({"conversations": [{"from": "gpt", "value": [1]}]}, "no object but a number"),
    "a text of halves": (answered(content="\ud83d"), "content holds half of a surrogate pair"),
}


@pytest.mark.parametrize(("row", "message"), BAD.values(), ids=BAD)
def test_conversation_is_refused_with(row: Row, message: str) -> None:
    with pytest.raises(UserError) as caught:
        example_from_row(row, "data.jsonl, line 7")
    assert str(caught.value).startswith("data.jsonl, line 7: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("nothing", [None, [], "", "[]"], ids=json.dumps)
def test_columns_of_tools_that_hold_none_are_read(nothing: Any) -> None:
    row = {**openai(EXCHANGE), "tools": nothing}
    row["messages"][1] |= {"tool_calls": nothing, "weight": None}
    assert example_from_row(row, "here") == example_from_row(openai(EXCHANGE), "here")
