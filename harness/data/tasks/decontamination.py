"""Does a held-out text stand in a training text? Found by runs of words, blind to case and punctuation.

Templated data share long runs and leak nothing: "Where does Ada live? ..." differs from its neighbour in a word. So a
text counts as contained only where it has at least `RUN` words and every run of `RUN` words in it stands in one and
the same training text.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

RUN = 13
"""Words; the length at which GPT-3's decontamination called an overlap one (Brown et al. 2020)."""
AT_ONCE = 2000
"""Training texts whose runs are held in memory together."""

WORD = re.compile(r"[^\W_]+")
FACTOR = np.uint64(0x9E3779B97F4A7C15)
Codes = NDArray[np.uint64]
Places = NDArray[np.int64]


def words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return WORD.findall(text.lower())


def contained(held_out: Sequence[str], trained: Sequence[str]) -> dict[int, int]:
    """By index, every held-out text that stands whole in a training text, and the first such.

    Texts shorter than `RUN` words are never found.
    """
    codes, owners = _runs(held_out)
    if not len(codes):
        return {}
    known, code_of = np.unique(codes, return_inverse=True)
    runs, places = _occurrences(known, trained)
    starts = np.searchsorted(runs, np.arange(len(known) + 1))
    times = np.diff(starts)
    some_missing = np.unique(owners[times[code_of] == 0])
    found = {}
    for item in np.setdiff1d(owners, some_missing):
        first, last = np.searchsorted(owners, [item, item + 1])
        own = np.unique(code_of[first:last])
        rarest = own[np.argsort(times[own], kind="stable")]
        where = places[starts[rarest[0]] : starts[rarest[0] + 1]]
        for run in rarest[1:]:
            where = _both(where, places[starts[run] : starts[run + 1]])
        if len(where):
            found[int(item)] = int(where[0])
    return found


def _occurrences(known: Codes, trained: Sequence[str]) -> tuple[Places, Places]:
    """Which known runs stand in which training texts: indices of both, sorted by run, then by text."""
    pairs: list[Places] = [np.empty(0, dtype=np.int64)]
    for start in range(0, len(trained), AT_ONCE):
        codes, owners = _runs(trained[start : start + AT_ONCE])
        at = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        hit = known[at] == codes
        pairs.append(np.unique(at[hit] * len(trained) + owners[hit] + start))
    both = np.sort(np.concatenate(pairs))
    return both // max(len(trained), 1), both % max(len(trained), 1)


def _runs(texts: Sequence[str]) -> tuple[Codes, Places]:
    """A code of every run of `RUN` words within a text, and the index of that text; in order."""
    split = [words(text) for text in texts]
    owners = np.repeat(np.arange(len(texts), dtype=np.int64), [len(own) for own in split])
    # Python's hashes differ between processes, and are only ever compared within one.
    hashes = np.fromiter((hash(word) for own in split for word in own), dtype=np.int64, count=len(owners))
    values: Any = hashes.view(np.uint64)
    count = max(0, len(values) - RUN + 1)
    codes = np.zeros(count, dtype=np.uint64)
    for offset in range(RUN if count else 0):
        codes = codes * FACTOR + values[offset : offset + count]
    within = owners[:count] == owners[len(owners) - count :]
    return codes[within], owners[:count][within]


def _both(few: Places, many: Places) -> Places:
    """Those of `few` that stand in `many`; both sorted."""
    if not len(few):
        return few
    at = np.minimum(np.searchsorted(many, few), len(many) - 1)
    kept: Places = few[many[at] == few]
    return kept
