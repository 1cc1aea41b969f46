"""Several runs as one: every trial once, those that only share a name told apart by their run."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from harness.schema.comparisons import Ranking
from harness.schema.errors import UserError
from harness.schema.results import Results
from harness.schema.typed import Fields


def merge(runs: Sequence[tuple[str, Results]]) -> Results:
    """The results of all runs, in their order; a single run is given back as it is.

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
    fresh = list(_without_repeated_trials(runs))
    counts = Counter((arm.target_task, arm.arm) for _, results in fresh for arm in results.arms)
    clashing = {named for named, times in counts.items() if times > 1}
    renamed = [_renamed(name, results, clashing) for name, results in fresh]
    return runs[0][1].with_(
        generated_at=max((results.generated_at or "" for results in renamed), default="") or None,
        command=(),
        profile=" + ".join(name for name, _ in runs),
        environment=_shared([results.environment for results in renamed]),
        **{name: _total([getattr(results, name) for results in renamed]) for name in ("seconds", "trained", "reused")},
        floors=tuple({floor.digest: floor for results in renamed for floor in results.floors}.values()),
        **{name: tuple(row for results in renamed for row in getattr(results, name)) for name in _LISTS},
        rankings=tuple(_rankings(renamed)),
    )


def run_names(paths: Sequence[Path]) -> list[str]:
    """A name for each run: its directory's, with as many of the directories above as tell it from the others.

    Raises:
        UserError: when a run is named twice.
    """
    places = [(path if path.suffix != ".json" else path.parent).resolve() for path in paths]
    twice = next((str(paths[at]) for at, place in enumerate(places) if place in places[:at]), None)
    if twice is not None:
        raise UserError(f"{twice!r} is given twice: name each run once.")
    depth = next(depth for depth in count(1) if len({place.parts[-depth:] for place in places}) == len(places))
    return ["/".join(place.parts[-depth:]) for place in places]


_LISTS = ("trials", "arms", "comparisons", "matched_gain", "learning_rates")


def _without_repeated_trials(runs: Sequence[tuple[str, Results]]) -> Iterator[tuple[str, Results]]:
    """Each run without the trials, and the arms made of them alone, that an earlier one already has."""
    seen: set[str] = set()
    for name, results in runs:
        trials = tuple(trial for trial in results.trials if trial.digest not in seen)
        seen |= {trial.digest for trial in trials}
        kept = {trial.id for trial in trials}
        arms = tuple(arm for arm in results.arms if not kept.isdisjoint(arm.trials))
        yield name, results.with_(trials=trials, arms=arms)


def _renamed(run: str, results: Results, clashing: set[tuple[str, str]]) -> Results:
    """One run, with its name beside what another run calls the same; without comparisons of arms that are gone."""

    def name(target: str, arm: str) -> str:
        return f"{arm} @ {run}" if (target, arm) in clashing else arm

    ids = {one.id: f"{one.id} @ {run}" for one in results.trials if (one.spec.target, one.spec.arm) in clashing}
    kept = {(arm.target_task, arm.arm) for arm in results.arms}
    trials = (
        one.with_(id=ids.get(one.id, one.id), spec=one.spec.with_(arm=name(one.spec.target, one.spec.arm)))
        for one in results.trials
    )
    arms = (
        arm.with_(arm=name(arm.target_task, arm.arm), trials=tuple(ids.get(one, one) for one in arm.trials))
        for arm in results.arms
    )
    compared = {
        kind: tuple(row.with_(arm=name(row.target_task, row.arm)) for row in rows if (row.target_task, row.arm) in kept)
        for kind, rows in (("comparisons", results.comparisons), ("matched_gain", results.matched_gain))
    }
    return results.with_(trials=tuple(trials), arms=tuple(arms), **compared)


def _rankings(runs: Sequence[Results]) -> Iterator[Ranking]:
    """Those of targets that one run alone has: arms of several runs were not set against each other item by item."""
    times = Counter(target for results in runs for target in {arm.target_task for arm in results.arms})
    yield from (row for results in runs for row in results.rankings if times[row.target_task] == 1)


def _shared(environments: Sequence[Fields]) -> Fields:
    """What all runs say of where they ran: one value where they agree, all of them where they do not."""
    found: Fields = {}
    for name in dict.fromkeys(name for environment in environments for name in environment):
        values = list(dict.fromkeys(str(environment.get(name)) for environment in environments))
        found[name] = environments[0].get(name) if len(values) == 1 else " | ".join(values)
    return found


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
