"""The gate's verdict for a reviewer: `gate.json`, `summary.md`, the terminal, and a CI system's annotations."""

import os
from collections.abc import Sequence
from pathlib import Path

from harness.report.gate import rows as words
from harness.report.words.escaping import code, markdown, visible, visible_content
from harness.report.words.numbers import MISSING
from harness.schema.atomic import write_together
from harness.schema.edge import writing
from harness.schema.errors import UserError
from harness.schema.gate import GateContent, GateResult, Verdict
from harness.schema.wording import counted

WAY_OUT = (
    "Make room there, or give another directory, and make the report again: python -m harness report STORE --to DIR."
)
MOST_ROWS = 30
MOST_ANNOTATIONS = 10


def write_gate(content: GateContent, directory: Path, summary: str = "") -> None:
    """Writes `gate.json` and `summary.md`, both or none.

    Args:
        summary: what `summary.md` says beside the gate: the run's own summary.

    Raises:
        UnwritableError: they cannot be written.
    """
    with writing(f"The report {str(directory)!r}", WAY_OUT):
        write_together(gate_files(content, directory, summary))


def gate_files(content: GateContent, directory: Path, summary: str = "") -> dict[Path, str | bytes]:
    """What they hold, the gate first."""
    said = gate_summary(content) + (f"\n{summary}" if summary else "")
    return {directory / "gate.json": content.model_dump_json(indent=1) + "\n", directory / "summary.md": said}


def forget_gate(directory: Path) -> None:
    """Takes the verdict of an earlier run away, which could be taken for this one's if this one breaks off."""
    (directory / "gate.json").unlink(missing_ok=True)


def gate_text(content: GateContent, color: bool = False) -> str:
    """Lines for a terminal: the headline, what does not hold, what changed."""
    content = visible_content(content)
    first = _headline(content)
    lines = [f"\x1b[1;{words.LOOKS[content.verdict].color}m{first}\x1b[0m" if color else first, _sides(content)]
    lines += [f"  {one.verdict} {one.id}: {one.reason}" for one in words.notable(content.comparable)]
    lines += [f"  {words.sentence(row)}" for row in _open(content)]
    lines += [f"  {said}" for said in words.looks_told(content)]
    lines += [f"  changed: {change}" for change in _changes(content)]
    lines += [f"  worse: {one}" for one in _worse(content)]
    if content.unjudged:
        lines.append(f"  not judged: {counted(len(content.unjudged), 'gate', 'that was', 'that were')} not selected")
    return "\n".join(lines)


def _headline(content: GateContent) -> str:
    return f"{content.verdict}: {words.headline(content)}"


def _open(content: GateContent) -> list[GateResult]:
    """What does not hold, failures first."""
    return [row for row in words.urgent_first(content.gates) if row.verdict is not Verdict.PASS]


def _sides(content: GateContent) -> str:
    """What is compared with what."""
    baseline, present = content.baseline, content.present
    name = "this run" if present is None else present.name
    if baseline is None:
        return f"{name} against its own base"
    trials = "" if present is None else f" ({words.side_facts(present)})"
    anchor = words.anchor_facts(content.anchor) if content.anchor else ""
    held = f" and its anchor ({anchor})" if anchor else ""
    return f"{name}{trials} against {baseline.name} ({words.side_facts(baseline)}){held}"


def _changes(content: GateContent) -> list[str]:
    return [
        f"{one.what} was {one.baseline}, is {one.present} ({words.trials_named(one.trials)})" for one in content.changes
    ]


def _worse(content: GateContent) -> list[str]:
    points = ((one, words.points_lost(one), words.p_text(one.p_holm)) for one in content.worse)
    over = "over all tasks, Holm"
    return [f"{one.target} {one.arm}: {one.task} by {lost} points (p {p} {over})" for one, lost, p in points]


