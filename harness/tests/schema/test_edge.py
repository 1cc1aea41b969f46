"""Does whatever an operating system or a parser raises end as one message that can be shown anywhere?"""

import errno
import json
import tomllib

import pytest

from harness.schema.edge import reading, usable_path, writing
from harness.schema.errors import LONGEST_MESSAGE, UserError, one_of, shown


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "x.toml: cannot be read (No such file or dire"),
        (MemoryError(), "x.toml: cannot be read (more than fits into memory). Mend it."),
        (RecursionError("maximum recursion depth exceeded"), "x.toml: not valid TOML (nested too deeply). Mend it."),
        (ValueError("two\nlines"), "x.toml: not valid TOML (two lines). Mend it."),
        (OverflowError(), "x.toml: not valid TOML (OverflowError). Mend it."),
    ],
)
def test_what_is_raised_is_said(raised: Exception, message: str) -> None:
    with pytest.raises(UserError) as caught, reading("x.toml", "TOML", "Mend it."):
        raise raised
    assert message in str(caught.value)


@pytest.mark.parametrize("text", [f"a = {'9' * 5000}", f"a = {'[' * 5000}", "a = ", "a = 1\na = 2"])
def test_no_text_of_toml_breaks_out(text: str) -> None:
    with pytest.raises(UserError, match=r"^x: not valid TOML"), reading("x", "TOML"):
        tomllib.loads(text)


@pytest.mark.parametrize("text", ["9" * 5000, "[" * 100_000, "{", ""])
def test_no_text_of_json_breaks_out(text: str) -> None:
    with pytest.raises(UserError, match=r"^x: not valid JSON"), reading("x", "JSON"):
        json.loads(text)


def test_a_mistake_within_keeps_its_own_message() -> None:
    with pytest.raises(UserError, match=r"^mine$"), reading("x", "JSON"):
        raise UserError("mine")


def test_a_full_disk_is_said() -> None:
    with pytest.raises(UserError) as caught, writing("/store/a.json", "Make room."):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == "/store/a.json: could not be written (No space left on device). Make room."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " is empty"),
        (" \t", " is empty"),
        ("a\0b", "holds a NUL character"),
        ("a/\udcff", "is not UTF-8"),
        ("a/" + 300 * "b", "has 300 bytes; file systems take 255"),
    ],
)
def test_text_that_can_name_no_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        usable_path(text)


def test_text_that_may_name_a_file_is_kept() -> None:
    assert usable_path("ä/b c") == "ä/b c"


def test_a_message_is_one_printable_line() -> None:
    error = UserError("a\n  b \x1b[31m\udcff\u202e" + 10 * LONGEST_MESSAGE * "x")
    assert str(error).startswith(r"a b \x1b[31m\udcff\u202exxx")
    assert len(str(error)) < LONGEST_MESSAGE + 10
    assert str(error).encode()


def test_any_value_can_be_shown() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(10**5000) == "(a value too large to show, int)"
    assert shown(deep) == "(a value too large to show, list)"
    assert shown("x" * 1000).endswith("...")
    assert "(a value too large to show, int) is not known" in str(one_of("Seed", 10**5000, ["a"]))
