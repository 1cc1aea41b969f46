"""The gate's verdict for a reviewer: `gate.json`, `summary.md`, the terminal, and a CI system's annotations."""

import os
from pathlib import Path

from harness.report.words.escaping import markdown, visible, visible_content
from harness.report.words.numbers import MISSING, fixed, supported_decimals, unit_of
from harness.report.writers.files import write_atomically
from harness.schema.gate import GateContent, GateResult

Row = GateResult

ORDER = ("FAIL", "INCONCLUSIVE", "PASS")
MOST_ROWS = 30
MOST_ANNOTATIONS = 10
MARKS = {"PASS": "✅", "FAIL": "❌", "INCONCLUSIVE": "❔"}


def write_gate(content: GateContent, directory: Path, summary: str = "") -> None:
    """Writes `gate.json` and `summary.md`, the gate first.

    Args:
        summary: what `summary.md` says beside the gate: the run's own summary.
    """
    write_atomically(directory / "gate.json", content.model_dump_json(indent=1) + "\n")
    write_atomically(directory / "summary.md", gate_summary(content) + (f"\n{summary}" if summary else ""))


def forget_gate(directory: Path) -> None:
    """Takes the verdict of an earlier run away, which could be taken for this one's if this one breaks off."""
    (directory / "gate.json").unlink(missing_ok=True)


def headline(content: GateContent) -> str:
    """The verdict in one line."""
    counts = content.counts
    judged = sum(counts.values())
    broken = [one for one in content.comparable if one.verdict != "PASS"]
    if not content.reached_end:
        return "FAIL: the run broke off before every gate was judged"
    if not judged:
        return "FAIL: no gate was judged"
    if broken:
        return f"FAIL: the two sides cannot be compared ({', '.join(one['name'] for one in broken)})"
    said = [f"{counts['FAIL']} of {judged} gates failed"] if counts["FAIL"] else []
    said += [f"{counts['INCONCLUSIVE']} of {judged} cannot tell yet"] if counts["INCONCLUSIVE"] else []
    return (
        f"{content['verdict']}: {', '.join(said) or f'{judged} gates held, nothing got worse by more than its margin'}"
    )


def sentence(row: Row) -> str:
    """What one gate says: the difference, its bound, the margin, and what could have been seen."""
    return f"{row['verdict']} {row['id']}: {_measured(row)}{_why(row)}"


def _measured(row: Row) -> str:
    if row["difference"] is None:
        return ""
    if row["metric"] is None:
        ratio = fixed(row["difference"], 3)
        bounds = "" if row["low"] is None else f" (bounds {fixed(row['low'], 2)} to {fixed(row['high'], 2)})"
        return f"{ratio} times the baseline{bounds}, allowed {row['limit']:g}; "
    unit = unit_of(row["metric"])
    decimals = _decimals(row)
    low, high = (fixed(row[side] * unit.scale, decimals, plus=True) for side in ("low", "high"))
    needed = "at least " + fixed(row["limit"] * unit.scale, 1, plus=True)
    if row["measure"] != "learned":
        needed = f"margin {fixed(-row['limit'] * unit.scale, 1)}"
    value = fixed(row["difference"] * unit.scale, decimals, plus=True)
    return f"{value} {unit.name} (one-sided 95 %: {low} to {high}), {needed}; "


def _decimals(row: Row) -> int:
    unit = unit_of(row["metric"])
    return max(1, supported_decimals([(row["low"], row["high"])], unit.scale))


def _why(row: Row) -> str:
    said = str(row["reason"])
    if row["detectable"] is not None and row["metric"] is not None and row["low"] != row["high"]:
        unit = unit_of(row["metric"])
        said += (
            f"; a difference of {fixed(row['detectable'] * unit.scale, _decimals(row))} {unit.name} would have shown"
        )
    if row["verdict"] == "INCONCLUSIVE" and row["difference"] is not None:
        said += f"; {settling(row)}"
    return said


def settling(row: Row) -> str:
    """How many seeds or items would decide."""
    settle = row["settle"]
    if not settle:
        return "the difference lies too near to the margin for more seeds or items to settle it"
    parts = [f"{settle[what]} {what}" for what in ("seeds", "items") if what in settle]
    return f"about {' and '.join(parts)} would settle it, if the difference stayed"


def gate_text(content: GateContent, color: bool = False) -> str:
    """Lines for a terminal: the headline, what does not hold, what changed."""
    content = visible_content(content)
    lines = [_painted(headline(content), content.verdict, color), _sides(content)]
    lines += [f"  {one['verdict']} {one['id']}: {one['reason']}" for one in content.comparable if _notable(one)]
    lines += [f"  {sentence(row)}" for row in _sorted(content.gates) if row["verdict"] != "PASS"]
    lines += [f"  changed: {change}" for change in _changes(content)]
    lines += [f"  worse: {one}" for one in _worse(content)]
    if content.unjudged:
        lines.append(f"  not judged: {len(content['unjudged'])} gates that were not selected")
    return "\n".join(lines)


def _painted(text: str, verdict: str, color: bool) -> str:
    code = {"PASS": "32", "FAIL": "31", "INCONCLUSIVE": "33"}[verdict]
    return f"\x1b[1;{code}m{text}\x1b[0m" if color else text


def _notable(one: Row) -> bool:
    return bool(one.verdict != "PASS" or one.reason.startswith("allowed"))


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: ORDER.index(row["verdict"]))


