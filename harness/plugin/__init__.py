"""Hooks into pytest: options, collection, fixtures, progress, summary and exit status.

Active only where suites are collected; the harness's own unit tests see nothing of it.
"""

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from harness.judge.gate.gates import Gate
from harness.judge.gate.integrity import CHECKS
from harness.plan.expand import ladder, on_the_ladder
from harness.plugin.ending import print_gate, print_gates, print_plan, print_summary, write_results
from harness.plugin.gating import GateRun, asked_for, exit_code
from harness.plugin.options import add_options, read_options
from harness.report.gate.text import forget_gate
from harness.run.session import RunSession
from harness.run.tuning import planned_sweep, print_sweep, tune
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import Verdict
from harness.schema.measured import Measured
from harness.schema.trial import Trial

SESSION = pytest.StashKey[RunSession]()
GATE = pytest.StashKey[GateRun]()
FAILED = pytest.StashKey[list[bool]]()
"""For every failed test: whether it is a gate that cannot tell yet."""
SAID = pytest.StashKey[dict[str, Any]]()
"""The content of `gate.json`."""
Param = TypeVar("Param")
SUITES = Path(__file__).resolve().parent.parent.parent / "suites"


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser.getgroup("fine-tuning harness"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "base_arms: parametrizes `trial` with the arms that train nothing")
    config.addinivalue_line("markers", "ladder: parametrizes `trial` with full and lora on the targets that ship")
    config.addinivalue_line("markers", "one_seed: parametrizes `trial` with the first seed of every arm")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Expands the profile before anything is collected, so that wrong input ends the run at once."""
    if not _collects_suites(session.config):
        return
    if not session.config.getoption("--plan") and not session.config.option.collectonly:
        forget_gate(Path(session.config.getoption("--report")))  # before anything can end the run
    try:
        choices = read_options(session.config.getoption)
        if _asks_for_the_ladder(session.config):
            choices = replace(choices, profile=ladder(choices.profile))
        run = session.config.stash[SESSION] = RunSession(choices)
        if choices.tune and not session.config.option.collectonly:
            _tune(run, session.config.pluginmanager.get_plugin("terminalreporter"))
        if asked_for(choices):
            session.config.stash[GATE] = GateRun(run, _say(session.config))
    except UserError as error:
        raise pytest.UsageError(str(error)) from None


def _say(config: pytest.Config) -> Callable[[str], None]:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")

    def say(line: str) -> None:
        reporter.ensure_newline()
        reporter.write_line(line)

    return say


def _tune(run: RunSession, reporter: Any) -> None:
    """Before the trials are named, since the rate is part of what a trial is."""
    swept = planned_sweep(run)
    print_sweep(reporter, swept, in_full=run.choices.plan_only)
    if run.choices.plan_only:
        run.sweep = swept
    elif swept is not None:
        tune(run, swept, reporter)


def _collects_suites(config: pytest.Config) -> bool:
    if config.getoption("help") or config.getoption("version"):
        return False
    paths = [Path(config.invocation_params.dir, str(arg).split("::")[0]).resolve() for arg in config.args]
    return any(path == SUITES or SUITES in path.parents or path in SUITES.parents for path in paths)


def _asks_for_the_ladder(config: pytest.Config) -> bool:
    """Whether only `test_domain_shift.py` is run, and no option says on what."""
    names = {Path(str(arg).split("::")[0]).name for arg in config.args}
    return names == {"test_domain_shift.py"} and not any(
        map(config.getoption, ("--target", "--data", "--methods", "--candidate"))
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without something to compare with there are no gates."""
    return True if collection_path == SUITES / "test_gate.py" and GATE not in config.stash else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per trial or gate, under its readable id."""
    gating = metafunc.config.stash.get(GATE, None)
    if gating is not None and "gate" in metafunc.fixturenames:
        metafunc.parametrize("gate", gating.gates, ids=[gate.id for gate in gating.gates])
    if gating is not None and "comparable" in metafunc.fixturenames:
        metafunc.parametrize("comparable", list(CHECKS))
    run = metafunc.config.stash.get(SESSION, None)
    if run is None or "trial" not in metafunc.fixturenames:
        return
    trials = [trial for trial in run.workload.trials if not trial.is_base]
    if metafunc.definition.get_closest_marker("base_arms"):
        trials = _base_arms(run)
    elif metafunc.definition.get_closest_marker("ladder"):
        trials = [trial for trial in trials if on_the_ladder(trial)]
    elif metafunc.definition.get_closest_marker("one_seed"):
        trials = list({(trial.target.name, trial.arm): trial for trial in reversed(trials)}.values())[::-1]
    metafunc.parametrize("trial", trials, ids=[trial.id for trial in trials])


def _base_arms(run: RunSession) -> list[Trial]:
    """Those asked for, and those that the trained trials are measured against."""
    possible = [trial for trial in run.workload.trials if trial.digest not in run.workload.unsupported]
    return list({arm.digest: arm for trial in possible for arm in (trial.base_arm("none"), trial.base_arm())}.values())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Gates come last: they wait for everything, and other tests need not."""
    gating = config.stash.get(GATE, None)
    if gating is not None:
        items.sort(key=lambda item: item.path == SUITES / "test_gate.py")
        gating.selected = [gate for item in items if (gate := _param(item, "gate", Gate)) is not None]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Plans what the selected tests need, and starts it before the first test waits for it."""
    run = session.config.stash.get(SESSION, None)
    if run is None or session.testsfailed or session.config.option.collectonly:
        return None
    needed = {trial.digest: trial for item in session.items for trial in _trials_of(item)}
    run.make_plan(needed.values())
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    print_plan(reporter, run, in_full=run.choices.plan_only)
    print_gates(reporter, session.config.stash.get(GATE, None), in_full=run.choices.plan_only)
    if run.choices.plan_only:
        return True
    run.start(reporter)
    return None


def _trials_of(item: pytest.Item) -> list[Trial]:
    """The trials that a test waits for."""
    gating = item.config.stash.get(GATE, None)
    if gating is not None and (gate := _param(item, "gate", Gate)) is not None:
        return gating.needs(gate)
    if gating is not None and _param(item, "comparable", str) is not None:
        return gating.needs_of_checks()
    trial = _param(item, "trial", Trial)
    return [] if trial is None else [trial]


def _param(item: pytest.Item, name: str, kind: type[Param]) -> Param | None:
    callspec = getattr(item, "callspec", None)
    value = None if callspec is None else callspec.params.get(name)
    return value if isinstance(value, kind) else None


@pytest.fixture(scope="session")
def run_session(request: pytest.FixtureRequest) -> RunSession:
    """The run that the suites belong to."""
    return request.config.stash[SESSION]


@pytest.fixture
def measured(run_session: RunSession, trial: Trial) -> Measured:
    """What the trial measured; waits for it. Skips where the trial is impossible, and says why."""
    one = run_session.measured(trial)
    if one.record.status == "unsupported":
        pytest.skip(f"unsupported: {one.record.reason}")
    return one


@pytest.fixture
def completed(measured: Measured) -> Measured:
    """The same, for tests that need scores. A divergence is a finding and skips; a crash fails."""
    if measured.record.status == "diverged":
        pytest.skip(f"diverged: {measured.record.reason}")
    if not measured.completed:
        pytest.fail(f"{measured.record.status}: {measured.record.reason}", pytrace=False)
    return measured


@pytest.fixture
def before(run_session: RunSession, trial: Trial) -> Measured:
    """The base arm that the trial is measured against, at the trial's own quantization."""
    one = run_session.measured(trial.base_arm())
    if not one.completed:
        pytest.fail(f"the base arm {one.record.status}: {one.record.reason}", pytrace=False)
    return one


