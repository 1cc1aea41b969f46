"""Two runs on one page: how they were made otherwise, then what got better, what got worse and what cannot be told."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.gate.rows import TONES, Change, Row, change_of, is_cost, verdict_text
from harness.report.gate.tables import changes_table, checks_table, rows_table, tasks_table
from harness.report.gate.text import headline
from harness.report.model.arms import joined
from harness.report.tables.table import Table
from harness.report.words.phrases import some
from harness.schema.gate import GateContent
from harness.schema.results import Results

_BY_CHANCE = (
    "Bounds are one-sided, at 95 % or more, and each row has its own: where nothing differs, about one score in twenty "
    "stands here by chance. Counted costs have no noise."
)


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes:
        role: what it is in the comparison.
        facts: when it was accepted, how many trials it has.
        command: what made it; empty where that is not known.
    """

    role: str
    name: str
    facts: str = ""
    command: str = ""


@dataclass(frozen=True)
class Part:
    """Rows that went one way.

    Attributes:
        table: None where there is none.
        empty: what is said instead.
    """

    anchor: str
    title: str
    table: Table | None
    empty: str


@dataclass(frozen=True)
class Comparison:
    """Everything that the page says of two runs.

    Attributes:
        title: what is compared with what.
        verdict: shape and word.
        tone: class of the style sheet for the verdict.
        says: the verdict's reason, behind its word.
        counts: how many rows went which way.
        warnings: what weakens or voids the figures.
        changes: settings that differ.
        checks: comparability where it failed or where a difference was allowed.
        same: what was checked and found alike.
        parts: got worse, got better, cannot be told.
        within: rows that cannot be told and lie inside their margin either way.
        missing: rows without figures.
        unchanged: how many rows are identical.
        tasks: general tasks that got significantly worse.
    """

    title: str
    verdict: str
    tone: str
    says: str
    counts: str
    sides: tuple[Side, ...]
    warnings: tuple[str, ...]
    changes: Table | None
    checks: Table | None
    same: str
    parts: tuple[Part, ...]
    within: Table | None
    missing: Table | None
    unchanged: str
    tasks: Table | None


def compare(content: GateContent, results: Results) -> Comparison:
    """What a page shows of a judgement.

    Args:
        content: of `gate.json`, finite and with visible texts.
        results: of the present run, whose arms are numbered.
    """
    rows = by_change(content.gates)
    verdict, _, reason = headline(content).partition(": ")
    if verdict == "PASS":
        reason = f"every gate held, {len(content['gates'])} of {len(content['gates'])}"
    sides = _sides(content)
    within = [row for row in rows[Change.OPEN] if row["verdict"] == "PASS"]
    return Comparison(
        title=f"{sides[1].name} against {sides[0].name}",
        verdict=verdict_text(verdict),
        tone=TONES.get(verdict, ""),
        says=reason,
        counts=_counts(rows),
        sides=sides,
        warnings=_warnings(content),
        changes=changes_table(content.changes),
        checks=checks_table([one for one in content.comparable if _notable(one, content)]),
        same=_same(content),
        parts=_parts(rows, results),
        within=rows_table("within-noise", f"{len(within)} rows. {_WITHIN}", within, results),
        missing=rows_table("not-compared", _MISSING, rows[Change.MISSING], results),
        unchanged=_unchanged(rows[Change.SAME]),
        tasks=tasks_table(content.worse, results),
    )


def by_change(rows: Sequence[Row]) -> dict[Change, list[Row]]:
    """Rows of a gate by the way they went, every way named."""
    found: dict[Change, list[Row]] = {change: [] for change in Change}
    for row in rows:
        found[change_of(row)].append(row)
    return found


def _sides(content: GateContent) -> tuple[Side, Side]:
    present = _side("Now", content.present or {}, "this run")
    if content.baseline is None:
        return Side("Against", "its own base"), present
    return _side("Baseline", content.baseline, "the baseline"), present


def _side(role: str, side: dict[str, Any], fallback: str) -> Side:
    since = [f"accepted {side['accepted_at'][:10]}"] if side.accepted_at else []
    trials = [] if side.trials is None else [_counted(side.trials, "trial")]
    command = shlex.join(map(str, side.command or ()))
    return Side(role, str(side.name or fallback), ", ".join([*trials, *since]), command)


