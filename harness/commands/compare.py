"""Judges one stored run against another, without training: the same gates as `pytest suites/ --baseline`."""

import argparse
import sys

from harness.commands.destination import directory_for
from harness.commands.report import results_of
from harness.data.tasks.target import METRICS
from harness.judge.gate.integrity import Evidence
from harness.judge.gate.judgement import Comparison, conclude
from harness.judge.gate.margins import load_margins
from harness.judge.gate.options import GateChoices
from harness.plugin.looking import Looking
from harness.plugin.options import BY_FLAG, add_options, given_in, read_all
from harness.report import write_report
from harness.report.gate.text import announce, gate_text, write_gate
from harness.schema.codec import read_value
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import Verdict
from harness.schema.paths import REPORTS
from harness.schema.typed import PathText
from harness.store.runs import find_run

HELP = "judge one stored run against another"

EXIT = {Verdict.PASS: ExitCode.HELD, Verdict.FAIL: ExitCode.FAILED, Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runs = "a baseline, report directory, results.json or store"
    parser.add_argument("accepted", metavar="baseline", help=f"what was accepted: {runs}")
    parser.add_argument("present", help=f"what is judged: {runs}")
    add_options(parser.add_argument, ("--gates", "--allow", "--store"))
    parser.add_argument("--report", default=str(REPORTS / "compare"), metavar="DIR", help="where the verdict goes")


def run(arguments: argparse.Namespace) -> int:
    given = given_in(arguments)
    choices, store = read_all(GateChoices, given), BY_FLAG["--store"].read(given)
    names = read_value(PathText, arguments.accepted, "The baseline"), read_value(PathText, arguments.present, "The run")
    baseline, present = (find_run(name, store) for name in names)
    asked = [one.trial for one in present.measured]
    evidence = Evidence(baseline.measured, asked, present.measured, choices.allow.differences, anchor=baseline.anchored)
    comparison = Comparison(evidence, load_margins(choices.gates))
    comparison.check_margins(METRICS)
    where = directory_for(arguments.report, "--report")  # before a look is kept
    looking = Looking(baseline)
    judgement = conclude(comparison, looking.judge(comparison, comparison.gates).values())
    content = looking.told(judgement.as_content(baseline.as_side(), present.as_side(), baseline.anchor))
    write_gate(content, where)
    announce(content)
    print(gate_text(content, color=sys.stdout.isatty()))
    page = write_report(results_of(present.measured, present.command), where, content)
    print(f"written: {page}, gate.json, summary.md")
    code = EXIT[judgement.verdict]
    return ExitCode.HELD if code is ExitCode.INCONCLUSIVE and choices.allow.inconclusive else code
