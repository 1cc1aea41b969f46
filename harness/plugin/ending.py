"""What a run of the suites says before it starts and when it ends."""

from pathlib import Path
from typing import Any

from harness.judge.gate.margins import ANCHOR
from harness.plan.learning_rates import arm_key
from harness.plugin.gating import GateRun
from harness.report.writers.terminal import render_table
from harness.run.progress import Terminal, about, clock
from harness.run.session import RunSession
from harness.schema.record import Status
from harness.schema.results import Results
from harness.schema.trial import RateSource, Trial
from harness.schema.wording import counted

MAX_SHOWN = 5


def print_plan(terminal: Terminal, run: RunSession, in_full: bool, swept: RunSession | None = None) -> None:
    """One line; with `--plan`, every trial and what is known of it. A sweep of learning rates would come before."""
    plan, missing = run.plan, run.plan.missing
    terminal.line(
        f"plan: {counted(len(missing) + len(plan.found) + len(plan.impossible), 'trial')}; "
        f"{len(plan.found)} answered by the store, {len(plan.impossible)} impossible, "
        f"{sum(trial.trains for trial in missing)} to train, {sum(not trial.trains for trial in missing)} to evaluate"
    )
    if missing:
        terminal.line(f"time: {about(run.estimate_s)}; engine {run.choices.engine}, {run.jobs} at a time")
    else:
        terminal.line("nothing to train: every record is in the store")
    for moved in filter(None, (target.moved for target in run.workload.targets.values())):
        those = "1 example that would be held out stands" if moved == 1 else f"{moved} that would be held out stand"
        terminal.line(f"data: {those} whole in a training example: trained on, not held out")
    for note in run.workload.notes:
        terminal.line(note)
    for corrupt in run.store.corrupt:
        terminal.line(str(corrupt))
    to_come = () if swept is None else {arm_key(trial) for trial in swept.workload.trials}
    arms = [one for one in missing if not one.is_base]
    untuned = [one for one in arms if one.learning_rate_source == RateSource.UNTUNED and arm_key(one) not in to_come]
    if untuned:
        terminal.line(
            f"note: {counted(len(untuned), 'trial', 'trains', 'train')} at an untuned learning rate; "
            "untuned methods cannot be ranked. Add --tune, or set [learning_rates] in a profile"
        )
    kept = {trial.arm for trial in run.workload.trials if trial.learning_rate_source == RateSource.BASELINE}
    if kept:
        terminal.line(
            f"note: {counted(len(kept), 'arm', 'trains', 'train')} at the baseline's learning rate: the data changed "
            "since, and none is tuned for it, so the data alone is judged. To judge both, add --tune"
        )
    if in_full:
        for trial in missing:
            rate = "  learning rate: as the sweep finds" if arm_key(trial) in to_come else _rate(trial)
            terminal.line(f"  run     {trial.id}{rate}")
        for one in plan.found.values():
            terminal.line(f"  stored  {one.trial.id}")
        for trial in run.workload.trials:
            if trial.digest in plan.impossible:
                terminal.line(f"  cannot  {trial.id}: {plan.impossible[trial.digest]}")


def _rate(trial: Trial) -> str:
    rate = trial.learning_rate
    return "" if rate is None else f"  learning rate {rate:g} ({trial.learning_rate_source})"


def print_gates(terminal: Terminal, gating: GateRun, in_full: bool) -> None:
    """How many gates there are, and against what; with `--plan`, each of them."""
    against = "the base" if gating.baseline is None else f"the baseline {gating.baseline.name}"
    against += " and its anchor" if any(gate.against == ANCHOR for gate in gating.selected) else ""
    terminal.line(f"gates: {len(gating.selected)} against {against}")
    for gate in gating.selected if in_full else ():
        terminal.line(f"  gate    {gate.id}")


def print_summary(reporter: Any, results: Results, page: Path, judged: bool) -> None:
    """The table, what trained and what came from the store, and where the report is."""
    reporter.section("what was gained, forgotten and spent")
    reporter.write_line(render_table(results, max(reporter._tw.fullwidth, 80), reporter.hasmarkup, judged))
    said = f"{counted(results.trained, 'trial')} trained" if results.trained else "trained nothing"
    reused = f"{counted(results.reused or 0, 'record')} reused from the store"
    reporter.write_line(f"{said}, {reused}, in {clock(results.seconds or 0)}")
    for status in dict.fromkeys(trial.status for trial in results.trials):
        ids = [trial.id for trial in results.trials if trial.status is status]
        if status is not Status.COMPLETED:
            more = ", ..." if len(ids) > MAX_SHOWN else ""
            reporter.write_line(f"{len(ids)} {status}: {', '.join(ids[:MAX_SHOWN])}{more}")
    reporter.write_line(f"report: {page}")