@pytest.fixture(scope="session")
def gate_run(request: pytest.FixtureRequest) -> GateRun:
    """The gate that the run is judged by."""
    return request.config.stash[GATE]


@pytest.fixture
def quiet_machine(run_session: RunSession) -> None:
    """Waits until no trial runs, so that a timing has the machine to itself."""
    run_session.wait_for_all()


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """No dots for what went well: they would break up the progress line. A gate that cannot tell has its own word."""
    if SESSION in config.stash and report.when == "call" and report.passed:
        return "passed", "", "PASSED"
    if report.failed and _inconclusive(report):
        return "inconclusive", "?", "INCONCLUSIVE"
    return None


def _inconclusive(report: pytest.TestReport) -> bool:
    return report.when == "call" and ("verdict", Verdict.INCONCLUSIVE.value) in report.user_properties


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Remembers of every failure whether it is a gate that cannot tell yet: the exit code depends on it."""
    report = yield
    if report.failed:
        item.config.stash.setdefault(FAILED, []).append(_inconclusive(report))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Stops the engine, judges, settles the exit code, and writes the report of whatever was measured."""
    run = session.config.stash.get(SESSION, None)
    if run is None or run.plan is None:
        return
    run.close()
    if run.choices.plan_only:
        return
    if exitstatus == ExitCode.HELD and not any(one.completed for one in run.everything()):
        session.exitstatus = exitstatus = ExitCode.NOTHING_MEASURED
    gating = session.config.stash.get(GATE, None)
    if gating is not None:
        content = gating.finish(reached_end=exitstatus in (ExitCode.HELD, ExitCode.FAILED) and not session.shouldstop)
        failed: list[bool] = session.config.stash.get(FAILED, [])
        session.exitstatus = exit_code(
            content, int(exitstatus), bool(failed) and all(failed), run.choices.allow.inconclusive
        )
        session.config.stash[SAID] = content
    write_results(run, session.config.stash.get(SAID, None))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    run = config.stash.get(SESSION, None)
    if run is not None and run.plan is not None and not run.choices.plan_only:
        print_summary(terminalreporter, run)
        if SAID in config.stash:
            print_gate(terminalreporter, config.stash[SAID])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whatever happened, no worker process survives the run."""
    run = config.stash.get(SESSION, None)
    if run is not None:
        run.close()


__all__ = ["before", "completed", "gate_run", "measured", "quiet_machine", "run_session"]