def _sides(content: GateContent) -> str:
    """What is compared with what."""
    baseline, present = content.baseline, content.present or {}
    what = present.get("name") or "this run"
    if baseline is None:
        return f"{what} against its own base"
    since = f", accepted {baseline['accepted_at'][:10]}" if baseline.accepted_at else ""
    return f"{what} ({present.get('trials', 0)} trials) against {baseline['name']} ({baseline['trials']} trials{since})"


def _changes(content: GateContent) -> list[str]:
    return [
        f"{one['what']} was {one['baseline']}, is {one['present']} ({_count(one['trials'])})" for one in content.changes
    ]


def _count(trials: list[str]) -> str:
    return trials[0] if len(trials) == 1 else f"{len(trials)} trials"


def _worse(content: GateContent) -> list[str]:
    return [
        f"{one['target']} {one['arm']}: {one['task']} by {fixed(-100 * one['difference'], 1)} points "
        f"(p {_p(one['p_holm'])} over all tasks, Holm)"
        for one in content.worse
    ]


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def gate_summary(content: GateContent) -> str:
    """Markdown for a review comment: the verdict, what does not hold and why, what changed."""
    content = visible_content(content)
    lines = [
        f"## {MARKS[content['verdict']]} Gate: {markdown(headline(content))}",
        "",
        markdown(_sides(content)) + ".",
        "",
    ]
    lines += _comparable(content)
    rows = _sorted(content.gates)
    open_rows = [row for row in rows if row["verdict"] != "PASS"]
    lines += _table(open_rows[:MOST_ROWS])
    if len(open_rows) > MOST_ROWS:
        lines += [f"and {len(open_rows) - MOST_ROWS} more: `gate.json` has them all.", ""]
    held = [row for row in rows if row["verdict"] == "PASS"]
    if held:
        lines += ["<details>", f"<summary>{len(held)} gates held</summary>", "", *_table(held), "</details>", ""]
    lines += _list("What changed", _changes(content))
    lines += _list("General tasks that got significantly worse, whatever their margin", _worse(content))
    if content.unjudged:
        lines += [f"{len(content['unjudged'])} gates were not selected, and say nothing.", ""]
    return "\n".join(lines)


def _comparable(content: GateContent) -> list[str]:
    notable = [one for one in content.comparable if _notable(one)]
    said = [f"{MARKS[one['verdict']]} **{markdown(one['name'])}**: {markdown(one['reason'])}" for one in notable]
    return [*(f"- {one}" for one in said), ""] if said else []


def _list(title: str, lines: list[str]) -> list[str]:
    return [f"**{title}**", "", *(f"- {markdown(line)}" for line in lines), ""] if lines else []


def _table(rows: list[Row]) -> list[str]:
    if not rows:
        return []
    head = ["", "gate", "before", "after", "difference", "bounds (95 %, one-sided)", "margin", "why"]
    cells = [[MARKS[row["verdict"]], f"`{row['id']}`", *_figures(row), markdown(_why(row))] for row in rows]
    lines = [head, ["---"] * 2 + ["---:"] * 5 + ["---"], *cells]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def _figures(row: Row) -> list[str]:
    """Before, after, difference, bounds, margin; each in the measure's unit."""
    if row["metric"] is None:
        values = [_cost(row, row["before"]), _cost(row, row["after"])]
        ratio = MISSING if row["difference"] is None else f"{fixed(row['difference'], 3)} times"
        bounds = MISSING if row["low"] is None else f"{fixed(row['low'], 2)} to {fixed(row['high'], 2)}"
        return [*values, ratio, bounds, f"{row['limit']:g} times"]
    if row["difference"] is None:
        return [MISSING] * 5
    unit, decimals = unit_of(row["metric"]), _decimals(row)
    values = [MISSING if row[side] is None else fixed(row[side] * unit.scale, decimals) for side in ("before", "after")]
    low, value, high = (fixed(row[name] * unit.scale, decimals, plus=True) for name in ("low", "difference", "high"))
    sign = 1 if row["measure"] == "learned" else -1
    return [*values, f"{value} {unit.name}", f"{low} to {high}", fixed(sign * row["limit"] * unit.scale, 1, plus=True)]


def _cost(row: Row, value: float | None) -> str:
    if value is None:
        return MISSING
    return f"{value:.3g} times the control" if row["measure"] == "step_time" else f"{value:,.0f}"


def announce(content: GateContent) -> None:
    """On GitHub: the summary onto the job's page, and an annotation for everything that does not hold."""
    content = visible_content(content)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        with open(page, "a", encoding="utf-8") as file:
            file.write(gate_summary(content) + "\n")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(annotations(content)))


def annotations(content: GateContent) -> list[str]:
    """Workflow commands: errors for failures, warnings for what cannot be told."""
    found = [("error", f"{one['id']}: {one['reason']}") for one in content.comparable if one.verdict == "FAIL"]
    found += [
        ("error" if row["verdict"] == "FAIL" else "warning", sentence(row))
        for row in _sorted(content.gates)
        if row["verdict"] != "PASS"
    ]
    if content.verdict == "FAIL" and not found:
        found = [("error", headline(content))]
    lines = [f"::{level} title=Gate::{_escaped(text)}" for level, text in found[:MOST_ANNOTATIONS]]
    if len(found) > MOST_ANNOTATIONS:
        lines.append(
            f"::warning title=Gate::{len(found) - MOST_ANNOTATIONS} more stand in gate.json and in the summary"
        )
    return lines


def _escaped(text: str) -> str:
    """As GitHub's workflow commands want data."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