def gate_summary(content: GateContent) -> str:
    """Markdown for a review comment: the verdict, what does not hold and why, what changed."""
    content = visible_content(content)
    lines = [f"## {words.LOOKS[content.verdict].mark} Gate: {markdown(_headline(content))}", ""]
    lines += [f"{markdown(_sides(content))}.", ""]
    lines += [line for said in words.looks_told(content) for line in (f"{markdown(said[:1].upper() + said[1:])}.", "")]
    checks = words.notable(content.comparable)
    lines += [f"- {words.LOOKS[one.verdict].mark} **{markdown(one.name)}**: {markdown(one.reason)}" for one in checks]
    lines += [""] if checks else []
    open_rows = _open(content)
    lines += _table(open_rows[:MOST_ROWS])
    if len(open_rows) > MOST_ROWS:
        lines += [f"and {len(open_rows) - MOST_ROWS:,} more: `gate.json` has them all.", ""]
    held = [row for row in content.gates if row.verdict is Verdict.PASS]
    if held:
        said = f"<summary>{counted(len(held), 'gate')} held</summary>"
        lines += ["<details>", said, "", *_table(held), "</details>", ""]
    lines += _list("What changed", _changes(content))
    lines += _list("General tasks that got significantly worse, whatever their margin", _worse(content))
    if content.unjudged:
        said = counted(len(content.unjudged), "gate", "was not selected, and says", "were not selected, and say")
        lines += [f"{said} nothing.", ""]
    return "\n".join(lines)


def _list(title: str, lines: list[str]) -> list[str]:
    return [f"**{title}**", "", *(f"- {markdown(line)}" for line in lines), ""] if lines else []


def _table(rows: Sequence[GateResult]) -> list[str]:
    if not rows:
        return []
    head = ["", "gate", "before", "after", "difference", "one-sided bounds", "margin", "why"]
    lines = [head, ["---"] * 2 + ["---:"] * 5 + ["---"], *map(_cells, rows)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def _cells(row: GateResult) -> list[str]:
    shown = words.figures(row)
    bounds = f"{shown.bounds} ({shown.level})" if shown.level else shown.bounds or MISSING
    numbers = [shown.before, shown.after, shown.difference, bounds, shown.margin]
    return [words.LOOKS[row.verdict].mark, code(row.id, cell=True), *numbers, markdown(words.why(row))]


def announce(content: GateContent) -> None:
    """On GitHub: the summary onto the job's page, and an annotation for everything that does not hold."""
    content = visible_content(content)
    page, commands = os.environ.get("GITHUB_STEP_SUMMARY"), annotations(content)
    if page:
        try:
            with writing(page, "The same stands in summary.md."), open(page, "a", encoding="utf-8") as file:
                file.write(gate_summary(content) + "\n")
        except UserError as error:
            print(f"\n{_command('warning', str(error))}")
    if os.environ.get("GITHUB_ACTIONS") == "true" and commands:
        # A command counts at the start of a line, and pytest leaves its line of progress open.
        print("", *commands, sep="\n", flush=True)


def annotations(content: GateContent) -> list[str]:
    """Workflow commands: errors for failures, warnings for what cannot be told."""
    found = [("error", f"{one.id}: {one.reason}") for one in content.comparable if one.verdict is Verdict.FAIL]
    found += [("error" if row.verdict is Verdict.FAIL else "warning", words.sentence(row)) for row in _open(content)]
    if content.verdict is Verdict.FAIL and not found:
        found = [("error", _headline(content))]
    more = len(found) - MOST_ANNOTATIONS
    rest = [("warning", f"{more:,} more in gate.json and in the summary")] if more > 0 else []
    return [_command(level, text) for level, text in (*found[:MOST_ANNOTATIONS], *rest)]


def _command(level: str, text: str) -> str:
    """A workflow command of GitHub's: one line, whatever the text, which `visible` leaves without a line's end."""
    return f"::{level} title=Gate::{visible(text).replace('%', '%25')}"
