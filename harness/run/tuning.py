"""`--tune`: what the sweep of learning rates would be, the sweep itself, and what it found."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.plan.expand import at_rates
from harness.plan.learning_rates import FILE, add_tuned
from harness.plan.sweep import Grid, Outcome, arms_to_tune, grid_for, outcome, seed_beside, sweep
from harness.run.progress import Terminal, about
from harness.run.session import RunSession
from harness.schema.trial import Trial
from harness.schema.wording import counted


def planned_sweep(run: RunSession) -> RunSession | None:
    """The sweep that the run's arms lack, planned; None where every arm has a rate for exactly what it trains."""
    profile, arms = run.choices.profile, arms_to_tune(run.workload)
    seeds = (seed_beside(profile.seeds),)
    return plan_sweep(run, arms, grid_for(profile.base_model), seeds) if arms else None


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
    terminal.line(
        f"tune: {counted(arms, 'arm')} without a rate tuned for exactly this; a sweep of "
        f"{counted(len(trials) // arms, 'rate')} x {counted(trials[0].recipe.steps, 'step')} each (seed "
        f"{trials[0].seed}): {counted(len(trials), 'trial')}, {len(trials) - len(missing)} answered by the store, "
        f"{len(missing)} to train; chosen on validation"
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


def said(found: Outcome) -> Iterator[str]:
    """A line for every arm: its rate, or why it has none."""
    for arm, one in found.tuned.items():
        edge = " (at the edge of its grid: a better one may lie outside)" if one.at_edge else ""
        yield f"{arm}: learning rate {one.chosen:g}{edge}"
    for arm, reason in found.without.items():
        yield f"{arm}: no rate can be chosen, it stays untuned; {reason}"


def note(command: str, session: RunSession) -> dict[str, Any]:
    """How and where the sweeps were measured."""
    return {"command": command, "environment": session.environment()}


def _at_rate(trial: Trial) -> str:
    return f"{trial.id} at {trial.learning_rate:g}"
