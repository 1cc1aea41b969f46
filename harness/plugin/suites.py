"""One run of the suites, as pytest sees it: collection, fixtures, progress, summary and exit status."""

import signal
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.judge.gate.gates import Gate
from harness.judge.gate.integrity import CHECKS
from harness.judge.results import build_results
from harness.plan.expand import FULL, beside, ladder, on_the_ladder
from harness.plan.floors import floors_for
from harness.plan.reproduce import commands_of_run
from harness.plugin.ending import print_gates, print_plan, print_summary
from harness.plugin.gating import GateRun, exit_code
from harness.plugin.options import BY_FLAG, command_line, read_choices, read_gate_choices
from harness.plugin.planning import print_power
from harness.plugin.stopping import end_on_sigterm, keep_nothing, told
from harness.plugin.terminal import terminal_of
from harness.report import write_report
from harness.report.gate.text import announce, forget_gate, gate_text, write_gate
from harness.run.session import RunSession
from harness.run.tuning import planned_sweep, print_sweep, tune
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import GateContent, Verdict
from harness.schema.measured import Measured
from harness.schema.paths import SUITES
from harness.schema.results import Results
from harness.schema.trial import Trial
from harness.store.records import require_writable


class Suites:
    """A plugin of pytest's that lives as long as the run.

    Raises:
        UserError: wrong input of any kind.
    """

    def __init__(self, config: pytest.Config) -> None:
        get, project = config.getoption, config.rootpath
        self._terminal = terminal_of(config)
        self._report: Path = BY_FLAG["--report"].read(get, project)
        self._only_collects, self._plans_only = bool(config.option.collectonly), bool(get("--plan"))
        if not (self._plans_only or self._only_collects):
            with suppress(NotADirectoryError):  # which is told below
                forget_gate(self._report)  # before anything can end the run
        choices = read_choices(get, project)
        judging = read_gate_choices(get, choices.profile)
        if choices.profile.data is None and _asks_for_the_ladder(config):
            choices = replace(choices, profile=ladder(choices.profile))
        self.run = RunSession(replace(choices, plan_only=self._plans_only or self._only_collects))
        if not self.run.choices.plan_only:
            require_writable(self._report, "--report: the directory", "--report")
        self.gating: GateRun | None = None
        if judging.baseline is not None or choices.profile.candidate is not None:
            self.gating = GateRun(self.run, judging, self._terminal, project)
        self._sweep = None if self._only_collects or not choices.tune else self._tuned()
        self._planned = False
        self._cannot_tell: list[bool] = []
        """For every failed test: whether it is a gate that cannot tell yet."""
        self._sigterm: Any = None
        self._verdict: GateContent | None = None
        self._written: tuple[Results, Path] | None = None

    def _tuned(self) -> RunSession | None:
        """Sweeps before trials are named, since the rate is part of a trial; with `--plan`, what would be swept."""
        sweep = planned_sweep(self.run)
        print_sweep(self._terminal, sweep, in_full=self._plans_only)
        if sweep is not None and not self._plans_only:
            tune(self.run, sweep, self._terminal, "pytest suites/ --tune")
        return sweep if self._plans_only else None

    def pytest_ignore_collect(self, collection_path: Path, config: pytest.Config) -> bool | None:
        """Without something to compare with there are no gates."""
        gates = [home / "test_gate.py" for home in homes(config)]
        return True if self.gating is None and collection_path in gates else None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test per trial or gate, under its readable id."""
        values: dict[str, Sequence[Any]] = {}
        if self.gating is not None:
            values = {"gate": self.gating.gates, "comparable": list(CHECKS)}
        if "trial" in metafunc.fixturenames:
            values["trial"] = self._trials_for(metafunc.definition)
        for name in values:
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, values[name], ids=lambda one: getattr(one, "id", one))

    def _trials_for(self, test: pytest.Item) -> list[Trial]:
        if test.get_closest_marker("base_arms"):  # those asked for, and those that trained trials are measured against
            possible = (one for one in self.run.workload.trials if one.digest not in self.run.workload.unsupported)
            arms = (arm for one in possible for arm in (one.base_arm("none"), one.base_arm()))
            return list({arm.digest: arm for arm in arms}.values())
        trials = [trial for trial in self.run.workload.trials if not trial.is_base]
        if test.get_closest_marker("ladder"):
            return [trial for trial in trials if on_the_ladder(trial)]
        if test.get_closest_marker("one_seed"):
            return list({(trial.target.name, trial.arm): trial for trial in reversed(trials)}.values())[::-1]
        return trials

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Gates come last: they wait for everything, and other tests need not."""
        if self.gating is not None:
            items.sort(key=lambda item: "gate_run" in getattr(item, "fixturenames", ()))
            self.gating.selected = [one for item in items if isinstance(one := _params(item).get("gate"), Gate)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Plans what the selected tests need, and starts it before the first test waits for it."""
        if session.testsfailed or self._only_collects:
            return None
        with told(self._terminal):
            self.run.make_plan(trial for item in session.items for trial in self._needed_by(item))
        self._planned = True
        print_plan(self._terminal, self.run, self._plans_only, self._sweep)
        if self.gating is not None:
            print_gates(self._terminal, self.gating, self._plans_only)
        if self._plans_only:
            print_power(self._terminal, self.run)
            keep_nothing(session.config)
            return True
        self._sigterm = end_on_sigterm()
        self.run.start(self._terminal)
        return None

    def _needed_by(self, item: pytest.Item) -> list[Trial]:
        """The trials that a test waits for."""
        match _params(item):
            case {"gate": Gate() as gate} if self.gating is not None:
                return self.gating.needs(gate)
            case {"comparable": str()} if self.gating is not None:
                return self.gating.asked()
            case {"trial": Trial() as trial}:
                floors = "floors" in getattr(item, "fixturenames", ())
                return [trial, *(floors_for(self.run.workload, [trial]) if floors else ())]
        return []

    @pytest.fixture
    def run_session(self) -> RunSession:
        """The run that the suites belong to."""
        return self.run

    def _measured(self, trial: Trial) -> Measured:
        with told(self._terminal):
            return self.run.measured(trial)

    @pytest.fixture
    def measured(self, trial: Trial) -> Measured:
        """What the trial measured; waits for it. Skips where the trial is impossible, and says why."""
        one = self._measured(trial)
        if one.record.status == "unsupported":
            pytest.skip(f"unsupported: {one.record.reason}")
        return one

    @pytest.fixture
    def completed(self, measured: Measured) -> Measured:
        """The same, for tests that need scores. A divergence is a finding and skips; a crash fails."""
        if measured.record.status == "diverged":
            pytest.skip(f"diverged: {measured.record.reason}")
        if not measured.completed:
            pytest.fail(f"{measured.record.status}: {measured.record.reason}", pytrace=False)
        return measured

    @pytest.fixture
    def before(self, trial: Trial) -> Measured:
        """The base arm that the trial is measured against, at the trial's own quantization."""
        one = self._measured(trial.base_arm())
        if not one.completed:
            pytest.fail(f"the base arm {one.record.status}: {one.record.reason}", pytrace=False)
        return one

    @pytest.fixture
    def full(self, trial: Trial) -> list[Measured]:
        """What full fine-tuning of the same target and seed measured, and its base arm. Nothing is trained for it:
        skips where neither the selected tests nor the store have it.
        """
        if trial.method == FULL:
            pytest.skip("the arm that others are compared with")
        peer = beside(trial, self.run.workload.trials)
        with told(self._terminal):
            both = [] if peer is None else [self.run.known(one) for one in (peer, peer.base_arm())]
        found = [one for one in both if one is not None and one.completed]
        if len(found) < 2:
            pytest.skip("full fine-tuning of this target and seed is neither in this run nor in the store")
        return found

    @pytest.fixture
    def floors(self, trial: Trial) -> list[Measured]:
        """What guessing scores on the trial's target: the commonest answers, and training on shuffled ones. Waits for
        the training; empty where neither can be.
        """
        trained = [self._measured(one) for one in floors_for(self.run.workload, [trial])]
        return [*(one for one in self.run.guesses() if one.trial.target == trial.target), *trained]

    @pytest.fixture
    def gate_run(self) -> GateRun | None:
        """The gate that the run is judged by; only tests of gates ask for it."""
        return self.gating

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """No dots for what went well: they would break up the progress line. A gate that cannot tell has its word."""
        if report.when == "call" and report.passed:
            return "passed", "", "PASSED"
        if report.failed and _inconclusive(report):
            return "inconclusive", "?", "INCONCLUSIVE"
        return None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        """Remembers of every failure whether it is a gate that cannot tell yet: the exit code depends on it."""
        report = yield
        if report.failed:
            self._cannot_tell.append(_inconclusive(report))
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Stops the engine, judges, settles the exit code, and writes the report of whatever was measured."""
        self.run.close()
        if self._plans_only or not self._planned:
            return
        try:
            self._conclude(session, exitstatus)
        except UserError as error:  # a full disk, say
            self._terminal.line(f"ERROR: {error}")
            session.exitstatus = ExitCode.USAGE_ERROR

    def _conclude(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == ExitCode.HELD and not any(one.completed for one in self.run.everything()):
            session.exitstatus = exitstatus = ExitCode.NOTHING_MEASURED
        if self.gating is not None:
            reached_end = exitstatus in (ExitCode.HELD, ExitCode.FAILED) and not session.shouldstop
            self._verdict = self.gating.finish(reached_end)
            only_open = bool(self._cannot_tell) and all(self._cannot_tell)
            allowed = self.gating.choices.allow.inconclusive
            session.exitstatus = exit_code(self._verdict, int(exitstatus), only_open, allowed)
            write_gate(self._verdict, self._report)  # before any page, so that nothing can lose it
            announce(self._verdict)
        everything, fields = self.run.everything(), self.run.run_fields(command_line())
        if everything:  # else the last report is left alone
            measured = [*everything, *self.run.guesses()]
            results = build_results(measured, fields, commands_of_run(everything, fields.command))
            self._written = results, write_report(results, self._report, self._verdict)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._verdict is not None:
            terminalreporter.section("gate")
            terminalreporter.write_line(gate_text(self._verdict, color=terminalreporter.hasmarkup))
        if self._written is not None:
            print_summary(terminalreporter, *self._written, judged=self._verdict is not None)

    def pytest_unconfigure(self) -> None:
        """Whatever happened, no worker process survives the run."""
        self.run.close()
        if self._sigterm is not None:
            signal.signal(signal.SIGTERM, self._sigterm)


def homes(config: pytest.Config) -> list[Path]:
    """Where suites lie: in the project's own `suites/`, and those that ship."""
    return [home for home in (config.rootpath / SUITES.name, SUITES) if home.is_dir()]


def _asks_for_the_ladder(config: pytest.Config) -> bool:
    """Whether only `test_domain_shift.py` is run, and no option says on what."""
    names = {Path(str(arg).split("::")[0]).name for arg in config.args}
    given = map(config.getoption, ("--targets", "--data", "--methods", "--candidate"))
    return names == {"test_domain_shift.py"} and not any(given)


def _params(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


def _inconclusive(report: pytest.TestReport) -> bool:
    return report.when == "call" and ("verdict", Verdict.INCONCLUSIVE.value) in report.user_properties
