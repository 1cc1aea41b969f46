"""`--tune`: what the sweep of learning rates would be, the sweep itself, and what it found."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from harness.plan.expand import at_rates
from harness.plan.learning_rates import FILE, Tuned, add_tuned, arm_key
from harness.plan.sweep import (
    Grid,
    Outcome,
    arms_to_tune,
    around,
    grid_for,
    measured_around,
    outcome,
    seeds_beside,
    sweep,
)
from harness.run.progress import Terminal, about
from harness.run.session import RunSession
from harness.schema.trial import Trial
from harness.schema.wording import counted


def planned_sweep(run: RunSession) -> RunSession | None:
    """The sweep that the run's arms lack, planned; None where every arm has a rate for exactly what it trains."""
    profile, arms = run.choices.profile, arms_to_tune(run.workload)
    return plan_sweep(run, arms, grid_for(profile.base_model), seeds_beside(profile.seeds)) if arms else None


def plan_sweep(run: RunSession, arms: Sequence[Trial], grid: Grid, seeds: Sequence[int]) -> RunSession:
    """A sweep of these arms, as a run of its own."""
    session = RunSession(run.choices, sweep(run.workload, arms, grid, seeds))
    session.make_plan(session.workload.trials, with_base=False)
    return session


def print_sweep(terminal: Terminal, session: RunSession | None, in_full: bool) -> None:
    """How many trials the sweep is; with `--plan`, each of them."""
    if session is None:
        terminal.line("tune: nothing to sweep, every arm has a learning rate for exactly this")
        return
    trials, missing = session.workload.trials, session.plan.missing
    arms = len({(trial.target.name, trial.arm) for trial in trials})
    seeds = list(dict.fromkeys(str(trial.seed) for trial in trials))
    terminal.line(
        f"tune: {counted(arms, 'arm')} without a rate tuned for exactly this; a sweep of "
        f"{counted(len(trials) // (arms * len(seeds)), 'rate')} x {counted(trials[0].recipe.steps, 'step')} each, "
        f"under {counted(len(seeds), 'seed')} ({', '.join(seeds)}): {counted(len(trials), 'trial')}, "
        f"{len(trials) - len(missing)} answered by the store, {len(missing)} to train; chosen on validation"
    )
    if missing:
        terminal.line(f"tune: time {about(session.estimate_s)}")
    for trial in trials if in_full else ():
        terminal.line(f"  sweep   {_at_rate(trial)}")


def tune(run: RunSession, session: RunSession, terminal: Terminal, command: str) -> None:
    """Runs the sweep, keeps what it found and the command beside the records, and sets the run's rates accordingly."""
    found, path = run_sweep(session, terminal), run.choices.store / FILE
    if found.tuned:
        add_tuned(found.tuned.values(), path, note(command, session))
    run.tuned = [*run.tuned, *found.tuned.values()]
    run.workload = at_rates(run.workload, run.choices.profile, run.tuned)
    for line in said(found):
        terminal.line(f"tune: {line}")
    if found.tuned:
        terminal.line(f"tune: {counted(len(found.tuned), 'sweep')} written to {path}")


def run_sweep(session: RunSession, terminal: Terminal) -> Outcome:
    """Trains what the store does not answer, and chooses.

    Raises:
        UserError: the arms' budgets are not equal.
    """
    try:
        session.start(terminal, "tune: ", _at_rate)
        return outcome([session.measured(trial) for trial in session.workload.trials])
    finally:
        session.close()


def with_forgetting(run: RunSession, found: Outcome, seed: int, terminal: Terminal) -> Outcome:
    """The sweeps with gain and forgetting at the chosen rate and those next to it, for which their arms train again:
    sweeps score no general task.
    """
    session = RunSession(run.choices, around(run.workload, found.tuned.values(), seed))
    session.make_plan(session.workload.trials)
    try:
        session.start(terminal, "around the rates: ", _at_rate)
        measured = {trial: session.measured(trial) for trial in session.workload.trials}
        bases = {trial: session.measured(trial.base_arm("none")) for trial in measured}
    finally:
        session.close()

    def complete(one: Tuned) -> Tuned:
        own = [trial for trial in measured if arm_key(trial) == one.arm_key]
        return measured_around(one, [measured[trial] for trial in own], bases[own[0]])

    return replace(found, tuned={name: complete(one) for name, one in found.tuned.items()})


def said(found: Outcome) -> Iterator[str]:
    """A line for every arm: its rate, or why it has none."""
    for arm, one in found.tuned.items():
        best = f", the smallest within one standard error of {one.best:g}" if one.best != one.chosen else ""
        edge = " (at the edge of its grid: a better one may lie outside)" if one.at_edge else ""
        yield f"{arm}: learning rate {one.chosen:g}{best}{edge}"
    for arm, reason in found.without.items():
        yield f"{arm}: no rate can be chosen, it stays untuned; {reason}"


def note(command: str, session: RunSession) -> dict[str, Any]:
    """How and where the sweeps were measured."""
    return {"command": command, "environment": session.environment()}


def _at_rate(trial: Trial) -> str:
    return trial.id if trial.learning_rate is None else f"{trial.id} at {trial.learning_rate:g}"
