"""Which arm or trial a row, a section or a point of the page is about, so that links reach it and filters find it."""

import re
from collections import Counter
from collections.abc import Sequence

from harness.schema.results import ArmResult, Results, Spec

ARM, TRIAL = "a", "t"


def numbered(results: Results) -> Results:
    """The same results, in which arms and trials know their place, and trials the id of their section.

    Every table carries the places in its rows; what an arm or a trial can be filtered by is said once, by `facets`.
    """
    digests = Counter(trial.digest for trial in results.trials)
    trials = (
        trial.with_(key=f"{TRIAL}{place}", anchor=_anchor(trial.digest, place, digests))
        for place, trial in enumerate(results.trials)
    )
    arms = (arm.with_(key=f"{ARM}{place}") for place, arm in enumerate(results.arms))
    return results.with_(trials=tuple(trials), arms=tuple(arms))


def _anchor(digest: str, place: int, digests: Counter[str]) -> str:
    plain = re.sub(r"[^0-9A-Za-z_-]", "", digest)
    unique = digests[digest] == 1 and plain == digest
    return f"trial-{plain}" if unique else f"trial-{plain}-{place}"


def arm_named(results: Results, target: str, name: str) -> ArmResult | None:
    """The arm that a comparison or a finding is about."""
    return next((arm for arm in results.arms if (arm.target_task, arm.arm) == (target, name)), None)


Facets = tuple[str, str, str, str, tuple[str, ...]]
"""Method, rank, quantization, target and seeds, as texts; empty for none."""


def facets(results: Results) -> dict[str, Facets]:
    """What every key can be filtered by."""
    known = {arm.key: _facets(arm, arm.target_task, arm.seeds or (None,)) for arm in results.arms}
    return known | {one.key: _facets(one.spec, one.spec.target, (one.spec.seed,)) for one in results.trials}


def _facets(one: ArmResult | Spec, target: str, seeds: Sequence[int | None]) -> Facets:
    return one.method, _text(one.rank), one.quantization, target, tuple(map(_text, seeds))


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


_LABELS = {"methods": "Method", "ranks": "Rank", "quantization": "Quantization", "targets": "Task", "seeds": "Seed"}


def choices(results: Results) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What can be chosen: name in links, label, and every value with its wording; only what has several values."""
    rows = list(facets(results).values())
    columns = [*zip(*(row[:4] for row in rows), strict=True), tuple(seed for row in rows for seed in row[4])]
    found = []
    for (name, label), column in zip(_LABELS.items(), columns, strict=False):
        values = list(dict.fromkeys(column))
        if len(values) > 1:
            ordered = sorted(values, key=_natural) if name in ("ranks", "seeds") else values
            found.append((name, label, [(value, value or "none") for value in ordered]))
    return found


def _natural(text: str) -> tuple[int, float, str]:
    return (0, float(text), "") if text.isdigit() else (-1 if not text else 1, 0.0, text)
