"""One run: which trials there are, which must run, and what came of them."""

import math
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from harness.plan.expand import expand
from harness.plan.job import Workload
from harness.plan.learning_rates import FILE, Tuned, arm_key, load_tuned
from harness.plan.profile import Profile
from harness.plan.schedule import Plan, estimate_s, make_plan
from harness.run.engines import Engine, make_engine
from harness.run.environment import SESSION, cores, describe, find_platform
from harness.run.guessed import guessed
from harness.run.progress import Progress, Terminal
from harness.schema.errors import UserError
from harness.schema.measured import Measured, without_scores
from harness.schema.record import Status
from harness.schema.results import RatePoint, RunFields, Sweep
from harness.schema.trial import RateSource, Source, Trial
from harness.store.records import Store, require_writable
from harness.store.scratch import sweep

SHOWN = 5
"""Trials that a message names."""


@dataclass(frozen=True)
class Choices:
    """What a run is asked to do: a profile, and how to run it. What judges it is asked elsewhere.

    Attributes:
        engine: name of what runs trials; which ones there are, engines know.
        jobs: trials side by side; as many as the machine takes where None.
        threads: torch threads per trial.
        device: `auto`, `cpu` or `cuda`.
        store: the directory that records are kept in.
        plan_only: say what would run, and stop.
        tune: sweep learning rates first, for arms that have no tuned one.
        usd_per_hour: what an hour of the machine costs; None where that is not known.
        difference: what a plan says the seeds and items for, in the metric's own unit; 2 points where None.
    """

    profile: Profile
    engine: str
    threads: int
    device: str
    store: Path
    jobs: int | None = None
    plan_only: bool = False
    tune: bool = False
    usd_per_hour: float | None = None
    difference: float | None = None


