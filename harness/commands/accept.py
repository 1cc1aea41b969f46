"""Accepts a run as a baseline: what later runs are compared with. Commit the directory that it writes."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.plan.reproduce import without
from harness.plugin.options import BY_FLAG, add_options, given_in
from harness.plugin.values import AsPath
from harness.schema.codec import read_value
from harness.schema.errors import UserError, shown
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import Verdict, read_gate
from harness.schema.paths import DEFAULT_REPORT
from harness.schema.wording import counted
from harness.store.baselines import Baseline, accepted, baseline_directory, is_baseline, read_baseline, write_baseline
from harness.store.runs import find_run

LONGEST_REASON = 500
ALIASES = ("bless",)
HELP = "accept a run's records as a baseline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runs = "a report directory, results.json or store"
    parser.add_argument("results", nargs="?", default=str(DEFAULT_REPORT), help=runs)
    parser.add_argument("--as", dest="name", required=True, metavar="NAME", help="what the baseline is called")
    parser.add_argument("--move-anchor", metavar="REASON", help="begin to add up losses anew from this run, and why")
    add_options(parser.add_argument, ("--store",))


def run(arguments: argparse.Namespace) -> int:
    directory, results = baseline_directory(arguments.name), read_value(AsPath, arguments.results, "The run")
    found = find_run(str(results), BY_FLAG["--store"].read(given_in(arguments)))
    wrong = accepted(found.measured)
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise UserError(
            f"{arguments.results!r} cannot be accepted: {'; '.join(wrong[:5])}{more}. A baseline holds completed "
            "trials that keep every promise; mend them, or run without them."
        )
    before = read_baseline(directory) if is_baseline(directory) else None
    verdict = own_verdict(results)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    fresh = Baseline(arguments.name, now, without_places(found.command), found.measured)
    baseline = anchored(fresh, before, arguments.move_anchor)
    size = write_baseline(baseline, directory)
    trained = [one.trial for one in found.measured if not one.trial.is_base]
    seeds = len({one.seed for one in trained} - {None})
    print(f"{counted(len(trained), 'trial')} under {counted(seeds, 'seed')}, {size / 1e6:.1f} MB: {directory}")
    if before is not None:
        print(f"It replaces the baseline of {before.accepted_at[:10]}; review it as a diff.")
    for line in () if before is None else said_of_anchor(baseline, before):
        print(line)
    if verdict not in (None, Verdict.PASS):
        print(f"Its own gate said {verdict}: what you accept now is what later runs may be as bad as.")
    print(f"Judge a run against it: pytest suites/ --baseline {arguments.name}")
    return ExitCode.HELD


def anchored(fresh: Baseline, before: Baseline | None, reason: str | None) -> Baseline:
    """The baseline with the anchor that it shall have: that of the one before it, unless a reason to move it is given.

    Raises:
        UserError: there is none to move, or the reason says nothing.
    """
    if reason is None:
        return fresh if before is None else fresh.follow(before)
    if before is None:
        raise UserError(
            f"--move-anchor: there is no baseline {fresh.name!r} yet, and the first one is its own anchor. Leave it "
            "out."
        )
    why = " ".join(reason.split())
    if not why or not why.isprintable() or len(why) > LONGEST_REASON:
        raise UserError(
            f"--move-anchor {shown(reason)}: say why what was lost so far is let go, in up to {LONGEST_REASON} "
            "characters."
        )
    return fresh.move_anchor(before, why)


def said_of_anchor(baseline: Baseline, before: Baseline) -> list[str]:
    """What later runs are held to beside this baseline, and what they are not."""
    if baseline.anchor is None:
        left = (before.anchor or before).accepted_at[:10]
        return [f"The anchor of {left} is left: {baseline.moves[-1].reason}. Losses add up from this run on."]
    first, now = baseline.anchor, {source.name for one in baseline.measured for source in one.trial.general}
    lines = [f"The anchor of {first.accepted_at[:10]} stays: what adds up since then is judged against it too."]
    known = {source.name for one in first.measured for source in one.trial.general}
    if new := sorted(now - known):
        lines.append(f"It does not know {', '.join(new)}, and holds nothing against them (--move-anchor REASON).")
    return lines


def own_verdict(results: Path) -> Verdict | None:
    """What the run's gate said, where a gate.json lies beside its results; a store and a baseline have none."""
    path = (results if results.is_dir() else results.parent) / "gate.json"
    return read_gate(path).verdict if path.exists() else None


def without_places(command: Sequence[str]) -> tuple[str, ...]:
    """The command without where its files went: that says nothing about the run, and a baseline is shared."""
    return without(("--store", "--report", "--junitxml"), command)
