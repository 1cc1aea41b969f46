"""One run: which trials there are, which must run, and what came of them."""

import math
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from harness.plan.choices import Choices
from harness.plan.expand import expand
from harness.plan.job import Workload
from harness.plan.learning_rates import FILE, Tuned, arm_key, load_tuned
from harness.plan.schedule import Plan, estimate_s, make_plan
from harness.run.engines import Engine, make_engine
from harness.run.environment import SESSION, describe, find_platform
from harness.run.progress import Progress
from harness.run.terminal import Printed, Terminal
from harness.schema.measured import Measured, without_scores
from harness.schema.record import Status
from harness.schema.results import RatePoint, RunFields, Sweep
from harness.schema.trial import RateSource, Trial
from harness.store.records import Store, require_writable


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
        self.store = Store(choices.store)
        if self.workload.artifacts is not None and not choices.plan_only:
            require_writable(self.workload.artifacts, "--artifacts: the directory", "--artifacts")
        self.plan: Plan | None = None
        self.progress: Progress | None = None
        self._engine: Engine | None = None
        self._futures: dict[str, Future[Measured]] = {}
        self._start = time.monotonic()
        self._terminal: Terminal = Printed()

    @cached_property
    def jobs(self) -> int:
        """Trials that run side by side."""
        if self.choices.jobs is not None:
            return self.choices.jobs
        if self.choices.engine == "inline" or self.platform.device != "cpu":
            return 1
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, cores // self.choices.threads)

    def make_plan(self, needed: Iterable[Trial], with_base: bool = True) -> Plan:
        self.plan = make_plan(self.workload, needed, self.store, with_base)
        return self.plan

    @cached_property
    def estimate_s(self) -> float | None:
        """Seconds that the plan's missing trials should take here, None where nothing like them was measured."""
        if self.plan is None:
            return None
        return estimate_s(self.plan.missing, self.store.all(), self.jobs)

    def start(
        self, terminal: Terminal, prefix: str = "", name: Callable[[Trial], str] = lambda trial: trial.id
    ) -> None:
        """Sends the missing trials to the engine. Returns at once.

        Args:
            prefix: what the lines of progress begin with.
            name: what they call a trial.
        """
        self._terminal = terminal
        if self.plan is not None and self.plan.missing:
            self._launch(self.plan, self.estimate_s, prefix, name)

    def _launch(self, plan: Plan, estimate: float | None, prefix: str, name: Callable[[Trial], str]) -> None:
        self._engine = make_engine(self.choices.engine, self.jobs, self.choices.threads, self._keep)
        running, total = self._engine.running, len(plan.missing)
        self.progress = Progress(self._terminal, total, estimate, running, prefix, name)
        self._futures |= self._engine.submit(plan.groups)

    def extend(self, trials: Sequence[Trial]) -> None:
        """Adds trials to the run, after all others have ended, and waits for them."""
        if self.plan is None:
            raise RuntimeError("no plan was made")
        self.wait_for_all()
        self.close()
        self.workload = replace(self.workload, trials=(*self.workload.trials, *trials))
        more = make_plan(self.workload, trials, self.store)
        found = {digest: one for digest, one in more.found.items() if digest not in self._futures}
        self.plan = Plan(
            {**self.plan.found, **found}, {**self.plan.impossible, **more.impossible}, (*self.plan.groups, *more.groups)
        )
        if more.missing:
            estimate = estimate_s(more.missing, self.store.all(), self.jobs)
            self._launch(more, estimate, "more seeds: ", lambda trial: trial.id)
            self.wait_for_all()

    def _keep(self, measured: Measured) -> None:
        self.store.put(measured)
        if self.progress is not None:
            self.progress.finished(measured)

    def measured(self, trial: Trial) -> Measured:
        """What the trial measured; blocks until it is there."""
        plan = self.plan
        if plan is None:
            raise RuntimeError("no plan was made")
        if trial.digest in plan.impossible:
            return without_scores(trial, Status.UNSUPPORTED, plan.impossible[trial.digest])
        if trial.digest in plan.found:
            return plan.found[trial.digest]
        if self.progress is None:
            raise RuntimeError(f"trial {trial.id} is not planned")
        return self.progress.wait(self._futures[trial.digest])

    def wait_for_all(self) -> None:
        """Returns when no trial runs any more, so that what follows has the machine to itself."""
        for future in self._futures.values():
            if self.progress is not None:
                self.progress.wait(future)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        if self.progress is not None:
            self.progress.close()

    def trained(self) -> list[Measured]:
        """What this run measured itself, in the order of the plan."""
        done = [f for f in self._futures.values() if f.done() and not f.cancelled() and f.exception() is None]
        return [future.result() for future in done]

    def everything(self) -> list[Measured]:
        """All that is known of the planned trials: stored, measured now, impossible; in the order of the run."""
        if self.plan is None:
            return []
        known = [*self.plan.found.values(), *self.trained()]
        by_digest = {one.trial.digest: one for one in known}
        for trial in self.workload.trials:
            if trial.digest in self.plan.impossible:
                by_digest[trial.digest] = without_scores(trial, Status.UNSUPPORTED, self.plan.impossible[trial.digest])
        order = {trial.digest: index for index, trial in enumerate(self.workload.trials)}
        return sorted(by_digest.values(), key=lambda one: (not one.trial.is_base, order.get(one.trial.digest, -1)))

    def environment(self) -> dict[str, Any]:
        """Where and how the run is done."""
        here = describe(self.choices.threads)
        return {**here, "device": self.platform.device, "engine": self.choices.engine, "jobs": self.jobs}

    def run_fields(self, command: Sequence[str] = ()) -> RunFields:
        """What `results.json` says about the run as a whole.

        Args:
            command: what asked for it, every argument quoted for a shell.
        """
        return RunFields(
            generated_at=datetime.now(UTC).isoformat(timespec="seconds"),
            command=tuple(command),
            profile=self.choices.profile.name,
            environment=self.environment(),
            seconds=round(time.monotonic() - self._start, 1),
            trained=sum(one.trial.trains and one.completed for one in self.trained()),
            reused=len(self.plan.found) if self.plan else 0,
            learning_rates=tuple(self._sweeps()),
            usd_per_hour=self.choices.usd_per_hour,
        )

    def _sweeps(self) -> Iterator[Sweep]:
        """The tuning evidence behind the arms of this run."""
        arms = {arm_key(trial): trial for trial in self.workload.trials if _looked_up(trial)}
        used: dict[tuple[object, ...], Tuned] = {}
        for one in self.tuned:
            trial = arms.get(one.arm_key)
            if trial is not None and any(score is not None for _, score in one.curve):
                steps, known = trial.recipe.steps, used.get(one.arm_key, one)
                used[one.arm_key] = min((known, one), key=lambda sweep: abs(math.log2(sweep.steps / steps)))
        for key, one in used.items():
            yield Sweep(
                target=one.target,
                arm=arms[key].arm,
                method=one.method,
                rank=one.rank,
                quantization=one.quantization,
                metric=one.metric,
                chosen=one.chosen,
                at_edge=one.at_edge,
                seeds=tuple(one.seeds),
                steps=one.steps,
                curve=tuple(RatePoint(learning_rate=rate, validation=score) for rate, score in one.curve),
            )


def _looked_up(trial: Trial) -> bool:
    """Whether the trial's rate was asked of the sweeps; one that a profile gives is not."""
    return trial.trains and trial.learning_rate_source != RateSource.GIVEN
