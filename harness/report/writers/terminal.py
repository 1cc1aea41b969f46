"""The table at the end of a run, for a terminal of any width."""

import io
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report.advice.findings import NOTHING_MEASURED, verdict
from harness.report.advice.recommend import Advice, advice
from harness.report.model.arms import (
    REFERENCE,
    Arm,
    Triple,
    forgetting,
    gain,
    joined,
    method_label,
    metric,
    other_arms,
    targets,
    trains,
)
from harness.report.words.escaping import visible, visible_content
from harness.report.words.numbers import (
    MINUS,
    MISSING,
    POINTS,
    Unit,
    count,
    duration,
    fixed,
    size,
    supported_decimals,
    unit_of,
)
from harness.schema.results import Results

ROOMY = 120
"""Columns from which both bounds of an interval are shown; below, the larger distance to one."""

MANY = 20
"""Arms from which on those that train are sorted by what they gained: a longer list is not read from its start."""


RUN_TOPICS = (NOTHING_MEASURED, "Domain shift", "Quantization alone")
"""Findings on the whole run; those on one target stand on the page and in `summary.md`."""


def render_table(results: Results, width: int, color: bool) -> str:
    """Gain, forgetting and cost of every arm per target, what to take, and the warnings, in `width` columns at most."""
    results = visible_content(results)
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as captured:
        for target in targets(results):
            if arms := _shown(results, target):
                console.print(Text(_heading(results, target, len(arms), roomy=width >= ROOMY), style="bold"))
                console.print(_table(arms, unit_of(metric(results, target)), roomy=width >= ROOMY))
                for note in _notes(arms):
                    console.print(Text(f"* {note}", style="dim"))
                console.print()
        for one in advice(results):
            console.print(Text(f"{one.target}: ", style="bold") + Text(f"{one.settled} {one.unsettled}".rstrip()))
            console.print(_advice(one))
            console.print()
        found = verdict(results)
        for sentence in found.sentences:
            if sentence.topic in RUN_TOPICS:
                console.print(Text(f"{sentence.topic}: ", style="bold") + Text(sentence.text))
        for warning in found.warnings:
            console.print(Text(f"! {warning}", style="yellow"))
    return _plain(captured.get())


def _advice(one: Advice) -> Table:
    """A row per concern: what to take, and the first figure that speaks for it."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for row in one.chosen:
        who = f"no clear winner: {row.rivals}" if row.rivals else ", ".join(filter(None, (row.answer, row.remark)))
        table.add_row(row.concern.label, who, (row.evidence or row.uncertainty).split("; ")[0])
    return table


def _shown(results: Results, target: str) -> list[Arm]:
    """Arms without training, full fine-tuning, and the others: as the run had them, or by gain where they are many."""
    arms = other_arms(results, target)
    if len(arms) <= MANY:
        return arms

    def place(arm: Arm) -> tuple[int, float]:
        gained = gain(arm)
        first = 0 if not trains(arm) else 1 if arm.arm == REFERENCE else 2
        return (first, 0.0) if first < 2 else (2, float("inf") if gained is None else -gained[0])

    return sorted(arms, key=place)


def _notes(arms: list[Arm]) -> list[str]:
    """What a reader must know, and of which arms."""
    whose: dict[str, list[str]] = {}
    for arm in arms:
        for note in arm.notes:
            whose.setdefault(note, []).append(arm.arm)
    return [f"{joined(names)}: {note}" for note, names in whose.items()]


def _heading(results: Results, target: str, arms: int, roomy: bool) -> str:
    unit = unit_of(metric(results, target)).name or metric(results, target)
    interval = "95 % interval" if roomy else "± 95 % interval"
    return f"{target}: gain in {unit}, forgetting in points, {interval}{', by gain' if arms > MANY else ''}"


def _table(arms: list[Arm], unit: Unit, roomy: bool) -> Table:
    gains = [gain(arm) for arm in arms]
    losses = [forgetting(arm) if trains(arm) else None for arm in arms]
    table = Table(box=None, padding=(0, 2 if roomy else 1, 0, 0))
    table.add_column("method", overflow="fold")
    for heading, justify in _COLUMNS:
        table.add_column(heading if roomy else _SHORT.get(heading, heading), justify=justify, no_wrap=True)
    for arm, gained, lost in zip(arms, gains, losses, strict=True):
        table.add_row(
            method_label(arm),
            MISSING if arm.rank is None else str(arm.rank),
            arm.quantization,
            _figure(gained, gains, unit, roomy, plus=True) if gained else _stopped(arm),
            _figure(lost, losses, POINTS, roomy) if lost else "nothing" if gained and not trains(arm) else MISSING,
            count(arm.cost.trainable_params),
            duration(arm.cost.train_s) if trains(arm) else "no training",
            size(arm.cost.peak_memory_bytes),
        )
    return table


_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("rank", "right"),
    ("quantization", "left"),
    ("gain", "right"),
    ("forgetting", "right"),
    ("trained parameters", "right"),
    ("time", "right"),
    ("memory", "right"),
)
_SHORT = {"quantization": "quant", "trained parameters": "params"}


def _figure(triple: Triple, column: Sequence[Triple | None], unit: Unit, roomy: bool, plus: bool = False) -> str:
    """`+42.3 [38.1, 46.5]`, or `+42.3 ±4.2` where there is little room."""
    decimals = supported_decimals([one[1:] for one in column if one], unit.scale)
    value, low, high = (unit.scale * bound for bound in triple)
    if roomy:
        return f"{fixed(value, decimals, plus)} [{fixed(low, decimals)}, {fixed(high, decimals)}]"
    return f"{fixed(value, decimals, plus)} ±{fixed(max(value - low, high - value), decimals)}"


def _stopped(arm: Arm) -> str:
    """Why there is no figure."""
    statuses = [status.replace("_", " ") for status in dict.fromkeys(arm.statuses) if status != "completed"]
    return visible(", ".join(statuses)) or MISSING


def _plain(text: str) -> str:
    """Terminals and logs that know no typographic minus still show the sign; no blanks at line ends."""
    plain = text.replace(MINUS, "-").replace(MISSING, "-")
    return "".join(f"{line.rstrip()}\n" for line in plain.splitlines())
