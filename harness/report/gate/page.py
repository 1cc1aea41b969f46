"""A judgement on a page: what failed, how the two runs were made, then what got better, worse, and cannot be told."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.report.gate import rows as words
from harness.report.gate.rows import Direction
from harness.report.gate.tables import changes_table, checks_table, rows_table, tasks_table
from harness.report.tables.table import Table
from harness.report.words.phrases import joined, some
from harness.schema.gate import GateContent, GateResult, Side, Verdict
from harness.schema.results import Results
from harness.schema.wording import counted

QUESTION = "Did this change make it worse?"

_WORSE = "The difference and its bound lie below 0; of a cost, above a ratio of 1."
_BETTER = "The difference and its bound lie above 0; of a cost, below a ratio of 1."
_UNDECIDED = (
    "The interval holds no difference (0, or a ratio of 1), and the margin is not settled; what would settle it "
    "stands in the last column."
)
_WITHIN = "The interval holds no difference and lies inside the margin: better or worse, it is not by more than that."
_MISSING = "Without figures on both sides: a trial that is missing, did not end, or was not scored fails its gates."
_OPEN = "Gates that do not pass, failures first; both sides of each figure stand in the comparison."


@dataclass(frozen=True)
class ShownSide:
    """One of the two runs: what it is in the comparison, what is known of it, and what made it."""

    role: str
    name: str
    facts: str = ""
    command: str = ""


@dataclass(frozen=True)
class Part:
    """Rows that went one way; `empty` is what is said where there are none."""

    anchor: str
    title: str
    table: Table
    empty: str


@dataclass(frozen=True)
class GatePage:
    """Everything that the page says of a judgement."""

    question: str
    title: str
    """What is compared with what."""
    verdict: str
    """Shape and word; `tone` is its class of the style sheet, and `says` the reason behind it."""
    tone: str
    says: str
    counts: str
    """How many rows went which way."""
    sides: tuple[ShownSide, ShownSide]
    anchor: str
    """What else the run is held to; empty where that is the baseline alone."""
    looks: tuple[str, ...]
    """Which look at these trials this is, where it is not the first."""
    warnings: tuple[str, ...]
    """What weakens or voids the figures."""
    checks: Table
    """Comparability where it failed or where a difference was allowed."""
    open_title: str
    open: Table
    """Gates that do not pass."""
    changes: Table
    same: str
    """What was checked and found alike."""
    parts: tuple[Part, ...]
    """Got worse, got better, cannot be told."""
    within: Table
    """Rows that cannot be told and lie inside their margin either way."""
    missing: Table
    """Rows without figures."""
    unchanged: str
    tasks: Table
    """General tasks that got significantly worse."""


def gate_page(content: GateContent, results: Results) -> GatePage:
    """What a page shows of a judgement.

    Args:
        content: of `gate.json`, finite and with visible texts.
        results: of the present run, whose arms are numbered.
    """
    rows = {way: [row for row in content.gates if words.direction_of(row) is way] for way in Direction}
    sides = _sides(content)
    checks = words.notable(content.comparable)
    held = "; ".join(one.reason for one in content.comparable if one not in checks)
    within = [row for row in rows[Direction.OPEN] if row.verdict is Verdict.PASS]
    not_held = [row for row in content.gates if row.verdict is not Verdict.PASS]
    return GatePage(
        question=QUESTION,
        title=f"{sides[1].name} against {sides[0].name}",
        verdict=words.verdict_text(content.verdict),
        tone=words.LOOKS[content.verdict].tone,
        says=words.headline(content),
        counts=_counts(rows),
        sides=sides,
        anchor=words.anchor_facts(content.anchor) if content.anchor else "",
        looks=tuple(f"{said[:1].upper()}{said[1:]}." for said in words.looks_told(content)),
        warnings=_warnings(content),
        checks=checks_table(checks),
        open_title=_open_title(not_held),
        open=rows_table("open", _OPEN, not_held, results, brief=True),
        changes=changes_table(content.changes),
        same=f"Checked, and found so: {held}." if held else "",
        parts=_parts(rows, results),
        within=rows_table("within-noise", f"{counted(len(within), 'row')}. {_WITHIN}", within, results),
        missing=rows_table("not-compared", _MISSING, rows[Direction.MISSING], results),
        unchanged=_unchanged(rows[Direction.SAME]),
        tasks=tasks_table(content.worse, results),
    )


Rows = Mapping[Direction, Sequence[GateResult]]


def _sides(content: GateContent) -> tuple[ShownSide, ShownSide]:
    present = ShownSide("Now", "this run") if content.present is None else _side("Now", content.present)
    if content.baseline is None:
        return ShownSide("Against", "its own base"), present
    return _side("Baseline", content.baseline), present


def _side(role: str, side: Side) -> ShownSide:
    return ShownSide(role, side.name, words.side_facts(side), shlex.join(side.command))


def _open_title(rows: Sequence[GateResult]) -> str:
    """`What failed (2), and what cannot be told yet (1)`."""
    failed = sum(row.verdict is Verdict.FAIL for row in rows)
    numbers = (("what failed", failed), ("what cannot be told yet", len(rows) - failed))
    said = ", and ".join(f"{what} ({number})" for what, number in numbers if number)
    return said[:1].upper() + said[1:]


def _counts(rows: Rows) -> str:
    """`2 got worse (1 beyond the margin), none got better, 11 cannot be told (1 not settled) and 16 unchanged`."""
    verdicts = {way: [row.verdict for row in own] for way, own in rows.items()}
    beyond = verdicts[Direction.WORSE].count(Verdict.FAIL) or "none"
    perhaps, undecided = (verdicts[way].count(Verdict.INCONCLUSIVE) for way in (Direction.WORSE, Direction.OPEN))
    notes = {
        Direction.WORSE: f" ({beyond} beyond the margin{f', {perhaps} perhaps' if perhaps else ''})",
        Direction.OPEN: f" ({undecided} not settled)" if undecided else "",
    }
    said = [
        f"{len(own) or 'none'} {way.value}{notes.get(way, '') if own else ''}"
        for way, own in rows.items()
        if own or way is not Direction.MISSING
    ]
    return f"Of {counted(sum(map(len, rows.values())), 'figure')}, {joined(said)}."


def _warnings(content: GateContent) -> tuple[str, ...]:
    said = [] if content.reached_end else ["The run broke off before every gate was judged."]
    if broken := words.not_comparable(content):
        until = "until that is settled, no figure below says what the change did."
        said.append(f"The two sides cannot be compared ({joined(broken)}): {until}")
    if content.unjudged:
        gates = counted(len(content.unjudged), "gate", "was not judged and says", "were not judged and say")
        said.append(f"{gates} nothing: {some(list(content.unjudged))}.")
    return tuple(said)


def _by_chance(rows: Rows) -> str:
    """What the bounds of all rows are, and how many rows stand where they do by chance."""
    bounded = [row for own in rows.values() for row in own if row.confidence is not None and row.confidence < 1]
    levels = words.levels_of(bounded)
    if not levels:
        return "Counted costs have no noise."
    most = max(1 - (row.confidence or 0.0) for row in bounded)
    return (
        f"Bounds are one-sided, at {levels}, and each row has its own: where nothing differs, up to one score in "
        f"{1 / most:.0f} stands here by chance. Counted costs have no noise."
    )


def _parts(rows: Rows, results: Results) -> tuple[Part, ...]:
    chance = _by_chance(rows)
    undecided = [row for row in rows[Direction.OPEN] if row.verdict is not Verdict.PASS]
    none = "None: every difference that the noise leaves open lies inside its margin."
    parts = (
        (Direction.WORSE, f"{_WORSE} {chance}", rows[Direction.WORSE], "Nothing."),
        (Direction.BETTER, f"{_BETTER} {chance}", rows[Direction.BETTER], "Nothing."),
        (Direction.OPEN, _UNDECIDED, undecided, none if rows[Direction.OPEN] else "Nothing."),
    )
    return tuple(
        Part(name, f"{way.value.capitalize()} ({len(rows[way])})",
             rows_table(f"{name}-rows", caption, own, results), empty)
        for way, caption, own, empty in parts
        for name in [way.value.replace(" ", "-")]
    )  # fmt: skip


def _unchanged(rows: Sequence[GateResult]) -> str:
    """How many rows are identical; empty where none is."""
    costs = sum(row.is_cost for row in rows)
    kinds = [f"{counted(len(rows) - costs, 'score')}, item by item"] if costs < len(rows) else []
    kinds += [counted(costs, "cost")] if costs else []
    return f"Identical on both sides, and not listed: {'; '.join(kinds)}." if rows else ""
