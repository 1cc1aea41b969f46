"""The table at the end of a run, for a terminal of any width."""

import io
from collections.abc import Sequence
from math import inf

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from harness.report.advice.findings import NOTHING_MEASURED, findings
from harness.report.advice.recommend import Advice, advice
from harness.report.model.arms import (
    REFERENCE,
    cannot_lose,
    forgetting,
    gain,
    method_label,
    metric,
    other_arms,
    stopped,
    targets,
)
from harness.report.topics import guessing
from harness.report.words.escaping import visible_content
from harness.report.words.numbers import (
    MINUS,
    MISSING,
    POINTS,
    Triple,
    Unit,
    count,
    duration,
    fixed,
    size,
    supported_decimals,
    unit_of,
)
from harness.report.words.phrases import joined
from harness.schema.results import ArmResult, Results

ROOMY = 120
"""Columns from which both bounds of an interval are shown; below, the larger distance to one."""

MANY = 20
"""Arms from which on those that train are sorted by what they gained: a longer list is not read from its start."""

RUN_TOPICS = (NOTHING_MEASURED, "Domain shift", "Quantization alone")
"""Findings on the whole run; those on one target stand on the page and in `summary.md`."""


def render_table(results: Results, width: int, color: bool, judged: bool = False) -> str:
    """Gain, forgetting and cost of every arm per target, what to take, and the warnings, in `width` columns at most.

    Args:
        judged: whether a gate's verdict stands before it: what to take comes last then.
    """
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
                if (guessed := guessing.sentence(results, target)) is not None:
                    console.print(Text(guessed.text, style="dim"))
                for note in _notes(arms):
                    console.print(Text(f"* {note}", style="dim"))
                console.print()
        if judged:
            _print_findings(console, results)
            console.print()
        for one in advice(results):
            console.print(Text(f"{one.target}: ", style="bold") + Text(f"{one.settled} {one.unsettled}".rstrip()))
            console.print(_advice(one))
            console.print()
        if not judged:
            _print_findings(console, results)
    return _plain(captured.get())


def _print_findings(console: Console, results: Results) -> None:
    found = findings(results)
    for sentence in found.sentences:
        if sentence.topic in RUN_TOPICS:
            console.print(Text(f"{sentence.topic}: ", style="bold") + Text(sentence.text))
    for warning in found.warnings:
        console.print(Text(f"! {warning}", style="yellow"))


def _advice(one: Advice) -> Table:
    """A row per criterion: what to take, and the first figure that speaks for it."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for row in one.chosen:
        who = f"no clear winner: {row.rivals}" if row.rivals else ", ".join(filter(None, (row.answer, row.remark)))
        table.add_row(row.criterion.label, who, (row.evidence or row.uncertainty).split("; ")[0])
    return table


def _shown(results: Results, target: str) -> list[ArmResult]:
    """Arms without training, full fine-tuning, and the others: as the run had them, or by gain where they are many."""
    arms = other_arms(results, target)
    if len(arms) <= MANY:
        return arms
    return sorted(arms, key=lambda arm: -(gain(arm) or (-inf,))[0] if arm.trains and arm.arm != REFERENCE else -inf)


def _notes(arms: list[ArmResult]) -> list[str]:
    """What a reader must know, and of which arms."""
    notes = dict.fromkeys(note for arm in arms for note in arm.notes)
    return [f"{joined([arm.arm for arm in arms if note in arm.notes])}: {note}" for note in notes]


def _heading(results: Results, target: str, arms: int, roomy: bool) -> str:
    name = metric(results, target)
    said = f"{target}: gain in {unit_of(name).name or name}, forgetting in points, {'' if roomy else '± '}95 % interval"
    return f"{said}, by gain" if arms > MANY else said


_COLUMNS = {"rank": "rank", "quantization": "quant", "gain": "gain", "forgetting": "forgetting",
            "trained parameters": "params", "time": "time", "memory": "memory"}  # fmt: skip
"""Headings behind the method's, and what stands for them where there is little room."""


def _table(arms: list[ArmResult], unit: Unit, roomy: bool) -> Table:
    gains = [gain(arm) for arm in arms]
    losses = [None if cannot_lose(arm) else forgetting(arm) for arm in arms]
    table = Table(box=None, padding=(0, 2 if roomy else 1, 0, 0))
    table.add_column("method", overflow="fold")
    for heading, short in _COLUMNS.items():
        justify: JustifyMethod = "left" if heading == "quantization" else "right"
        table.add_column(heading if roomy else short, justify=justify, no_wrap=True)
    for arm, gained, lost in zip(arms, gains, losses, strict=True):
        table.add_row(
            method_label(arm),
            MISSING if arm.rank is None else str(arm.rank),
            arm.quantization,
            _figure(gained, gains, unit, roomy, plus=True) if gained else stopped(arm) or MISSING,
            _figure(lost, losses, POINTS, roomy) if lost else "nothing" if gained and cannot_lose(arm) else MISSING,
            count(arm.cost.trainable_params),
            duration(arm.cost.train_s) if arm.trains else "no training",
            size(arm.cost.peak_memory_bytes),
        )
    return table


def _figure(triple: Triple, column: Sequence[Triple | None], unit: Unit, roomy: bool, plus: bool = False) -> str:
    """`+42.3 [38.1, 46.5]`, or `+42.3 ±4.2` where there is little room; `≥+98.1` where all that can be was seen."""
    decimals = supported_decimals([one[1:] for one in column if one], unit.scale)
    value, low, high = unit.scaled(triple)
    if roomy:
        return f"{fixed(value, decimals, plus)} [{fixed(low, decimals)}, {fixed(high, decimals)}]"
    if low < high == value:
        return f"≥{fixed(low, decimals, plus)}"
    return f"{fixed(value, decimals, plus)} ±{fixed(max(value - low, high - value), decimals)}"


def _plain(text: str) -> str:
    """Terminals and logs that know no typographic minus still show the sign; no blanks at line ends."""
    return "".join(f"{line.rstrip()}\n" for line in text.replace(MINUS, "-").replace(MISSING, "-").splitlines())
