"""Judges runs of lm-evaluation-harness or Inspect against each other, from their scores per item: nothing is trained.

BEFORE and AFTER are files or directories: `samples_*.jsonl` that `lm_eval --log_samples` wrote, or logs of Inspect
(`.eval`, or the older `.json`). Several runs of a task on a side count as seeds.
"""

import argparse
import sys
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.commands.compare import EXIT
from harness.commands.destination import directory_for
from harness.judge.foreign.agreement import ALLOWABLE
from harness.judge.foreign.side import CLUSTER, Asked, read_side
from harness.judge.foreign.verdict import Rules, judge_sides
from harness.judge.gate.margins import FORGETTING, FORGETTING_TASK, Margin, load_margins
from harness.judge.gate.options import Allowed, allowed
from harness.plugin.options import BY_FLAG, add_options, given_in
from harness.plugin.values import AsNames
from harness.report.gate.text import announce
from harness.report.judged.page import judged_text, write_judged
from harness.schema.codec import read_value
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import REPORTS
from harness.schema.typed import PathText, UpTo

HELP = "judge runs of lm-eval or Inspect against each other"
DEFAULT_TO = REPORTS / "judge"

AsMargin = Annotated[float, UpTo(1, zero=True), Field(strict=False)]
Name = Annotated[str, Field(pattern=r"\S")]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runs = "samples_*.jsonl of lm-eval, logs of Inspect, directories of these, or several, comma-separated"
    parser.add_argument("before", help=f"what was there before, or the one model: {runs}")
    parser.add_argument("after", help="what is judged: the same")
    parser.add_argument("--tasks", metavar="LIST", help="these tasks alone")
    parser.add_argument("--metrics", metavar="LIST", help="these metrics alone: acc, exact_match@strict-match, match")
    parser.add_argument("--less-is-better", metavar="LIST", help="metrics of which less is better")
    field = f"the field of an item that says which belong together, such as a passage (default: {CLUSTER})"
    parser.add_argument("--cluster", default=CLUSTER, metavar="FIELD", help=field)
    margin = "the largest loss of a task and of their mean, 0.02 for 2 points, in place of the file's"
    parser.add_argument("--margin", metavar="N", help=margin)
    add_options(parser.add_argument, ("--gates",))
    allow = f"what may differ, or count as held: {', '.join(ALLOWABLE)}, inconclusive"
    parser.add_argument("--allow", metavar="LIST", help=allow)
    parser.add_argument("--report", default=str(DEFAULT_TO), metavar="DIR", help="where the verdict goes")


def run(arguments: argparse.Namespace) -> int:
    asked = Asked(
        tasks=_names(arguments.tasks, "--tasks"),
        metrics=_names(arguments.metrics, "--metrics"),
        cluster=read_value(Name, arguments.cluster, "--cluster"),
    )
    allow = Allowed() if arguments.allow is None else allowed(arguments.allow, differences=ALLOWABLE)
    lower = _names(arguments.less_is_better, "--less-is-better")
    rules = Rules(_margins(arguments), allow.differences, lower)
    where = directory_for(arguments.report, "--report")
    before, after = (
        read_side(read_value(PathText, text, what), asked)
        for text, what in ((arguments.before, "BEFORE"), (arguments.after, "AFTER"))
    )
    content, judged = judge_sides(before, after, asked, rules)
    page = write_judged(content, judged, where)
    announce(content)
    print(judged_text(content, judged, color=sys.stdout.isatty()))
    print(f"written: {page}, judge.json, gate.json, summary.md")
    code = EXIT[content.verdict]
    return ExitCode.HELD if code is ExitCode.INCONCLUSIVE and allow.inconclusive else code


def _names(text: str | None, flag: str) -> tuple[str, ...]:
    return () if text is None else read_value(AsNames, text, flag)


def _margins(arguments: argparse.Namespace) -> list[Margin]:
    """Those of a file; one number takes the place of its margins for scores."""
    file: Path | None = BY_FLAG["--gates"].read(given_in(arguments))
    margins = load_margins() if file is None else load_margins(file)
    if arguments.margin is None:
        return margins
    limit = read_value(AsMargin, arguments.margin, "--margin")
    own = [Margin(measure=name, margin=limit, reason="--margin") for name in (FORGETTING, FORGETTING_TASK)]
    return [*(one for one in margins if one.measure not in (FORGETTING, FORGETTING_TASK)), *own]
