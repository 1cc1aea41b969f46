"""JSON files of other programs with something wrong in them, as hypothesis thinks it up."""

import json
from typing import Any

from hypothesis import strategies as st

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\ud800", "a" * 300, "../..", "llama", "5", "(a+)+$", ".*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def spoilt(draw: st.DrawFn, content: dict[str, Any]) -> str:
    """The JSON of an object with odd values at some of its keys; now and then only half of it."""
    changes = draw(st.dictionaries(st.sampled_from(sorted(content)), ODD, min_size=1, max_size=3))
    text = json.dumps({**content, **changes})
    return draw(st.sampled_from([text, text, text, text[: len(text) // 2]]))