class RunSession:
    """Plans, runs while others wait for what they need, and gathers what is known.

    Args:
        workload: run this, instead of what the profile of the choices asks for.

    Raises:
        UserError: whatever is wrong with the profile, the data, the model or the store.
    """

    def __init__(self, choices: Choices, workload: Workload | None = None) -> None:
        self.choices = choices
        os.environ.setdefault(SESSION, uuid.uuid4().hex[:12])
        self.platform = find_platform(choices.device, choices.threads, choices.profile.attention)
        self.tuned = [*load_tuned(), *load_tuned(choices.store / FILE)]
        self.workload = expand(choices.profile, self.platform, self.tuned) if workload is None else workload
        self.store = Store(choices.store, writes=not choices.plan_only)
        if not choices.plan_only:
            self._prepare()
        self.plan = Plan({}, {}, ())
        self.progress = Progress(Terminal(), 0, None, list)
        self._engine: Engine | None = None
        self._futures: dict[str, Future[Measured]] = {}
        self._unkept: list[str] = []
        self._guesses: dict[Source, Measured | None] = {}
        self._start = time.monotonic()

    def _prepare(self) -> None:
        """Before anything is written: nothing of earlier runs is in the way, and there is somewhere to write to."""
        if self.workload.artifacts is not None:
            require_writable(self.workload.artifacts, "--artifacts: the directory", "--artifacts")
        self._sweep_up()

    def _sweep_up(self) -> None:
        for directory in filter(None, (self.store.directory, self.workload.artifacts)):
            sweep(directory)

    @cached_property
    def jobs(self) -> int:
        """Trials that run side by side."""
        alone = self.choices.engine == "inline" or self.platform.device != "cpu"
        return self.choices.jobs or (1 if alone else max(1, cores() // self.choices.threads))

    def make_plan(self, needed: Iterable[Trial], with_base: bool = True) -> None:
        self.plan = make_plan(self.workload, needed, self.store, with_base)

    @cached_property
    def history(self) -> list[Measured]:
        """Every readable record of the store, as it was before the run."""
        return self.store.all()

    @cached_property
    def estimate_s(self) -> float | None:
        """Seconds that the plan's missing trials should take here, None where nothing like them was measured."""
        return estimate_s(self.plan.missing, self.history, self.jobs)

    def start(self, terminal: Terminal, prefix: str = "", name: Callable[[Trial], str] = attrgetter("id")) -> None:
        """Sends the missing trials to the engine. Returns at once. Prefix and name are as in `Progress`."""
        self.progress = Progress(terminal, 0, None, list, prefix, name)
        if self.plan.missing:
            self._launch(self.plan, self.estimate_s)

    def _launch(self, plan: Plan, estimate: float | None) -> None:
        self._engine = make_engine(self.choices.engine, self.jobs, self.choices.threads, self._keep)
        total, running = len(plan.missing), self._engine.running
        self.progress = replace(self.progress, total=total, estimate=estimate, running=running)
        place = self.store.directory.resolve()
        self._futures |= self._engine.submit([[replace(job, scratch=place) for job in group] for group in plan.groups])

    def extend(self, trials: Sequence[Trial]) -> None:
        """Adds trials to the run, after all others have ended, and waits for them."""
        self.wait_for_all()
        self.close()
        self.workload = replace(self.workload, trials=(*self.workload.trials, *trials))
        before, more = self.plan, make_plan(self.workload, trials, self.store)
        found = {digest: one for digest, one in more.found.items() if digest not in self._futures}
        self.plan = Plan(before.found | found, before.impossible | more.impossible, before.groups + more.groups)
        if more.missing:
            self.progress = replace(self.progress, prefix="more seeds: ")
            self._launch(more, estimate_s(more.missing, self.store.all(), self.jobs))
            self.wait_for_all()

    def _keep(self, measured: Measured) -> None:
        try:
            self.store.put(measured)
        except UserError:
            self._unkept.append(measured.trial.id)
            raise
        self.progress.finished(measured)

    def measured(self, trial: Trial) -> Measured:
        """What the trial measured; blocks until it is there.

        Raises:
            UserError: what the run measures cannot be kept any more, so it has ended.
        """
        if trial.digest in self.plan.impossible:
            return without_scores(trial, Status.UNSUPPORTED, self.plan.impossible[trial.digest])
        if trial.digest in self.plan.found:
            return self.plan.found[trial.digest]
        if trial.digest not in self._futures:
            raise RuntimeError(f"trial {trial.id} is not planned")
        return self._wait(self._futures[trial.digest])

    def _wait(self, future: Future[Measured]) -> Measured:
        try:
            return self.progress.wait(future)
        except UserError as error:
            raise UserError(f"{error} {' '.join(self._missed())}") from None

    def _missed(self) -> Iterator[str]:
        """What the run measured in vain, and what it did not measure."""
        if self._unkept:
            yield f"Measured and not kept: {_first(self._unkept)}."
        ids = {trial.digest: trial.id for trial in self.plan.missing}
        done = {one.trial.digest for one in self.trained()}
        if left := [name for digest, name in ids.items() if digest not in done and name not in self._unkept]:
            yield f"Not measured: {_first(left)}."

    def known(self, trial: Trial) -> Measured | None:
        """What the trial measured, where it is planned (waits for it) or stored. Nothing is trained for it."""
        if any(trial.digest in known for known in (self.plan.impossible, self.plan.found, self._futures)):
            return self.measured(trial)
        return self.store.get(trial.digest)

    def wait_for_all(self) -> None:
        """Returns when no trial runs any more, so that what follows has the machine to itself.

        Raises:
            UserError: as `measured`.
        """
        for future in self._futures.values():
            self._wait(future)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._sweep_up()  # what killed workers left
        self.progress.close()

    def trained(self) -> list[Measured]:
        """What this run measured itself, in the order of the plan."""
        done = [f for f in self._futures.values() if f.done() and not f.cancelled() and f.exception() is None]
        return [future.result() for future in done]

    def everything(self) -> list[Measured]:
        """All that is known of the planned trials: stored, measured now, impossible; in the order of the run."""
        impossible = [self.measured(trial) for trial in self.workload.trials if trial.digest in self.plan.impossible]
        known = {one.trial.digest: one for one in (*self.plan.found.values(), *self.trained(), *impossible)}
        order = {trial.digest: index for index, trial in enumerate(self.workload.trials)}
        return sorted(known.values(), key=lambda one: (not one.trial.is_base, order.get(one.trial.digest, -1)))

    def guesses(self) -> list[Measured]:
        """What guessing the commonest answers scores on each target of which something is known; in the store as well.

        Raises:
            UnwritableError: it cannot be kept there.
        """
        done = {one.trial.target: one.trial for one in self.everything() if one.completed}
        for source, trial in done.items():
            if source not in self._guesses:
                self._guesses[source] = self._guessed(trial.majority_floor())
        return [one for source in done if (one := self._guesses[source]) is not None]

    def _guessed(self, trial: Trial) -> Measured | None:
        target = self.workload.targets.get(trial.target.sha256)
        stored = self.store.get(trial.digest)
        found = guessed(trial, target) if stored is None and target is not None else stored
        if stored is None and found is not None and not self.choices.plan_only:
            self.store.put(found)
        return found

    def environment(self) -> dict[str, Any]:
        """Where and how the run is done."""
        here = describe(self.choices.threads)
        return {**here, "device": self.platform.device, "engine": self.choices.engine, "jobs": self.jobs}

    def run_fields(self, command: Sequence[str] = ()) -> RunFields:
        """What `results.json` says about the run as a whole; the command with every argument quoted for a shell."""
        return RunFields(
            generated_at=datetime.now(UTC).isoformat(timespec="seconds"),
            command=tuple(command),
            profile=self.choices.profile.name,
            environment=self.environment(),
            seconds=round(time.monotonic() - self._start, 1),
            trained=sum(one.trial.trains and one.completed for one in self.trained()),
            reused=len(self.plan.found),
            learning_rates=tuple(self._sweeps()),
            usd_per_hour=self.choices.usd_per_hour,
        )

    def _sweeps(self) -> Iterator[Sweep]:
        """The tuning evidence behind the arms of this run."""
        asked = (one for one in self.workload.trials if one.trains and one.learning_rate_source != RateSource.GIVEN)
        arms = {arm_key(trial): trial for trial in asked}
        used: dict[tuple[object, ...], Tuned] = {}
        for one in self.tuned:
            trial = arms.get(one.arm_key)
            if trial is not None and any(score is not None for _, score in one.curve):
                steps, known = trial.recipe.steps, used.get(one.arm_key, one)
                used[one.arm_key] = min((known, one), key=lambda sweep: abs(math.log2(sweep.steps / steps)))
        same = ("target", "method", "rank", "quantization", "metric", "chosen", "at_edge", "seeds", "steps")
        for key, one in used.items():
            curve = tuple(_point(one, rate, score) for rate, score in one.curve)
            yield Sweep(arm=arms[key].arm, curve=curve, **{name: getattr(one, name) for name in same})


def _point(one: Tuned, rate: float, score: float | None) -> RatePoint:
    """What a sweep found at one of its rates."""
    beside = {found.rate: {"gain": found.gain, "accuracy_drop": found.accuracy_drop} for found in one.beside}
    nats, error = one.nats.get(rate), dict(one.errors).get(rate)
    return RatePoint(learning_rate=rate, validation=score, nll=nats, nll_error=error, **beside.get(rate, {}))


def _first(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
