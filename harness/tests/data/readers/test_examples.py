"""Is an example what it says, wherever it stood?"""

from dataclasses import replace

import pytest

from harness.data.readers.examples import content_hash
from harness.data.readers.forms import example_from_row

PROMPT = {"prompt": "a", "completion": "b"}


def test_place_is_kept_and_is_no_part_of_an_example() -> None:
    here, there = (example_from_row(PROMPT, where) for where in ("data.jsonl, line 1", "data.jsonl, line 2"))
    assert here.place == "data.jsonl, line 1"
    assert here == there
    assert hash(here) == hash(there)
    assert replace(here, where="").place == f"Example '{here.id}'"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("A  b\n", " a B", True), ("ab", "a b", False), ("a", "b", False)],
    ids=["case and white space", "words", "letters"],
)
def test_content_hash_is_blind_to_nothing_but_case_and_white_space(left: str, right: str, same: bool) -> None:
    assert (content_hash(left) == content_hash(right)) is same
