"""Several runs as one: every trial once, those that only share a name told apart by their run."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import UserError

Results = dict[str, Any]


def merge(runs: Sequence[tuple[str, Results]]) -> Results:
    """One results dictionary of all runs, in their order; a single run is given back as it is.

    A trial of the same digest in several runs is the same trial, and the first run's stands. Trials, arms and
    comparisons that differ and share a name are both kept, named `name @ run`.

    Args:
        runs: the name of each run, unique, and its results.

    Raises:
        UserError: when there is no run.
    """
    if not runs:
        raise UserError("No run to report on. Give report directories, results.json files or stores.")
    if len(runs) == 1:
        return runs[0][1]
    fresh = _without_repeated_trials(runs)
    clashing = _clashing(fresh)
    renamed = [(_renamed(name, results, clashing), results) for name, results in fresh]
    first = fresh[0][1]
    return {
        **first,
        "generated_at": max((results.get("generated_at") or "" for _, results in fresh), default="") or None,
        "command": [],
        "profile": " + ".join(name for name, _ in runs),
        "environment": _shared([results.get("environment") or {} for _, results in fresh]),
        "seconds": _total([results.get("seconds") for _, results in fresh]),
        "trained": _total([results.get("trained") for _, results in fresh]),
        "reused": _total([results.get("reused") for _, results in fresh]),
        **{name: [row for found, _ in renamed for row in found[name]] for name in _LISTS},
    }


def run_names(paths: Sequence[Path]) -> list[str]:
    """A name for each run: its directory's, with as many of the directories above as tell it from the others.

    Raises:
        UserError: when a run is named twice.
    """
    places = [(path if path.suffix != ".json" else path.parent).resolve() for path in paths]
    twice = next((str(paths[at]) for at, place in enumerate(places) if place in places[:at]), None)
    if twice is not None:
        raise UserError(f"{twice!r} is given twice: name each run once.")
    depth = next(
        depth
        for depth in range(1, 1 + max(len(place.parts) for place in places))
        if len({place.parts[-depth:] for place in places}) == len(places)
    )
    return ["/".join(place.parts[-depth:]) for place in places]


_LISTS = ("trials", "arms", "comparisons", "matched_gain", "learning_rates")


def _without_repeated_trials(runs: Sequence[tuple[str, Results]]) -> list[tuple[str, Results]]:
    """Each run without the trials, and the arms made of them alone, that an earlier one already has."""
    seen: set[str] = set()
    fresh = []
    for name, results in runs:
        trials = [trial for trial in results["trials"] if trial["digest"] not in seen]
        seen |= {trial["digest"] for trial in trials}
        kept = {trial["id"] for trial in trials}
        arms = [arm for arm in results["arms"] if kept & set(arm["trials"])]
        fresh.append((name, {**results, "trials": trials, "arms": arms}))
    return fresh


def _clashing(runs: Sequence[tuple[str, Results]]) -> set[tuple[str, str]]:
    """Targets and names of arms that several runs have after repeated trials are gone."""
    counts = Counter((arm["target_task"], arm["arm"]) for _, results in runs for arm in results["arms"])
    return {named for named, times in counts.items() if times > 1}


def _renamed(run: str, results: Results, clashing: set[tuple[str, str]]) -> dict[str, list[Any]]:
    """The lists of one run, with its name beside what another run calls the same."""

    def name(target: str, arm: str) -> str:
        return f"{arm} @ {run}" if (target, arm) in clashing else arm

    ids = {
        trial["id"]: f"{trial['id']} @ {run}"
        for trial in results["trials"]
        if (trial["spec"]["target"], trial["spec"]["arm"]) in clashing
    }
    trials = [
        {
            **trial,
            "id": ids.get(trial["id"], trial["id"]),
            "spec": {**trial["spec"], "arm": name(trial["spec"]["target"], trial["spec"]["arm"])},
        }
        for trial in results["trials"]
    ]
    arms = [
        {**arm, "arm": name(arm["target_task"], arm["arm"]), "trials": [ids.get(one, one) for one in arm["trials"]]}
        for arm in results["arms"]
    ]
    known = {(arm["target_task"], arm["arm"]) for arm in results["arms"]}
    rows = {
        kind: [
            {**row, "arm": name(row["target_task"], row["arm"])}
            for row in results.get(kind) or []
            if (row["target_task"], row["arm"]) in known
        ]
        for kind in ("comparisons", "matched_gain")
    }
    return {"trials": trials, "arms": arms, **rows, "learning_rates": list(results.get("learning_rates") or [])}


def _shared(environments: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What all runs say of where they ran: one value where they agree, all of them where they do not."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(name for environment in environments for name in environment):
        values = list(dict.fromkeys(str(environment.get(name)) for environment in environments))
        found[name] = environments[0].get(name) if len(values) == 1 else " | ".join(values)
    return found


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
