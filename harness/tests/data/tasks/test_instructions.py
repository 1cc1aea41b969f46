"""Does every check hold for an answer that obeys, and not for one that does not?"""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.data.tasks.general import InstructionItem, load_general, text_of
from harness.data.tasks.instructions import checks_of, kinds, obeys
from harness.schema.errors import UserError

NUMBER_WORDS = {"kind": "words", "exactly": 3}
# A check, answers that obey it, and answers that do not.
TABLE: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "capitals": ({"kind": "upper_case"}, ["RIVER", "A 7!"], ["River", "river", "7"]),
    "small letters": ({"kind": "lower_case"}, ["river", "a 7!"], ["River", "7"]),
    "a title": ({"kind": "title_case"}, ["The Old Man", "Don't Go"], ["The old Man", "12"]),
    "words": (NUMBER_WORDS, ["one two three", "well-known, isn't it?", "a\nb\nc"], ["one two", "a b c d", "!"]),
    "words at least": ({"kind": "words", "at_least": 2}, ["a b", "a b c"], ["a"]),
    "words between": ({"kind": "words", "at_least": 2, "at_most": 3}, ["a b", "a b c"], ["a", "a b c d"]),
    "sentences": ({"kind": "sentences", "exactly": 2}, ["One. Two!", "It costs 3.50. Why?"], ["One.", "One. Two"]),
    "lines": ({"kind": "lines", "exactly": 2}, ["a\nb", "a\n\nb\n"], ["a b", "a\nb\nc"]),
    "dashes": ({"kind": "items", "exactly": 2}, ["- a\n- b"], ["a\nb", "- a", "List:\n- a\n- b", "-a\n-b"]),
    "numbers before": ({"kind": "items", "mark": "1.", "exactly": 2}, ["1. a\n2. b"], ["1. a\n1. b", "- a\n- b"]),
    "parts": ({"kind": "parts", "between": ",", "exactly": 3}, ["a, b,c"], ["a, b", "a,,b", "a b c"]),
    "characters": ({"kind": "characters", "at_most": 5}, ["abcde"], ["abcdef"]),
    "beginning": ({"kind": "starts_with", "text": "Dear"}, ["Dear Ann"], ["dear Ann", "My Dear"]),
    "end": ({"kind": "ends_with", "text": "END"}, ["so END"], ["END so", "end"]),
    "text": ({"kind": "contains", "text": "Bread"}, ["some bread", "BREAD"], ["butter"]),
    "text twice": ({"kind": "contains", "text": "a", "times": 2}, ["a A"], ["a", "a a a"]),
    "no text": ({"kind": "without", "text": "red"}, ["blue"], ["Red", "hundred"]),
    "no letter": ({"kind": "without_letter", "letter": "e"}, ["a cat"], ["tree", "E", "7"]),
    "first letters": ({"kind": "words_begin_with", "letter": "b"}, ["big Bird"], ["big cat", "!"]),
    "the alphabet": ({"kind": "alphabetical"}, ["ant, Bee, cat"], ["bee ant", "ant"]),
    "no marks": ({"kind": "no_punctuation"}, ["a b c"], ["a, b", "a_b"]),
    "one of": ({"kind": "one_of", "texts": ["Yes", "No"]}, ["Yes", " No\n"], ["yes", "Yes."]),
    "a number": ({"kind": "whole_number"}, ["7", "-12"], ["seven", "7.5", "7 cats", "\u0667", "1" * 5000]),
    "a number in bounds": ({"kind": "whole_number", "low": 2, "high": 4}, ["2", "4"], ["1", "5"]),
    "a key": ({"kind": "json_key", "key": "a"}, ['{"a": 1}', '{"b": 2, "a": null}'], ['{"b": 1}', "[1]", "[" * 9999]),
    "a value": ({"kind": "json_key", "key": "a", "value": 1}, ['{"a": 1}'], ['{"a": "1"}', '{"a": true}', '{"a": 2}']),
    "a key alone": ({"kind": "json_key", "key": "a", "only": True}, ['{"a": 1}'], ['{"a": 1, "b": 2}']),
    "a list": ({"kind": "json_list", "exactly": 2}, ["[1, 2]", '["a", "b"]'], ["[1]", '{"a": 1, "b": 2}', "1, 2"]),
}  # fmt: skip
ROW: dict[str, Any] = {"prompt": "Say three words.", "checks": [NUMBER_WORDS], "answer": "one two three"}


def one(check: dict[str, Any], answer: str) -> bool:
    return obeys(checks_of([check], "here"), answer)


@pytest.mark.parametrize(("check", "good", "bad"), TABLE.values(), ids=TABLE)
def test_check_tells_answers_apart(check: dict[str, Any], good: list[str], bad: list[str]) -> None:
    assert [answer for answer in good if not one(check, answer)] == []
    assert [answer for answer in bad if one(check, answer)] == []


