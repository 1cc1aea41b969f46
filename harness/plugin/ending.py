"""What a run of the suites says before it starts and when it ends."""

from collections import Counter
from pathlib import Path
from typing import Any

from harness.plan.learning_rates import arm_key
from harness.plugin.gating import GateRun
from harness.report.gate.text import gate_text
from harness.report.writers.terminal import render_table
from harness.run.progress import about, clock
from harness.run.session import RunSession
from harness.run.terminal import Terminal
from harness.schema.gate import GateContent
from harness.schema.record import Status
from harness.schema.results import Results
from harness.schema.trial import RateSource, Trial

MAX_SHOWN = 5


def print_plan(terminal: Terminal, run: RunSession, in_full: bool, swept: RunSession | None = None) -> None:
    """One line; with `--plan`, every trial and what is known of it.

    Args:
        swept: the sweep of learning rates that would come before.
    """
    plan = run.plan
    if plan is None:
        return
    missing, found = plan.missing, list(plan.found.values())
    terminal.line(
        f"plan: {len(missing) + len(found) + len(plan.impossible)} trials; "
        f"{len(found)} answered by the store, {len(plan.impossible)} impossible, "
        f"{sum(trial.trains for trial in missing)} to train, {sum(not trial.trains for trial in missing)} to evaluate"
    )
    if not missing:
        terminal.line("nothing to train: every record is in the store")
    else:
        terminal.line(f"time: {about(run.estimate_s)}; engine {run.choices.engine}, {run.jobs} at a time")
    for target in run.workload.targets.values():
        if target.moved:
            terminal.line(f"data: {_moved(target.moved)} whole in a training example: trained on, not held out")
    for corrupt in run.store.corrupt:
        terminal.line(f"a damaged record was set aside and runs again: {corrupt.path.name} ({corrupt.reason})")
    to_come = () if swept is None else {arm_key(trial) for trial in swept.workload.trials}
    _warn_untuned(terminal, [trial for trial in missing if arm_key(trial) not in to_come])
    if in_full:
        for trial in missing:
            rate = "  learning rate: as the sweep finds" if arm_key(trial) in to_come else _rate(trial)
            terminal.line(f"  run     {trial.id}{rate}")
        for one in found:
            terminal.line(f"  stored  {one.trial.id}")
        for trial in run.workload.trials:
            if trial.digest in plan.impossible:
                terminal.line(f"  cannot  {trial.id}: {plan.impossible[trial.digest]}")


def _moved(count: int) -> str:
    return "1 example that would be held out stands" if count == 1 else f"{count} that would be held out stand"


def _rate(trial: Trial) -> str:
    if trial.learning_rate is None:
        return ""
    return f"  learning rate {trial.learning_rate:g} ({trial.learning_rate_source})"


def _warn_untuned(terminal: Terminal, missing: list[Trial]) -> None:
    sources = Counter(trial.learning_rate_source for trial in missing if trial.trains)
    if sources[RateSource.UNTUNED]:
        terminal.line(
            f"note: {sources['untuned']} trials train at an untuned learning rate; untuned methods cannot be ranked. "
            "Add --tune, or set [learning_rates] in a profile"
        )


def print_gates(terminal: Terminal, gating: GateRun | None, in_full: bool) -> None:
    """How many gates there are, and against what; with `--plan`, each of them."""
    if gating is None:
        return
    against = "the base" if gating.baseline is None else f"the baseline {gating.baseline.name}"
    terminal.line(f"gates: {len(gating.selected)} against {against}")
    if in_full:
        for gate in gating.selected:
            terminal.line(f"  gate    {gate.id}")


def print_gate(reporter: Any, content: GateContent) -> None:
    """The verdict, what does not hold and why, what changed."""
    reporter.section("gate")
    reporter.write_line(gate_text(content, color=reporter.hasmarkup))


def print_summary(reporter: Any, results: Results, page: Path, judged: bool) -> None:
    """The table, what trained and what came from the store, and where the report is."""
    reporter.section("what was gained, forgotten and spent")
    reporter.write_line(render_table(results, max(reporter._tw.fullwidth, 80), reporter.hasmarkup, judged))
    said = f"{results.trained} trials trained" if results.trained else "trained nothing"
    reporter.write_line(f"{said}, {results.reused} records reused from the store, in {clock(results.seconds or 0)}")
    ids: dict[Status, list[str]] = {}
    for trial in results.trials:
        ids.setdefault(trial.status, []).append(trial.id)
    for status, names in ids.items():
        if status is not Status.COMPLETED:
            more = ", ..." if len(names) > MAX_SHOWN else ""
            reporter.write_line(f"{len(names)} {status}: {', '.join(names[:MAX_SHOWN])}{more}")
    reporter.write_line(f"report: {page}")
