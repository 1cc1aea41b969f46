"""Which arm or trial a row, a section or a point of the page is about, so that links reach it and filters find it."""

import re
from collections import Counter
from typing import Any

ARM, TRIAL = "a", "t"


def numbered(results: dict[str, Any]) -> dict[str, Any]:
    """The same results, in which arms and trials know their place, and trials the id of their section.

    Every table carries the places in its rows; what an arm or a trial can be filtered by is said once, by `facets`.
    """
    digests = Counter(trial["digest"] for trial in results["trials"])
    trials = [
        {**trial, "key": f"{TRIAL}{place}", "anchor": _anchor(trial["digest"], place, digests)}
        for place, trial in enumerate(results["trials"])
    ]
    arms = [{**arm, "key": f"{ARM}{place}"} for place, arm in enumerate(results["arms"])]
    return {**results, "trials": trials, "arms": arms}


def _anchor(digest: str, place: int, digests: Counter[str]) -> str:
    plain = re.sub(r"[^0-9A-Za-z_-]", "", digest)
    unique = digests[digest] == 1 and plain == digest
    return f"trial-{plain}" if unique else f"trial-{plain}-{place}"


def key_of(one: dict[str, Any] | None) -> str:
    """The key of an arm or a trial; empty where nothing was numbered."""
    return "" if one is None else str(one.get("key", ""))


def arm_named(results: dict[str, Any], target: str, name: str) -> dict[str, Any] | None:
    """The arm that a comparison or a finding is about."""
    return next((arm for arm in results["arms"] if (arm["target_task"], arm["arm"]) == (target, name)), None)


def trials_of(results: dict[str, Any]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Trials by their target and their arm, in the order of the run."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for trial in results["trials"]:
        found.setdefault((trial["spec"]["target"], trial["spec"]["arm"]), []).append(trial)
    return found


def facets(results: dict[str, Any]) -> dict[str, list[Any]]:
    """What every key can be filtered by: method, rank, quantization, target and seeds, as texts; empty for none."""
    known = {key_of(arm): _facets(arm, arm["target_task"], arm["seeds"] or [None]) for arm in results["arms"]}
    for trial in results["trials"]:
        spec = trial["spec"]
        known[key_of(trial)] = _facets(spec, spec["target"], [spec["seed"]])
    return known


def _facets(one: dict[str, Any], target: str, seeds: list[Any]) -> list[Any]:
    return [one["method"], _text(one["rank"]), one["quantization"], target, [_text(seed) for seed in seeds]]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


FACETS = ("methods", "ranks", "quantization", "targets", "seeds")


def choices(results: dict[str, Any]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What can be chosen: name in links, label, and every value with its wording; only what has several values."""
    rows = list(facets(results).values())
    labels = ("Method", "Rank", "Quantization", "Task", "Seed")
    found = []
    for place, (name, label) in enumerate(zip(FACETS, labels, strict=True)):
        values = dict.fromkeys(one for row in rows for one in (row[place] if place == 4 else [row[place]]))
        if len(values) > 1:
            ordered = sorted(values, key=_natural) if name in ("ranks", "seeds") else list(values)
            found.append((name, label, [(value, value or "none") for value in ordered]))
    return found


def _natural(text: str) -> tuple[int, float, str]:
    return (0, float(text), "") if text.isdigit() else (-1 if not text else 1, 0.0, text)
