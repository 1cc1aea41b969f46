"""Text from results stays text: on the page, in Markdown, in a spreadsheet, in a picture."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.report.words.escaping import MOST_LETTERS, code, markdown, shortened, spreadsheet, visible
from harness.tests.report.rendered import FIRST_ON_A_LINE, HOSTILE, Piece, blocks, cells_of, pieces, tables


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
    assert escaped == "\\[x\\](https:<!-- -->//e.org) \\| \\<b\\> \\*y\\* \\`z\\` @<!-- -->team \\#<!-- --> h"


@pytest.mark.parametrize("name", [*HOSTILE, *FIRST_ON_A_LINE])
def test_hostile_text_is_shown_as_it_is(name: str) -> None:
    seen = Piece(visible(name).strip(), frozenset())
    assert pieces(markdown(name)) == [seen]
    assert blocks(markdown(name)) == {"paragraph"}
    assert pieces(f"## {markdown(name)}") == [seen]
    assert blocks(f"above\n{markdown(name)}") == {"paragraph"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_shown_as_code(name: str) -> None:
    (piece,) = pieces(f"x {code(name)} y")
    assert piece == Piece(f"x {visible(name)} y", frozenset())


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("shown", [markdown, lambda name: code(name, cell=True)], ids=["text", "code"])
def test_hostile_text_stays_in_its_cell(name: str, shown: Callable[[str], str]) -> None:
    line = f"| {shown(name)} | after |"
    ((_, row),) = tables(f"| a | b |\n| --- | --- |\n{line}\n")
    assert [piece.text.strip() for piece in row] == [visible(name).strip(), "after"]
    assert not any(piece.markup for piece in row)
    assert cells_of(line) == 2


def test_code_reads_well_where_nothing_is_hostile() -> None:
    assert code("poems-lora-r4-gain", cell=True) == "`poems-lora-r4-gain`"
    assert code("lora[targets=.*(q|v)]", cell=True) == r"`lora[targets=.*(q\|v)]`"
    assert code("lora[targets=.*(q|v)]") == "`lora[targets=.*(q|v)]`"


def test_texts_of_a_picture_are_short_and_still_differ() -> None:
    name, long = "lora-r8", "w" * 20_000
    arms: list[dict[str, object]] = [{"arm": name, "gain": 0.5, "none": None}, {"arm": long + "a"}, {"arm": long + "b"}]
    found = shortened(arms)
    assert found[0] == arms[0]
    texts = [str(one["arm"]) for one in found[1:]]
    assert texts[0] != texts[1]
    assert {len(text) for text in texts} == {MOST_LETTERS}
    assert shortened(long + "a") == texts[0]
