"""For fuzzing of what is read back: content that was once whole, and is wrong in a few places."""

import json
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

from hypothesis import strategies as st

from harness.schema.errors import UserError

DIGITS, DEEP, NOTHING, ENDLESS = "@digits", "@deep", "@nan", "@inf"
"""What neither `json.dumps` nor a list can hold, written by `as_json` and `as_toml`."""
_MANY, _NESTED = "9" * 5000, f"{'[' * 3000}{']' * 3000}"

ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, True, False, 0, -1, 1, 2**31, 2**63, -(10**29), 10**40, 0.0, -0.5, 1e-320, 1e308, -1e308]),
    st.sampled_from(["", " ", "x", "1", "lora", "none", "a\nb", "a\0b", "\ud800", "\u202e", "x" * 300, "/" * 5000]),
    st.sampled_from([[], {}, [[]], [None], {"": {}}, {"a": {"b": [1]}}, ["a", 1], [1, 2, 3], DEEP, DIGITS]),
    st.sampled_from([NOTHING, ENDLESS, 40 * "9", "base", "all", "embedded", "new-facts", "tuned at"]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=10),
)
NAMES = st.sampled_from(["new", "", "a\nb", "x" * 300, "schema", "method"])
"""Keys to add."""
NUMBERS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, 0, 1, -1, 0.0, -0.5, 1e-320, 1e-12, 1e15, 1e29, -1e29, 10**29, NOTHING]),
    st.integers(-5, 50),
    st.floats(-2, 2),
    st.floats(-1e29, 1e29),
)
TEXTS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [None, "", " ", "-", "a\nb", "\ud800", "x" * 300, "base", "full", "lora", "none", "nf4", "accuracy"]
    ),
    st.sampled_from(["nll_per_token", "perplexity", "failed", "new-facts", "given", "tuned at", "text", "FAIL"]),
    st.text(max_size=5),
)


Path = tuple[str | int, ...]
_ROOT = "@root"


def _paths(content: Any, at: Path = ()) -> Iterator[Path]:
    """Of the content and of all that stands in it."""
    yield at
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inner:
        yield from _paths(value, (*at, key))


def _places(content: Any) -> list[list[Path]]:
    """Where something stands. Rows that are alike count as one place."""
    alike: dict[Path, list[Path]] = {}
    for path in _paths(content):
        alike.setdefault(tuple("[]" if isinstance(key, int) else key for key in path), []).append(path)
    return list(alike.values())


def mutated(content: Any) -> st.SearchStrategy[Any]:
    """The content with up to three places changed, taken away, or added to."""
    place = st.sampled_from(_places(content)).flatmap(st.sampled_from)
    actions = st.sampled_from(["change", "change", "change", "take", "add", "repeat"])
    changes = st.lists(st.tuples(place, actions, NAMES, ODD), min_size=1, max_size=3)
    return changes.map(lambda these: _changed(content, these))


def altered(content: Any) -> st.SearchStrategy[Any]:
    """The content with up to five values changed to others of their kind: most of it is read, and has to be shown."""
    place = st.sampled_from(_places(content)).flatmap(st.sampled_from)
    change = place.flatmap(lambda path: st.tuples(st.just(path), st.just("change"), st.just(""), _alike(path, content)))
    return st.lists(change, min_size=1, max_size=5).map(lambda these: _changed(content, these))


def _alike(path: Path, content: Any) -> st.SearchStrategy[Any]:
    found = content
    for step in path:
        found = found[step]
    if isinstance(found, bool):
        return st.booleans()
    if isinstance(found, dict | list):
        return st.sampled_from([None, type(found)(), found])
    return TEXTS if isinstance(found, str) else NUMBERS if found is not None else st.one_of(NUMBERS, TEXTS)


def _holds(at: Any, key: str | int) -> bool:
    if isinstance(at, list):
        return isinstance(key, int) and key < len(at)
    return isinstance(at, dict) and key in at


def _changed(content: Any, changes: list[tuple[Path, str, str, Any]]) -> Any:
    whole: Any = {_ROOT: content}
    for path, action, name, odd in changes:
        whole = _change(whole, (_ROOT, *path), action, name, odd)
    return whole[_ROOT]


def _change(at: Any, path: Path, action: str, name: str, odd: Any) -> Any:
    """What holds the place is copied, and all that holds that; the rest is shared with what was whole."""
    key, *rest = path
    if not _holds(at, key):  # an earlier change took it away
        return at
    at = copy(at)
    found = at[key]
    if rest:
        at[key] = _change(found, tuple(rest), action, name, odd)
    elif action == "take" and key != _ROOT:
        del at[key]
    elif action == "add" and isinstance(found, dict):
        at[key] = {**found, name: odd}
    elif action == "repeat" and isinstance(found, list) and found:
        at[key] = [*found, found[0]]
    else:
        at[key] = odd
    return at


def refused(read: Callable[[], Any]) -> bool:
    """Whether it ends in a message, which must fit on a line."""
    try:
        read()
    except UserError as error:
        said = str(error)
    else:
        return False
    assert said.isprintable()
    return True


def as_json(content: Any) -> bytes:
    text = json.dumps(content)
    for mark, written in ((DIGITS, _MANY), (DEEP, _NESTED), (NOTHING, "NaN"), (ENDLESS, "1e999")):
        text = text.replace(json.dumps(mark), written)
    return text.encode()


def as_toml(content: Any) -> bytes:
    """The content of a file; no file where it is no table."""
    tables = content if isinstance(content, dict) else {"": content}
    lines = [f"{_toml(str(key))} = {_toml(value)}\n" for key, value in tables.items() if value is not None]
    return "".join(lines).encode("utf-8", "surrogatepass")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_toml(str(key))} = {_toml(one)}' for key, one in value.items() if one is not None)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(one) for one in value if one is not None)}]"
    written = {DIGITS: _MANY, DEEP: _NESTED, NOTHING: "nan", ENDLESS: "inf"}
    if isinstance(value, str):
        return written.get(value) or json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
