"""Is the part of a text that is kept beside its score the right one?"""

import pytest

from harness.run.scoring.excerpts import beginning, ending


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param(" short\n", "short", "short", id="that is short"),
        pytest.param("x" * 300, "x" * 300, "x" * 300, id="of exactly what is kept"),
        pytest.param("a" + "x" * 299 + "b", "a" + "x" * 298 + "…", "…" + "x" * 298 + "b", id="that is longer"),
    ],
)
def test_excerpts_of_a_text(text: str, first: str, last: str) -> None:
    assert (beginning(text), ending(text)) == (first, last)
