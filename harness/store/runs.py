"""Runs that were stored: found again from a baseline's name, a report's directory, a results.json or a store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.schema.errors import UserError
from harness.schema.gate import Anchor, Side
from harness.schema.measured import Measured
from harness.schema.paths import BASELINES, SHIPPED_BASELINES
from harness.schema.record import Status
from harness.schema.results import read_results
from harness.schema.trial import RateSource
from harness.schema.wording import counted
from harness.store.baselines import Baseline, is_baseline, read_baseline
from harness.store.looks import NAME as LOOKS
from harness.store.records import Store


@dataclass(frozen=True)
class StoredRun:
    """The records of one run.

    Attributes:
        name: what to call it.
        accepted_at: when it was accepted, for baselines; else None.
        anchored: the records of a baseline's anchor; None where it is its own, and for other runs.
        anchor: what `gate.json` says of that; None for other runs.
        scores: checksum of a baseline's scores.
        looks: where looks at a baseline are kept; None for other runs.
    """

    name: str
    measured: tuple[Measured, ...]
    command: tuple[str, ...] = ()
    accepted_at: str | None = None
    anchored: tuple[Measured, ...] | None = None
    anchor: Anchor | None = None
    scores: str = ""
    looks: Path | None = None

    @classmethod
    def of(cls, baseline: Baseline, looks: Path) -> "StoredRun":
        """An accepted run, with what its name stood for first; looks at it are kept in the directory `looks`."""
        first, moved = baseline.anchor or baseline, baseline.moves[-1] if baseline.moves else None
        return cls(
            baseline.name,
            baseline.measured,
            baseline.command,
            baseline.accepted_at,
            None if baseline.anchor is None else first.measured,
            Anchor(
                accepted_at=first.accepted_at,
                trials=trained(first.measured),
                own=baseline.anchor is None,
                moved_at=moved.at if moved else None,
                reason=moved.reason if moved else None,
            ),
            baseline.scores,
            looks / LOOKS,
        )

    def as_side(self) -> Side:
        """What `gate.json` says of it as one of its two sides."""
        trials = trained(self.measured)
        return Side(name=self.name, accepted_at=self.accepted_at, command=self.command, trials=trials)


def trained(measured: Iterable[Measured]) -> int:
    """How many trials there are, base arms left out."""
    return sum(not one.trial.is_base for one in measured)


def known_baselines(project: Path = Path()) -> list[str]:
    """Names of the user's own baselines, below the directory of their project, and of those that ship."""
    places = (project / BASELINES, SHIPPED_BASELINES)
    return sorted({path.name for place in places for path in place.glob("*") if is_baseline(path)})


def find_baseline(name: str, project: Path = Path()) -> StoredRun:
    """A baseline by name (the user's own before one that ships) or directory.

    Raises:
        UserError: there is none, or it is damaged.
    """
    own = project / BASELINES / name
    for directory in (own, SHIPPED_BASELINES / name, Path(name)):
        if is_baseline(directory):
            named = directory != Path(name)  # looks at what ships are the project's own
            return StoredRun.of(read_baseline(directory), own if named else directory)
    known = ", ".join(known_baselines(project)) or "none yet"
    raise UserError(
        f"--baseline {name!r}: no such baseline. Known: {known}. Give one of them or the directory of one; to accept "
        "a run: python -m harness accept reports/latest --as NAME"
    )


def find_run(name: str, store: Path) -> StoredRun:
    """A stored run: a baseline by name or directory, a report directory or results.json, or a store.

    Args:
        store: where the records are that a results.json names.

    Raises:
        UserError: none of these, its records are gone, or a store that holds several runs.
    """
    path = Path(name)
    if name in known_baselines() or is_baseline(path):
        return find_baseline(name)
    results = path / "results.json" if path.is_dir() else path
    if results.is_file():
        return _of_results(results, store)
    if holds_records(path):
        return _of_store(path)
    known = ", ".join(known_baselines()) or "none yet"
    raise UserError(
        f"{name!r} is no stored run. Give a report directory or results.json, a store, or a baseline ({known})."
    )


def _of_results(path: Path, store: Path) -> StoredRun:
    content = read_results(path)
    if not store.is_dir():
        raise UserError(f"The store {str(store)!r} does not exist. Name the one that the run used with --store DIR.")
    records = Store(store, writes=False)
    wanted = [trial for trial in content.trials if trial.status is not Status.UNSUPPORTED]
    found = [(trial, records.get(trial.digest)) for trial in wanted]
    gone = [trial.id for trial, one in found if one is None]
    if gone:
        raise UserError(
            f"{path}: the records of {', '.join(gone[:5])}{' and more' if len(gone) > 5 else ''} are not in the store "
            f"{str(records.directory)!r}: scores per item are needed. Name their store with --store DIR."
        )
    floors = (records.get(one.digest) for one in content.floors if one.status is Status.COMPLETED)
    measured = tuple(one for one in (*(one for _, one in found), *floors) if one is not None)
    return StoredRun(str(path.parent), measured, content.command)


def holds_records(path: Path) -> bool:
    """Whether it is the directory of a store with records in it."""
    return path.is_dir() and any(path.glob("??/*.json"))


def records_of(directory: Path, say: Callable[[str], object] = lambda text: None) -> list[Measured]:
    """The records of a store, without those that only served to choose a learning rate.

    Args:
        say: told of damaged records, which are left out.

    Raises:
        UserError: some are of another version, so that these would not be all.
    """
    store = Store(directory, writes=False)
    found = [one for one in store.all() if one.trial.learning_rate_source != RateSource.SWEPT]
    if store.foreign:
        raise UserError(
            f"The store {str(directory)!r} holds records of another version of the harness ({store.foreign[0].name}, "
            f"{len(store.foreign)} in all). Use that version, or name a report directory or results.json of one run."
        )
    if store.damaged:
        names = ", ".join(path.name for path in store.damaged[:3]) + (", ..." if len(store.damaged) > 3 else "")
        say(f"{counted(len(store.damaged), 'record')} left out as damaged ({names}): run their trials again.")
    return found


def _of_store(directory: Path) -> StoredRun:
    measured = records_of(directory)
    ids = [one.trial.id for one in measured]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise UserError(
            f"The store {str(directory)!r} holds records of several runs ({twice[0]} is there more than once). Give "
            "the results.json of one of them."
        )
    return StoredRun(str(directory), tuple(measured))
