"""What a run says before it starts and when it ends: the plan, the report, the table."""

from collections import Counter
from typing import Any

from harness.judge.results import build_results
from harness.plan.learning_rates import arm_key
from harness.plan.reproduce import commands_of_run
from harness.plugin.gating import GateRun
from harness.report import write_report
from harness.report.gate.text import gate_text
from harness.report.writers.terminal import render_table
from harness.run.progress import clock
from harness.run.session import RunSession
from harness.schema.trial import RateSource, Trial

MAX_SHOWN = 5


def print_plan(reporter: Any, run: RunSession, in_full: bool) -> None:
    """One line; with `--plan`, every trial and what is known of it."""
    plan = run.plan
    if plan is None:
        return
    missing, found = plan.missing, list(plan.found.values())
    reporter.ensure_newline()
    reporter.write_line(
        f"plan: {len(missing) + len(found) + len(plan.impossible)} trials; "
        f"{len(found)} answered by the store, {len(plan.impossible)} impossible, "
        f"{sum(trial.trains for trial in missing)} to train, {sum(not trial.trains for trial in missing)} to evaluate"
    )
    if not missing:
        reporter.write_line("nothing to train: every record is in the store")
    else:
        estimate = run.estimate_s
        about = "unknown, nothing like it was measured here yet" if estimate is None else f"about {clock(estimate)}"
        reporter.write_line(f"time: {about}; engine {run.choices.engine}, {run.jobs} at a time")
    for target in run.workload.targets.values():
        if target.moved:
            reporter.write_line(f"data: {_moved(target.moved)} whole in a training example: trained on, not held out")
    for corrupt in run.store.corrupt:
        reporter.write_line(f"a damaged record was set aside and runs again: {corrupt.path.name} ({corrupt.reason})")
    to_come = () if run.sweep is None else {arm_key(trial) for trial in run.sweep.workload.trials}
    _warn_untuned(reporter, [trial for trial in missing if arm_key(trial) not in to_come])
    if in_full:
        for trial in missing:
            rate = "  learning rate: as the sweep finds" if arm_key(trial) in to_come else _rate(trial)
            reporter.write_line(f"  run     {trial.id}{rate}")
        for one in found:
            reporter.write_line(f"  stored  {one.trial.id}")
        for trial in run.workload.trials:
            if trial.digest in plan.impossible:
                reporter.write_line(f"  cannot  {trial.id}: {plan.impossible[trial.digest]}")


def _moved(count: int) -> str:
    return "1 example that would be held out stands" if count == 1 else f"{count} that would be held out stand"


def _rate(trial: Trial) -> str:
    if trial.learning_rate is None:
        return ""
    return f"  learning rate {trial.learning_rate:g} ({trial.learning_rate_source})"


def _warn_untuned(reporter: Any, missing: list[Trial]) -> None:
    sources = Counter(trial.learning_rate_source for trial in missing if trial.trains)
    if sources[RateSource.UNTUNED]:
        reporter.write_line(
            f"note: {sources['untuned']} trials train at an untuned learning rate; untuned methods cannot be ranked. "
            "Add --tune, or set [learning_rates] in a profile"
        )


def print_gates(reporter: Any, gating: GateRun | None, in_full: bool) -> None:
    """How many gates there are, and against what; with `--plan`, each of them."""
    if gating is None:
        return
    against = "the base" if gating.baseline is None else f"the baseline {gating.baseline.name}"
    reporter.write_line(f"gates: {len(gating.selected)} against {against}")
    if in_full:
        for gate in gating.selected:
            reporter.write_line(f"  gate    {gate.id}")


def print_gate(reporter: Any, content: dict[str, Any]) -> None:
    """The verdict, what does not hold and why, what changed."""
    reporter.section("gate")
    reporter.write_line(gate_text(content, color=bool(getattr(reporter, "hasmarkup", False))))


def write_results(run: RunSession, gate: dict[str, Any] | None = None) -> None:
    """Writes the report of all that is known; an empty run leaves the last report alone.

    Args:
        gate: the content of `gate.json`, where the run was judged.
    """
    everything, fields = run.everything(), run.run_fields()
    if everything:
        run.results = build_results(everything, fields, commands_of_run(everything, fields.command))
        run.report = write_report(run.results, run.choices.report, gate)


def print_summary(reporter: Any, run: RunSession) -> None:
    """The table, what trained and what came from the store, and where the report is."""
    if run.results is None or run.report is None:
        return
    reporter.section("what was gained, forgotten and spent")
    color = bool(getattr(reporter, "hasmarkup", False))
    reporter.write_line(render_table(run.results, width=max(reporter._tw.fullwidth, 80), color=color))
    trained, reused = run.results.trained, run.results.reused
    said = f"{trained} trials trained" if trained else "trained nothing"
    reporter.write_line(f"{said}, {reused} records reused from the store, in {clock(run.results['seconds'])}")
    statuses = Counter(trial["status"] for trial in run.results["trials"])
    for status, count in statuses.items():
        if status != "completed":
            ids = [trial["id"] for trial in run.results["trials"] if trial["status"] == status]
            more = ", ..." if count > MAX_SHOWN else ""
            reporter.write_line(f"{count} {status}: {', '.join(ids[:MAX_SHOWN])}{more}")
    reporter.write_line(f"report: {run.report}")