def _counts(rows: dict[Change, list[Row]]) -> str:
    """`2 got worse (1 beyond the margin), none got better, 11 cannot be told (1 not settled) and 16 unchanged`."""
    beyond = sum(row["verdict"] == "FAIL" for row in rows[Change.WORSE])
    undecided = sum(row["verdict"] == "INCONCLUSIVE" for row in rows[Change.OPEN])
    perhaps = sum(row["verdict"] == "INCONCLUSIVE" for row in rows[Change.WORSE])
    outside = f"{_number(beyond)} beyond the margin{f', {perhaps} perhaps' if perhaps else ''}"
    notes = {
        Change.WORSE: f" ({outside})" if rows[Change.WORSE] else "",
        Change.OPEN: f" ({undecided} not settled)" if undecided else "",
    }
    said = [
        f"{_number(len(rows[change]))} {change.value}{notes.get(change, '')}"
        for change in Change
        if rows[change] or change is not Change.MISSING
    ]
    return f"Of {sum(map(len, rows.values()))} figures, {joined(said)}."


def _number(count: int) -> str:
    return str(count or "none")


def _warnings(content: GateContent) -> tuple[str, ...]:
    broken = [str(one.name) for one in content.comparable if one.verdict != "PASS"]
    said = [] if content.reached_end else ["The run broke off before every gate was judged."]
    if broken:
        said.append(
            f"The two sides cannot be compared ({joined(broken)}): until that is settled, no figure below says what "
            "the change did."
        )
    if content.unjudged:
        number = len(content.unjudged)
        verb = "gate was not judged and says" if number == 1 else "gates were not judged and say"
        said.append(f"{number} {verb} nothing: {some([str(name) for name in content['unjudged']])}.")
    return tuple(said)


def _notable(check: dict[str, Any], content: GateContent) -> bool:
    return check.verdict != "PASS" or (check.name in content.allowed and str(check.reason).startswith("allowed"))


def _same(content: GateContent) -> str:
    held = [str(one.reason) for one in content.comparable if not _notable(one, content)]
    return f"Checked, and found so: {'; '.join(held)}." if held else ""


def _parts(rows: dict[Change, list[Row]], results: Results) -> tuple[Part, ...]:
    undecided = [row for row in rows[Change.OPEN] if row["verdict"] != "PASS"]
    none = "None: every difference that the noise leaves open lies inside its margin."
    tables = (
        (
            "got-worse",
            "Got worse",
            f"The difference and its bound lie below 0; of a cost, above a ratio of 1. {_BY_CHANCE}",
            rows[Change.WORSE],
            "Nothing.",
        ),
        (
            "got-better",
            "Got better",
            f"The difference and its bound lie above 0; of a cost, below a ratio of 1. {_BY_CHANCE}",
            rows[Change.BETTER],
            "Nothing.",
        ),
        ("cannot-be-told", "Cannot be told", _UNDECIDED, undecided, none if rows[Change.OPEN] else "Nothing."),
    )
    return tuple(
        Part(name, f"{title} ({len(rows[change])})", rows_table(f"{name}-rows", caption, own, results), empty)
        for change, (name, title, caption, own, empty) in zip(
            (Change.WORSE, Change.BETTER, Change.OPEN), tables, strict=True
        )
    )


_UNDECIDED = (
    "The interval holds no difference (0, or a ratio of 1), and the margin is not settled; what would settle it "
    "stands in the last column."
)
_WITHIN = "The interval holds no difference and lies inside the margin: better or worse, it is not by more than that."
_MISSING = "Without figures on both sides: a trial that is missing, did not end, or was not scored fails its gates."


def _unchanged(rows: list[Row]) -> str:
    """How many rows are identical; empty where none is."""
    if not rows:
        return ""
    costs = sum(is_cost(row) for row in rows)
    kinds = [f"{_counted(len(rows) - costs, 'score')}, item by item"] if costs < len(rows) else []
    kinds += [_counted(costs, "cost")] if costs else []
    return f"Identical on both sides, and not listed: {'; '.join(kinds)}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
