"""Judges one stored run against another, without training: the same gates as `pytest suites/ --baseline`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from harness.judge.gate.integrity import Evidence
from harness.judge.gate.judgement import Comparison, judge_all
from harness.judge.gate.margins import SHIPPED, load_margins
from harness.judge.gate.options import allowed
from harness.judge.results import build_results
from harness.plan.reproduce import commands_of_run
from harness.report import write_report
from harness.report.gate.text import announce, gate_text, write_gate
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import Verdict
from harness.schema.paths import DEFAULT_STORE, REPORTS
from harness.schema.results import Results, RunFields
from harness.store.runs import StoredRun, find_run

NAME = "compare"
HELP = "judge one stored run against another"

EXIT = {
    Verdict.PASS: ExitCode.HELD,
    Verdict.FAIL: ExitCode.FAILED,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runs = "a baseline, report directory, results.json or store"
    parser.add_argument("baseline", help=f"what was accepted: {runs}")
    parser.add_argument("present", help=f"what is judged: {runs}")
    parser.add_argument("--gates", default=str(SHIPPED), metavar="FILE", help="margins (default: fixtures/gates.toml)")
    parser.add_argument("--allow", default=None, metavar="LIST", help="versions, device, precision, inconclusive")
    parser.add_argument("--store", default=str(DEFAULT_STORE), metavar="DIR", help="where the runs' records are")
    parser.add_argument("--report", default=str(REPORTS / "compare"), metavar="DIR", help="where the verdict goes")


def run(arguments: argparse.Namespace) -> int:
    permitted = allowed(arguments.allow)
    margins = load_margins(Path(arguments.gates))
    store = Path(arguments.store)
    baseline, present = find_run(arguments.baseline, store), find_run(arguments.present, store)
    asked = [one.trial for one in present.measured]
    evidence = Evidence(baseline.measured, asked, present.measured, permitted.differences)
    judgement = judge_all(Comparison(evidence, margins))
    content = judgement.as_content(baseline.as_side(), present.as_side())
    where = Path(arguments.report)
    write_gate(content, where)
    announce(content)
    print(gate_text(content, color=sys.stdout.isatty()))
    print(f"written: {write_report(_results(present), where, content)}, gate.json, summary.md")
    code = EXIT[judgement.verdict]
    return ExitCode.HELD if code is ExitCode.INCONCLUSIVE and permitted.inconclusive else code


def _results(present: StoredRun) -> Results:
    """What the page shows beside the comparison: the run under judgement, as its records tell it."""
    environment: dict[str, Any] = {}
    if present.measured:
        last = present.measured[-1]
        environment = {**last.record.environment, "device": last.trial.platform.device}
    started = max((one.record.started_at for one in present.measured), default="")
    fields = RunFields(generated_at=started, command=present.command, environment=environment)
    return build_results(present.measured, fields, commands_of_run(present.measured, present.command))