@pytest.mark.parametrize("check", [row[0] for row in TABLE.values()], ids=TABLE)
@pytest.mark.parametrize("answer", ["", " \n"], ids=["nothing", "blanks"])
def test_empty_answer_meets_no_check(check: dict[str, Any], answer: str) -> None:
    assert not one(check, answer)


def test_table_holds_every_kind() -> None:
    assert {check["kind"] for check, *_ in TABLE.values()} == set(kinds())


def test_all_checks_must_hold() -> None:
    both = checks_of([NUMBER_WORDS, {"kind": "upper_case"}], "here")
    assert [obeys(both, answer) for answer in ("ONE TWO THREE", "one two three", "ONE")] == [True, False, False]


def read(path: Path, *rows: dict[str, Any]) -> tuple[Any, ...]:
    (path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_general(path / "own.jsonl").items


def test_row_is_an_instruction(tmp_path: Path) -> None:
    given = {**ROW, "id": 7, "cluster": "k", "max_tokens": 9}
    nameless = {**ROW, "instruction": "Speak.", "prompt": ""}
    del nameless["prompt"]
    first, second = read(tmp_path, given, nameless)
    assert first == InstructionItem("7", "k", "Say three words.", checks_of([NUMBER_WORDS], ""), "one two three", 9)
    assert (second.prompt, second.max_tokens, second.cluster) == ("Speak.", 64, second.id)
    assert text_of(first) == "Say three words. one two three"
    task = load_general(tmp_path / "own.jsonl")
    assert (task.kind, task.notes) == ("instruction", ())
    assert hash(task) == hash(load_general(tmp_path / "own.jsonl"))


@pytest.mark.parametrize(
    ("rows", "chance"),
    [
        pytest.param([ROW], 0.0, id="one alone"),
        pytest.param([ROW, {**ROW, "prompt": "b", "checks": [{"kind": "lower_case"}]}], 1.0, id="all alike"),
        pytest.param([ROW, {"prompt": "b", "checks": [{"kind": "lower_case"}], "answer": "x"}], 0.5, id="half"),
        pytest.param([ROW, {"prompt": "b", "checks": [{"kind": "upper_case"}], "answer": "X"}], 0.0, id="none"),
    ],
)
def test_chance_is_what_answers_to_others_score(tmp_path: Path, rows: list[dict[str, Any]], chance: float) -> None:
    read(tmp_path, *rows)
    assert load_general(tmp_path / "own.jsonl").chance == chance


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no checks": ({"checks": []}, "checks must be a list of at least one"),
    "a check alone": ({"checks": NUMBER_WORDS}, "checks must be a list of at least one"),
    "a check in words": ({"checks": ["three words"]}, r'checks\[1\] must be an object with a "kind", not a text'),
    "an unknown kind": ({"checks": [{"kind": "uppercase"}]}, "'uppercase' is not known. Did you mean 'upper_case'?"),
    "no kind": ({"checks": [NUMBER_WORDS, {}]}, r"checks\[2\].kind None is not known"),
    "a kind in a list": ({"checks": [{"kind": ["words"]}]}, "is not known"),
    "an unknown key": ({"checks": [{"kind": "words", "exact": 3}]}, "'exact' is not known. Did you mean 'exactly'"),
    "a number as text": ({"checks": [{"kind": "words", "exactly": "3"}]}, "words.exactly: '3' is not allowed"),
    "no number": ({"checks": [{"kind": "words"}]}, "give exactly, or at_least and at_most"),
    "too many numbers": ({"checks": [{"kind": "words", "exactly": 3, "at_most": 4}]}, "give exactly, or"),
    "bounds the wrong way": ({"checks": [{"kind": "words", "at_least": 3, "at_most": 2}]}, "is above at_most 2"),
    "two letters": ({"checks": [{"kind": "without_letter", "letter": "ab"}]}, "without_letter.letter is 'ab'"),
    "an empty text": ({"checks": [{"kind": "contains", "text": ""}]}, "contains.text is ''"),
    "no answer": ({"answer": None}, "answer must be a text, not null"),
    "an answer that does not obey": ({"answer": "one"}, "the answer 'one' does not meet the check 'words'"),
    "an empty answer": ({"answer": " "}, "the answer ' ' does not meet the check 'words'"),
    "no prompt": ({"prompt": None}, "prompt must be a text, not null"),
    "an empty prompt": ({"prompt": " "}, "the prompt is empty"),
    "no tokens": ({"max_tokens": 0}, "max_tokens is 0; it must be a whole number from 1 to 1,024"),
    "tokens in words": ({"max_tokens": "9"}, "max_tokens is '9'"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_instruction_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, {**ROW, "id": "first"}, {**ROW, **change})
    said = str(caught.value)
    assert message.replace("\\", "") in said
    assert "line 2" in said


def test_rows_of_two_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="choices, instructions or texts"):
        read(tmp_path, ROW, {"text": "a"})
