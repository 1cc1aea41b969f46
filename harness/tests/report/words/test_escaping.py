"""Text from results stays text: on the page, in Markdown, in a spreadsheet, in a picture."""

from typing import Any

import pytest

from harness.report.words.escaping import MOST_LETTERS, markdown, shortened, spreadsheet, visible


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        (-0.25, -0.25),
        (None, None),
        ("a-b", "a-b"),
    ],
)
def test_text_that_a_spreadsheet_would_run_is_quoted(value: Any, cell: Any) -> None:
    assert spreadsheet(value) == cell


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a␀b"),
        ("\u202eevil", "⟨U+202E⟩evil"),
        ("x\x1b[0m", "x␛[0m"),
        ("\ud800", "⟨U+D800⟩"),
        ("ä\n汉", "ä 汉"),
    ],
)
def test_control_characters_become_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_markdown_shows_names_and_follows_none_of_them() -> None:
    escaped = markdown("[x](https://e.org) | <b> *y* `z` @team\n# h")
    assert escaped == "\\[x\\](https:<!-- -->//e.org) \\| \\<b\\> \\*y\\* \\`z\\` @<!-- -->team \\# h"


def test_texts_of_a_picture_are_short_and_still_differ() -> None:
    name, long = "lora-r8", "w" * 20_000
    arms: list[dict[str, object]] = [{"arm": name, "gain": 0.5, "none": None}, {"arm": long + "a"}, {"arm": long + "b"}]
    found = shortened(arms)
    assert found[0] == arms[0]
    texts = [str(one["arm"]) for one in found[1:]]
    assert texts[0] != texts[1]
    assert {len(text) for text in texts} == {MOST_LETTERS}
    assert shortened(long + "a") == texts[0]
