"""Regular expressions over names of modules, as users write them: matched within a time limit.

A nested repetition such as `(a+)+$` tries every way to split a name, which no machine finishes, and Python cannot
interrupt a match. So a process of its own does it, which can be killed; it knows `re` alone and starts at once.
"""

import json
import subprocess
import sys
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

from harness.schema.errors import UserError, shown
from harness.schema.wording import counted

LIMIT_S = 5.0
"""Far more than a pattern needs that ends: a thousand names take milliseconds."""

REPEATS = frozenset("*+?{")

# The ways in which PEFT 0.21 uses a pattern: whole names, ends of them, names around blocks, parts.
MATCHER = r"""
import json, re, sys
patterns, names = json.load(sys.stdin)
FORMS = r"(.*\.)?(%s)$", r"(^|.*\.)%s($|\..*)", r".*\.%s$", r"(?:^|.*?\.)%s\.(?P<idx>\d+)\."
for pattern in patterns:
    try:
        found = [name for name in names if re.fullmatch(pattern, name)]
        for form in FORMS:
            [re.match(form.replace("%s", pattern), name) for name in names]
        [re.search(pattern, name) for name in names]
    except Exception as error:
        found = str(error)
    print(json.dumps(found), flush=True)
"""


def matching(pattern: str, names: Collection[str], what: str) -> frozenset[str]:
    """The names that are what the pattern says.

    Args:
        what: how messages name the pattern: `targets 'a+'`.

    Raises:
        UserError: it is no regular expression, or takes too long.
    """
    (found,) = _matched((pattern,), tuple(names), what)
    if isinstance(found, str):
        raise UserError(f"{what} is not a regular expression ({found}).")
    return frozenset(found)


def require_quick(values: Any, names: Collection[str], what: str) -> None:
    """Looks at every text in `values`, tables and lists of them included: PEFT may match any of them.

    Raises:
        UserError: one of them takes too long. What is no regular expression is left to PEFT.
    """
    patterns = {text for text in _texts(values) if REPEATS & set(text)}
    if patterns:
        _matched(tuple(sorted(patterns)), tuple(names), what)


@cache
def _matched(patterns: tuple[str, ...], names: tuple[str, ...], what: str) -> list[list[str] | str]:
    """For every pattern the names that it matches, or why it is none."""
    asked = json.dumps([patterns, names]).encode()
    try:
        # -I and -S: nothing of the user's is imported.
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", MATCHER], input=asked, capture_output=True, timeout=LIMIT_S, check=True
        )
    except subprocess.TimeoutExpired as error:
        answered = len((error.stdout or b"").splitlines())
        # The clock of a crowded machine may run out after the last answer.
        slow = patterns[min(answered, len(patterns) - 1)]
        raise UserError(
            f"{what}: matching {shown(slow)} with {counted(len(names), 'name')} of modules was stopped after "
            f"{LIMIT_S:g} seconds. A repetition of a repetition, as in (a+)+, tries every way to split a name. Write "
            "it without."
        ) from None
    return [json.loads(line) for line in done.stdout.splitlines()]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)
